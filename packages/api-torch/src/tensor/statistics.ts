// Order statistics, running extrema, differences and counts that core has no op for.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import {
  ANY,
  checkOptions,
  checkValue,
  COUNT,
  FLAG,
  INTEGER,
  NUMBER,
  oneOf,
  POSITIVE,
  PROBABILITY,
} from "../checks.js";
import { oneAxis, reductionOf, type Dim, type KeepDim, type OptionalAxis, type Over } from "./axes.js";
import { copyOf, inFloat32, real } from "./special.js";

type Pair = readonly [CoreTensor, CoreTensor];

/** `countNonzero(1)`, `countNonzero([0, 1])`, `countNonzero({ dim: 1 })`. */
export type DimOnly = Dim | { readonly dim?: Dim };

/** `cummax(1)` or `cummax({ dim: 1 })`. */
export type DimNumber = number | { readonly dim: number };

/** The axis, from 0. @throws {ArgumentError} when it is none, or for an unknown option */
export function axisOf(op: string, x: CoreTensor, given: DimNumber): number {
  const named = typeof given === "object" && given !== null;
  if (named) core.checkOptions(op, given, ["dim"]);
  return core.normalizeAxis(op, named ? given.dim : given, x.rank);
}

/** `torch.count_nonzero`. */
export function countNonzero(x: CoreTensor, given: DimOnly): CoreTensor {
  const named = typeof given === "object" && given !== null && !core.isList(given) ? given : { dim: given };
  core.checkOptions("countNonzero", named, ["dim"]);
  return core.countNonZero(x, named.dim ?? undefined);
}

/** `torch.nansum`. */
export function nansum(x: CoreTensor, over: Over): CoreTensor {
  const { axes, keepDims } = reductionOf("nansum", over);
  if (!core.isFloat(x.dtype)) return core.sum(core.cast(x, "int64"), axes, { keepDims });
  return core.sum(core.where(core.ne(x, x), 0, x), axes, { keepDims });
}

/** `torch.nanmean`. */
export function nanmean(x: CoreTensor, over: Over): CoreTensor {
  core.requireFloat("nanmean", x);
  const { axes, keepDims } = reductionOf("nanmean", over);
  return inFloat32(x, (v) => {
    const numbers = core.cast(core.eq(v, v), v.dtype);
    const total = core.sum(core.where(core.ne(v, v), 0, v), axes, { keepDims });
    return core.div(total, core.sum(numbers, axes, { keepDims }));
  });
}

/** `torch.var_mean` and `std_mean`: [variance or deviation, mean]. */
export function withMean(
  op: "varMean" | "stdMean",
  x: CoreTensor,
  over: Over<{ readonly correction?: number }>,
): Pair {
  core.requireFloat(op, x);
  const { axes, keepDims, options } = reductionOf(op, over, ["correction"]);
  const spread = op === "stdMean" ? core.std : core.variance;
  return [
    spread(x, axes, { correction: options.correction ?? 1, keepDims }),
    core.mean(x, axes, { keepDims }),
  ];
}

/** `torch.aminmax`. */
export function aminmax(x: CoreTensor, options: OptionalAxis): Pair {
  checkOptions("aminmax", options, { dim: ANY, keepdim: FLAG });
  const axes = options.dim ?? undefined;
  const keep = { keepDims: options.keepdim ?? false };
  if (core.isList(axes)) core.normalizeAxis("aminmax", NaN, x.rank);
  return [core.min(x, axes, keep), core.max(x, axes, keep)];
}

/** The size of the axis. @throws {ShapeError} when it is empty */
function requireSome(op: string, x: CoreTensor, axis: number): number {
  const n = x.shape[axis]!;
  if (n > 0) return n;
  throw core.shapeError(op, `axis ${axis} is empty`, [x], "there must be something to choose from");
}

/** Values at `index`, which has size 1 on the axis, and the index itself. */
function picked(x: CoreTensor, index: CoreTensor, axis: number, keepdim: boolean): Pair {
  const values = core.gatherElements(x, index, axis);
  return keepdim ? [values, index] : [core.squeeze(values, [axis]), core.squeeze(index, [axis])];
}

/** Where the lower median is, int64; the first NaN is one unless NaN is left out. The axis stays with size 1. */
function middle(op: Median, x: CoreTensor, axis: number): CoreTensor {
  const n = requireSome(op, x, axis);
  const [sorted, order] = core.sort(core.detach(x), { axis });
  const half = Math.floor((n - 1) / 2);
  if (!core.isFloat(x.dtype)) return core.sliceAxis(order, axis, half, half + 1);
  const numbers = core.sum(core.cast(core.eq(sorted, sorted), "int64"), axis, { keepDims: true });
  const place =
    op === "nanmedian"
      ? core.maximum(core.floorDiv(core.sub(numbers, 1), 2), 0)
      : core.where(core.lt(numbers, n), numbers, half);
  return core.gatherElements(order, place, axis);
}

type Median = "median" | "nanmedian";

/** `torch.median(x)` and `nanmedian(x)`: elements that equal it share the gradient. */
export function medianOfAll(op: Median, x: CoreTensor): CoreTensor {
  if (x.size === 0 && core.isFloat(x.dtype)) return core.full([], NaN, x.dtype);
  const flat = core.reshape(x, [-1]);
  const value = core.gatherElements(core.detach(flat), middle(op, flat, 0), 0);
  if (!core.isFloat(x.dtype)) return core.reshape(value, []);
  const bothNan = core.and(core.ne(flat, flat), core.ne(value, value));
  return core.max(core.where(core.or(core.eq(flat, value), bothNan), flat, -Infinity));
}

/** `torch.median(x, dim)` and `nanmedian(x, dim)`: [values, indices]. */
export function medianAlong(op: Median, x: CoreTensor, dim: number | OptionalAxis, options: KeepDim): Pair {
  const found = oneAxis(op, dim, options);
  const axis = core.normalizeAxis(op, found.dim ?? NaN, x.rank);
  return picked(x, middle(op, x, axis), axis, found.keepdim);
}

/** `torch.kthvalue`. */
export function kthvalue(x: CoreTensor, k: number, dim: number | OptionalAxis, options: KeepDim): Pair {
  const found = oneAxis("kthvalue", dim, options);
  const axis = core.normalizeAxis("kthvalue", found.dim ?? -1, x.rank);
  checkValue("kthvalue", "k", k, POSITIVE);
  if (k > x.shape[axis]!) {
    const hint = `use a k of at most ${x.shape[axis]}`;
    throw core.shapeError("kthvalue", `k ${k} is larger than axis ${axis}`, [x], hint);
  }
  const [, order] = core.sort(core.detach(x), { axis });
  return picked(x, core.sliceAxis(order, axis, k - 1, k), axis, found.keepdim);
}

const INTERPOLATIONS = ["linear", "lower", "higher", "midpoint", "nearest"] as const;

/** Options of `quantile` beside its axis. */
export interface QuantileOptions extends KeepDim {
  /** Between two elements; default "linear". */
  readonly interpolation?: (typeof INTERPOLATIONS)[number];
}
/** The axis of `quantile`, or all of its options. */
export type QuantileAxis = number | null | (QuantileOptions & { readonly dim?: number | null });

/** The probabilities as a list, in the dtype to compute in. */
function probabilities(q: CoreTensor | number, dtype: "float32" | "float64"): CoreTensor {
  if (!(q instanceof core.Tensor)) return core.full([1], checkValue("quantile", "q", q, PROBABILITY), dtype);
  core.requireFloat("quantile", q);
  if (q.rank > 1) throw core.shapeError("quantile", "q has several axes", [q], "use a number or a list");
  if (q.dtype === "float32" || q.dtype === "float64") {
    core.checkValues(q, (values) => {
      for (let i = 0; i < values.length; i++) checkValue("quantile", "q", values[i]!, PROBABILITY);
    });
  }
  return core.reshape(core.cast(q, dtype), [-1]);
}

/** `torch.quantile`. */
export function quantile(
  x: CoreTensor,
  q: CoreTensor | number,
  over: QuantileAxis,
  options: QuantileOptions,
): CoreTensor {
  core.requireFloat("quantile", x);
  const named = typeof over === "object" && over !== null;
  const kinds = { keepdim: FLAG, interpolation: oneOf(...INTERPOLATIONS) };
  checkOptions("quantile", options, named ? {} : kinds);
  if (named) checkOptions("quantile", over, { ...kinds, dim: ANY });
  const dim = (named ? over.dim : over) ?? null;
  const { keepdim = false, interpolation = "linear" } = named ? over : options;
  const dtype = x.dtype === "float64" ? "float64" : "float32";
  const rows = dim === null ? core.reshape(x, [-1]) : x;
  const axis = dim === null ? 0 : core.normalizeAxis("quantile", dim, x.rank);
  const n = requireSome("quantile", rows, axis);
  const [sorted] = core.sort(core.cast(rows, dtype), { axis });
  const rank = core.mul(probabilities(q, dtype), n - 1);
  const at = (place: CoreTensor) => core.gather(sorted, core.cast(place, "int64"), axis);
  const between = (): CoreTensor => {
    const low = core.floor(rank);
    const after = rows.shape.slice(axis + 1).map(() => 1);
    const [a, b] = [at(low), at(core.ceil(rank))];
    const w = interpolation === "midpoint" ? 0.5 : core.reshape(core.sub(rank, low), [rank.size, ...after]);
    const d = core.sub(b, a);
    if (typeof w === "number") return core.add(a, core.mul(d, w));
    const near = core.add(a, core.mul(d, w));
    return core.where(core.lt(w, 0.5), near, core.sub(b, core.mul(d, core.sub(1, w))));
  };
  const rounded = { lower: core.floor, higher: core.ceil, nearest: core.round };
  const found =
    interpolation === "linear" || interpolation === "midpoint" ? between() : at(rounded[interpolation](rank));
  const last = core.sliceAxis(sorted, axis, n - 1, n);
  const all = core.cast(core.where(core.ne(last, last), last, found), x.dtype);
  const first = core.moveaxis(all, axis, 0);
  const kept = dim === null ? x.shape.map(() => 1) : x.shape.map((m, i) => (i === axis ? 1 : m));
  const shape = keepdim ? kept : rows.shape.filter((_, i) => i !== axis);
  const single = !(q instanceof core.Tensor) || q.rank === 0;
  return core.reshape(first, single ? shape : [rank.size, ...shape]);
}

/** `torch.cummax` and `cummin`: [values, indices of the last that reached them]. */
export function runningExtremum(kind: "max" | "min", x: CoreTensor, dim: DimNumber): Pair {
  const axis = axisOf(`cum${kind}`, x, dim);
  const plain = core.detach(x);
  const v = x.dtype === "bool" ? core.cast(plain, "uint8") : plain;
  const best = core.cumulative(v, { kind, axis });
  const reached = core.or(core.eq(v, best), core.ne(v, v));
  const place = core.where(reached, core.iota(x.shape, axis, "int32"), 0);
  const index = core.cast(core.cumulative(place, { kind: "max", axis }), "int64");
  return [core.gatherElements(x, index, axis), index];
}

/** `torch.logcumsumexp`, by sums over 1, 2, 4, … elements: right where the greatest comes last. */
export function logcumsumexp(x: CoreTensor, dim: DimNumber): CoreTensor {
  core.requireFloat("logcumsumexp", x);
  const axis = axisOf("logcumsumexp", x, dim);
  const n = x.shape[axis]!;
  if (n < 2 || x.size === 0) return copyOf(x);
  return inFloat32(x, (v) => {
    let out = v;
    for (let reach = 1; reach < n; reach *= 2) {
      const low = v.shape.map((_, i) => (i === axis ? reach : 0));
      const none = v.shape.map(() => 0);
      const before = core.sliceAxis(out, axis, 0, n - reach);
      out = core.logAddExp(out, core.pad(before, { low, high: none, value: -Infinity }));
    }
    return out;
  });
}

/** Options of `diff`. */
export interface DiffOptions {
  /** How often, default 1. */
  readonly n?: number;
  /** Axis, default −1. */
  readonly dim?: number;
}

/** `torch.diff`. */
export function diff(x: CoreTensor, given: number | DiffOptions, last: number): CoreTensor {
  const options = typeof given === "object" ? given : { n: given, dim: last };
  checkOptions("diff", options, { n: COUNT, dim: INTEGER });
  const { n = 1, dim = -1 } = options;
  const axis = core.normalizeAxis("diff", dim, x.rank);
  let out = n === 0 || x.shape[axis] === 0 ? copyOf(x) : x;
  for (let i = 0; i < n && out.shape[axis]! > 0; i++) {
    const [after, before] = [
      core.sliceAxis(out, axis, 1),
      core.sliceAxis(out, axis, 0, out.shape[axis]! - 1),
    ];
    out = x.dtype === "bool" ? core.xor(after, before) : core.sub(after, before);
  }
  return out;
}

/** Options of `argsort`. */
export interface ArgsortOptions {
  /** Axis, default −1. */
  readonly dim?: number;
  readonly descending?: boolean;
  /** Sorting always is. */
  readonly stable?: boolean;
}

/** `torch.argsort`: the axis and whether it is descending. */
export function argsort(
  x: CoreTensor,
  dim: number | ArgsortOptions,
  descending: boolean | ArgsortOptions,
): CoreTensor {
  const second = typeof descending === "object" ? descending : { descending };
  const options = typeof dim === "object" ? dim : { dim, ...second };
  for (const o of [options, second])
    checkOptions("argsort", o, { dim: INTEGER, descending: FLAG, stable: FLAG });
  const [, order] = core.sort(core.detach(x), {
    axis: options.dim ?? -1,
    descending: options.descending ?? false,
  });
  return order;
}

/** Options of `histc`. */
export interface HistcOptions {
  /** How many, default 100. */
  readonly bins?: number;
  /** Lower end, default 0; the least element when both ends are equal. */
  readonly min?: number;
  /** Upper end, default 0; the greatest element when both ends are equal. */
  readonly max?: number;
}

/** `torch.histc`. */
export function histc(x: CoreTensor, given: HistcOptions): CoreTensor {
  core.requireFloat("histc", x);
  const finite = { is: Number.isFinite, use: "a finite number", code: "argument/range" };
  checkOptions("histc", given, { bins: POSITIVE, min: finite, max: finite });
  const { bins = 100, min = 0, max = 0 } = given;
  if (min > max) {
    throw new core.ArgumentError(`min ${min} is above max ${max}`, {
      code: "argument/range",
      op: "histc",
      hint: "swap them",
    });
  }
  if (x.size === 0) return core.zeros([bins], x.dtype);
  const v = core.reshape(core.detach(x), [-1]);
  const own = min === max;
  const [low, high] = own
    ? [core.min(v), core.max(v)]
    : [core.full([], min, x.dtype), core.full([], max, x.dtype)];
  const flat = core.cast(core.eq(low, high), x.dtype);
  const [from, to] = [core.sub(low, flat), core.add(high, flat)];
  const place = core.floor(core.div(core.mul(core.sub(v, from), bins), core.sub(to, from)));
  const inside = core.and(core.ge(v, from), core.le(v, to));
  const bin = core.cast(core.where(inside, core.minimum(place, bins - 1), -1), "int64");
  // The results are counted as integers: 16-bit floats stop counting early.
  const one = core.cast(inside, "int32");
  return core.cast(core.scatter(core.zeros([bins], "int32"), bin, one, { mode: "add" }), x.dtype);
}

/** Options of `cov`. */
export interface CovOptions {
  /** Taken from the number of observations; default 1. */
  readonly correction?: number;
}

/** `torch.cov`: rows are variables, columns observations. */
export function cov(x: CoreTensor, options: CovOptions): CoreTensor {
  checkOptions("cov", options, { correction: NUMBER });
  core.requireNumeric("cov", x);
  if (x.rank > 2)
    throw core.shapeError("cov", "x has more than two axes", [x], "use [variables, observations]");
  const rows = core.reshape(real(x), x.rank === 2 ? x.shape : [1, x.size]);
  const { correction = 1 } = options;
  const count = Math.max(0, rows.shape[1]! - correction);
  return inFloat32(rows, (v) => {
    const centred = core.sub(v, core.mean(v, 1, { keepDims: true }));
    const products = core.div(core.matmul(centred, core.transpose(centred)), count);
    return x.rank === 2 ? products : core.reshape(products, []);
  });
}

/** `torch.corrcoef`. */
export function corrcoef(x: CoreTensor): CoreTensor {
  const c = cov(x, {});
  if (c.rank === 0) return core.div(c, c);
  const n = c.shape[0]!;
  const variances = core.slice(core.reshape(c, [-1]), [0], [n === 0 ? 0 : n * n], [n + 1]);
  const deviations = core.sqrt(variances);
  const scaled = core.div(core.div(c, core.reshape(deviations, [n, 1])), deviations);
  return core.clip(scaled, -1, 1);
}
