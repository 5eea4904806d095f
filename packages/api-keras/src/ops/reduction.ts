// keras.ops: reductions, running totals, order statistics.
import * as core from "@isoform/core";
import { axisOptions, type AxisOr } from "../config/axis.js";
import { countable, floating, type ReduceOptions } from "../tensor/tensor.js";
import { apply1, applySplit, type Arg, type Out } from "./apply.js";

type ReduceFn = (x: core.Tensor, axes: core.Axes, options: core.ReduceOptions) => core.Tensor;

function reduce<A extends Arg>(name: string, x: A, options: AxisOr<ReduceOptions>, fn: ReduceFn): Out<A> {
  const { axis = null, keepdims = false } = axisOptions(`ops.${name}`, options, ["axis", "keepdims"]);
  return apply1(name, x, { axis, keepdims }, (t) => fn(t, axis ?? undefined, { keepDims: keepdims }));
}

const asBool = (x: core.Tensor) => core.cast(x, "bool");

/** Sum over axes, all by default. */
export function sum<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Sum", x, options, (t, a, o) => core.sum(countable(t), a, o));
}
/** Mean over axes. */
export function mean<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Mean", x, options, (t, a, o) => core.mean(floating(t), a, o));
}
/** Product over axes. */
export function prod<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Prod", x, options, (t, a, o) => core.prod(countable(t), a, o));
}
/** Maximum over axes. */
export function max<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Max", x, options, core.max);
}
/** Minimum over axes. */
export function min<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Min", x, options, core.min);
}
/** Same as `max`. */
export function amax<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Amax", x, options, core.max);
}
/** Same as `min`. */
export function amin<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Amin", x, options, core.min);
}
/** Variance over axes (of the population, without correction). */
function varianceOf<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Var", x, options, (t, a, o) => core.variance(floating(t), a, { ...o, correction: 0 }));
}
export { varianceOf as var };
/** Standard deviation over axes. */
export function std<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Std", x, options, (t, a, o) => core.std(floating(t), a, { ...o, correction: 0 }));
}
/** Whether any element is non-zero. */
export function any<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Any", x, options, (t, a, o) => core.max(asBool(t), a, o));
}
/** Whether all elements are non-zero. */
export function all<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("All", x, options, (t, a, o) => core.min(asBool(t), a, o));
}
/** log Σ eˣ over axes. */
export function logsumexp<A extends Arg>(x: A, options: AxisOr<ReduceOptions> = {}): Out<A> {
  return reduce("Logsumexp", x, options, (t, a, o) => core.logSumExp(floating(t), a, o));
}
/** Number of non-zero elements, int32. */
export function countNonzero<A extends Arg>(x: A, options: AxisOr<Pick<ReduceOptions, "axis">> = {}): Out<A> {
  const { axis = null } = axisOptions("ops.countNonzero", options, ["axis"]);
  return apply1("CountNonzero", x, { axis }, (t) =>
    core.sum(core.cast(asBool(t), "int32"), axis ?? undefined),
  );
}
/** Maximum less minimum over axes. */
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
/** Index of the maximum, int32; of the flat tensor without an axis. */
export function argmax<A extends Arg>(x: A, options: AxisOr<ArgOptions> = {}): Out<A> {
  return arg("Argmax", x, options, "argmax");
}
/** Index of the minimum, int32. */
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
/** Running sum along an axis, of the flat tensor without one. */
export function cumsum<A extends Arg>(x: A, options: AxisOr<{ readonly axis?: number | null }> = {}): Out<A> {
  return running("Cumsum", x, options, "sum");
}
/** Running product along an axis. */
export function cumprod<A extends Arg>(
  x: A,
  options: AxisOr<{ readonly axis?: number | null }> = {},
): Out<A> {
  return running("Cumprod", x, options, "prod");
}

/** Sorted values along an axis. */
export function sort<A extends Arg>(x: A, options: AxisOr<AxisOptions> = {}): Out<A> {
  const { axis = -1 } = axisOptions("ops.sort", options, ["axis"]);
  return apply1("Sort", x, { axis }, (t) => core.sort(t, { axis })[0]);
}
/** Positions of the sorted values, int32. */
export function argsort<A extends Arg>(x: A, options: AxisOr<AxisOptions> = {}): Out<A> {
  const { axis = -1 } = axisOptions("ops.argsort", options, ["axis"]);
  return apply1("Argsort", x, { axis }, (t) => core.cast(core.sort(t, { axis })[1], "int32"));
}
/** The k largest values of the last axis, and their positions (int32). */
export function topK<A extends Arg>(
  x: A,
  k: number,
  options: { readonly sorted?: boolean } = {},
): [values: Out<A>, indices: Out<A>] {
  core.checkOptions("ops.topK", options, ["sorted"]);
  const { sorted = true } = options;
  const [values, indices] = applySplit("TopK", x, { k, sorted }, (t) => {
    const [v, i] = core.topK(t, k, { axis: -1, largest: true, sorted });
    return [v, core.cast(i, "int32")];
  });
  return [values!, indices!];
}
/** Mean and variance over axes. */
export function moments<A extends Arg>(
  x: A,
  axes: number | readonly number[],
  options: { readonly keepdims?: boolean } = {},
): [mean: Out<A>, variance: Out<A>] {
  core.checkOptions("ops.moments", options, ["keepdims"]);
  const { keepdims = false } = options;
  const [m, v] = applySplit("Moments", x, { axes, keepdims }, (t) => [
    core.mean(floating(t), axes, { keepDims: keepdims }),
    core.variance(floating(t), axes, { keepDims: keepdims, correction: 0 }),
  ]);
  return [m!, v!];
}
/** Norm over axes: `ord` 2 by default, a positive number, or `"fro"`. */
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
