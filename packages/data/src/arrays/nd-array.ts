// A dense array as plain data: what every reader of this package gives and every helper takes. Not a tensor.
import {
  ArgumentError,
  DTypeError,
  LimitExceededError,
  ShapeError,
  isDType,
  newTypedArray,
} from "@isoform/core";
import type { DType, TypedArray } from "@isoform/core";

/** The typed array that holds each element type; 16-bit floats as their bits, bool as 0 or 1. */
export interface DTypeArrays {
  bool: Uint8Array;
  uint8: Uint8Array;
  int8: Int8Array;
  uint16: Uint16Array;
  int16: Int16Array;
  uint32: Uint32Array;
  int32: Int32Array;
  uint64: BigUint64Array;
  int64: BigInt64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  float32: Float32Array;
  float64: Float64Array;
}

/**
 * A dense array in C order. `data.length` is the product of `shape`; a 0-d array has shape [] and one
 * element.
 */
export interface NdArray<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: DTypeArrays[D];
}

/** Inputs and targets with the same number of rows (first axis). */
export interface Dataset<X extends DType = DType, Y extends DType = DType> {
  readonly x: NdArray<X>;
  readonly y: NdArray<Y>;
}

/**
 * Number of elements of a shape: the product of the sizes, 1 for `[]`.
 * @throws {ShapeError} when a size is not an integer >= 0 or the product is over 2^53 - 1
 */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new ShapeError(`[${shape.join(", ")}] is not a shape`, {
        code: "shape/invalid",
        hint: "sizes are integers >= 0",
      });
    }
    count *= size;
  }
  if (!Number.isSafeInteger(count)) {
    throw new ShapeError(`[${shape.join(", ")}] has more than 2^53 elements`, { code: "shape/too-large" });
  }
  return count;
}

function zeros<D extends DType>(dtype: D, shape: readonly number[], count: number): DTypeArrays[D] {
  try {
    return newTypedArray(dtype, count) as DTypeArrays[D];
  } catch (cause) {
    throw new LimitExceededError(`there is no memory for ${dtype} [${shape.join(", ")}]`, {
      code: "limit/memory",
      op: "ndArray",
      hint: "make smaller arrays, e.g. a part of the rows at a time",
      cause,
    });
  }
}

/**
 * Makes an array of `data` in C order, which is kept, not copied; zeros without it.
 * @throws {DTypeError} when `dtype` is not an element type or `data` is not its typed array (`DTypeArrays`)
 * @throws {ShapeError} when `shape` is not one (`elementCount`) or has another number of elements than `data`
 * @throws {LimitExceededError} when there is no memory for the zeros
 */
export function ndArray<D extends DType>(
  dtype: D,
  shape: readonly number[],
  data?: DTypeArrays[D],
): NdArray<D> {
  if (!isDType(dtype)) {
    throw new DTypeError(`${String(dtype)} is not an element type`, { code: "dtype/unknown", op: "ndArray" });
  }
  const count = elementCount(shape);
  if (data === undefined) return { dtype, shape: [...shape], data: zeros(dtype, shape, count) };
  const wanted = newTypedArray(dtype, 0).constructor.name;
  if (data.constructor.name !== wanted) {
    throw new DTypeError(`${dtype} is held by a ${wanted}, not a ${data.constructor.name}`, {
      code: "dtype/mismatch",
      op: "ndArray",
      hint: `pass a ${wanted}`,
    });
  }
  if (data.length !== count) {
    throw new ShapeError(`${data.length} elements do not fill [${shape.join(", ")}]`, {
      code: "shape/mismatch",
      op: "ndArray",
      hint: `that shape has ${count}`,
    });
  }
  return { dtype, shape: [...shape], data };
}

/**
 * The same data, not a copy, under another shape in C order; no size may be -1.
 * @throws {ShapeError} when the number of elements differs or a size is not an integer >= 0
 * @see numpy.reshape
 */
export function reshape<D extends DType>(array: NdArray<D>, shape: readonly number[]): NdArray<D> {
  return ndArray(array.dtype, shape, array.data);
}

/**
 * Number of rows (size of the first axis).
 * @throws {ShapeError} when the array is 0-d
 */
export function rowCount(array: NdArray): number {
  const rows = array.shape[0];
  if (rows !== undefined) return rows;
  throw new ShapeError("a 0-d array has no rows", { code: "shape/rank", hint: "give it a first axis" });
}

/**
 * Rows `from` (inclusive) to `to` (exclusive), sharing the data: [rows, ...rest] -> [to - from, ...rest].
 * @throws {ArgumentError} when `from` and `to` are not integers with 0 <= from <= to <= rows
 * @throws {ShapeError} when the array is 0-d
 */
export function sliceRows<D extends DType>(array: NdArray<D>, from: number, to: number): NdArray<D> {
  const rows = rowCount(array);
  if (!(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from <= to && to <= rows)) {
    throw new ArgumentError(`rows ${from} to ${to} are not within 0 to ${rows}`, {
      code: "argument/out-of-range",
      op: "sliceRows",
    });
  }
  const width = elementCount(array.shape.slice(1));
  const data = array.data.subarray(from * width, to * width) as DTypeArrays[D];
  return { dtype: array.dtype, shape: [to - from, ...array.shape.slice(1)], data };
}

/**
 * A copy of the given rows in the given order, repeats allowed: [rows, ...rest] -> [indices.length, ...rest].
 * @throws {ArgumentError} when an index is not an integer from 0 to rows - 1
 * @throws {ShapeError} when the array is 0-d
 * @see numpy.take with axis 0
 */
export function takeRows<D extends DType>(array: NdArray<D>, indices: ArrayLike<number>): NdArray<D> {
  const rows = rowCount(array);
  const width = elementCount(array.shape.slice(1));
  const data = newTypedArray(array.dtype, indices.length * width);
  for (let i = 0; i < indices.length; i++) {
    const row = indices[i] as number;
    if (!(Number.isInteger(row) && row >= 0 && row < rows)) {
      throw new ArgumentError(`index ${row} is not a row`, {
        code: "argument/out-of-range",
        op: "takeRows",
        hint: `there are ${rows} rows`,
      });
    }
    if (width === 1) data[i] = array.data[row] as never;
    else setFrom(data, array.data.subarray(row * width, (row + 1) * width), i * width);
  }
  return {
    dtype: array.dtype,
    shape: [indices.length, ...array.shape.slice(1)],
    data: data as DTypeArrays[D],
  };
}

/** `target.set(part, offset)` for arrays of the same type, which TypeScript cannot see. */
function setFrom(target: TypedArray, part: TypedArray, offset: number): void {
  (target as Float32Array).set(part as Float32Array, offset);
}
