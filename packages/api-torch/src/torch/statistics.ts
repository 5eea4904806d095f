// Order statistics, running extrema, differences and counts in the torch namespace.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import type { KeepDim, OneAxis, Over } from "../tensor/axes.js";
import * as statistics from "../tensor/statistics.js";
import { asTensor, type Tensor } from "../tensor/tensor.js";
import { asFunction, type AsFunction } from "./as-function.js";

/**
 * Number of elements that are not 0, int64, over all elements, giving a scalar, or over the axes `dim`.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
 * @see torch.count_nonzero
 */
export const countNonzero: AsFunction<"countNonzero"> = /* @__PURE__ */ asFunction("countNonzero");
/**
 * Sum of what is not NaN over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with
 * `keepdim`; integers and bool become int64. Empty: 0.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
 * @see torch.nansum
 */
export const nansum: AsFunction<"nansum"> = /* @__PURE__ */ asFunction("nansum");
/**
 * Mean of what is not NaN over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with
 * `keepdim`. Nothing but NaN: NaN.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
 * @throws {DTypeError} unless x is a float tensor
 * @see torch.nanmean
 */
export const nanmean: AsFunction<"nanmean"> = /* @__PURE__ */ asFunction("nanmean");
/**
 * `[minimum, maximum]` of all elements, scalars, or along the axis `dim`, kept as size 1 with `keepdim`. NaN wins,
 * ties share the gradient. Empty: as `amin` and `amax`.
 * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
 * @see torch.aminmax
 */
export const aminmax: AsFunction<"aminmax"> = /* @__PURE__ */ asFunction("aminmax");
/**
 * Quantiles at q from 0 to 1, a number or a list of Q: of all elements, giving a scalar or [Q], or along the axis
 * `dim`, which goes or stays as size 1 with `keepdim`; Q comes first. `interpolation` between two elements is
 * 'linear' (default), 'lower', 'higher', 'midpoint' or 'nearest'. NaN wins.
 * @throws {ArgumentError} for a q outside 0 … 1 (not found in a tensor on a device that is only read
 *   asynchronously), when `dim` is not an axis, or for an unknown option or interpolation
 * @throws {ShapeError} when the axis is empty, or q has several axes
 * @throws {DTypeError} unless x and q are floats
 * @see torch.quantile
 */
export const quantile: AsFunction<"quantile"> = /* @__PURE__ */ asFunction("quantile");
/**
 * `[values, int64 indices]` of the k-th smallest, from 1, along the axis `dim` (default −1), which goes or stays
 * as size 1 with `keepdim`. NaN counts as greatest.
 * @throws {ShapeError} when k is above the size of the axis
 * @throws {ArgumentError} unless k is an integer of at least 1 and `dim` an axis, or for an unknown option
 * @see torch.kthvalue
 */
export const kthvalue: AsFunction<"kthvalue"> = /* @__PURE__ */ asFunction("kthvalue");
/**
 * Running maximum along the axis `dim` and where it is, int64, both in x's shape: the last of equal ones. NaN
 * wins.
 * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
 * @see torch.cummax
 */
export const cummax: AsFunction<"cummax"> = /* @__PURE__ */ asFunction("cummax");
/**
 * Running minimum along the axis `dim` and where it is, int64, both in x's shape: the last of equal ones. NaN
 * wins.
 * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
 * @see torch.cummin
 */
export const cummin: AsFunction<"cummin"> = /* @__PURE__ */ asFunction("cummin");
/**
 * Logarithms of the running sums of eˣ along the axis `dim`, in x's shape, without overflow.
 * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
 * @throws {DTypeError} unless x is a float tensor
 * @see torch.logcumsumexp
 */
export const logcumsumexp: AsFunction<"logcumsumexp"> = /* @__PURE__ */ asFunction("logcumsumexp");
/**
 * Differences of neighbours along the axis `dim` (default −1), `n` times (default 1): (.., N) -> (.., N − n).
 * `diff(x, 2, 0)`, `diff(x, { n: 2, dim: 0 })`; of bool whether they differ.
 * @throws {ArgumentError} unless n is a non-negative integer and `dim` an axis, or for an unknown option
 * @see torch.diff
 */
export const diff: AsFunction<"diff"> = /* @__PURE__ */ asFunction("diff");
/**
 * Positions, int64, that sort along the axis `dim` (default −1), in x's shape; stable, ascending unless
 * `descending`, NaN greatest. `argsort(x, 0, true)`, `argsort(x, { dim: 0, descending: true })`.
 * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
 * @see torch.argsort
 */
export const argsort: AsFunction<"argsort"> = /* @__PURE__ */ asFunction("argsort");
/**
 * Sorted along the first axis, in x's shape; stable, ascending, NaN greatest.
 * @throws {ArgumentError} for a scalar
 * @see torch.msort
 */
export const msort: AsFunction<"msort"> = /* @__PURE__ */ asFunction("msort");
/**
 * How many elements are in each of `bins` (default 100) equal parts of [min, max], (bins), in x's dtype; what is
 * outside is left out. When both ends are equal, the least and the greatest element are the ends. `histc(x, 10, 0,
 * 1)`, `histc(x, { bins: 10, max: 1 })`. No gradient.
 * @throws {ArgumentError} unless bins is an integer of at least 1 and the ends are finite and in order, or for an
 *   unknown option
 * @throws {DTypeError} unless x is a float tensor
 * @see torch.histc
 */
export const histc: AsFunction<"histc"> = /* @__PURE__ */ asFunction("histc");
/**
 * Covariances of the rows of [variables, observations], -> [variables, variables]; of one axis the variance, a
 * scalar. The divisor is the number of observations less `correction` (default 1). Integers become float32.
 * @throws {ShapeError} for more than two axes
 * @throws {ArgumentError} for a correction that is no number, or an unknown option
 * @throws {DTypeError} for bool
 * @see torch.cov
 */
export const cov: AsFunction<"cov"> = /* @__PURE__ */ asFunction("cov");
/**
 * Correlations of the rows of [variables, observations], -> [variables, variables], −1 to 1; of one axis a scalar.
 * Integers become float32.
 * @throws {ShapeError} for more than two axes
 * @throws {DTypeError} for bool
 * @see torch.corrcoef
 */
export const corrcoef: AsFunction<"corrcoef"> = /* @__PURE__ */ asFunction("corrcoef");

/**
 * The lower median of all elements, a scalar (empty: NaN), or `[values, int64 indices]` along one axis, kept as
 * size 1 with `keepdim`. NaN wins. Without an axis elements that equal it share the gradient.
 * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
 * @throws {ShapeError} when the axis is empty, or there are no integers to choose from
 * @see torch.median
 */
export function median(x: CoreTensor): Tensor;
export function median(x: CoreTensor, dim: number | OneAxis, options?: KeepDim): [Tensor, Tensor];
export function median(
  x: CoreTensor,
  dim?: number | OneAxis,
  options: KeepDim = {},
): Tensor | [Tensor, Tensor] {
  return asTensor(core.requireTensor("median", x, "the first argument"))._median("median", dim, options);
}
/**
 * The lower median of all elements, a scalar (empty: NaN), or `[values, int64 indices]` along one axis, kept as
 * size 1 with `keepdim`. NaN is left out. Without an axis elements that equal it share the gradient.
 * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
 * @throws {ShapeError} when the axis is empty, or there are no integers to choose from
 * @see torch.nanmedian
 */
export function nanmedian(x: CoreTensor): Tensor;
export function nanmedian(x: CoreTensor, dim: number | OneAxis, options?: KeepDim): [Tensor, Tensor];
export function nanmedian(
  x: CoreTensor,
  dim?: number | OneAxis,
  options: KeepDim = {},
): Tensor | [Tensor, Tensor] {
  return asTensor(core.requireTensor("nanmedian", x, "the first argument"))._median(
    "nanmedian",
    dim,
    options,
  );
}
/**
 * `[variance, mean]` over all elements, scalars, or over the axes `dim`, kept as size 1 with `keepdim`; `correction` is 1
 * by default, as in `var`.
 * @throws {ArgumentError} for what is no tensor, an axis that is out of range or named twice, an unknown option, or a
 *   negative `correction`
 * @throws {DTypeError} unless x is a float tensor
 * @see torch.var_mean
 */
export function varMean(x: CoreTensor, ...over: Over<{ readonly correction?: number }>): [Tensor, Tensor] {
  core.requireTensor("varMean", x, "the first argument");
  const [spread, mean] = core.scope(() => statistics.withMean("varMean", x, over));
  return [asTensor(spread), asTensor(mean)];
}
/**
 * `[standard deviation, mean]` over all elements, scalars, or over the axes `dim`, kept as size 1 with `keepdim`; `correction` is 1
 * by default, as in `std`.
 * @throws {ArgumentError} for what is no tensor, an axis that is out of range or named twice, an unknown option, or a
 *   negative `correction`
 * @throws {DTypeError} unless x is a float tensor
 * @see torch.std_mean
 */
export function stdMean(x: CoreTensor, ...over: Over<{ readonly correction?: number }>): [Tensor, Tensor] {
  core.requireTensor("stdMean", x, "the first argument");
  const [spread, mean] = core.scope(() => statistics.withMean("stdMean", x, over));
  return [asTensor(spread), asTensor(mean)];
}
