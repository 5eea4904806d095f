import {
  DTypeError,
  IsoformError,
  LimitExceededError,
  ModelFormatError,
  UnsafeModelError,
} from "@isoform/core";
import { describe, expect, it } from "vitest";
import { ndArray } from "../arrays/nd-array.js";
import {
  expectContent,
  fromBase64,
  mutations,
  onlyTypedErrors,
  recordedFiles,
  truncations,
} from "../testing/recorded.js";
import { readNpy, writeNpy } from "./npy.js";

const recorded = recordedFiles();

/** An npy file with any header text. */
function withHeader(header: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(header);
  const out = new Uint8Array(10 + text.length + data.length);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8]);
  out.set(text, 10);
  out.set(data, 10 + text.length);
  return out;
}

describe("npy", () => {
  for (const { name, file, content } of recorded.npy) {
    it(`reads NumPy's ${name}`, () => {
      const array = readNpy(fromBase64(file));
      expectContent(array, content);
      expectContent(readNpy(writeNpy(array)), content);
    });
  }

  it("writes the bytes NumPy writes", () => {
    for (const { name, file } of recorded.npy) {
      // These are stored otherwise than we write: order, byte order, version.
      if (/^>|fortran|version/.test(name)) continue;
      expect(Buffer.from(writeNpy(readNpy(fromBase64(file)))).toString("base64"), name).toBe(file);
    }
  });

  it("reads from any offset and leaves the file alone", () => {
    const file = fromBase64(recorded.npy[0]?.file ?? "");
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    const array = readNpy(shifted.subarray(3));
    expectContent(array, recorded.npy[0]?.content as never);
    array.data.fill(0 as never);
    expect(shifted.subarray(3)).toEqual(file);
  });

  it("refuses objects as unsafe and other types as unsupported", () => {
    expect(() => readNpy(fromBase64(recorded.refused["object"] ?? ""))).toThrow(UnsafeModelError);
    for (const name of ["complex", "text", "date", "record"]) {
      expect(() => readNpy(fromBase64(recorded.refused[name] ?? "")), name).toThrow(DTypeError);
    }
    expect(() => writeNpy(ndArray("bfloat16", [1]))).toThrow(DTypeError);
  });

  it("accepts the literals Python writes", () => {
    const four = new Uint8Array(16);
    for (const header of [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }",
      '{"shape":(4L,),"descr":"<f4","fortran_order":True}',
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}   \n",
    ]) {
      expect(readNpy(withHeader(header, four)).data.length).toBe(4);
    }
  });

  it("refuses every other header", () => {
    const headers = [
      "",
      "{}",
      "[]",
      "__import__('os').system('true')",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)} x",
      "{'descr': '<f4', 'fortran_order': 0, 'shape': (4,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': 4}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-4,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4.0,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': ('4',)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'shape': (4,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'more': 1}",
      "{'descr': '<f4', 'fortran_order': False, '__proto__': (4,)}",
      "{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (4,)}",
      "{'descr': 'f4 ', 'fortran_order': False, 'shape': (4,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
      `{'descr': '<f4', 'fortran_order': False, 'shape': (${"1, ".repeat(65)})}`,
      "[".repeat(50),
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4 4)}",
      "{'descr' '<f4'}",
      "{'descr': '<f4",
      "{1: 2}",
    ];
    for (const header of headers) {
      expect(() => readNpy(withHeader(header, new Uint8Array(16))), header).toThrow(ModelFormatError);
    }
    expect(({} as Record<string, unknown>)["shape"]).toBeUndefined();
  });

  it("refuses sizes before making anything of them", () => {
    const huge = (shape: string) => withHeader(`{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}}`);
    expect(() => readNpy(huge("(1099511627776,)"))).toThrow(LimitExceededError);
    expect(() => readNpy(huge("(4294967296, 4294967296, 4294967296)"))).toThrow(LimitExceededError);
    expect(() => readNpy(huge("(1000000,)"))).toThrow(ModelFormatError);
    expect(readNpy(huge("(0, 9007199254740991)")).data.length).toBe(0);
    expect(() => readNpy(huge(`(${"9007199254740991, ".repeat(30)}0)`))).toThrow(IsoformError);
    expect(() => readNpy(huge("(1000,)"), { limits: { arrayBytes: 100 } })).toThrow(LimitExceededError);
    expect(() => readNpy(huge("(1,)"), { limits: { headerBytes: 10 } })).toThrow(LimitExceededError);
  });

  it("gives typed errors for every truncation, trailing bytes and wrong bools", () => {
    for (const { file } of recorded.npy) {
      const bytes = fromBase64(file);
      for (const part of truncations(bytes)) expect(() => readNpy(part)).toThrow(ModelFormatError);
      expect(() => readNpy(new Uint8Array([...bytes, 0]))).toThrow(ModelFormatError);
    }
    const bool = fromBase64(recorded.npy.find(({ name }) => name === "bool")?.file ?? "");
    bool[bool.length - 1] = 2;
    expect(() => readNpy(bool)).toThrow(ModelFormatError);
  });

  it("gives typed errors for mutated files", async () => {
    let refused = 0;
    for (const [i, { file }] of recorded.npy.entries()) {
      for (const bytes of mutations(fromBase64(file), 200, i)) {
        if (await onlyTypedErrors(() => readNpy(bytes))) refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });
});
