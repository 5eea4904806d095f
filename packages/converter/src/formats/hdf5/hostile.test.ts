import { IsoformError } from "@isoform/core";
import { describe, expect, it, vi } from "vitest";
import { resolveLimits } from "../limits.js";
import { fromTypedArray } from "../raw-tensor.js";
import { lookup3 } from "./checksum.js";
import { referenceFile } from "../../../test/reference-hdf5.js";
import { auditHdf5, Hdf5Builder, openHdf5 } from "./index.js";
import { H5Context } from "./read/context.js";
import { superblock } from "./write/builder.js";
import { ByteSink } from "./write/byte-sink.js";
import {
  contiguousLayout,
  dataspace,
  linkInfoMessage,
  linkMessage,
  numberType,
  objectHeader,
  type OutMessage,
} from "./write/messages.js";

/** A file whose root holds one dataset `x` with exactly these messages. */
function oneDataset(messages: readonly OutMessage[], tail: Uint8Array = new Uint8Array(64)): Uint8Array {
  const dataset = objectHeader(messages);
  const root = objectHeader([linkInfoMessage(), linkMessage("x", 48)]);
  const end = 48 + dataset.length + root.length + tail.length;
  return new ByteSink()
    .bytes(superblock(48 + dataset.length, end))
    .bytes(dataset)
    .bytes(root)
    .bytes(tail)
    .toBytes();
}
const float32 = { type: 3, data: numberType("float32", "x") };
const shape = (...dims: number[]): OutMessage => ({ type: 1, data: dataspace(dims) });
const layout = (address: number, size: number): OutMessage => ({
  type: 8,
  data: contiguousLayout(address, size),
});
const filter = (id: number): OutMessage => ({
  type: 11,
  data: new ByteSink()
    .u8(2, 1)
    .uint(id, 2)
    .uint(0, 2)
    .uint(0, id >= 256 ? 4 : 2)
    .toBytes(),
});
/** A layout of one single chunk (index 1) of `extent` float32 at `address` with `stored` bytes. */
const oneChunk = (extent: number, address: number, stored: number): OutMessage => ({
  type: 8,
  data: new ByteSink()
    .u8(4, 2, 2, 2, 8)
    .uint(extent, 8)
    .uint(4, 8)
    .u8(1)
    .uint(stored, 8)
    .uint(0, 4)
    .uint(address, 8)
    .toBytes(),
});
const read = (bytes: Uint8Array) => openHdf5(bytes, { name: "x.h5" }).root.dataset("x").read();
const fails = (run: () => unknown, name: string, code: string): void =>
  expect(run).toThrow(expect.objectContaining({ name, code }));

describe("what leaves the file is refused", () => {
  it("external storage", () => {
    const bytes = oneDataset([float32, shape(4), layout(48, 16), { type: 7, data: new Uint8Array(24) }]);
    fails(() => read(bytes), "UnsafeModelError", "hdf5/external-storage");
  });
  it("virtual dataset", () => {
    const virtual = { type: 8, data: new ByteSink().u8(4, 3).uint(48, 8).uint(1, 4).toBytes() };
    fails(() => read(oneDataset([float32, shape(4), virtual])), "UnsafeModelError", "hdf5/virtual-dataset");
  });
  it("soft and external links, made by the reference library", async () => {
    for (const libver of ["earliest", "latest"] as const) {
      const bytes = await referenceFile(libver, (file) => {
        file.create_group("inside").create_dataset({ name: "data", data: Float32Array.of(1) });
        file.create_soft_link("/inside/data", "soft");
        file.create_external_link("/etc/passwd", "/", "outside");
      });
      const file = openHdf5(bytes);
      fails(() => file.root.get("soft"), "UnsafeModelError", "hdf5/soft-link");
      fails(() => file.root.get("outside/x"), "UnsafeModelError", "hdf5/external-link");
      expect(() => auditHdf5(file, resolveLimits())).toThrow(
        expect.objectContaining({ name: "UnsafeModelError" }),
      );
      expect(file.root.dataset("inside/data").shape).toEqual([1]);
    }
  });
  it("driver information", () => {
    const extension = objectHeader([{ type: 0x14, data: new Uint8Array(16) }]);
    const bytes = oneDataset([float32, shape(1), layout(48, 4)], extension);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(20, BigInt(bytes.length - extension.length), true);
    view.setUint32(44, lookup3(bytes.subarray(0, 44)), true);
    fails(() => openHdf5(bytes), "UnsafeModelError", "hdf5/driver");
  });
});

/** Milliseconds of processor time since `start`: other processes on the machine do not count. */
function cpuMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

describe("bombs", () => {
  it.each([
    ["2^33 elements", [shape(2 ** 33), layout(48, 2 ** 35)], "limit/tensorBytes"],
    ["a product over 2^53", [shape(2 ** 40, 2 ** 40), layout(48, 16)], "limit/elements"],
    ["a dimension over 2^53", [shape(2 ** 60), layout(48, 16)], "limit/elements"],
    ["a fill value only", [shape(2 ** 28), { type: 8, data: contiguousLayout(0, 0) }], "limit/ratio"],
    ["a chunk of 400 MB in 60 bytes", [shape(10 ** 8), filter(1), oneChunk(10 ** 8, 48, 60)], "limit/ratio"],
    ["a huge chunk over a small dataset", [shape(3), filter(1), oneChunk(10 ** 8, 48, 60)], "limit/ratio"],
  ] as const)("%s", (_name, messages, code) => {
    const bytes = oneDataset([float32, ...messages]);
    const before = process.memoryUsage().rss;
    const start = process.cpuUsage();
    fails(() => read(bytes), "LimitExceededError", code);
    expect(cpuMs(start)).toBeLessThan(200);
    expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
  });
  it("groups that hold themselves", () => {
    const root = objectHeader([linkInfoMessage(), linkMessage("a", 48), linkMessage("b", 48)]);
    const bytes = new ByteSink()
      .bytes(superblock(48, 48 + root.length))
      .bytes(root)
      .toBytes();
    const file = openHdf5(bytes);
    fails(() => auditHdf5(file, resolveLimits()), "LimitExceededError", "limit/nesting");
  });
  it("many texts that share one copy", () => {
    const long = "x".repeat(100_000);
    const bytes = new Hdf5Builder().attribute("", "one", long).toBytes();
    expect(openHdf5(bytes).root.attribute("one")).toBe(long);
    // 4,000 elements of variable length, all at the place of that text.
    const view = new DataView(bytes.buffer);
    const element = new ByteSink().uint(long.length, 4).uint(48, 8).uint(1, 4).toBytes();
    expect(view.getUint32(48, true)).toBe(0x4c4f4347);
    const strings = {
      type: 3,
      data: new ByteSink()
        .u8(0x19, 1, 1, 0)
        .uint(16, 4)
        .u8(0x10, 0, 0, 0)
        .uint(1, 4)
        .uint(8 << 16, 4)
        .toBytes(),
    };
    const list = new Uint8Array(4000 * 16);
    for (let i = 0; i < 4000; i++) list.set(element, i * 16);
    const heap = bytes.slice(48, 48 + Number(view.getBigUint64(56, true)));
    const dataset = objectHeader([strings, shape(4000), layout(48 + heap.length, list.length)]);
    const root = objectHeader([linkInfoMessage(), linkMessage("x", 48 + heap.length + list.length)]);
    const at = 48 + heap.length + list.length + dataset.length;
    const file = new ByteSink()
      .bytes(superblock(at, at + root.length))
      .bytes(heap)
      .bytes(list)
      .bytes(dataset)
      .bytes(root);
    fails(() => read(file.toBytes()), "LimitExceededError", "limit/hdf5-work");
  });
  it("many datasets that each unpack a lot", () => {
    const builder = new Hdf5Builder();
    for (let i = 0; i < 40; i++)
      builder.dataset(`d${i}`, fromTypedArray("float32", [250], new Float32Array(250)));
    const file = openHdf5(builder.toBytes());
    expect(auditHdf5(file, resolveLimits()).size).toBe(40);
    fails(
      () => auditHdf5(file, resolveLimits({ fileBytes: 20_000 })),
      "LimitExceededError",
      "limit/fileBytes",
    );
    fails(() => auditHdf5(file, resolveLimits({ entries: 39 })), "LimitExceededError", "limit/entries");
  });
});

describe("contradictions", () => {
  it.each([
    ["fewer bytes than declared", [shape(5), layout(48, 16)], "format/truncated"],
    ["values past the end", [shape(4), layout(2 ** 40, 16)], "format/truncated"],
    ["no shape", [layout(48, 16)], "hdf5/structure"],
    ["filters without chunks", [shape(4), layout(48, 16), filter(1)], "hdf5/structure"],
    ["not a zlib stream", [shape(4), filter(1), oneChunk(4, 48, 16)], "hdf5/zlib"],
    ["a wrong Fletcher-32 sum", [shape(4), filter(3), oneChunk(4, 48, 20)], "hdf5/checksum"],
  ] as const)("%s", (_name, messages, code) => {
    fails(() => read(oneDataset([float32, ...messages])), "ModelFormatError", code);
  });
  it("name the dataset and the place in bytes", () => {
    const bytes = oneDataset([float32, shape(4), layout(2 ** 40, 16)]);
    expect(() => read(bytes)).toThrow(
      expect.objectContaining({ code: "format/truncated", path: `x.h5: x@${2 ** 40}` }),
    );
  });
  it.each([4, 5, 6, 32000, 32015])("filter %i is refused by name", (id) => {
    fails(
      () => read(oneDataset([float32, shape(4), filter(id), oneChunk(4, 48, 16)])),
      "UnsupportedOpError",
      "hdf5/filter",
    );
  });
  it("unknown element types name themselves", () => {
    const compound = { type: 3, data: new ByteSink().u8(0x16, 1, 0, 0).uint(8, 4).toBytes() };
    const file = openHdf5(oneDataset([compound, shape(4), layout(48, 32)]));
    expect(file.root.dataset("x").typeName).toBe("compound of 8 bytes");
    fails(() => file.root.dataset("x").read(), "DTypeError", "hdf5/dtype");
  });
});

/** Reads all there is to read. */
function readAll(bytes: Uint8Array): void {
  const visit = (group: ReturnType<typeof openHdf5>["root"]): void => {
    for (const name of group.attributeNames()) group.attribute(name);
    for (const link of group.links()) {
      if (link.kind !== "hard") continue;
      const child = group.get(link.name);
      for (const name of child.attributeNames()) child.attribute(name);
      if (child.kind === "group") visit(child);
      else child.read();
    }
  };
  const limits = { nesting: 8, entries: 300, tensorBytes: 2 ** 20 };
  visit(openHdf5(bytes, { name: "fuzz.h5", limits }).root);
}

/** Runs `readAll`; anything but success or a typed error fails the test. */
function mustBeTyped(bytes: Uint8Array, what: string): boolean {
  try {
    readAll(bytes);
    return true;
  } catch (error) {
    if (!(error instanceof IsoformError)) throw new Error(`${what}: ${String(error)}`, { cause: error });
    return false;
  }
}

async function small(libver: "earliest" | "v110" | "latest"): Promise<Uint8Array> {
  return referenceFile(libver, (file) => {
    const group = file.create_group("layers");
    group.create_attribute("name", "dense");
    group.create_attribute("names", ["a", "bc"]);
    file.create_dataset({ name: "plain", data: Float32Array.of(1, 2, 3) });
    const chunked = { data: new Float32Array(64).fill(3), shape: [8, 8], chunks: [3, 3] };
    file.create_dataset({ name: "gz", ...chunked, compression: "gzip", compression_opts: 6 });
    file.create_dataset({ name: "grow", ...chunked, maxshape: [null, 8] });
    file.create_dataset({ name: "grow2", ...chunked, maxshape: [null, null] });
    for (let i = 0; i < 12; i++) group.create_group(`g${i}`);
  });
}

const random = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
};

describe("damaged files", () => {
  it("truncation at every byte", () => {
    const bytes = new Hdf5Builder()
      .dataset("layers/dense/vars/0", fromTypedArray("float32", [2], Float32Array.of(1, 2)))
      .attribute("layers/dense", "name", "dense")
      .toBytes();
    expect(mustBeTyped(bytes, "whole")).toBe(true);
    for (let n = 0; n < bytes.length; n++) expect(mustBeTyped(bytes.slice(0, n), `cut at ${n}`)).toBe(false);
  });

  it.each([
    ["earliest", true],
    ["v110", true],
    ["latest", true],
    ["v110", false],
    ["latest", false],
  ] as const)("mutations of a %s file (checksums kept: %s)", async (libver, checked) => {
    // Without checksums the fuzzer reaches the code behind them.
    const spy = checked
      ? undefined
      : vi.spyOn(H5Context.prototype, "verify").mockImplementation(() => undefined);
    try {
      const original = await small(libver);
      expect(mustBeTyped(original, "original")).toBe(true);
      const next = random(libver.length * 31 + (checked ? 1 : 2));
      const interesting = [0, 1, 2, 7, 8, 16, 127, 128, 254, 255];
      let slowest = 0;
      for (let round = 0; round < 300; round++) {
        const bytes = original.slice();
        const edits = 1 + Math.floor(next() * 4);
        for (let i = 0; i < edits; i++)
          bytes[Math.floor(next() * bytes.length)] =
            next() < 0.5
              ? Math.floor(next() * 256)
              : (interesting[Math.floor(next() * interesting.length)] ?? 0);
        const start = process.cpuUsage();
        mustBeTyped(bytes, `round ${round}`);
        slowest = Math.max(slowest, cpuMs(start));
      }
      expect(slowest).toBeLessThan(1000);
    } finally {
      spy?.mockRestore();
    }
  });

  it("names of Object.prototype are data", () => {
    const builder = new Hdf5Builder();
    for (const name of ["__proto__", "constructor", "toString"])
      builder
        .dataset(`${name}/hasOwnProperty`, fromTypedArray("float32", [1], Float32Array.of(1)))
        .attribute(name, "__proto__", "polluted");
    const { root } = openHdf5(builder.toBytes());
    expect(root.links().map((l) => l.name)).toEqual(["__proto__", "constructor", "toString"]);
    expect(root.group("__proto__").attribute("__proto__")).toBe("polluted");
    expect(root.has("valueOf")).toBe(false);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
