// Small tensors on the host: shapes, axes, counters and strings, which must never make a round trip to the device.
import {
  ArgumentError,
  elementReader,
  elementWriter,
  isDType,
  isFloat,
  LimitExceededError,
  newTypedArray,
  sizeOf,
} from "@isoform/core";
import type { DType, TypedArray } from "@isoform/core";
import { decodeStrings, encodeStrings, fromTypedArray, typedArrayOf } from "../formats/raw-tensor.js";
import type { RawDType, RawTensor } from "../formats/raw-tensor.js";
import { decodeNarrow, encodeNarrow, isNarrow } from "./narrow.js";

/** One element: bigint for 64-bit integers, number otherwise (bool is 0 or 1, 16-bit floats are their values). */
export type Scalar = number | bigint | string;

/** A tensor whose elements are JavaScript values, row-major. Immutable. */
export class HostTensor {
  readonly dtype: RawDType;
  readonly shape: readonly number[];
  readonly values: readonly Scalar[];

  constructor(dtype: RawDType, shape: readonly number[], values: readonly Scalar[]) {
    this.dtype = dtype;
    this.shape = shape;
    this.values = values;
  }

  /** Number of elements. */
  get size(): number {
    return this.values.length;
  }

  /** Elements as numbers. @throws {ArgumentError} for strings */
  numbers(): number[] {
    return this.values.map((v) => {
      if (typeof v === "string")
        throw new ArgumentError("a string is not a number", { code: "dtype/not-allowed" });
      return Number(v);
    });
  }

  /** Elements as text. */
  strings(): string[] {
    return this.values.map(String);
  }
}

/** A 1-d or shaped int64 host tensor. */
export function hostInts(values: readonly number[], shape: readonly number[] = [values.length]): HostTensor {
  return new HostTensor(
    "int64",
    shape,
    values.map((v) => BigInt(v)),
  );
}

/** True for the 64-bit integer types, whose scalars are bigints. */
export function isBig(dtype: RawDType): boolean {
  return dtype === "int64" || dtype === "uint64";
}

/** A number as an element of `dtype`: rounded or wrapped as storing it would. */
export function toScalar(dtype: DType, value: number | bigint): number | bigint {
  switch (dtype) {
    case "bool":
      return Number(value) !== 0 ? 1 : 0;
    case "int64":
      return BigInt.asIntN(64, toBig(value));
    case "uint64":
      return BigInt.asUintN(64, toBig(value));
    case "float64":
      return Number(value);
    case "float32":
      return Math.fround(Number(value));
    case "float16":
    case "bfloat16": {
      const cell = newTypedArray(dtype, 1);
      elementWriter(dtype)(cell, 0, Number(value));
      return Number(elementReader(dtype)(cell, 0));
    }
    default: {
      const cell = newTypedArray(dtype, 1);
      cell[0] = typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : value;
      return Number(cell[0]);
    }
  }
}

/** Truncated to a bigint; NaN gives 0 and infinities saturate. */
function toBig(value: number | bigint): bigint {
  if (typeof value === "bigint") return value;
  if (Number.isNaN(value)) return 0n;
  if (!Number.isFinite(value)) return value > 0 ? 2n ** 63n - 1n : -(2n ** 63n);
  return BigInt(Math.trunc(value));
}

/** Elements of a computable dtype from a typed array. */
export function hostFromArray(dtype: DType, shape: readonly number[], data: TypedArray): HostTensor {
  const read = elementReader(dtype);
  const values = Array.from({ length: data.length }, (_, i) => {
    const v = read(data, i);
    return typeof v === "boolean" ? Number(v) : v;
  });
  return new HostTensor(dtype, shape, values);
}

/** A host tensor from a tensor of a file. @throws {ArgumentError} for types under a byte */
export function hostFromRaw(raw: RawTensor): HostTensor {
  if (raw.dtype === "string") return new HostTensor("string", raw.shape, decodeStrings(raw));
  if (isNarrow(raw.dtype)) return new HostTensor(raw.dtype, raw.shape, decodeNarrow(raw));
  if (!isDType(raw.dtype)) {
    throw new ArgumentError(`${raw.dtype} has no values to compute with`, { code: "dtype/file-only" });
  }
  return hostFromArray(raw.dtype, raw.shape, typedArrayOf(raw));
}

/** The elements as core's typed array. */
export function hostArray(host: HostTensor): { readonly dtype: DType; readonly data: TypedArray } {
  const { dtype } = host;
  if (!isDType(dtype)) throw new ArgumentError(`${dtype} cannot go to a device`, { code: "dtype/file-only" });
  const data = newTypedArray(dtype, host.size);
  const write = elementWriter(dtype);
  host.values.forEach((v, i) => write(data, i, typeof v === "string" ? NaN : v));
  return { dtype, data };
}

/** The host tensor as a tensor of a file. */
export function rawFromHost(host: HostTensor): RawTensor {
  if (host.dtype === "string") return encodeStrings(host.shape, host.strings());
  if (isNarrow(host.dtype)) return encodeNarrow(host.dtype, host.shape, host.numbers());
  const { dtype, data } = hostArray(host);
  return fromTypedArray(dtype, host.shape, data);
}

/** Largest number of elements that an op makes one by one on the host. */
const MAX_HOST = 2 ** 24;

/**
 * Checks the size of a result before it is made one element at a time.
 * @throws {LimitExceededError} (`limit/elements`), also for sizes that are no counts
 */
export function checkHostSize(size: number, op: string): void {
  if (size >= 0 && size <= MAX_HOST) return;
  throw new LimitExceededError(
    `the result has ${size} elements, over the ${MAX_HOST} that are computed on the host`,
    {
      code: "limit/elements",
      op,
      hint: "the sizes in the model are damaged, or it was never meant to run",
    },
  );
}

/** Largest number of elements kept on the host. */
export const HOST_LIMIT = 4096;

/** True when a tensor of this type and shape is a shape, a counter or text rather than data. */
export function belongsOnHost(dtype: RawDType, shape: readonly number[]): boolean {
  if (dtype === "string") return true;
  if (!isDType(dtype)) return false;
  return isFloat(dtype)
    ? sizeOf(shape) <= 16 && shape.length <= 1
    : sizeOf(shape) <= HOST_LIMIT && shape.length <= 2;
}
