// The `tf` namespace: the part of TensorFlow's API that Keras programs use. keras.ops has the whole set of functions.
import * as core from "@isoform/core";
import { constructible, type Constructible, type DType } from "@isoform/core";
import { checkOptions, shapeOf } from "./config/arguments.js";
import type { AxisOr } from "./config/axis.js";
import * as ops from "./ops/index.js";
import type { Arg, Out } from "./ops/apply.js";
import { toTensor, type TensorLike } from "./tensor/like.js";
import type { ReduceOptions, Tensor } from "./tensor/tensor.js";
import { Variable as VariableClass } from "./tensor/variable.js";

export * as keras from "./keras.js";
export * as nn from "./tf-nn.js";
export * as random from "./tf-random.js";
export { GradientTape } from "./tape.js";
export { tfFunction as function, type CompiledTensorFunction, type FunctionOptions } from "./tf-function.js";
export { Tensor } from "./tensor/tensor.js";
export {
  abs,
  add,
  argmax,
  argmin,
  broadcastTo,
  cast,
  cos,
  divide,
  einsum,
  equal,
  exp,
  expandDims,
  eye,
  floor,
  greater,
  greaterEqual,
  less,
  lessEqual,
  linspace,
  log,
  logicalAnd,
  logicalNot,
  logicalOr,
  matmul,
  maximum,
  minimum,
  multiply,
  negative,
  norm,
  notEqual,
  ones,
  onesLike,
  pad,
  repeat,
  reshape,
  round,
  shape,
  sign,
  sin,
  sort,
  split,
  sqrt,
  square,
  squeeze,
  stack,
  stopGradient,
  subtract,
  tanh,
  tensordot,
  tile,
  unstack,
  where,
  zeros,
  zerosLike,
} from "./ops/index.js";

/** float32, as a constant for `dtype` options. */
export const float32: DType = "float32";
/** float64. */
export const float64: DType = "float64";
/** float16. */
export const float16: DType = "float16";
/** int32. */
export const int32: DType = "int32";
/** int64. */
export const int64: DType = "int64";
/** bool. */
export const bool: DType = "bool";

/**
 * A tensor of numbers, booleans, nested arrays or a typed array, in its own shape, or `shape`, which one
 * number fills. Plain numbers are float32 unless `dtype` says otherwise: JavaScript does not tell 1 from 1.0.
 * @throws {ShapeError} when arrays are ragged, or `shape` has another size
 * @throws {DTypeError} when `dtype` is no element type, or an integer one for a fraction or NaN
 * @throws {ArgumentError} when the value holds anything else, or an option is unknown
 * @see tf.constant
 */
export function constant(
  value: TensorLike,
  options: { readonly dtype?: DType; readonly shape?: readonly number[] } = {},
): Tensor {
  checkOptions("tf.constant", options, ["dtype", "shape"]);
  const t = toTensor(value, options.dtype);
  if (options.shape === undefined) return t;
  const shape = shapeOf("tf.constant", options.shape);
  return t.size === 1 ? ops.broadcastTo(t.reshape([]), shape) : t.reshape(shape);
}
/**
 * Same as `constant`, without `shape`.
 * @throws {ShapeError} when arrays are ragged
 * @throws {DTypeError} when `dtype` is no element type, or an integer one for a fraction or NaN
 * @throws {ArgumentError} when the value holds anything else, or an option is unknown
 * @see tf.convert_to_tensor
 */
export function convertToTensor(value: TensorLike, options: { readonly dtype?: DType } = {}): Tensor {
  checkOptions("tf.convertToTensor", options, ["dtype"]);
  return toTensor(value, options.dtype);
}

/**
 * A tensor with a replaceable value: `tf.Variable(3.0)`. Its shape and dtype are fixed. See `Variable` in
 * tensor/variable.ts.
 * @throws {ArgumentError} when the value is a function and there is no `shape`, it is no data, or an option
 *   is unknown
 * @throws {ShapeError} when arrays are ragged, or a function gives another shape than `shape`
 * @throws {DTypeError} when `dtype` is no element type, or an integer one for a fraction
 * @throws {LifetimeError} when the initial value was released
 * @see tf.Variable, keras.Variable
 */
export const Variable: Constructible<typeof VariableClass> = /* @__PURE__ */ constructible(VariableClass);
export type Variable = VariableClass;

/**
 * Mean over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
 * Integers and bool become float32.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see tf.reduce_mean
 */
export function reduceMean<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.mean(x, options);
}
/**
 * Sum over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see tf.reduce_sum
 */
export function reduceSum<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.sum(x, options);
}
/**
 * Maximum over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see tf.reduce_max
 */
export function reduceMax<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.max(x, options);
}
/**
 * Minimum over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see tf.reduce_min
 */
export function reduceMin<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.min(x, options);
}
/**
 * Product over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see tf.reduce_prod
 */
export function reduceProd<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.prod(x, options);
}
/**
 * Whether any element is non-zero, as bool, over `axis`, all axes by default (a scalar); the reduced axes go,
 * or stay as 1 with `keepdims`.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see tf.reduce_any
 */
export function reduceAny<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.any(x, options);
}
/**
 * Whether all elements are non-zero, as bool, over `axis`, all axes by default (a scalar); the reduced axes
 * go, or stay as 1 with `keepdims`.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see tf.reduce_all
 */
export function reduceAll<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.all(x, options);
}
/**
 * log Σ eˣ over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see tf.reduce_logsumexp
 */
export function reduceLogsumexp<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.logsumexp(x, options);
}
/**
 * x to the power of y, elementwise; the shapes broadcast, the dtypes are promoted.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see tf.pow
 */
export function pow<A extends Arg, B extends Arg>(x: A, y: B): ReturnType<typeof ops.power<A, B>> {
  return ops.power(x, y);
}
/**
 * Tensors joined along `axis`, whose sizes add up; the others are equal. The dtypes are promoted.
 * @throws {ShapeError} when there are no tensors, or they differ outside the axis
 * @throws {ArgumentError} when the axis is out of range, or one is no tensor
 * @see tf.concat
 */
export function concat<A extends Arg>(values: readonly A[], axis: number): Out<A> {
  return ops.concatenate(values, { axis });
}
/**
 * x with its axes in the order `perm`, reversed by default.
 * @throws {ShapeError} when `perm` does not name every axis
 * @throws {ArgumentError} when an axis is out of range or twice, or x is no tensor
 * @see tf.transpose
 */
export function transpose<A extends Arg>(x: A, perm?: readonly number[]): Out<A> {
  return ops.transpose(x, perm === undefined || perm === null ? {} : { axes: perm });
}
/**
 * Slices at `indices` along `axis` (default 0), whose place the axes of the indices take:
 * `[n, ...] -> [...indices.shape, ...]`. Negative indices count from the end.
 * @throws {ArgumentError} when an index is outside the axis (on devices that are read at once), the axis out
 *   of range, or an option unknown
 * @throws {DTypeError} when plain indices have a fraction
 * @see tf.gather
 */
export function gather<A extends Arg>(
  params: A,
  indices: TensorLike,
  options?: { readonly axis?: number },
): Out<A>;
export function gather(params: Arg, indices: TensorLike, options: { readonly axis?: number } = {}): unknown {
  checkOptions("tf.gather", options, ["axis"]);
  return ops.take(params, toIndices(indices), { axis: options.axis ?? 0 });
}
/**
 * Integers as vectors with a 1 on a new axis, the last unless `axis` says otherwise: `[...] -> [..., depth]`.
 * An index out of range gives zeros; `dtype` is float32 by default.
 * @throws {ArgumentError} when `depth` is no count, the axis out of range, or an option unknown
 * @throws {DTypeError} when `dtype` is no element type, or plain indices have a fraction
 * @see tf.one_hot
 */
export function oneHot(
  indices: TensorLike,
  depth: number,
  options: { readonly axis?: number; readonly dtype?: DType } = {},
): Tensor {
  return ops.oneHot(toIndices(indices), depth, options);
}
/**
 * One value in the shape `dims`, `floatx()`.
 * @throws {ShapeError} when an entry of `dims` is no size
 * @see tf.fill
 */
export function fill(dims: readonly number[], value: number): Tensor {
  return ops.full(dims, value);
}
/**
 * `start, start + delta, …` below `limit`, a 1-d tensor `[⌈(limit − start)/delta⌉]`; `range(limit)` starts at
 * 0. int32 unless there is a fraction.
 * @throws {ArgumentError} when a number is not finite or `delta` is 0
 * @see tf.range
 */
export function range(start: number, limit?: number | null, delta = 1): Tensor {
  return ops.arange(start, limit, delta);
}
/**
 * x limited to [low, high], elementwise, same shape and dtype.
 * @throws {ArgumentError} when a limit is NaN or no number, or a fraction beside integers, or x is no tensor
 * @throws {DTypeError} when x is bool
 * @see tf.clip_by_value
 */
export function clipByValue<A extends Arg>(x: A, low: number, high: number): Out<A> {
  return ops.clip(x, low, high);
}
/**
 * The same value and shape, as a new tensor; gradients pass.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see tf.identity
 */
export function identity<A extends Arg>(x: A): Out<A> {
  return ops.copy(x);
}

function toIndices(value: TensorLike): core.Tensor {
  return value instanceof core.Tensor || ArrayBuffer.isView(value)
    ? toTensor(value)
    : toTensor(value, "int32");
}
