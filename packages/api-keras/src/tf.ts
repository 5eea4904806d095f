// The `tf` namespace: the part of TensorFlow's API that Keras programs use. keras.ops has the whole set of functions.
import * as core from "@isoform/core";
import { checkOptions, constructible, type Constructible, type DType } from "@isoform/core";
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
 * A tensor of numbers, booleans, nested arrays or a typed array. Plain numbers are float32 unless `dtype` says
 * otherwise: JavaScript does not tell 1 from 1.0.
 * @throws ShapeError for ragged arrays or a `shape` of another size
 */
export function constant(
  value: TensorLike,
  options: { readonly dtype?: DType; readonly shape?: readonly number[] } = {},
): Tensor {
  checkOptions("tf.constant", options, ["dtype", "shape"]);
  const t = toTensor(value, options.dtype);
  if (options.shape === undefined) return t;
  return t.size === 1 ? ops.broadcastTo(t.reshape([]), options.shape) : t.reshape(options.shape);
}
/** Same as `constant`. */
export function convertToTensor(value: TensorLike, options: { readonly dtype?: DType } = {}): Tensor {
  return constant(value, options);
}

/** See `Variable` in tensor/variable.ts: `tf.Variable(3.0)`. */
export const Variable: Constructible<typeof VariableClass> = /* @__PURE__ */ constructible(VariableClass);
export type Variable = VariableClass;

/** Mean over axes, all by default. */
export function reduceMean<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.mean(x, options);
}
/** Sum over axes. */
export function reduceSum<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.sum(x, options);
}
/** Maximum over axes. */
export function reduceMax<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.max(x, options);
}
/** Minimum over axes. */
export function reduceMin<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.min(x, options);
}
/** Product over axes. */
export function reduceProd<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.prod(x, options);
}
/** Whether any element over axes is true. */
export function reduceAny<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.any(x, options);
}
/** Whether all elements over axes are true. */
export function reduceAll<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.all(x, options);
}
/** log Σ eˣ over axes. */
export function reduceLogsumexp<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return ops.logsumexp(x, options);
}
/** x to the power of y. */
export function pow<A extends Arg, B extends Arg>(x: A, y: B): ReturnType<typeof ops.power<A, B>> {
  return ops.power(x, y);
}
/** Tensors joined along `axis`. */
export function concat<A extends Arg>(values: readonly A[], axis: number): Out<A> {
  return ops.concatenate(values, { axis });
}
/** Axes in the order `perm`, reversed by default. */
export function transpose<A extends Arg>(x: A, perm?: readonly number[]): Out<A> {
  return ops.transpose(x, perm ? { axes: perm } : {});
}
/** Slices at `indices` along an axis (0 by default). */
export function gather<A extends Arg>(
  params: A,
  indices: TensorLike,
  options?: { readonly axis?: number },
): Out<A>;
export function gather(params: Arg, indices: TensorLike, options: { readonly axis?: number } = {}): unknown {
  checkOptions("tf.gather", options, ["axis"]);
  return ops.take(params, toIndices(indices), { axis: options.axis ?? 0 });
}
/** Integers as one-hot vectors. */
export function oneHot(
  indices: TensorLike,
  depth: number,
  options: { readonly axis?: number; readonly dtype?: DType } = {},
): Tensor {
  return ops.oneHot(toIndices(indices), depth, options);
}
/** One value in a shape. */
export function fill(dims: readonly number[], value: number): Tensor {
  return ops.full(dims, value);
}
/** `start, start + delta, …` below `limit`; `range(limit)` starts at 0. */
export function range(start: number, limit?: number | null, delta = 1): Tensor {
  return ops.arange(start, limit, delta);
}
/** x limited to two values. */
export function clipByValue<A extends Arg>(x: A, low: number, high: number): Out<A> {
  return ops.clip(x, low, high);
}
/** The same value, as a new tensor; gradients pass. */
export function identity<A extends Arg>(x: A): Out<A> {
  return ops.copy(x);
}

function toIndices(value: TensorLike): core.Tensor {
  return value instanceof core.Tensor || ArrayBuffer.isView(value)
    ? toTensor(value)
    : toTensor(value, "int32");
}
