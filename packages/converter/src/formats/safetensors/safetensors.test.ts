import { IsoformError, LimitExceededError, ModelFormatError, UnsafeModelError } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { bytesSource } from "../bytes.js";
import { fromTypedArray, rawEqual, rawTensor, type RawTensor } from "../raw-tensor.js";
import { openSafetensors } from "./read.js";
import { openShardedSafetensors } from "./sharded.js";
import { writeSafetensors } from "./write.js";

const floats = (...values: number[]): RawTensor =>
  fromTypedArray("float32", [values.length], Float32Array.from(values));
const sample = new Map<string, RawTensor>([
  ["b", rawTensor("uint8", [3], Uint8Array.of(1, 2, 3))],
  ["__proto__", floats(1, 2)],
  ["2", fromTypedArray("float64", [], Float64Array.of(0.5))],
  ["1", rawTensor("bool", [0, 4], new Uint8Array())],
  ['naïve "name" \\ \n', floats(3)],
]);

function file(header: string, data = 0): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}
const open = (header: string, data = 0) => openSafetensors(bytesSource(file(header, data), "x.safetensors"));

describe("round trip", () => {
  it("keeps names, order, shapes, bytes and metadata", async () => {
    const bytes = writeSafetensors(sample, { metadata: { format: "pt", note: "ü" } });
    const read = await openSafetensors(bytesSource(bytes));
    const all = await read.readAll();
    expect([...all.keys()]).toEqual([...sample.keys()]);
    for (const [name, tensor] of sample) expect(rawEqual(all.get(name)!, tensor), name).toBe(true);
    expect([...read.metadata]).toEqual([
      ["format", "pt"],
      ["note", "ü"],
    ]);
    expect(writeSafetensors(all, { metadata: read.metadata })).toEqual(bytes);
  });

  it("aligns the data section and every tensor to its element size", async () => {
    const read = await openSafetensors(bytesSource(writeSafetensors(sample)));
    for (const { offset, dtype } of read.entries.values()) {
      const size = dtype === "float64" ? 8 : dtype === "float32" ? 4 : 1;
      expect(offset % size).toBe(0);
    }
  });

  it("refuses what the format cannot hold", () => {
    const complex = rawTensor("complex128", [1], new Uint8Array(16));
    expect(() => writeSafetensors(new Map([["z", complex]]))).toThrow(/no element type for complex128/);
    expect(() => writeSafetensors(new Map([["__metadata__", floats(1)]]))).toThrow(IsoformError);
    expect(() => writeSafetensors(new Map([["w", { ...floats(1), shape: [2] }]]))).toThrow(ModelFormatError);
  });
});

const t = (offsets: string, shape = "[1]", dtype = "F32"): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

const many = (count: number): string =>
  `{${Array.from({ length: count }, (_, i) => `"t${i}":${t(`[${i},${i + 1}]`, "[1]", "U8")}`).join(",")}}`;

describe("strictness", () => {
  it.each<[string, string, number, RegExp]>([
    ["duplicate names", `{"a":${t("[0,4]")},"a":${t("[0,4]")}}`, 4, /occurs twice/],
    ["overlap", `{"a":${t("[0,4]")},"b":${t("[2,6]")}}`, 6, /overlaps/],
    ["aliasing", `{"a":${t("[0,4]")},"b":${t("[0,4]")}}`, 4, /overlaps/],
    ["a hole", `{"a":${t("[0,4]")},"b":${t("[8,12]")}}`, 12, /hole of 4/],
    ["bytes before the first", `{"a":${t("[4,8]")}}`, 8, /hole of 4/],
    ["trailing bytes", `{"a":${t("[0,4]")}}`, 5, /belong to no tensor/],
    ["data beyond the end", `{"a":${t("[0,4]")}}`, 3, /lies at/],
    ["reversed offsets", `{"a":${t("[4,0]")}}`, 4, /lies at/],
    ["a wrong size", `{"a":${t("[0,4]", "[2]")}}`, 4, /needs 8 bytes/],
    ["an unknown dtype", `{"a":${t("[0,4]", "[1]", "constructor")}}`, 4, /unknown dtype/],
    ["a fractional dimension", `{"a":${t("[0,4]", "[0.5]")}}`, 4, /shape holds 0.5/],
    ["a negative dimension", `{"a":${t("[0,4]", "[-1]")}}`, 4, /shape holds -1/],
    ["an unknown field", `{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}}`, 0, /unknown field/],
    ["metadata that is not text", `{"__metadata__":{"a":1}}`, 0, /not a string/],
    ["text after the header", `{} x`, 0, /text after/],
    ["a list", `[]`, 0, /does not start/],
    ["deep nesting", `{"a":${"[".repeat(9)}`, 0, /levels/],
    ["an unfinished string", `{"a`, 0, /does not end/],
  ])("refuses %s", async (_, header, data, message) => {
    await expect(open(header, data)).rejects.toThrow(IsoformError);
    await expect(open(header, data)).rejects.toThrow(message);
  });

  it("refuses sizes that overflow, before allocating", async () => {
    const big = Number.MAX_SAFE_INTEGER;
    await expect(open(`{"a":${t(`[0,0]`, `[${big},${big}]`)}}`)).rejects.toThrow(LimitExceededError);
    const zero = await open(`{"a":${t("[0,0]", `[0,${big}]`)}}`);
    expect((await zero.read("a")).data.byteLength).toBe(0);
    const huge = new Uint8Array(8).fill(255);
    await expect(openSafetensors(bytesSource(huge))).rejects.toThrow(/is not a safetensors file/);
    await expect(openSafetensors(bytesSource(huge.subarray(3)))).rejects.toThrow(/it has 5 bytes/);
    const padded = new Uint8Array(200);
    new DataView(padded.buffer).setBigUint64(0, 150n, true);
    await expect(openSafetensors(bytesSource(padded), { limits: { headerBytes: 100 } })).rejects.toThrow(
      LimitExceededError,
    );
    const long = file("{}");
    new DataView(long.buffer).setBigUint64(0, 99n, true);
    await expect(openSafetensors(bytesSource(long))).rejects.toThrow(/would have 99 bytes, and the file has/);
  });

  it("obeys the caller's limits", async () => {
    const bytes = bytesSource(writeSafetensors(sample));
    for (const limits of [{ entries: 4 }, { tensorBytes: 7 }, { headerBytes: 20 }, { fileBytes: 100 }])
      await expect(openSafetensors(bytes, { limits })).rejects.toThrow(LimitExceededError);
    await expect(openSafetensors(bytes, { limits: { entries: 5, tensorBytes: 8 } })).resolves.toBeDefined();
  });

  it("gives a typed error for a file cut at any byte", async () => {
    const bytes = writeSafetensors(sample);
    for (let n = 0; n < bytes.length; n++)
      await expect(openSafetensors(bytesSource(bytes.subarray(0, n)))).rejects.toThrow(IsoformError);
  });

  it("refuses 100,001 entries before parsing them, and reads 20,000", async () => {
    const over = many(100_001);
    const start = performance.now();
    await expect(open(over, 100_001)).rejects.toThrow(LimitExceededError);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect((await open(many(20_000), 20_000)).entries.size).toBe(20_000);
  });
});

const index = (map: Record<string, string>) =>
  bytesSource(new TextEncoder().encode(JSON.stringify({ metadata: {}, weight_map: map })), "m.index.json");

describe("shards", () => {
  const parts: Record<string, Uint8Array> = {
    "m-1.safetensors": writeSafetensors(new Map([["a", floats(1)]])),
    "m-2.safetensors": writeSafetensors(new Map([["b", floats(2)]])),
  };
  const resolve = (name: string) => Promise.resolve(bytesSource(parts[name]!, name));

  it("reads tensors in index order", async () => {
    const model = await openShardedSafetensors(
      index({ b: "m-2.safetensors", a: "m-1.safetensors" }),
      resolve,
    );
    expect([...(await model.readAll()).keys()]).toEqual(["b", "a"]);
  });

  it("refuses an index that disagrees with its shards", async () => {
    const wrong = [
      { a: "m-1.safetensors", b: "m-1.safetensors" },
      { a: "m-2.safetensors" },
      { a: "m-1.safetensors", c: "m-2.safetensors" },
    ];
    for (const map of wrong)
      await expect(openShardedSafetensors(index(map), resolve)).rejects.toThrow(ModelFormatError);
  });

  it.each(["../m-1.safetensors", "/etc/passwd", "a/b", "a\\b", "C:x", "..", ".", "", "a\u0000b"])(
    "never asks the resolver for %j",
    async (name) => {
      const asked: string[] = [];
      const spy = (file: string) => {
        asked.push(file);
        return resolve("m-1.safetensors");
      };
      await expect(openShardedSafetensors(index({ a: name }), spy)).rejects.toThrow(UnsafeModelError);
      expect(asked).toEqual([]);
    },
  );
});
