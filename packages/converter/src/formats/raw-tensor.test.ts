import { DTypeError, LimitExceededError, ModelFormatError } from "@isoform/core";
import { expect, it } from "vitest";
import { blobSource, ByteReader, bytesSource, sliceSource } from "./bytes.js";
import { checkLimit, checkRatio, DEFAULT_LIMITS, resolveLimits } from "./limits.js";
import {
  decodeStrings,
  elementCount,
  encodeStrings,
  rawByteLength,
  rawEqual,
  rawTensor,
  typedArrayOf,
} from "./raw-tensor.js";

it("gives aligned typed arrays from unaligned views", () => {
  const buffer = new Uint8Array(9);
  new DataView(buffer.buffer).setFloat32(1, 1.5, true);
  new DataView(buffer.buffer).setFloat32(5, -2, true);
  const tensor = rawTensor("float32", [2], buffer.subarray(1));
  expect(typedArrayOf(tensor)).toEqual(Float32Array.of(1.5, -2));
  expect(typedArrayOf(rawTensor("float32", [2], Buffer.from(buffer.buffer, 1)))).toEqual(
    Float32Array.of(1.5, -2),
  );
  expect(() => typedArrayOf(rawTensor("complex64", [1], new Uint8Array(8)))).toThrow(DTypeError);
});

it("counts elements without overflow", () => {
  expect(elementCount([], "t")).toBe(1);
  expect(elementCount([0, 2 ** 52, 2 ** 52], "t")).toBe(0);
  expect(() => elementCount([2 ** 30, 2 ** 30], "t")).toThrow(LimitExceededError);
  expect(() => elementCount([-1], "t")).toThrow(ModelFormatError);
  expect(() => elementCount([1.5], "t")).toThrow(ModelFormatError);
  expect(() => elementCount([Number.NaN], "t")).toThrow(ModelFormatError);
  expect(rawByteLength("int4", [3], "t")).toBe(2);
  expect(rawByteLength("float6_e2m3fn", [4], "t")).toBe(3);
  expect(() => rawTensor("int32", [2], new Uint8Array(7))).toThrow(/needs 8 bytes, not 7/);
});

it("keeps strings", () => {
  const tensor = encodeStrings([2, 1], ["", "grüße"]);
  expect(decodeStrings(tensor)).toEqual(["", "grüße"]);
  expect(rawEqual(tensor, encodeStrings([2, 1], ["", "grüße"]))).toBe(true);
  for (let n = 0; n < tensor.data.length; n++)
    expect(() => decodeStrings({ ...tensor, data: tensor.data.subarray(0, n) })).toThrow(ModelFormatError);
});

it("reads ranges of bytes and blobs, and refuses what is not there", async () => {
  const bytes = Uint8Array.from({ length: 10 }, (_, i) => i);
  expect(Object.getPrototypeOf(await bytesSource(Buffer.from(bytes)).read(0, 1))).toBe(Uint8Array.prototype);
  const sources = [bytesSource(bytes), blobSource(new Blob([bytes])), sliceSource(bytesSource(bytes), 0, 10)];
  for (const source of sources) {
    expect([...(await source.read(8, 2))]).toEqual([8, 9]);
    for (const [offset, length] of [
      [9, 2],
      [-1, 1],
      [0, -1],
      [0.5, 1],
      [0, 2 ** 60],
      [Number.NaN, 1],
    ] as const)
      await expect(source.read(offset, length)).rejects.toThrow(ModelFormatError);
  }
  expect([...(await sliceSource(bytesSource(bytes), 4, 3).read(1, 2))]).toEqual([5, 6]);
});

it("names file and offset when a bounded read fails", () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3), "m.bin", 100);
  expect(reader.u16()).toBe(0x0201);
  expect(() => reader.u32()).toThrow(/m\.bin@102.*needs 4 bytes/);
  expect(() => reader.take(2 ** 53)).toThrow(ModelFormatError);
  expect(reader.u8()).toBe(3);
});

it("checks limits and refuses unknown ones", () => {
  expect(resolveLimits({ entries: 3 })).toEqual({ ...DEFAULT_LIMITS, entries: 3 });
  // @ts-expect-error unknown limit
  expect(() => resolveLimits({ entrys: 3 })).toThrow(/did you mean `entries`/);
  expect(() => resolveLimits({ nodes: 0 })).toThrow(/nodes is 0/);
  expect(() => checkLimit(DEFAULT_LIMITS, "fileBytes", 2n ** 64n, "f")).toThrow(LimitExceededError);
  expect(() => checkRatio(DEFAULT_LIMITS, 1049, 2 ** 20 + 1, "f")).not.toThrow();
  expect(() => checkRatio(DEFAULT_LIMITS, 1048, 2 ** 20 + 1, "f")).toThrow(/ratio/);
});
