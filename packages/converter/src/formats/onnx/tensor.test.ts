import { IsoformError } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { bytesSource } from "../bytes.js";
import { decodeStrings, encodeStrings, rawBits, rawByteLength, rawEqual, rawTensor } from "../raw-tensor.js";
import {
  create,
  DataLocation,
  decodeMessage,
  encodeMessage,
  externalizeInitializers,
  numbersToInt64s,
  ONNX_TO_RAW,
  rawToTensor,
  readTensor,
  sparseToRaw,
  tensorToRaw,
  type Init,
  type TensorProto,
} from "./index.js";

const make = (init: Init<TensorProto>): TensorProto => create("TensorProto", { name: "w", ...init });
const bytes = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const fails = (run: () => unknown, name: string, code: string): void =>
  expect(run).toThrow(expect.objectContaining({ name, code }));
const codes = [...ONNX_TO_RAW.entries()].filter(([, dtype]) => dtype !== "string");

describe("raw data", () => {
  it.each(codes)("type %i (%s): written and read, at every alignment", (code, dtype) => {
    const length = rawByteLength(dtype, [3, 5], "t");
    const data = new Uint8Array(length).map((_, i) => (dtype === "bool" ? i % 2 : i * 37));
    const raw = rawTensor(dtype, [3, 5], data);
    const encoded = encodeMessage("TensorProto", rawToTensor("w", raw));
    for (let shift = 0; shift < 4; shift++) {
      const moved = new Uint8Array(encoded.length + shift);
      moved.set(encoded, shift);
      const tensor = decodeMessage("TensorProto", moved.subarray(shift));
      expect(tensor.dataType).toBe(code);
      expect(rawEqual(tensorToRaw(tensor), raw)).toBe(true);
    }
  });

  it("strings", () => {
    const raw = encodeStrings([2], ["grüße", ""]);
    const tensor = decodeMessage("TensorProto", encodeMessage("TensorProto", rawToTensor("s", raw)));
    expect(decodeStrings(tensorToRaw(tensor))).toEqual(["grüße", ""]);
  });

  it("a truth value is any number but 0", () => {
    const raw = tensorToRaw(make({ dims: [3n], dataType: 9, rawData: Uint8Array.of(0, 2, 255) }));
    expect([...raw.data]).toEqual([0, 1, 1]);
  });
});

describe("typed fields", () => {
  it.each([
    ["float32", { dataType: 1, floatData: [1, -0.5] }, bytes(Float32Array.of(1, -0.5))],
    ["complex64", { dataType: 14, dims: [1n], floatData: [1, -0.5] }, bytes(Float32Array.of(1, -0.5))],
    ["float64", { dataType: 11, doubleData: [0.1, 2] }, bytes(Float64Array.of(0.1, 2))],
    ["complex128", { dataType: 15, dims: [1n], doubleData: [0.1, 2] }, bytes(Float64Array.of(0.1, 2))],
    ["int64", { dataType: 7, int64Data: [-1n, 2n ** 62n] }, bytes(BigInt64Array.of(-1n, 2n ** 62n))],
    [
      "uint64",
      { dataType: 13, uint64Data: [1n, 2n ** 64n - 1n] },
      bytes(BigUint64Array.of(1n, 2n ** 64n - 1n)),
    ],
    ["uint32", { dataType: 12, uint64Data: [1n, 2n ** 32n - 1n] }, bytes(Uint32Array.of(1, 2 ** 32 - 1))],
    ["int32", { dataType: 6, int32Data: [-5, 7] }, bytes(Int32Array.of(-5, 7))],
    ["int16", { dataType: 5, int32Data: [-5, 7] }, bytes(Int16Array.of(-5, 7))],
    ["uint16", { dataType: 4, int32Data: [65535, 7] }, bytes(Uint16Array.of(65535, 7))],
    ["int8", { dataType: 3, int32Data: [-5, 7] }, bytes(Int8Array.of(-5, 7))],
    ["uint8", { dataType: 2, int32Data: [255, 7] }, Uint8Array.of(255, 7)],
    ["bool", { dataType: 9, int32Data: [1, 0] }, Uint8Array.of(1, 0)],
    ["float16", { dataType: 10, int32Data: [0x3c00, 0xc000] }, bytes(Uint16Array.of(0x3c00, 0xc000))],
    ["bfloat16", { dataType: 16, int32Data: [0x3f80, 0xff80] }, bytes(Uint16Array.of(0x3f80, 0xff80))],
    ["float8_e4m3fn", { dataType: 17, int32Data: [0x38, 0xff] }, Uint8Array.of(0x38, 0xff)],
    ["int4", { dataType: 22, dims: [3n], int32Data: [0x21, 0x0f] }, Uint8Array.of(0x21, 0x0f)],
    ["uint2", { dataType: 25, dims: [5n], int32Data: [0xe4, 1] }, Uint8Array.of(0xe4, 1)],
    ["float4_e2m1fn", { dataType: 23, dims: [2n], int32Data: [0x21] }, Uint8Array.of(0x21)],
    [
      "float6_e2m3fn",
      { dataType: 27, dims: [5n], int32Data: [1, 2, 3, 63, 5] },
      Uint8Array.of(0x81, 0x30, 0xfc, 5),
    ],
  ] as const)("%s", (dtype, init, expected) => {
    const tensor = decodeMessage("TensorProto", encodeMessage("TensorProto", make({ dims: [2n], ...init })));
    const raw = tensorToRaw(tensor);
    expect(raw.dtype).toBe(dtype);
    expect([...raw.data]).toEqual([...expected]);
    expect(rawBits(dtype)).toBeGreaterThan(0);
  });

  it("scalars and tensors without elements", () => {
    expect(tensorToRaw(make({ dataType: 1, floatData: [2] })).shape).toEqual([]);
    expect(tensorToRaw(make({ dataType: 1, dims: [0n, 4n] })).data).toHaveLength(0);
    expect(tensorToRaw(make({ dataType: 8, dims: [0n] })).shape).toEqual([0]);
    expect(tensorToRaw(make({ dataType: 1, rawData: new Uint8Array(), floatData: [2] })).data).toHaveLength(
      4,
    );
  });

  it.each([
    ["too few values", { dataType: 1, dims: [3n], floatData: [1] }, "ModelFormatError", "format/tensor-size"],
    [
      "too many bytes",
      { dataType: 1, dims: [1n], rawData: new Uint8Array(8) },
      "ModelFormatError",
      "format/tensor-size",
    ],
    [
      "two fields",
      { dataType: 1, floatData: [1], rawData: new Uint8Array(4) },
      "ModelFormatError",
      "onnx/tensor",
    ],
    ["the wrong field", { dataType: 1, doubleData: [1] }, "ModelFormatError", "onnx/tensor"],
    ["raw strings", { dataType: 8, rawData: new Uint8Array(4) }, "ModelFormatError", "onnx/tensor"],
    ["a value too large", { dataType: 3, int32Data: [300] }, "ModelFormatError", "onnx/tensor"],
    ["a uint32 too large", { dataType: 12, uint64Data: [2n ** 32n] }, "ModelFormatError", "onnx/tensor"],
    ["a negative dim", { dataType: 1, dims: [-1n] }, "ModelFormatError", "format/shape"],
    [
      "an overflowing shape",
      { dataType: 1, dims: [2n ** 40n, 2n ** 40n] },
      "LimitExceededError",
      "limit/elements",
    ],
    ["a dim over 2^53", { dataType: 1, dims: [2n ** 60n] }, "LimitExceededError", "onnx/int64"],
    ["2^33 elements", { dataType: 1, dims: [2n ** 33n] }, "LimitExceededError", "limit/tensorBytes"],
    ["type 0", { dims: [1n] }, "UnsupportedOpError", "onnx/dtype"],
    ["type 99", { dataType: 99 }, "UnsupportedOpError", "onnx/dtype"],
    [
      "a segment",
      { dataType: 1, segment: create("TensorProtoSegment", { begin: 0n }) },
      "UnsupportedOpError",
      "onnx/segment",
    ],
  ] as const)("%s", (_name, init, name, code) => {
    fails(() => tensorToRaw(make(init)), name, code);
  });
});

/** A float32[4] tensor whose data is external. */
const external = (entries: Record<string, string>, init: Init<TensorProto> = {}): TensorProto =>
  make({
    dims: [4n],
    dataType: 1,
    dataLocation: DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) =>
      create("StringStringEntryProto", { key, value }),
    ),
    ...init,
  });

describe("external data", () => {
  const values = Float32Array.of(1, 2, 3, 4);
  const file = new Uint8Array(64 + 16);
  file.set(bytes(values), 64);
  const files = new Map([["weights.bin", bytesSource(file, "weights.bin")]]);

  it("reads the range", async () => {
    for (const entries of [
      { offset: "64", length: "16" },
      { offset: "64" },
      { offset: "64", checksum: "x" },
    ]) {
      const raw = await readTensor(external({ location: "weights.bin", ...entries }), files);
      expect([...raw.data]).toEqual([...bytes(values)]);
    }
    expect(() => tensorToRaw(external({ location: "weights.bin" }))).toThrow(/another file/);
  });

  it.each([
    ["a parent folder", { location: "../weights.bin" }, "UnsafeModelError", "onnx/external-path"],
    ["a parent folder inside", { location: "a/../../weights.bin" }, "UnsafeModelError", "onnx/external-path"],
    ["an absolute path", { location: "/etc/passwd" }, "UnsafeModelError", "onnx/external-path"],
    ["a drive", { location: "C:weights.bin" }, "UnsafeModelError", "onnx/external-path"],
    ["a backslash", { location: "a\\b" }, "UnsafeModelError", "onnx/external-path"],
    ["a URL", { location: "http://x/y" }, "UnsafeModelError", "onnx/external-path"],
    ["an unknown key", { location: "weights.bin", mmap: "1" }, "UnsafeModelError", "onnx/external-key"],
    [
      "__proto__ as key",
      { location: "weights.bin", ["__proto__"]: "1" },
      "UnsafeModelError",
      "onnx/external-key",
    ],
    ["no location", { offset: "0" }, "ModelFormatError", "onnx/external-data"],
    ["a file that is not there", { location: "other.bin" }, "ModelFormatError", "onnx/external-missing"],
    [
      "an offset past the end",
      { location: "weights.bin", offset: "72" },
      "ModelFormatError",
      "format/truncated",
    ],
    [
      "a huge offset",
      { location: "weights.bin", offset: "9007199254740993" },
      "ModelFormatError",
      "onnx/external-data",
    ],
    [
      "a negative offset",
      { location: "weights.bin", offset: "-4" },
      "ModelFormatError",
      "onnx/external-data",
    ],
    ["another length", { location: "weights.bin", length: "20" }, "ModelFormatError", "onnx/external-data"],
  ])("%s", async (_name, entries, name, code) => {
    await expect(readTensor(external(entries), files)).rejects.toMatchObject({ name, code });
  });

  it("data twice, or a key twice", async () => {
    const twice = external({ location: "weights.bin" }, { rawData: new Uint8Array(16) });
    await expect(readTensor(twice, files)).rejects.toMatchObject({ code: "onnx/tensor" });
    const entry = create("StringStringEntryProto", { key: "location", value: "weights.bin" });
    const repeated = external({}, { externalData: [entry, entry] });
    await expect(readTensor(repeated, files)).rejects.toMatchObject({ code: "onnx/external-data" });
  });

  it("large initialisers move out and come back", async () => {
    const big = rawTensor("float32", [600], bytes(Float32Array.from({ length: 600 }, (_, i) => i)));
    const initializer = ["a", "b", "c"].map((name, i) =>
      rawToTensor(name, i === 1 ? rawTensor("float32", [1], new Uint8Array(4)) : big),
    );
    const model = create("ModelProto", { graph: create("GraphProto", { initializer }) });
    const { model: moved, parts } = externalizeInitializers(model, { location: "m.onnx.data" });
    const data = Buffer.concat(parts);
    expect(moved.graph?.initializer.map((t) => t.rawData?.length)).toEqual([undefined, 4, undefined]);
    const folder = new Map([["m.onnx.data", bytesSource(data)]]);
    for (const tensor of moved.graph?.initializer ?? []) {
      if (tensor.name === "b") continue;
      expect(rawEqual(await readTensor(tensor, folder), big)).toBe(true);
      expect(Number(tensor.externalData.find((e) => e.key === "offset")?.value) % 64).toBe(0);
    }
    expect(() => externalizeInitializers(model, { location: "../m" })).toThrow(IsoformError);
  });
});

describe("sparse tensors", () => {
  const values = rawToTensor("s", rawTensor("float32", [2], bytes(Float32Array.of(5, 6))));
  const sparse = (dims: bigint[], shape: bigint[], indices: bigint[]) =>
    create("SparseTensorProto", {
      values,
      dims,
      indices: create("TensorProto", { dims: shape, dataType: 7, int64Data: indices }),
    });

  it("linear and coordinate indices", () => {
    const expected = [...bytes(Float32Array.of(0, 5, 0, 0, 6, 0))];
    expect([...sparseToRaw(sparse([2n, 3n], [2n], [1n, 4n])).data]).toEqual(expected);
    expect([...sparseToRaw(sparse([2n, 3n], [2n, 2n], [0n, 1n, 1n, 1n])).data]).toEqual(expected);
  });

  it.each([
    ["out of range", [2n, 3n], [2n], [1n, 6n], "onnx/tensor"],
    ["negative", [2n, 3n], [2n], [-1n, 2n], "onnx/tensor"],
    ["out of order", [2n, 3n], [2n], [4n, 1n], "onnx/tensor"],
    ["twice", [2n, 3n], [2n], [4n, 4n], "onnx/tensor"],
    ["too few", [2n, 3n], [1n], [4n], "onnx/tensor"],
    ["a bomb", [2n ** 28n], [2n], [1n, 4n], "limit/ratio"],
    ["a larger bomb", [2n ** 40n], [2n], [1n, 4n], "limit/tensorBytes"],
  ] as const)("%s", (_name, dims, shape, indices, code) => {
    expect(() => sparseToRaw(sparse([...dims], [...shape], [...indices]))).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describe("numbers that are no integers", () => {
  it("are refused as sizes", () => {
    fails(() => numbersToInt64s([1.5]), "ArgumentError", "onnx/int64");
    const half = { dtype: "float32" as const, shape: [0.5], data: new Uint8Array(2) };
    fails(() => rawToTensor("w", half), "ArgumentError", "onnx/int64");
  });
});
