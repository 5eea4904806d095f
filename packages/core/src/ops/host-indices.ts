// Indices and labels read on the host, where the device can be read without waiting: for checks before an op runs.
import { ambient, noGrad } from "../dispatch/ambient.js";
import { ArgumentError, UnsupportedOpError } from "../errors.js";
import type { TypedArray } from "../tensor/dtype.js";
import { scope } from "../tensor/scope.js";
import { describe, type Tensor } from "../tensor/tensor.js";
import { max, min } from "./prims/reduce.js";

/** Whether a program that is being traced may be run with other values of the tensor. */
function mayChange(t: Tensor): boolean {
  return t._traced !== null || (ambient.trace !== null && !ambient.trace.isConstant(t));
}

/**
 * Elements as numbers: 64-bit integers rounded to the nearest, others as they are. By way of their halves, as a bigint
 * is an object made per element. Never throws.
 */
export function numbersOf(data: TypedArray): ArrayLike<number> {
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return data;
  const place = [data.buffer, data.byteOffset, 2 * data.length] as const;
  const low = new Uint32Array(...place);
  const high = data instanceof BigInt64Array ? new Int32Array(...place) : low;
  const out = new Float64Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = high[2 * i + 1]! * 2 ** 32 + low[2 * i]!;
  return out;
}

/**
 * The integers of a tensor of any shape as numbers, in row-major order; null while tracing and on devices
 * that are only read asynchronously.
 * @throws {LifetimeError} when the tensor was released
 */
export function hostIntegers(indices: Tensor): ArrayLike<number> | null {
  return isReadable(indices) ? numbersOf(indices.dataSync()) : null;
}

function isReadable(t: Tensor): boolean {
  return !mayChange(t) && t.device.capabilities.syncRead;
}

/**
 * The error of an index that does not exist in `what` (say, "the table") of that size, with the shape of the
 * indices in its text. Never throws: the error is returned.
 */
export function indexError(
  op: string,
  index: number,
  size: number,
  of: Tensor,
  what: string,
  path?: string,
): ArgumentError {
  return new ArgumentError(`index ${index} is outside ${what} of size ${size}`, {
    code: "argument/index",
    op,
    path,
    inputs: [describe(of)],
    hint: size === 0 ? "it is empty" : `indices go from 0 to ${size - 1}`,
  });
}

/** Options of `countIndices`. */
export interface IndexRange {
  /** What the indices point into, for the message: "the table", "the classes". */
  readonly what: string;
  /** A value that is skipped, such as the label of padding. */
  readonly ignored?: number | null;
  /** Whether -size…-1 count from the end. */
  readonly negative?: boolean;
}

/** Has `test` see the tensor: now, or before every run of a step that is being compiled. Null where it cannot be read here. */
function check<T>(t: Tensor, test: (given: Tensor) => T): T | null {
  const { trace } = ambient;
  if (trace !== null && mayChange(t)) trace.check(trace.varOf(t), test);
  return isReadable(t) ? test(t) : null;
}

/**
 * Has `test` see the values of a tensor of any shape, of integers, float32 or float64: now, or before every run of a
 * step that is being compiled. Null where they cannot be read here. Errors of `test` pass through.
 * @throws {LifetimeError} when the tensor was released
 */
export function checkValues<T>(t: Tensor, test: (values: ArrayLike<number>) => T): T | null {
  return check(t, (given) => test(numbersOf(given.dataSync())));
}

/** From this many indices on, the device is asked for the least and the greatest first. */
const MANY = 4096;

/** Whether all elements are from `low` to below `high`, as far as that is found out without reading them all. */
function within(t: Tensor, low: number, high: number): boolean {
  if (t.size < MANY || ambient.trace !== null) return false;
  const number = (x: Tensor): number => Number(x.itemSync());
  try {
    return noGrad(() => scope(() => number(min(t)) >= low && number(max(t)) < high));
  } catch (error) {
    // A backend may have no extrema of this dtype.
    if (error instanceof UnsupportedOpError) return false;
    throw error;
  }
}

/**
 * How many of the integer `indices`, of any shape, are not the ignored one; null when they cannot be read
 * here. In a compiled step the check is made before every run.
 * @throws {ArgumentError} when one is outside 0…size−1, or below −size where negative ones count from the end
 * @throws {LifetimeError} when the tensor was released
 */
export function countIndices(op: string, indices: Tensor, size: number, range: IndexRange): number | null {
  const { what, ignored = null, negative = false } = range;
  const from = negative ? -size : 0;
  const path = ambient.trace !== null && ambient.names.length > 0 ? ambient.names.join("/") : undefined;
  const count = (values: ArrayLike<number>): number => {
    let counted = 0;
    for (let i = 0; i < values.length; i++) {
      const v = values[i]!;
      if (v === ignored) continue;
      counted++;
      if (!(v >= from && v < size)) throw indexError(op, v, size, indices, what, path);
    }
    return counted;
  };
  return check(indices, (given) =>
    ignored === null && within(given, from, size) ? given.size : count(numbersOf(given.dataSync())),
  );
}
