// keras.ops: reductions, running totals, order statistics.
import * as core from "@isoform/core";
import { checkOptions } from "../config/arguments.js";
import { axisOptions, type AxisOr } from "../config/axis.js";
import { countable, floating, type ReduceOptions } from "../tensor/tensor.js";
import { apply1, applySplit, type Arg, type Out } from "./apply.js";

type ReduceFn = (x: core.Tensor, axes: core.Axes, options: core.ReduceOptions) => core.Tensor;

function reduce<A extends Arg>(name: string, x: A, options: AxisOr<ReduceOptions>, fn: ReduceFn): Out<A> {
  const { axis = null, keepdims = false } = axisOptions(`ops.${name}`, options, ["axis", "keepdims"]);
  return apply1(name, x, { axis, keepdims }, (t) => fn(t, axis ?? undefined, { keepDims: keepdims }));
}

const asBool = (x: core.Tensor) => core.cast(x, "bool");

/**
 * Sum over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
 * Integers wrap in their dtype, bool counts as int32.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.sum
 */
export function sum<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Sum", x, options, (t, a, o) => core.sum(countable(t), a, o));
}
/**
 * Mean over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
 * Integers and bool become float32; the mean of nothing is NaN.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.mean
 */
export function mean<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Mean", x, options, (t, a, o) => core.mean(floating(t), a, o));
}
/**
 * Product over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
 * Integers wrap in their dtype, bool counts as int32.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.prod
 */
export function prod<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Prod", x, options, (t, a, o) => core.prod(countable(t), a, o));
}
/**
 * Maximum over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
 * Same dtype; NaN wins; −∞ for an empty float axis.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.max
 */
export function max<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Max", x, options, core.max);
}
/**
 * Minimum over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
 * Same dtype; NaN wins; ∞ for an empty float axis.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.min
 */
export function min<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Min", x, options, core.min);
}
/**
 * Same as `max`: maximum over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with
 * `keepdims`.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.amax
 */
export function amax<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Amax", x, options, core.max);
}
/**
 * Same as `min`: minimum over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with
 * `keepdims`.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.amin
 */
export function amin<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Amin", x, options, core.min);
}
/**
 * Variance over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`. Of
 * the population, without correction; integers and bool become float32.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.var
 */
function varianceOf<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Var", x, options, (t, a, o) => core.variance(floating(t), a, { ...o, correction: 0 }));
}
export { varianceOf as var };
/**
 * Standard deviation over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with
 * `keepdims`. Of the population, without correction; integers and bool become float32.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.std
 */
export function std<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Std", x, options, (t, a, o) => core.std(floating(t), a, { ...o, correction: 0 }));
}
/**
 * Whether any element is non-zero, as bool, over `axis`, all axes by default (a scalar); the reduced axes go,
 * or stay as 1 with `keepdims`.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.any
 */
export function any<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Any", x, options, (t, a, o) => core.max(asBool(t), a, o));
}
/**
 * Whether all elements are non-zero, as bool, over `axis`, all axes by default (a scalar); the reduced axes
 * go, or stay as 1 with `keepdims`.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.all
 */
export function all<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("All", x, options, (t, a, o) => core.min(asBool(t), a, o));
}
/**
 * log Σ eˣ over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`.
 * Without overflow; integers and bool become float32.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.logsumexp
 */
export function logsumexp<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Logsumexp", x, options, (t, a, o) => core.logSumExp(floating(t), a, o));
}
/**
 * Number of non-zero elements, int32, over `axis`, all axes by default (a scalar); the reduced axes go.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.count_nonzero
 */
export function countNonzero<A extends Arg>(x: A, options: AxisOr<Pick<ReduceOptions, "axis">> = {}): Out<A> {
  const { axis = null } = axisOptions("ops.countNonzero", options, ["axis"]);
  return apply1("CountNonzero", x, { axis }, (t) =>
    core.sum(core.cast(asBool(t), "int32"), axis ?? undefined),
  );
}
/**
 * Maximum less minimum over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with
 * `keepdims`.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.ptp
 */
export function ptp<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Ptp", x, options, (t, a, o) => core.sub(core.max(t, a, o), core.min(t, a, o)));
}

/** Options of functions along one axis. */
export interface AxisOptions {
  readonly axis?: number;
}
type ArgOptions = { readonly axis?: number | null; readonly keepdims?: boolean };

function arg<A extends Arg>(
  name: string,
  x: A,
  options: AxisOr<ArgOptions>,
  kind: "argmax" | "argmin",
): Out<A> {
  const { axis = null, keepdims = false } = axisOptions(`ops.${kind}`, options, ["axis", "keepdims"]);
  return apply1(name, x, { axis, keepdims }, (t) => {
    const flat = axis === null ? core.reshape(t, [-1]) : t;
    return core.cast(core[kind](flat, axis ?? 0, { keepDims: keepdims }), "int32");
  });
}
/**
 * Position of the first maximum along `axis`, int32, without that axis (1 with `keepdims`); without an axis
 * of the flat tensor, a scalar.
 * @throws {ShapeError} when the axis is empty
 * @throws {ArgumentError} when the axis is out of range, an option is unknown, or x is no tensor
 * @see keras.ops.argmax
 */
export function argmax<A extends Arg>(x: A, options: AxisOr<ArgOptions> = {}): Out<A> {
  return arg("Argmax", x, options, "argmax");
}
/**
 * Position of the first minimum along `axis`, int32, without that axis (1 with `keepdims`); without an axis
 * of the flat tensor, a scalar.
 * @throws {ShapeError} when the axis is empty
 * @throws {ArgumentError} when the axis is out of range, an option is unknown, or x is no tensor
 * @see keras.ops.argmin
 */
export function argmin<A extends Arg>(x: A, options: AxisOr<ArgOptions> = {}): Out<A> {
  return arg("Argmin", x, options, "argmin");
}

function running<A extends Arg>(
  name: string,
  x: A,
  options: AxisOr<ArgOptions>,
  kind: "sum" | "prod",
): Out<A> {
  const { axis = null } = axisOptions(`ops.${name}`, options, ["axis"]);
  return apply1(name, x, { axis }, (t) => {
    const flat = axis === null ? core.reshape(countable(t), [-1]) : countable(t);
    return core.cumulative(flat, { kind, axis: axis ?? 0 });
  });
}
/**
 * Running sum along `axis`, in x's shape; without an axis of the flat tensor, `[size]`. Bool counts as int32.
 * @throws {ArgumentError} when the axis is out of range, an option is unknown, or x is no tensor
 * @see keras.ops.cumsum
 */
export function cumsum<A extends Arg>(x: A, options: AxisOr<{ readonly axis?: number | null }> = {}): Out<A> {
  return running("Cumsum", x, options, "sum");
}
/**
 * Running product along `axis`, in x's shape; without an axis of the flat tensor, `[size]`. Bool counts as
 * int32.
 * @throws {ArgumentError} when the axis is out of range, an option is unknown, or x is no tensor
 * @see keras.ops.cumprod
 */
export function cumprod<A extends Arg>(
  x: A,
  options: AxisOr<{ readonly axis?: number | null }> = {},
): Out<A> {
  return running("Cumprod", x, options, "prod");
}

/**
 * Values in ascending order along `axis` (default −1), in x's shape and dtype; NaN comes last.
 * @throws {ArgumentError} when the axis is out of range (a scalar has none), an option is unknown, or x is no
 *   tensor
 * @see keras.ops.sort
 */
export function sort<A extends Arg>(x: A, options: AxisOr<AxisOptions> = {}): Out<A> {
  const { axis = -1 } = axisOptions("ops.sort", options, ["axis"]);
  return apply1("Sort", x, { axis }, (t) => core.sort(t, { axis })[0]);
}
/**
 * Positions of the sorted values along `axis` (default −1), int32 in x's shape; equal ones keep their order.
 * @throws {ArgumentError} when the axis is out of range (a scalar has none), an option is unknown, or x is no
 *   tensor
 * @see keras.ops.argsort
 */
export function argsort<A extends Arg>(x: A, options: AxisOr<AxisOptions> = {}): Out<A> {
  const { axis = -1 } = axisOptions("ops.argsort", options, ["axis"]);
  return apply1("Argsort", x, { axis }, (t) => core.cast(core.sort(t, { axis })[1], "int32"));
}
/**
 * The k largest values of the last axis and their positions (int32): `[..., n] -> [..., k]` twice. `sorted`
 * (default true) has them in descending order.
 * @throws {ShapeError} when k is larger than the last axis
 * @throws {ArgumentError} when k is no count, x is a scalar or no tensor, or an option is unknown
 * @see keras.ops.top_k
 */
export function topK<A extends Arg>(
  x: A,
  k: number,
  options: { readonly sorted?: boolean } = {},
): [values: Out<A>, indices: Out<A>] {
  checkOptions("ops.topK", options, ["sorted"]);
  const { sorted = true } = options;
  const [values, indices] = applySplit("TopK", x, { k, sorted }, (t) => {
    const [v, i] = core.topK(t, k, { axis: -1, largest: true, sorted });
    return [v, core.cast(i, "int32")];
  });
  return [values!, indices!];
}
/**
 * Mean and population variance over axes, without those axes, or with size 1 with `keepdims` (default false).
 * Integers and bool become float32.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.moments
 */
export function moments<A extends Arg>(
  x: A,
  axes: number | readonly number[],
  options: { readonly keepdims?: boolean } = {},
): [mean: Out<A>, variance: Out<A>] {
  checkOptions("ops.moments", options, ["keepdims"]);
  const { keepdims = false } = options;
  const [m, v] = applySplit("Moments", x, { axes, keepdims }, (t) => [
    core.mean(floating(t), axes, { keepDims: keepdims }),
    core.variance(floating(t), axes, { keepDims: keepdims, correction: 0 }),
  ]);
  return [m!, v!];
}
/**
 * Norm over `axis`, all axes by default (a scalar); the reduced axes go, or stay as 1 with `keepdims`. `ord`
 * is a number p for (Σ|x|ᵖ)^(1/p) of all elements, or `"fro"`; default 2. Integers and bool become float32.
 * @throws {ArgumentError} when `ord` is another string or NaN, an axis is out of range or twice, or an option
 *   is unknown
 * @see keras.ops.norm
 */
export function norm<A extends Arg>(
  x: A,
  options: AxisOr<ReduceOptions & { readonly ord?: number | "fro" | null }> = {},
): Out<A> {
  const {
    ord = null,
    axis = null,
    keepdims = false,
  } = axisOptions("ops.norm", options, ["ord", "axis", "keepdims"]);
  const p = ord === null || ord === "fro" ? 2 : ord;
  return apply1("Norm", x, { ord, axis, keepdims }, (t) =>
    core.norm(floating(t), { p, axes: axis ?? undefined, keepDims: keepdims }),
  );
}
