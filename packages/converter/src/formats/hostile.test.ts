// Damaged and hostile files of every container here: only typed errors, no hang, nothing run, no prototype touched.
import { IsoformError } from "@isoform/core";
import { afterAll, describe, expect, it } from "vitest";
import { bytesSource } from "./bytes.js";
import { fromTypedArray, rawTensor, type RawTensor } from "./raw-tensor.js";
import { readPickle } from "./pickle/read.js";
import { openSafetensors } from "./safetensors/read.js";
import { writeSafetensors } from "./safetensors/write.js";
import { parseStrictJson } from "./strict-json.js";
import { torchTensors } from "./torch/all-tensors.js";
import { readTorchFile } from "./torch/read.js";
import { stateDictOf } from "./torch/state-dict.js";
import { writeTorchStateDict } from "./torch/write.js";
import { openZip } from "./zip/read.js";
import { writeZip } from "./zip/write.js";

const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const tensors = new Map<string, RawTensor>([
  ["conv.weight", fromTypedArray("float32", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
  ["n", fromTypedArray("int64", [], BigInt64Array.of(3n))],
  ["u", rawTensor("uint16", [2], Uint8Array.of(1, 0, 2, 0))],
]);

const LEGACY_TENSOR =
  "ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x02Nt" +
  "QK\x00(K\x02t(K\x01t\x89ccollections\nOrderedDict\n)RtR";
const OBJECT = `\x80\x02ccollections\nOrderedDict\n)R(U\x01w${LEGACY_TENSOR}U\x01xcargparse\nNamespace\n)\x81}(U\x01aK\x01ubu.`;
const LEGACY = latin(
  "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}U\x0dlittle_endian\x88s." +
    `${OBJECT}\x80\x02](U\x010e.\x02\0\0\0\0\0\0\0\x00\x00\x80\x3f\x00\x00\x00\x40`,
);
const FRAMED =
  "}\x94(\x8c\x01a\x94]\x94(K\x01G?\xf8\0\0\0\0\0\0\x8a\x09\0\0\0\0\0\0\0\0\x01e\x8c\x01b\x94" +
  "\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94\x8c\x01cC\x03\0\xff\x94\x94\x8c\x01d\x8f\x94(K\x02\x90u.";
const PICKLE = latin(`\x80\x04\x95${String.fromCharCode(FRAMED.length)}\0\0\0\0\0\0\0${FRAMED}`);
const JSON_TEXT = new TextEncoder().encode(
  '{"a":[1,-2.5e3,true,null,"x\\u00e9\\n"],"b":{"c":{},"d":[]},"__proto__":{"x":1}}',
);

async function readTorch(bytes: Uint8Array): Promise<void> {
  const file = await readTorchFile(bytesSource(bytes, "fuzz.pt"), { unknownClasses: "data" });
  await torchTensors(file);
  await stateDictOf(file);
}

/** Name, undamaged bytes, and how to read them to the last byte. */
const formats: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => Promise<unknown>])[] = [
  [
    "safetensors",
    writeSafetensors(tensors, { metadata: { format: "pt" } }),
    async (bytes) => (await openSafetensors(bytesSource(bytes))).readAll(),
  ],
  ["torch zip", writeTorchStateDict(tensors), readTorch],
  ["torch legacy", LEGACY, readTorch],
  [
    "zip, deflated",
    writeZip(
      [
        { name: "a.txt", data: new Uint8Array(300).fill(65) },
        { name: "b", data: latin("bbb") },
      ],
      { deflate: true },
    ),
    async (bytes) => {
      const zip = await openZip(bytesSource(bytes));
      for (const name of zip.entries.keys()) await zip.read(name);
    },
  ],
  ["pickle", PICKLE, async (bytes) => readPickle(bytes, "p", { unknownClasses: "data" })],
  ["json", JSON_TEXT, async (bytes) => parseStrictJson(new TextDecoder().decode(bytes), "j")],
];

/** A pickle inside an intact archive, so that damage reaches the machine instead of stopping at the checksum. */
const archived: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => Promise<unknown>])[] = [
  [
    "pickle in a torch zip",
    latin(OBJECT),
    async (bytes) =>
      readTorch(
        writeZip([
          { name: "m/data.pkl", data: bytes },
          { name: "m/data/0", data: LEGACY.subarray(-8) },
        ]),
      ),
  ],
];

/** Numerical Recipes' 32-bit generator: the same damage in every run. */
function random(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x28, 0x2e, 0x52, 0x62, 0x63, 0x71, 0x74, 0x81, 0x93, 0x95];

function mutate(bytes: Uint8Array, pick: (limit: number) => number): Uint8Array {
  let out = bytes.slice();
  for (let n = 1 + pick(3); n > 0 && out.length > 0; n--) {
    const at = pick(out.length);
    const kind = pick(5);
    if (kind === 0) out[at] = (out[at] ?? 0) ^ (1 << pick(8));
    else if (kind === 1) out[at] = INTERESTING[pick(INTERESTING.length)] ?? 0;
    else if (kind === 2) out.fill(pick(2) * 255, at, at + 1 + pick(8));
    else {
      const length = 1 + pick(16);
      const tail = out.subarray(kind === 3 ? Math.min(out.length, at + length) : Math.max(0, at - length));
      const joined = new Uint8Array(at + tail.length);
      joined.set(out.subarray(0, at));
      joined.set(tail, at);
      out = joined;
    }
  }
  return out;
}

async function outcome(read: () => Promise<unknown>): Promise<string> {
  try {
    await read();
    return "read";
  } catch (error) {
    return error instanceof IsoformError ? "refused" : `untyped: ${String(error)}\n${(error as Error).stack}`;
  }
}

const prototypeBefore = Object.getOwnPropertyNames(Object.prototype).toSorted();
afterAll(() => {
  expect(Object.getOwnPropertyNames(Object.prototype).toSorted()).toEqual(prototypeBefore);
  expect("__pwned" in globalThis).toBe(false);
});

describe.each([...formats, ...archived])("%s", (name, bytes, read) => {
  it("is readable undamaged", async () => {
    expect(await outcome(() => read(bytes))).toBe("read");
  });

  it("cut at any byte gives a typed error", async () => {
    for (let length = 0; length < bytes.length; length++)
      expect(await outcome(() => read(bytes.subarray(0, length))), `${length} bytes`).toBe("refused");
  });

  it("damaged at random is read or gives a typed error, at once", async () => {
    const pick = random(name.length * 7919);
    const counts: Record<string, number> = { read: 0, refused: 0 };
    let slowest = 0;
    for (let i = 0; i < 400; i++) {
      const damaged = mutate(bytes, pick);
      const start = performance.now();
      const result = await outcome(() => read(damaged));
      slowest = Math.max(slowest, performance.now() - start);
      expect(["read", "refused"], `mutation ${i}: ${result}`).toContain(result);
      counts[result] = (counts[result] ?? 0) + 1;
    }
    expect(counts["refused"]).toBeGreaterThan(60);
    expect(slowest).toBeLessThan(10_000);
  });
});

it("pickles made of random opcodes give typed errors", () => {
  const pick = random(1);
  const opcodes = latin(
    "(.0123FIJKLMNPQRSTUVXabcd}e]ghijlopqrst)u\x80\x81\x82\x85\x86\x87\x88\x89\x8a\x8c\x8f\x90\x91\x92\x93\x94\x95",
  );
  const snippets = [
    "U\x01a",
    "K\x01",
    "ccollections\nOrderedDict\n",
    "cargparse\nNamespace\n",
    "(K\x01t",
    "q\x00",
    "h\x00",
    "}",
    "]",
  ];
  let read = 0;
  for (let i = 0; i < 2000; i++) {
    let text = "";
    for (let n = pick(20); n >= 0; n--)
      text +=
        pick(3) === 0
          ? String.fromCharCode(opcodes[pick(opcodes.length)] ?? 0)
          : snippets[pick(snippets.length)];
    try {
      readPickle(latin(`${text}.`), "p");
      read++;
    } catch (error) {
      expect(error, JSON.stringify(text)).toBeInstanceOf(IsoformError);
    }
  }
  expect(read).toBeGreaterThan(10);
});

it("a hostile pickle runs nothing, wherever it hides", async () => {
  const attack = "cbuiltins\nexec\n(U\x1bglobalThis.__pwned = 'pwned'tR";
  const files = [
    latin(`${attack}.`),
    writeZip([{ name: "m/data.pkl", data: latin(`}U\x01w${attack}s.`) }]),
    latin(new TextDecoder("latin1").decode(LEGACY).replace("cargparse\nNamespace\n)\x81", attack)),
  ];
  for (const bytes of files) {
    for (const unknownClasses of ["refuse", "data"] as const)
      await expect(readTorchFile(bytesSource(bytes), { unknownClasses })).rejects.toMatchObject({
        code: "unsafe/global",
      });
  }
});
