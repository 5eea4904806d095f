// Reductions of the torch namespace.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import type { KeepDim, OneAxis } from "../tensor/axes.js";
import { asTensor, type Tensor } from "../tensor/tensor.js";
import { asFunction, type AsFunction } from "./as-function.js";

/**
 * Sum over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`; integers and
 * bool become int64. Empty: 0.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
 * @see torch.sum
 */
export const sum: AsFunction<"sum"> = /* @__PURE__ */ asFunction("sum");
/**
 * Mean over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`. Empty: NaN.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
 * @throws {DTypeError} unless x is a float tensor
 * @see torch.mean
 */
export const mean: AsFunction<"mean"> = /* @__PURE__ */ asFunction("mean");
/**
 * Product over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`; integers
 * and bool become int64. Empty: 1.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
 * @see torch.prod
 */
export const prod: AsFunction<"prod"> = /* @__PURE__ */ asFunction("prod");
/**
 * Standard deviation over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with
 * `keepdim`, the root of `var`.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option, or a
 *   negative `correction`
 * @throws {DTypeError} unless x is a float tensor
 * @see torch.std
 */
export const std: AsFunction<"std"> = /* @__PURE__ */ asFunction("std");
/**
 * Largest values over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`.
 * NaN wins, ties share the gradient. Empty: −∞, or the least integer.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
 * @see torch.amax
 */
export const amax: AsFunction<"amax"> = /* @__PURE__ */ asFunction("amax");
/**
 * Smallest values over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`.
 * NaN wins, ties share the gradient. Empty: ∞, or the greatest integer.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
 * @see torch.amin
 */
export const amin: AsFunction<"amin"> = /* @__PURE__ */ asFunction("amin");
/**
 * Index of the first maximum, int64: in the flattened tensor, a scalar, or along the axis `dim`, kept as size
 * 1 with `keepdim`. NaN wins.
 * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
 * @throws {ShapeError} when there is nothing to choose from
 * @see torch.argmax
 */
export const argmax: AsFunction<"argmax"> = /* @__PURE__ */ asFunction("argmax");
/**
 * Index of the first minimum, int64: in the flattened tensor, a scalar, or along the axis `dim`, kept as size
 * 1 with `keepdim`. NaN wins.
 * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
 * @throws {ShapeError} when there is nothing to choose from
 * @see torch.argmin
 */
export const argmin: AsFunction<"argmin"> = /* @__PURE__ */ asFunction("argmin");
/**
 * Whether any element is non-zero, bool, over all elements, giving a scalar, or over the axes `dim`, kept as
 * size 1 with `keepdim`. Empty: false.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
 * @see torch.any
 */
export const any: AsFunction<"any"> = /* @__PURE__ */ asFunction("any");
/**
 * Whether all elements are non-zero, bool, over all elements, giving a scalar, or over the axes `dim`, kept
 * as size 1 with `keepdim`. Empty: true.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
 * @see torch.all
 */
export const all: AsFunction<"all"> = /* @__PURE__ */ asFunction("all");
/**
 * Cumulative sum along the axis `dim`, in x's shape; integers and bool become int64. `cumsum(x, 1)`,
 * `cumsum(x, { dim: 1 })`.
 * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
 * @see torch.cumsum
 */
export const cumsum: AsFunction<"cumsum"> = /* @__PURE__ */ asFunction("cumsum");
/**
 * Cumulative product along the axis `dim`, in x's shape; integers and bool become int64. `cumprod(x, 1)`,
 * `cumprod(x, { dim: 1 })`.
 * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
 * @see torch.cumprod
 */
export const cumprod: AsFunction<"cumprod"> = /* @__PURE__ */ asFunction("cumprod");
/**
 * Norm of order p (default 2), (Σ|x|ᵖ)^(1/p), over all elements, giving a scalar, or over the axes `dim`,
 * kept as size 1 with `keepdim`: p = 0 counts what is not 0, ±∞ take the extremes of |x|. The gradient is 0
 * where the norm is 0.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option, or a p that
 *   is not a number
 * @throws {DTypeError} unless x is a float tensor
 * @see torch.norm
 */
export const norm: AsFunction<"norm"> = /* @__PURE__ */ asFunction("norm");
/**
 * log(Σ eˣ) over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`,
 * without overflow. Empty: −∞.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
 * @throws {DTypeError} unless x is a float tensor
 * @see torch.logsumexp
 */
export const logsumexp: AsFunction<"logsumexp"> = /* @__PURE__ */ asFunction("logsumexp");
/**
 * Sorted values and their int64 positions along `dim` (default −1), both in x's shape; stable, ascending
 * unless `descending`, NaN greatest.
 * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
 * @see torch.sort
 */
export const sort: AsFunction<"sort"> = /* @__PURE__ */ asFunction("sort");
/**
 * The k largest values (smallest with `largest: false`) and their int64 positions along `dim` (default −1),
 * in order, both (.., k) of (.., N). NaN counts as greatest.
 * @throws {ShapeError} when k is above the size of the axis
 * @throws {ArgumentError} unless k is a non-negative integer and `dim` an axis, or for an unknown option
 * @see torch.topk
 */
export const topk: AsFunction<"topk"> = /* @__PURE__ */ asFunction("topk");

/**
 * Variance over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`: squared
 * distances from the mean, summed and divided by n − `correction`, which is 1 by default (Bessel's).
 * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option, or a
 *   negative `correction`
 * @throws {DTypeError} unless x is a float tensor
 * @see torch.var
 */
const variance: AsFunction<"var"> = /* @__PURE__ */ asFunction("var");
export { variance as var };

/**
 * The maximum of all elements, a scalar (empty: −∞, or the least integer), the elementwise maximum of two
 * that broadcast, or `[values, int64 indices]` along one axis, the index being that of the first. NaN wins.
 * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
 * @throws {ShapeError} when the axis is empty, or the shapes do not broadcast
 * @throws {DTypeError} for two tensors of bool
 * @see torch.max
 */
export function max(x: CoreTensor): Tensor;
export function max(x: CoreTensor, other: CoreTensor): Tensor;
export function max(x: CoreTensor, dim: number | OneAxis, options?: KeepDim): [Tensor, Tensor];
export function max(
  x: CoreTensor,
  over?: CoreTensor | number | OneAxis,
  options: KeepDim = {},
): Tensor | [Tensor, Tensor] {
  const t = asTensor(core.requireTensor("max", x, "the first argument"));
  return over instanceof core.Tensor ? t.maximum(over) : t._extremum("max", over, options);
}
/**
 * The minimum of all elements, a scalar (empty: ∞, or the greatest integer), the elementwise minimum of two
 * that broadcast, or `[values, int64 indices]` along one axis, the index being that of the first. NaN wins.
 * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
 * @throws {ShapeError} when the axis is empty, or the shapes do not broadcast
 * @throws {DTypeError} for two tensors of bool
 * @see torch.min
 */
export function min(x: CoreTensor): Tensor;
export function min(x: CoreTensor, other: CoreTensor): Tensor;
export function min(x: CoreTensor, dim: number | OneAxis, options?: KeepDim): [Tensor, Tensor];
export function min(
  x: CoreTensor,
  over?: CoreTensor | number | OneAxis,
  options: KeepDim = {},
): Tensor | [Tensor, Tensor] {
  const t = asTensor(core.requireTensor("min", x, "the first argument"));
  return over instanceof core.Tensor ? t.minimum(over) : t._extremum("min", over, options);
}
