// Methods of torch.Tensor: reductions, running sums, sorting. All elements, or over axes: `x.sum(1)`,
// `x.sum([0, 1], { keepdim: true })`, `x.sum({ dim: 1 })`.
import * as core from "@isoform/core";
import type { KeepDim, OneAxis, OptionalAxis, Over } from "../axes.js";
import * as reduce from "../reduce.js";
import type { Tensor } from "../tensor.js";
import { checkOptions, FLAG, INTEGER } from "../../checks.js";
import { inOrder, type InOrder } from "../../options.js";
import type { DimNumber } from "../statistics.js";
import { DataDependentTensor } from "./data-dependent.js";

/** Options of `sort`. */
export interface SortOptions {
  readonly dim?: number;
  readonly descending?: boolean;
}
const SORT = ["dim", "descending"] as const;
/** Options of `topk`. */
export interface TopKOptions {
  readonly dim?: number;
  readonly largest?: boolean;
}
const TOPK = ["dim", "largest"] as const;

/** Reductions. */
export abstract class ReducingTensor extends DataDependentTensor {
  /**
   * Sum over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`; integers
   * and bool become int64. Empty: 0.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   */
  sum(...over: Over): Tensor {
    return this._own(reduce.sum(this, over));
  }
  /**
   * Mean over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`. Empty:
   * NaN.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   * @throws {DTypeError} unless x is a float tensor
   */
  mean(...over: Over): Tensor {
    return this._own(reduce.mean(this, over));
  }
  /**
   * Product over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`;
   * integers and bool become int64. Empty: 1.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   */
  prod(...over: Over): Tensor {
    return this._own(reduce.prod(this, over));
  }
  /**
   * Variance over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`:
   * squared distances from the mean, summed and divided by n − `correction`, which is 1 by default
   * (Bessel's).
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option, or a
   *   negative `correction`
   * @throws {DTypeError} unless x is a float tensor
   */
  var(...over: Over<{ readonly correction?: number }>): Tensor {
    return this._own(reduce.variance("var", this, over));
  }
  /**
   * Standard deviation over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with
   * `keepdim`, the root of `var`.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option, or a
   *   negative `correction`
   * @throws {DTypeError} unless x is a float tensor
   */
  std(...over: Over<{ readonly correction?: number }>): Tensor {
    return this._own(reduce.variance("std", this, over));
  }
  /**
   * Largest values over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`.
   * NaN wins, ties share the gradient. Empty: −∞, or the least integer.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   */
  amax(...over: Over): Tensor {
    return this._own(reduce.extreme("max", "amax", this, over));
  }
  /**
   * Smallest values over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with
   * `keepdim`. NaN wins, ties share the gradient. Empty: ∞, or the greatest integer.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   */
  amin(...over: Over): Tensor {
    return this._own(reduce.extreme("min", "amin", this, over));
  }
  /**
   * The maximum of all elements, a scalar (empty: −∞, or the least integer), or `[values, int64 indices]`
   * along one axis, the index being that of the first. NaN wins.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   * @throws {ShapeError} when the axis is empty
   */
  max(): Tensor;
  max(dim: number | OneAxis, options?: KeepDim): [values: Tensor, indices: Tensor];
  max(dim?: number | OneAxis, options: KeepDim = {}): Tensor | [Tensor, Tensor] {
    return this._extremum("max", dim, options);
  }
  /**
   * The minimum of all elements, a scalar (empty: ∞, or the greatest integer), or `[values, int64 indices]`
   * along one axis, the index being that of the first. NaN wins.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   * @throws {ShapeError} when the axis is empty
   */
  min(): Tensor;
  min(dim: number | OneAxis, options?: KeepDim): [values: Tensor, indices: Tensor];
  min(dim?: number | OneAxis, options: KeepDim = {}): Tensor | [Tensor, Tensor] {
    return this._extremum("min", dim, options);
  }
  /**
   * Index of the first maximum, int64: in the flattened tensor, a scalar, or along the axis `dim`, kept as
   * size 1 with `keepdim`. NaN wins.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   * @throws {ShapeError} when there is nothing to choose from
   */
  argmax(dim?: number | null | OptionalAxis, options: KeepDim = {}): Tensor {
    return this._own(reduce.arg("max", this, dim, options));
  }
  /**
   * Index of the first minimum, int64: in the flattened tensor, a scalar, or along the axis `dim`, kept as
   * size 1 with `keepdim`. NaN wins.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   * @throws {ShapeError} when there is nothing to choose from
   */
  argmin(dim?: number | null | OptionalAxis, options: KeepDim = {}): Tensor {
    return this._own(reduce.arg("min", this, dim, options));
  }
  /**
   * Whether any element is non-zero, bool, over all elements, giving a scalar, or over the axes `dim`, kept
   * as size 1 with `keepdim`. Empty: false.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   */
  any(...over: Over): Tensor {
    return this._own(reduce.extreme("max", "any", core.cast(this, "bool"), over));
  }
  /**
   * Whether all elements are non-zero, bool, over all elements, giving a scalar, or over the axes `dim`, kept
   * as size 1 with `keepdim`. Empty: true.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   */
  all(...over: Over): Tensor {
    return this._own(reduce.extreme("min", "all", core.cast(this, "bool"), over));
  }
  /**
   * Cumulative sum along the axis `dim`, in x's shape; integers and bool become int64. `x.cumsum(1)`,
   * `x.cumsum({ dim: 1 })`.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   */
  cumsum(dim: DimNumber): Tensor {
    return this._own(reduce.cumulative("sum", this, dim));
  }
  /**
   * Cumulative product along the axis `dim`, in x's shape; integers and bool become int64. `x.cumprod(1)`,
   * `x.cumprod({ dim: 1 })`.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   */
  cumprod(dim: DimNumber): Tensor {
    return this._own(reduce.cumulative("prod", this, dim));
  }
  /**
   * Norm of order p (default 2), (Σ|x|ᵖ)^(1/p), over all elements, giving a scalar, or over the axes `dim`,
   * kept as size 1 with `keepdim`: p = 0 counts what is not 0, ±∞ take the extremes of |x|. The gradient is 0
   * where the norm is 0.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option, or a p
   *   that is not a number
   * @throws {DTypeError} unless x is a float tensor
   */
  norm(p = 2, ...over: Over): Tensor {
    return this._own(reduce.norm(this, p, over));
  }
  /**
   * log(Σ eˣ) over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with `keepdim`,
   * without overflow. Empty: −∞.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   * @throws {DTypeError} unless x is a float tensor
   */
  logsumexp(...over: Over): Tensor {
    return this._own(reduce.logSumExp(this, over));
  }
  /**
   * Sorted values and their int64 positions along `dim` (default −1), both in x's shape; stable, ascending
   * unless `descending`, NaN greatest. `x.sort(0, true)`, `x.sort({ dim: 0, descending: true })`.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   */
  sort(...given: InOrder<SortOptions, typeof SORT>): [values: Tensor, indices: Tensor] {
    const options = inOrder<SortOptions>("sort", given, SORT);
    checkOptions("sort", options, { dim: INTEGER, descending: FLAG });
    const [v, i] = core.sort(this, { axis: options.dim ?? -1, descending: options.descending ?? false });
    return [this._own(v), this._own(i)];
  }
  /**
   * The k largest values (smallest with `largest: false`) and their int64 positions along `dim` (default −1),
   * in order, both (.., k) of (.., N). NaN counts as greatest. `x.topk(3, 0)`, `x.topk(3, { largest: false })`.
   * @throws {ShapeError} when k is above the size of the axis
   * @throws {ArgumentError} unless k is a non-negative integer and `dim` an axis, or for an unknown option
   */
  topk(k: number, ...given: InOrder<TopKOptions, typeof TOPK>): [values: Tensor, indices: Tensor] {
    const options = inOrder<TopKOptions>("topk", given, TOPK);
    checkOptions("topk", options, { dim: INTEGER, largest: FLAG });
    const [v, i] = core.topK(this, k, {
      axis: options.dim ?? -1,
      largest: options.largest ?? true,
      sorted: true,
    });
    return [this._own(v), this._own(i)];
  }

  /** @internal `max` and `min`. */
  _extremum(
    kind: "max" | "min",
    dim: number | OneAxis | undefined,
    options: KeepDim,
  ): Tensor | [Tensor, Tensor] {
    const [values, index] = reduce.extremum(kind, this, dim, options);
    return index ? [this._own(values), this._own(index)] : this._own(values);
  }
}
