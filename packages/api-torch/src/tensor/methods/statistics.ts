// Methods of torch.Tensor: order statistics, running extrema, differences and counts.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import type { KeepDim, OneAxis, OptionalAxis, Over } from "../axes.js";
import * as statistics from "../statistics.js";
import type {
  ArgsortOptions,
  CovOptions,
  DiffOptions,
  DimNumber,
  DimOnly,
  HistcOptions,
  QuantileAxis,
  QuantileOptions,
} from "../statistics.js";
import type { Tensor } from "../tensor.js";
import { ProductTensor } from "./products.js";

/** Statistics. */
export abstract class StatisticsTensor extends ProductTensor {
  /**
   * Number of elements that are not 0, int64, over all elements, giving a scalar, or over the axes `dim`.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   */
  countNonzero(dim?: DimOnly): Tensor {
    return this._made(() => statistics.countNonzero(this, dim));
  }
  /**
   * Sum of what is not NaN over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with
   * `keepdim`; integers and bool become int64. Empty: 0.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   */
  nansum(...over: Over): Tensor {
    return this._made(() => statistics.nansum(this, over));
  }
  /**
   * Mean of what is not NaN over all elements, giving a scalar, or over the axes `dim`, kept as size 1 with
   * `keepdim`. Nothing but NaN: NaN.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or an unknown option
   * @throws {DTypeError} unless x is a float tensor
   */
  nanmean(...over: Over): Tensor {
    return this._made(() => statistics.nanmean(this, over));
  }
  /**
   * `[minimum, maximum]` of all elements, scalars, or along the axis `dim`, kept as size 1 with `keepdim`. NaN
   * wins, ties share the gradient. Empty: as `amin` and `amax`.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   */
  aminmax(options: OptionalAxis = {}): [min: Tensor, max: Tensor] {
    return this._madePair(() => statistics.aminmax(this, options));
  }
  /**
   * The lower median of all elements, a scalar (empty: NaN), or `[values, int64 indices]` along one axis, kept as
   * size 1 with `keepdim`. NaN wins. Without an axis elements that equal it share the gradient.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   * @throws {ShapeError} when the axis is empty, or there are no integers to choose from
   */
  median(): Tensor;
  median(dim: number | OneAxis, options?: KeepDim): [values: Tensor, indices: Tensor];
  median(dim?: number | OneAxis, options: KeepDim = {}): Tensor | [Tensor, Tensor] {
    return this._median("median", dim, options);
  }
  /**
   * The lower median of all elements, a scalar (empty: NaN), or `[values, int64 indices]` along one axis, kept as
   * size 1 with `keepdim`. NaN is left out. Without an axis elements that equal it share the gradient.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   * @throws {ShapeError} when the axis is empty, or there are no integers to choose from
   */
  nanmedian(): Tensor;
  nanmedian(dim: number | OneAxis, options?: KeepDim): [values: Tensor, indices: Tensor];
  nanmedian(dim?: number | OneAxis, options: KeepDim = {}): Tensor | [Tensor, Tensor] {
    return this._median("nanmedian", dim, options);
  }
  /**
   * Quantiles at q from 0 to 1, a number or a list of Q: of all elements, giving a scalar or [Q], or along the
   * axis `dim`, which goes or stays as size 1 with `keepdim`; Q comes first. `interpolation` between two elements
   * is 'linear' (default), 'lower', 'higher', 'midpoint' or 'nearest'. NaN wins.
   * @throws {ArgumentError} for a q outside 0 … 1 (not found in a tensor on a device that is only read asynchronously),
   *   when `dim` is not an axis, or for an unknown option or interpolation
   * @throws {ShapeError} when the axis is empty, or q has several axes
   * @throws {DTypeError} unless x and q are floats
   */
  quantile(q: CoreTensor | number, dim: QuantileAxis = null, options: QuantileOptions = {}): Tensor {
    return this._made(() => statistics.quantile(this, q, dim, options));
  }
  /**
   * `[values, int64 indices]` of the k-th smallest, from 1, along the axis `dim` (default −1), which goes or stays
   * as size 1 with `keepdim`. NaN counts as greatest.
   * @throws {ShapeError} when k is above the size of the axis
   * @throws {ArgumentError} unless k is an integer of at least 1 and `dim` an axis, or for an unknown option
   */
  kthvalue(
    k: number,
    dim: number | OptionalAxis = -1,
    options: KeepDim = {},
  ): [values: Tensor, indices: Tensor] {
    return this._madePair(() => statistics.kthvalue(this, k, dim, options));
  }
  /**
   * Running maximum along the axis `dim` and where it is, int64, both in x's shape: the last of equal ones. NaN
   * wins.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   */
  cummax(dim: DimNumber): [values: Tensor, indices: Tensor] {
    return this._madePair(() => statistics.runningExtremum("max", this, dim));
  }
  /**
   * Running minimum along the axis `dim` and where it is, int64, both in x's shape: the last of equal ones. NaN
   * wins.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   */
  cummin(dim: DimNumber): [values: Tensor, indices: Tensor] {
    return this._madePair(() => statistics.runningExtremum("min", this, dim));
  }
  /**
   * Logarithms of the running sums of eˣ along the axis `dim`, in x's shape, without overflow.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   * @throws {DTypeError} unless x is a float tensor
   */
  logcumsumexp(dim: DimNumber): Tensor {
    return this._made(() => statistics.logcumsumexp(this, dim));
  }
  /**
   * Differences of neighbours along the axis `dim` (default −1), `n` times (default 1): (.., N) -> (.., N − n).
   * `x.diff(2, 0)`, `x.diff({ n: 2, dim: 0 })`; of bool whether they differ.
   * @throws {ArgumentError} unless n is a non-negative integer and `dim` an axis, or for an unknown option
   */
  diff(n: number | DiffOptions = 1, dim = -1): Tensor {
    return this._made(() => statistics.diff(this, n, dim));
  }
  /**
   * Positions, int64, that sort along the axis `dim` (default −1), in x's shape; stable, ascending unless
   * `descending`, NaN greatest. `x.argsort(0, true)`, `x.argsort({ dim: 0, descending: true })`.
   * @throws {ArgumentError} when `dim` is not an axis, or for an unknown option
   */
  argsort(dim: number | ArgsortOptions = -1, descending: boolean | ArgsortOptions = false): Tensor {
    return this._made(() => statistics.argsort(this, dim, descending));
  }
  /**
   * Sorted along the first axis, in x's shape; stable, ascending, NaN greatest.
   * @throws {ArgumentError} for a scalar
   */
  msort(): Tensor {
    return this._made(() => core.sort(this, { axis: 0 })[0]);
  }
  /**
   * How many elements are in each of `bins` (default 100) equal parts of [min, max], (bins), in x's dtype; what is
   * outside is left out. When both ends are equal, the least and the greatest element are the ends. `x.histc(10,
   * 0, 1)`, `x.histc({ bins: 10, max: 1 })`. No gradient.
   * @throws {ArgumentError} unless bins is an integer of at least 1 and the ends are finite and in order, or for an
   *   unknown option
   * @throws {DTypeError} unless x is a float tensor
   */
  histc(bins: number | HistcOptions = 100, min = 0, max = 0): Tensor {
    return this._made(() => statistics.histc(this, typeof bins === "object" ? bins : { bins, min, max }));
  }
  /**
   * Covariances of the rows of [variables, observations], -> [variables, variables]; of one axis the variance, a
   * scalar. The divisor is the number of observations less `correction` (default 1). Integers become float32.
   * @throws {ShapeError} for more than two axes
   * @throws {ArgumentError} for a correction that is no number, or an unknown option
   * @throws {DTypeError} for bool
   */
  cov(options: CovOptions = {}): Tensor {
    return this._made(() => statistics.cov(this, options));
  }
  /**
   * Correlations of the rows of [variables, observations], -> [variables, variables], −1 to 1; of one axis a
   * scalar. Integers become float32.
   * @throws {ShapeError} for more than two axes
   * @throws {DTypeError} for bool
   */
  corrcoef(): Tensor {
    return this._made(() => statistics.corrcoef(this));
  }

  /** @internal `median` and `nanmedian`. */
  _median(
    op: "median" | "nanmedian",
    dim: number | OneAxis | undefined,
    options: KeepDim,
  ): Tensor | [Tensor, Tensor] {
    if (dim === undefined) {
      core.checkOptions(op, options, []);
      return this._made(() => statistics.medianOfAll(op, this));
    }
    return this._madePair(() => statistics.medianAlong(op, this, dim, options));
  }
}
