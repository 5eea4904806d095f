// Tensors as they lie in files: element type, shape and little-endian bytes. No arithmetic, no device.
import { DTypeError, LimitExceededError, ModelFormatError, type DType, type TypedArray } from "@isoform/core";
import { DTYPES, isDType, typedArrayView } from "@isoform/core";

/**
 * Element types that occur in files but not in arithmetic. Names follow PyTorch and ONNX.
 * Types under 8 bits are packed, the first value in the lowest bits, without gaps between values.
 * `string` elements are UTF-8, each preceded by its length as uint32.
 */
export const FILE_ONLY_DTYPES = [
  "float8_e4m3fn",
  "float8_e4m3fnuz",
  "float8_e5m2",
  "float8_e5m2fnuz",
  "float8_e8m0fnu",
  "float6_e2m3fn",
  "float6_e3m2fn",
  "float4_e2m1fn",
  "int4",
  "uint4",
  "int2",
  "uint2",
  "qint8",
  "quint8",
  "qint32",
  "complex32",
  "complex64",
  "complex128",
  "string",
] as const;

/** Element type of a tensor in a file: core's DType or one that only files have. */
export type RawDType = DType | (typeof FILE_ONLY_DTYPES)[number];

/** A tensor of a file: row-major, contiguous, little-endian. `data` may be an unaligned view. */
export interface RawTensor {
  readonly dtype: RawDType;
  readonly shape: readonly number[];
  /** Its bytes, as many as dtype and shape need. */
  readonly data: Uint8Array;
}

const BITS: Readonly<Record<RawDType, number>> = {
  bool: 8,
  uint8: 8,
  int8: 8,
  uint16: 16,
  int16: 16,
  uint32: 32,
  int32: 32,
  uint64: 64,
  int64: 64,
  float16: 16,
  bfloat16: 16,
  float32: 32,
  float64: 64,
  float8_e4m3fn: 8,
  float8_e4m3fnuz: 8,
  float8_e5m2: 8,
  float8_e5m2fnuz: 8,
  float8_e8m0fnu: 8,
  float6_e2m3fn: 6,
  float6_e3m2fn: 6,
  float4_e2m1fn: 4,
  int4: 4,
  uint4: 4,
  int2: 2,
  uint2: 2,
  qint8: 8,
  quint8: 8,
  qint32: 32,
  complex32: 32,
  complex64: 64,
  complex128: 128,
  string: 0,
};

/** True when `name` is an element type of a file. Never throws. */
export function isRawDType(name: unknown): name is RawDType {
  return typeof name === "string" && Object.hasOwn(BITS, name);
}

/** Bits of one element; 0 for `string`, whose length varies. Never throws. */
export function rawBits(dtype: RawDType): number {
  return BITS[dtype];
}

/** Element type and shape as `float32[2,3]`, for messages. Never throws. */
export function describeRaw(tensor: {
  readonly dtype: string;
  readonly shape: readonly (number | bigint)[];
}): string {
  return `${tensor.dtype}[${tensor.shape.join(",")}]`;
}

/**
 * Number of elements of `shape`, 1 for `[]`.
 * @param path Where the shape is declared, for messages.
 * @throws {ModelFormatError} when a dimension is not a whole number ≥ 0
 * @throws {LimitExceededError} when a dimension or the product is over 2^53 - 1
 */
export function elementCount(shape: readonly number[], path: string): number {
  let count = 1n;
  for (const dim of shape) {
    if (!Number.isInteger(dim) || dim < 0)
      throw new ModelFormatError(`the shape [${shape.join(",")}] has a bad dimension`, {
        code: "format/shape",
        path,
      });
    count *= BigInt(dim);
  }
  const over = shape.some((dim) => !Number.isSafeInteger(dim)) || count > BigInt(Number.MAX_SAFE_INTEGER);
  if (over)
    throw new LimitExceededError(`the shape [${shape.join(",")}] has too many elements`, {
      code: "limit/elements",
      path,
    });
  return Number(count);
}

/**
 * Bytes of a tensor of any shape; elements under 8 bits are packed, the last byte is filled up.
 * @param path Where the tensor is declared, for messages.
 * @throws {DTypeError} when the dtype is `string`, which has no fixed size
 * @throws {ModelFormatError} when a dimension is not a whole number ≥ 0
 * @throws {LimitExceededError} when a dimension, the elements or the bytes are over 2^53 - 1
 */
export function rawByteLength(dtype: RawDType, shape: readonly number[], path: string): number {
  const bits = BITS[dtype];
  if (bits === 0) throw new DTypeError("strings have no fixed size", { code: "dtype/no-size", path });
  const bytes = (BigInt(elementCount(shape, path)) * BigInt(bits) + 7n) / 8n;
  if (bytes > BigInt(Number.MAX_SAFE_INTEGER))
    throw new LimitExceededError(`${describeRaw({ dtype, shape })} is too large`, {
      code: "limit/elements",
      path,
    });
  return Number(bytes);
}

/**
 * A checked RawTensor of any shape over `data`, row-major and little-endian, which is kept, not copied.
 * @param path Name of the tensor in messages.
 * @throws {ModelFormatError} when a dimension is not a whole number ≥ 0, or `data` has not exactly the bytes
 * that dtype and shape need
 * @throws {LimitExceededError} when the shape has over 2^53 - 1 elements or bytes
 */
export function rawTensor(
  dtype: RawDType,
  shape: readonly number[],
  data: Uint8Array,
  path = "tensor",
): RawTensor {
  if (dtype === "string") {
    decodeStrings({ dtype, shape, data }, path);
  } else {
    const need = rawByteLength(dtype, shape, path);
    if (data.byteLength !== need)
      throw new ModelFormatError(
        `${describeRaw({ dtype, shape })} needs ${need} bytes, not ${data.byteLength}`,
        {
          code: "format/tensor-size",
          path,
        },
      );
  }
  return { dtype, shape: [...shape], data };
}

/**
 * The elements as core's typed array (16-bit floats as their bits, bool as bytes). A view where the data is
 * aligned, otherwise a copy; never write to it. Any shape, in row-major order.
 * @param path Name of the tensor in messages.
 * @throws {DTypeError} when the dtype exists only in files (`FILE_ONLY_DTYPES`)
 * @throws {ModelFormatError} when a dimension is not a whole number ≥ 0
 * @throws {RangeError} when `data` has fewer bytes than dtype and shape need, which `rawTensor` refuses
 */
export function typedArrayOf(tensor: RawTensor, path = "tensor"): TypedArray {
  const { dtype, data } = tensor;
  if (!isDType(dtype))
    throw new DTypeError(`${describeRaw(tensor)} cannot be computed with`, {
      code: "dtype/file-only",
      path,
      hint: `convert it first to one of ${DTYPES.join(", ")}`,
    });
  const bytes = BITS[dtype] / 8;
  const aligned = data.byteOffset % bytes === 0 ? data : new Uint8Array(data);
  return typedArrayView(dtype, aligned.buffer, aligned.byteOffset, elementCount(tensor.shape, path));
}

/**
 * A RawTensor over the bytes of a typed array in row-major order (no copy).
 * @throws {ModelFormatError} when the array has another number of bytes than dtype and shape need, or the
 * shape is none
 */
export function fromTypedArray(dtype: DType, shape: readonly number[], array: TypedArray): RawTensor {
  return rawTensor(dtype, shape, new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
}

/**
 * True when dtype, shape and all bytes are equal, so that NaN equals itself and -0 is not 0. Never throws.
 */
export function rawEqual(a: RawTensor, b: RawTensor): boolean {
  if (a.dtype !== b.dtype || a.shape.length !== b.shape.length || a.data.byteLength !== b.data.byteLength)
    return false;
  if (a.shape.some((dim, i) => dim !== b.shape[i])) return false;
  const left = a.data;
  const right = b.data;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

/**
 * A `string` tensor of `values` in row-major order; half a surrogate pair becomes U+FFFD.
 * @throws {ModelFormatError} when `values` are not as many as the shape has elements, or the shape is none
 */
export function encodeStrings(shape: readonly number[], values: readonly string[]): RawTensor {
  const parts = values.map((value) => new TextEncoder().encode(value));
  const data = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.byteLength, 0));
  const view = new DataView(data.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.byteLength, true);
    data.set(part, at + 4);
    at += 4 + part.byteLength;
  }
  return rawTensor("string", shape, data);
}

/**
 * The values of a `string` tensor in row-major order; bytes that are not UTF-8 become U+FFFD.
 * @param path Name of the tensor in messages.
 * @throws {ModelFormatError} when the dtype is another, or count or lengths do not fit the data
 * @throws {LimitExceededError} when the shape has over 2^53 - 1 elements
 */
export function decodeStrings(tensor: RawTensor, path = "tensor"): string[] {
  const { data } = tensor;
  const count = elementCount(tensor.shape, path);
  const bad = (): ModelFormatError =>
    new ModelFormatError(`${describeRaw(tensor)} does not fit its ${data.byteLength} bytes`, {
      code: "format/tensor-size",
      path,
    });
  if (tensor.dtype !== "string" || count * 4 > data.byteLength) throw bad();
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const values: string[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 4 > data.byteLength) throw bad();
    const end = at + 4 + view.getUint32(at, true);
    if (end > data.byteLength) throw bad();
    values.push(new TextDecoder().decode(data.subarray(at + 4, end)));
    at = end;
  }
  if (at !== data.byteLength) throw bad();
  return values;
}
