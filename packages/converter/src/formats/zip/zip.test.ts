import { IsoformError, LimitExceededError, ModelFormatError, UnsafeModelError } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { bytesSource } from "../bytes.js";
import { openZip, looksLikeZip } from "./read.js";
import { writeZip } from "./write.js";

const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const open = (bytes: Uint8Array, limits = {}) => openZip(bytesSource(bytes, "a.zip"), { limits });

/** Replaces every occurrence of `from` by `to`, which must be as long. */
function patch(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const latin = new TextDecoder("latin1").decode(bytes);
  expect(latin.includes(from)).toBe(true);
  return Uint8Array.from(latin.replaceAll(from, to), (c) => c.charCodeAt(0));
}

/** Index of the central header of entry number `n`. */
function central(bytes: Uint8Array, n: number): number {
  let at = -1;
  for (let i = 0; i <= n; i++) at = new TextDecoder("latin1").decode(bytes).indexOf("PK\u0001\u0002", at + 1);
  return at;
}

function edit(bytes: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const copy = bytes.slice();
  change(new DataView(copy.buffer));
  return copy;
}

const files = [
  { name: "a/one.txt", data: text("one") },
  { name: "a/empty", data: new Uint8Array() },
  { name: "b", data: new Uint8Array(5000).fill(0xee) },
];

describe("round trip", () => {
  it.each([{}, { deflate: true }, { alignment: 64 }])("keeps names and bytes %j", async (options) => {
    const bytes = writeZip(files, options);
    expect(await looksLikeZip(bytesSource(bytes))).toBe(true);
    const zip = await open(bytes);
    expect([...zip.entries.keys()]).toEqual(files.map((f) => f.name));
    for (const { name, data } of files) {
      expect(await zip.read(name)).toEqual(data);
      if (!options.deflate) {
        const source = await zip.source(name);
        expect(await source.read(0, source.size)).toEqual(data);
      }
    }
    expect(writeZip(files, options)).toEqual(bytes);
  });

  it("aligns entry data", async () => {
    const bytes = writeZip(files, { alignment: 64 });
    const at = new TextDecoder("latin1").decode(bytes).indexOf("one", bytes.indexOf(111) + 9);
    expect(at % 64).toBe(0);
    expect(bytes.indexOf(0xee) % 64).toBe(0);
  });

  it("reads ranges of stored entries only", async () => {
    const stored = await (await open(writeZip(files))).source("b");
    expect(await stored.read(4998, 2)).toEqual(Uint8Array.of(0xee, 0xee));
    await expect(stored.read(4999, 2)).rejects.toThrow(ModelFormatError);
    await expect((await open(writeZip(files, { deflate: true }))).source("b")).rejects.toThrow(/compressed/);
    await expect((await open(writeZip(files))).read("c")).rejects.toThrow(/no entry "c"/);
  });

  it("writes no names that it would not read", () => {
    for (const name of ["../x", "/x", "a//b", "", "a\\b", "c:x", ".", "7"])
      expect(() => writeZip([{ name, data: text("") }])).toThrow(UnsafeModelError);
    expect(() => writeZip([files[0]!, files[0]!])).toThrow(UnsafeModelError);
  });
});

/** `bytes` with a zip64 end record and locator before the end record, as PyTorch writes them. */
function withZip64(bytes: Uint8Array, change: (record: DataView) => void = () => {}): Uint8Array {
  const end = bytes.length - 22;
  const plain = new DataView(bytes.buffer, bytes.byteOffset + end);
  const record = new DataView(new ArrayBuffer(76));
  record.setUint32(0, 0x06064b50, true);
  record.setBigUint64(4, 44n, true);
  for (const at of [24, 32]) record.setBigUint64(at, BigInt(plain.getUint16(10, true)), true);
  record.setBigUint64(40, BigInt(plain.getUint32(12, true)), true);
  record.setBigUint64(48, BigInt(plain.getUint32(16, true)), true);
  record.setUint32(56, 0x07064b50, true);
  record.setBigUint64(64, BigInt(end), true);
  record.setUint32(72, 1, true);
  change(record);
  return Uint8Array.of(...bytes.subarray(0, end), ...new Uint8Array(record.buffer), ...bytes.subarray(end));
}

describe("the redundant zip64 record of PyTorch archives", () => {
  // A name of 30 characters makes a directory record as long as the zip64 record, the worst case for confusion.
  const plain = writeZip([{ name: "n".repeat(30), data: text("first") }, ...files]);

  it("is passed over when it repeats the end record", async () => {
    const zip = await open(withZip64(plain));
    expect([...zip.entries.keys()]).toEqual(["n".repeat(30), ...files.map((f) => f.name)]);
    for (const { name, data } of files) expect(await zip.read(name)).toEqual(data);
  });

  it.each([4, 16, 24, 32, 40, 48, 56, 64, 72])("is an error when it differs at byte %d", async (at) => {
    const bytes = withZip64(plain, (record) => record.setUint8(at, record.getUint8(at) + 1));
    await expect(open(bytes)).rejects.toThrow(ModelFormatError);
  });
});

describe("hostile archives", () => {
  it.each([
    "../pwn.txt",
    "/abc/d.tx",
    "C:/aa/b.t",
    "a/../b.tx",
    "a//b/c.tx",
    "a\\b\\c.tx",
    "./abc/d.t",
    "a\u0000b/c.tx",
  ])("refuses the name %j", async (name) => {
    const bytes = patch(
      writeZip([{ name: "x".repeat(name.length), data: text("1") }]),
      "x".repeat(name.length),
      name,
    );
    await expect(open(bytes)).rejects.toThrow(UnsafeModelError);
  });

  it("refuses duplicate names", async () => {
    const bytes = patch(
      writeZip([
        { name: "aa", data: text("1") },
        { name: "bb", data: text("2") },
      ]),
      "bb",
      "aa",
    );
    await expect(open(bytes)).rejects.toThrow(/duplicate/);
  });

  it("refuses symbolic links and encryption", async () => {
    const bytes = writeZip(files);
    const link = edit(bytes, (v) => v.setUint32(central(bytes, 0) + 38, 0xa1ff0000, true));
    await expect(open(link)).rejects.toThrow(UnsafeModelError);
    const encrypted = edit(bytes, (v) => v.setUint16(central(bytes, 0) + 8, 1, true));
    await expect(open(encrypted)).rejects.toThrow(/encrypted/);
  });

  it("refuses wrong checksums, methods and sizes", async () => {
    const bytes = writeZip(files);
    const crc = edit(bytes, (v) => v.setUint8(bytes.indexOf(0xee), 8));
    await expect(open(crc).then((z) => z.read("b"))).rejects.toThrow(ModelFormatError);
    const method = edit(bytes, (v) => v.setUint16(central(bytes, 0) + 10, 9, true));
    await expect(open(method)).rejects.toThrow(/method 9/);
    const size = edit(bytes, (v) => v.setUint32(central(bytes, 2) + 24, 4999, true));
    await expect(open(size)).rejects.toThrow(/sizes/);
    const packed = writeZip(files, { deflate: true });
    for (const lie of [4999, 5001]) {
      const localB = new TextDecoder("latin1").decode(packed).lastIndexOf("PK\u0003\u0004");
      const lying = edit(packed, (v) => {
        v.setUint32(localB + 22, lie, true);
        v.setUint32(central(packed, 2) + 24, lie, true);
      });
      await expect(open(lying).then((z) => z.read("b"))).rejects.toThrow(ModelFormatError);
    }
  });

  it("refuses data before and after the archive, and overlapping entries", async () => {
    const bytes = writeZip(files);
    await expect(open(Uint8Array.of(...bytes, 0))).rejects.toThrow(ModelFormatError);
    await expect(open(Uint8Array.of(0, ...bytes))).rejects.toThrow(ModelFormatError);
    const overlap = edit(bytes, (v) => v.setUint32(central(bytes, 1) + 42, 0, true));
    const readAll = async (): Promise<void> => {
      const zip = await open(overlap);
      for (const name of zip.entries.keys()) await zip.read(name);
    };
    await expect(readAll()).rejects.toThrow(ModelFormatError);
  });

  it("refuses bombs by ratio, entry and total, quickly and without unpacking", async () => {
    const bomb = writeZip([{ name: "zeros", data: new Uint8Array(8 * 2 ** 20) }], { deflate: true });
    expect(bomb.byteLength).toBeLessThan(9_000);
    const start = performance.now();
    await expect(open(bomb)).rejects.toThrow(/ratio/);
    expect(performance.now() - start).toBeLessThan(5000);
    await expect(open(bomb, { ratio: 2000, fileBytes: 2 ** 20 })).rejects.toThrow(LimitExceededError);
    expect((await (await open(bomb, { ratio: 2000 })).read("zeros")).byteLength).toBe(8 * 2 ** 20);
    await expect(open(writeZip(files), { entries: 2 })).rejects.toThrow(LimitExceededError);
    await expect(open(writeZip(files), { fileBytes: 5002 })).rejects.toThrow(LimitExceededError);
  });

  it("holds unpacking to the declared size", async () => {
    const bomb = writeZip([{ name: "zeros", data: new Uint8Array(8 * 2 ** 20) }], { deflate: true });
    const lying = edit(bomb, (v) => {
      v.setUint32(22, 1000, true);
      v.setUint32(central(bomb, 0) + 24, 1000, true);
    });
    await expect(open(lying).then((z) => z.read("zeros"))).rejects.toThrow(ModelFormatError);
  });

  it("gives typed errors for an archive cut at any byte", async () => {
    for (const options of [{}, { deflate: true }]) {
      const bytes = writeZip(files.slice(0, 2), options);
      for (let n = 0; n < bytes.length; n++)
        await expect(open(bytes.subarray(0, n)), String(n)).rejects.toThrow(IsoformError);
    }
  });

  it("refuses alignments and options that it does not have", () => {
    for (const alignment of [100_000, 0, 1.5, NaN])
      expect(() => writeZip(files, { alignment })).toThrow(
        expect.objectContaining({ name: "ArgumentError", code: "argument/out-of-range" }),
      );
    expect(writeZip(files, { alignment: 32_768 }).byteLength).toBeGreaterThan(32_768);
    const typo: object = { align: 64 };
    expect(() => writeZip(files, typo)).toThrow(expect.objectContaining({ code: "argument/unknown-option" }));
  });
});
