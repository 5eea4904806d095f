// Between TensorProto and RawTensor: raw bytes, typed fields, external files, sparse tensors.
import { ModelFormatError, UnsupportedOpError } from "@isoform/core";
import { decodeUtf8 } from "../bytes.js";
import { checkLimit, checkRatio, resolveLimits, type Limits } from "../limits.js";
import {
  decodeStrings,
  describeRaw,
  elementCount,
  encodeStrings,
  rawBits,
  rawByteLength,
  rawTensor,
  type RawDType,
  type RawTensor,
} from "../raw-tensor.js";
import { onnxDTypeOf, rawDTypeOf } from "./dtypes.js";
import { create } from "./encode.js";
import { readExternal, type ExternalFiles } from "./external.js";
import { int64sToNumbers, numbersToInt64s } from "./numbers.js";
import { DataLocation, type SparseTensorProto, type TensorProto } from "./schema/onnx.gen.js";

/** Options of the tensor readers. */
export interface TensorOptions {
  /** Place of the tensor in messages; default is its name. */
  readonly path?: string;
  readonly limits?: Partial<Limits>;
}

type TypedField = "floatData" | "int32Data" | "stringData" | "int64Data" | "doubleData" | "uint64Data";

const FIELDS: readonly TypedField[] = [
  "floatData",
  "int32Data",
  "stringData",
  "int64Data",
  "doubleData",
  "uint64Data",
];

/** The typed field of each element type; all others use int32Data. */
const FIELD_OF: Partial<Record<RawDType, TypedField>> = {
  float32: "floatData",
  complex64: "floatData",
  int64: "int64Data",
  float64: "doubleData",
  complex128: "doubleData",
  uint32: "uint64Data",
  uint64: "uint64Data",
  string: "stringData",
};

/** True when the elements lie in another file, whatever the shape. Never throws. */
export function isExternal(tensor: TensorProto): boolean {
  return tensor.dataLocation === DataLocation.EXTERNAL;
}

interface Described {
  readonly dtype: RawDType;
  readonly shape: readonly number[];
  readonly path: string;
}

function describe(tensor: TensorProto, options: TensorOptions): Described {
  const path = options.path ?? `tensor ${JSON.stringify(tensor.name ?? "")}`;
  if (tensor.segment)
    throw new UnsupportedOpError("tensors in segments are not read", {
      code: "onnx/segment",
      op: "ONNX",
      path,
    });
  const dtype = rawDTypeOf(tensor.dataType, path);
  const shape = int64sToNumbers(tensor.dims, path);
  const limits = resolveLimits(options.limits);
  if (dtype === "string") checkLimit(limits, "tensorBytes", elementCount(shape, path), path);
  else checkLimit(limits, "tensorBytes", rawByteLength(dtype, shape, path), path);
  return { dtype, shape, path };
}

function bad(problem: string, path: string): ModelFormatError {
  return new ModelFormatError(problem, { code: "onnx/tensor", path });
}

/**
 * The elements of a tensor of any shape whose data lies inside the model. `raw_data` gives a view, typed
 * fields a copy.
 * @throws {ModelFormatError} when the data does not fit type and shape, is there twice, or is external
 * @throws {UnsupportedOpError} when the element type is unknown or the tensor is a segment
 * @throws {LimitExceededError} when it is over `tensorBytes` or a size is over 2^53 - 1
 * @throws {ArgumentError} when a limit is unknown or not a positive number
 * @see ONNX TensorProto
 */
export function tensorToRaw(tensor: TensorProto, options: TensorOptions = {}): RawTensor {
  const described = describe(tensor, options);
  const { dtype, shape, path } = described;
  if (isExternal(tensor)) throw bad("the data lies in another file; read it with readTensor", path);
  const used = FIELDS.filter((field) => tensor[field].length > 0);
  const raw = tensor.rawData !== undefined && tensor.rawData.length > 0 ? tensor.rawData : undefined;
  if (used.length + (raw ? 1 : 0) > 1) throw bad("the data is stored more than once", path);
  if (raw) {
    if (dtype === "string") throw bad("strings cannot be raw data", path);
    return finish(described, raw);
  }
  const [field] = used;
  if (field === undefined) {
    if (dtype === "string") return rawTensor(dtype, shape, new Uint8Array(), path);
    return finish(described, new Uint8Array());
  }
  if (field !== (FIELD_OF[dtype] ?? "int32Data"))
    throw bad(`${describeRaw({ dtype, shape })} cannot be stored as ${field}`, path);
  if (field === "stringData") {
    const texts = tensor.stringData.map((bytes) => decodeUtf8(bytes, path));
    if (texts.length !== elementCount(shape, path))
      throw bad(`${describeRaw({ dtype, shape })} has ${texts.length} strings`, path);
    return encodeStrings(shape, texts);
  }
  return finish(described, typedBytes(tensor, field, described));
}

/** Checks size and, for bool, makes every value 0 or 1. */
function finish({ dtype, shape, path }: Described, data: Uint8Array): RawTensor {
  const tensor = rawTensor(dtype, shape, data, path);
  if (dtype !== "bool" || data.every((byte) => byte <= 1)) return tensor;
  return rawTensor(
    dtype,
    shape,
    data.map((byte) => (byte === 0 ? 0 : 1)),
    path,
  );
}

function typedBytes(
  tensor: TensorProto,
  field: Exclude<TypedField, "stringData">,
  { dtype, shape, path }: Described,
): Uint8Array {
  const count = elementCount(shape, path);
  switch (field) {
    case "floatData":
      return bytesOf(Float32Array.from(tensor.floatData));
    case "doubleData":
      return bytesOf(Float64Array.from(tensor.doubleData));
    case "int64Data":
      return bytesOf(BigInt64Array.from(tensor.int64Data));
    case "uint64Data":
      if (dtype === "uint64") return bytesOf(BigUint64Array.from(tensor.uint64Data));
      return bytesOf(Uint32Array.from(tensor.uint64Data, (v) => Number(inUnsigned(v, 32, path))));
    default:
      return packInt32(tensor.int32Data, dtype, count, path);
  }
}

function bytesOf(
  array: Float32Array | Float64Array | BigInt64Array | BigUint64Array | Uint32Array,
): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function inUnsigned(value: bigint, bits: number, path: string): bigint {
  if (value >= 0n && value < 1n << BigInt(bits)) return value;
  throw bad(`the value ${value} does not fit ${bits} bits`, path);
}

/** Elements of 32 bits and less, each in an int32; 4- and 2-bit values come packed into bytes already. */
function packInt32(
  values: readonly number[] | Int32Array,
  dtype: RawDType,
  count: number,
  path: string,
): Uint8Array {
  const bits = rawBits(dtype);
  const unit = bits === 6 ? 6 : Math.max(8, bits);
  const units = bits === 6 ? count : Math.ceil((count * bits) / unit);
  if (values.length !== units)
    throw bad(`${count} elements of ${dtype} need ${units} numbers, not ${values.length}`, path);
  if (bits === 6) return packSixBits(values, path);
  const out = new DataView(new ArrayBuffer((units * unit) / 8));
  const low = -(2 ** (unit - 1));
  const high = unit === 32 ? 2 ** 31 : 2 ** unit;
  for (let i = 0; i < units; i++) {
    const value = values[i] ?? 0;
    if (value < low || value >= high) throw bad(`the value ${value} does not fit ${dtype}`, path);
    if (unit === 8) out.setInt8(i, value);
    else if (unit === 16) out.setInt16(2 * i, value, true);
    else out.setInt32(4 * i, value, true);
  }
  return new Uint8Array(out.buffer);
}

function packSixBits(values: readonly number[] | Int32Array, path: string): Uint8Array {
  const out = new Uint8Array(Math.ceil((values.length * 6) / 8));
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value < 0 || value > 63) throw bad(`the value ${value} does not fit 6 bits`, path);
    const at = (i * 6) >> 3;
    const shift = (i * 6) & 7;
    out[at] = (out[at] ?? 0) | (value << shift);
    if (shift > 2) out[at + 1] = (out[at + 1] ?? 0) | (value >> (8 - shift));
  }
  return out;
}

/**
 * The elements of any tensor, of any shape. External data is read from `files` and nowhere else.
 * @throws {ModelFormatError} when the data does not fit type and shape, is there twice, or its file was not
 * handed over or is too short
 * @throws {UnsafeModelError} when an external path leaves the folder
 * @throws {UnsupportedOpError} when the element type is unknown or the tensor is a segment
 * @throws {LimitExceededError} when it is over `tensorBytes` or a size is over 2^53 - 1
 * @throws {ArgumentError} when a limit is unknown or not a positive number
 */
export async function readTensor(
  tensor: TensorProto,
  files: ExternalFiles = new Map(),
  options: TensorOptions = {},
): Promise<RawTensor> {
  if (!isExternal(tensor)) return tensorToRaw(tensor, options);
  const described = describe(tensor, options);
  const { dtype, shape, path } = described;
  if (dtype === "string") throw bad("strings cannot be external data", path);
  const inside = FIELDS.some((field) => tensor[field].length > 0) || (tensor.rawData?.length ?? 0) > 0;
  if (inside) throw bad("the data is stored more than once", path);
  return finish(described, await readExternal(tensor, rawByteLength(dtype, shape, path), files, path));
}

/**
 * A TensorProto of the same shape with the elements as raw bytes (strings as string_data), which are not
 * copied.
 * @throws {UnsupportedOpError} when ONNX does not have the element type
 * @throws {ModelFormatError} when a `string` tensor does not fit its bytes
 */
export function rawToTensor(name: string, tensor: RawTensor): TensorProto {
  const { dtype, shape, data } = tensor;
  const head = { name, dims: numbersToInt64s(shape, name), dataType: onnxDTypeOf(dtype, name) };
  if (dtype !== "string") return create("TensorProto", { ...head, rawData: data });
  const encoder = new TextEncoder();
  return create("TensorProto", {
    ...head,
    stringData: decodeStrings(tensor, name).map((s) => encoder.encode(s)),
  });
}

/**
 * A sparse tensor as a dense one, of shape `dims`. Indices are linear (rank 1) or one row of coordinates per
 * value (rank 2).
 * @throws {ModelFormatError} when values or indices are missing, do not fit the shape, or are out of range or
 * order
 * @throws {UnsupportedOpError} when the element type is unknown or a part is a segment
 * @throws {LimitExceededError} when it is over `tensorBytes`, or larger than 1 MiB and more than `ratio`
 * times its parts
 * @throws {ArgumentError} when a limit is unknown or not a positive number
 * @see ONNX SparseTensorProto
 */
export function sparseToRaw(sparse: SparseTensorProto, options: TensorOptions = {}): RawTensor {
  const path = options.path ?? `sparse tensor ${JSON.stringify(sparse.values?.name ?? "")}`;
  if (!sparse.values || !sparse.indices) throw bad("a sparse tensor lacks values or indices", path);
  const limits = resolveLimits(options.limits);
  const values = tensorToRaw(sparse.values, { ...options, path: `${path}.values` });
  const indices = tensorToRaw(sparse.indices, { ...options, path: `${path}.indices` });
  const shape = int64sToNumbers(sparse.dims, path);
  const bits = rawBits(values.dtype);
  if (bits < 8 || indices.dtype !== "int64")
    throw bad(`sparse ${describeRaw(values)} with indices ${describeRaw(indices)} is not valid`, path);
  const size = bits / 8;
  const bytes = rawByteLength(values.dtype, shape, path);
  checkLimit(limits, "tensorBytes", bytes, path);
  checkRatio(limits, values.data.byteLength + indices.data.byteLength, bytes, path);
  const count = elementCount(values.shape, path);
  const linear = indices.shape.length === 1;
  const columns = linear ? 1 : shape.length;
  const fits = linear
    ? indices.shape[0] === count
    : indices.shape[0] === count && indices.shape[1] === columns;
  if (values.shape.length !== 1 || indices.shape.length > 2 || !fits)
    throw bad(`${count} values have indices ${describeRaw(indices)} in shape [${shape.join(",")}]`, path);
  const out = new Uint8Array(bytes);
  const view = new DataView(indices.data.buffer, indices.data.byteOffset, indices.data.byteLength);
  let last = -1;
  for (let i = 0; i < count; i++) {
    let at = 0;
    for (let k = 0; k < columns; k++) {
      const index = Number(view.getBigInt64((i * columns + k) * 8, true));
      const extent = linear ? elementCount(shape, path) : (shape[k] ?? 0);
      if (!(index >= 0 && index < extent)) throw bad(`the index ${index} is out of range`, path);
      at = linear ? index : at * extent + index;
    }
    if (at <= last) throw bad("the indices are not in order", path);
    last = at;
    out.set(values.data.subarray(i * size, (i + 1) * size), at * size);
  }
  return rawTensor(values.dtype, shape, out, path);
}
