// keras.ops: tensors from values.
import * as core from "@isoform/core";
import type { DType } from "@isoform/core";
import { checkOptions, invalid, shapeOf } from "../config/arguments.js";
import { session } from "../session.js";
import { asTensor, toTensor, type TensorLike } from "../tensor/like.js";
import type { Tensor } from "../tensor/tensor.js";
import { callOperation } from "../engine/operation.js";
import { apply1, input, tensor, type Arg, type Out } from "./apply.js";

interface DTypeOption {
  readonly dtype?: DType;
}

/**
 * A tensor of a value: `[]` for a number, the shape of nested arrays, `[length]` for a typed array. Numbers
 * become float32, bigints int64 and booleans bool unless `dtype` says otherwise. See `tf.constant`.
 * @throws {ShapeError} when nested arrays are ragged
 * @throws {DTypeError} when `dtype` is no element type, or an integer one for a fraction or NaN
 * @throws {ArgumentError} when the value holds anything else, or an option is unknown
 * @see keras.ops.convert_to_tensor
 */
export function convertToTensor(value: TensorLike, options: DTypeOption = {}): Tensor {
  checkOptions("ops.convertToTensor", options, ["dtype"]);
  return toTensor(value, options.dtype);
}
/**
 * Same as `convertToTensor`.
 * @throws {ShapeError} when nested arrays are ragged
 * @throws {DTypeError} when `dtype` is no element type, or an integer one for a fraction or NaN
 * @throws {ArgumentError} when the value holds anything else, or an option is unknown
 * @see keras.ops.array
 */
export function array(value: TensorLike, options: DTypeOption = {}): Tensor {
  return convertToTensor(value, options);
}
/**
 * Zeros of `shape` (a number is the size of the only axis); `dtype` is `floatx()` by default.
 * @throws {ShapeError} when an entry of `shape` is no size
 * @throws {DTypeError} when `dtype` is no element type
 * @throws {ArgumentError} when an option is unknown
 * @see keras.ops.zeros
 */
export function zeros(shape: number | readonly number[], options: DTypeOption = {}): Tensor {
  return full(shape, 0, options);
}
/**
 * Ones of `shape` (a number is the size of the only axis); `dtype` is `floatx()` by default.
 * @throws {ShapeError} when an entry of `shape` is no size
 * @throws {DTypeError} when `dtype` is no element type
 * @throws {ArgumentError} when an option is unknown
 * @see keras.ops.ones
 */
export function ones(shape: number | readonly number[], options: DTypeOption = {}): Tensor {
  return full(shape, 1, options);
}
/**
 * `fillValue` in every element of `shape`, or broadcast to it when it has axes itself; `dtype` is `floatx()` by default, integers cut a fraction.
 * @throws {ShapeError} when an entry of `shape` is no size
 * @throws {DTypeError} when `dtype` is no element type
 * @throws {ArgumentError} when `fillValue` is neither a tensor nor numbers, or an option is unknown
 * @see keras.ops.full
 */
export function full(
  shape: number | readonly number[],
  fillValue: TensorLike,
  options: DTypeOption = {},
): Tensor {
  checkOptions("ops.full", options, ["dtype"]);
  const sizes = shapeOf("ops.full", shape);
  const dtype = options.dtype ?? session.floatx;
  if (typeof fillValue === "number") return core.scope(() => asTensor(core.full(sizes, fillValue, dtype)));
  return core.scope(() =>
    asTensor(core.broadcastTo(core.cast(tensor(input("full", fillValue)), dtype), sizes)),
  );
}
function like<A extends Arg>(name: string, x: A, value: number, options: DTypeOption): Out<A> {
  checkOptions(`ops.${name}`, options, ["dtype"]);
  const dtype = options.dtype ?? null;
  return apply1(name, x, { dtype }, (t) => core.full(t.shape, value, dtype ?? t.dtype));
}
/**
 * Zeros in the shape of x; `dtype` is x's by default.
 * @throws {DTypeError} when `dtype` is no element type
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.ops.zeros_like
 */
export function zerosLike<A extends Arg>(x: A, options: DTypeOption = {}): Out<A> {
  return like("ZerosLike", x, 0, options);
}
/**
 * Ones in the shape of x; `dtype` is x's by default.
 * @throws {DTypeError} when `dtype` is no element type
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.ops.ones_like
 */
export function onesLike<A extends Arg>(x: A, options: DTypeOption = {}): Out<A> {
  return like("OnesLike", x, 1, options);
}
/**
 * `fillValue` in the shape of x; `dtype` is x's by default, integers cut a fraction.
 * @throws {DTypeError} when `dtype` is no element type
 * @throws {ArgumentError} when an option is unknown, `fillValue` no number, or x neither a tensor nor numbers
 * @see keras.ops.full_like
 */
export function fullLike<A extends Arg>(x: A, fillValue: number, options?: DTypeOption): Out<A>;
export function fullLike(x: Arg, fillValue: number, options: DTypeOption = {}): unknown {
  checkOptions("ops.fullLike", options, ["dtype"]);
  const dtype = options.dtype ?? null;
  if (typeof fillValue !== "number") throw invalid("ops.fullLike", "fillValue", fillValue, "a number");
  return callOperation("FullLike", [input("FullLike", x), fillValue], { dtype }, (t) =>
    core.full(tensor(t).shape, fillValue, dtype ?? tensor(t).dtype),
  );
}
/**
 * `start, start + step, …` below `stop`, a 1-d tensor `[⌈(stop − start)/step⌉]`; `arange(stop)` starts at 0.
 * int32 unless there is a fraction.
 * @throws {ArgumentError} when a number is not finite, the step is 0, or an option is unknown
 * @throws {LimitExceededError} when there are more than 2^28 numbers
 * @throws {DTypeError} when `dtype` is no element type, or an integer one for fractions
 * @see keras.ops.arange
 */
export function arange(start: number, stop?: number | null, step = 1, options: DTypeOption = {}): Tensor {
  checkOptions("ops.arange", options, ["dtype"]);
  const [from, to] = stop === undefined || stop === null ? [0, start] : [start, stop];
  requireRange("ops.arange", { start: from, stop: to, step }, () => (to - from) / step);
  const whole = [from, to, step].every(Number.isInteger);
  const dtype = options.dtype ?? (whole ? "int32" : session.floatx);
  return core.scope(() => asTensor(core.arange(from, to, step, dtype)));
}
/**
 * `num` (default 50) evenly spaced numbers from `start` to `stop`, a 1-d tensor `[num]`; `stop` is left out
 * unless `endpoint` (default true). `dtype` is `floatx()` by default.
 * @throws {DTypeError} when `dtype` is no element type, or an integer one for fractions
 * @throws {ArgumentError} when a number is not finite, `num` no count, or an option unknown
 * @throws {LimitExceededError} when `num` is over 2^28
 * @see keras.ops.linspace
 */
export function linspace(
  start: number,
  stop: number,
  options: DTypeOption & { readonly num?: number; readonly endpoint?: boolean } = {},
): Tensor {
  checkOptions("ops.linspace", options, ["num", "endpoint", "dtype"]);
  const { num = 50, endpoint = true } = options;
  requireRange("ops.linspace", { start, stop }, () => num);
  const step = (stop - start) / Math.max(1, endpoint ? num - 1 : num);
  return toTensor(
    Array.from({ length: num }, (_, i) => start + i * step),
    options.dtype ?? session.floatx,
  );
}
/** Most elements of a tensor made on the host. */
const MAX_LENGTH = 2 ** 28;

function requireRange(owner: string, numbers: Readonly<Record<string, number>>, count: () => number): void {
  for (const [name, n] of Object.entries(numbers)) {
    if (!Number.isFinite(n)) throw invalid(owner, name, n, "a finite number");
  }
  const length = Math.ceil(count());
  if (length > MAX_LENGTH && length < Infinity) {
    throw new core.LimitExceededError(`${length} elements are too many`, {
      code: "limit/elements",
      op: owner,
      hint: `make at most ${MAX_LENGTH} at once`,
    });
  }
}

/**
 * Ones on diagonal `k` (default 0) of an `[n, m]` matrix and zeros elsewhere; m is n and `dtype` `floatx()`
 * by default.
 * @throws {ShapeError} when n or m is no size
 * @throws {DTypeError} when `dtype` is no element type
 * @throws {ArgumentError} when an option is unknown
 * @see keras.ops.eye
 */
export function eye(
  n: number,
  options: DTypeOption & { readonly m?: number | null; readonly k?: number } = {},
): Tensor {
  checkOptions("ops.eye", options, ["m", "k", "dtype"]);
  const { k = 0, dtype = session.floatx } = options;
  const shape = shapeOf("ops.eye", [n, options.m ?? n]);
  return core.scope(() =>
    asTensor(core.cast(core.eq(core.add(core.iota(shape, 0), k), core.iota(shape, 1)), dtype)),
  );
}
/**
 * The identity matrix `[n, n]`; `dtype` is `floatx()` by default.
 * @throws {ShapeError} when n is no size
 * @throws {DTypeError} when `dtype` is no element type
 * @throws {ArgumentError} when an option is unknown
 * @see keras.ops.identity
 */
export function identity(n: number, options: DTypeOption = {}): Tensor {
  return eye(n, options);
}
