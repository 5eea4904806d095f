// Methods of torch.Tensor: parts written in place.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import * as diagonals from "../diagonal.js";
import type { AccumulateOption } from "../indexing.js";
import type { Reduce, ScatterOptions, ScatterReduceOptions } from "../scatter.js";
import { ElementwiseInPlaceTensor } from "./in-place-elementwise.js";

/** Parts written in place. */
export abstract class IndexingInPlaceTensor extends ElementwiseInPlaceTensor {
  /**
   * Replaces elements at `index` along `dim`, in place; shapes as in `scatter`.
   * @throws {ShapeError} as the op without underscore
   * @throws {DTypeError} as the op without underscore
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, and as the op
   *   without underscore
   */
  scatter_(
    dim: number,
    index: CoreTensor,
    src: CoreTensor | number | bigint | boolean,
    options: ScatterOptions = {},
  ): this {
    return this.assign_(this.scatter(dim, index, src, options));
  }
  /**
   * Adds elements of `src` at `index` along `dim`, in place; shapes as in `scatter`.
   * @throws {ShapeError} as the op without underscore
   * @throws {DTypeError} as the op without underscore
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, and as the op
   *   without underscore
   */
  scatterAdd_(dim: number, index: CoreTensor, src: CoreTensor): this {
    return this.assign_(this.scatterAdd(dim, index, src));
  }
  /**
   * Combines with elements of `src` at `index` along `dim`, in place; shapes as in `scatter`.
   * @throws {ShapeError} as the op without underscore
   * @throws {DTypeError} as the op without underscore
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, and as the op
   *   without underscore
   */
  scatterReduce_(
    dim: number,
    index: CoreTensor,
    src: CoreTensor,
    reduce: Reduce,
    options: ScatterReduceOptions = {},
  ): this {
    return this.assign_(this.scatterReduce(dim, index, src, reduce, options));
  }
  /**
   * Adds alpha · `source` to the slices at `index` along `dim`, in place; shapes as in `indexAdd`.
   * @throws {ShapeError} as the op without underscore
   * @throws {DTypeError} as the op without underscore
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, and as the op
   *   without underscore
   */
  indexAdd_(
    dim: number,
    index: CoreTensor,
    source: CoreTensor,
    options: { readonly alpha?: number } = {},
  ): this {
    return this.assign_(this.indexAdd(dim, index, source, options));
  }
  /**
   * Replaces the slices at `index` along `dim`, in place; shapes as in `indexCopy`.
   * @throws {ShapeError} as the op without underscore
   * @throws {DTypeError} as the op without underscore
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, and as the op
   *   without underscore
   */
  indexCopy_(dim: number, index: CoreTensor, source: CoreTensor): this {
    return this.assign_(this.indexCopy(dim, index, source));
  }
  /**
   * Fills the slices at `index` along `dim`, in place; shapes as in `indexFill`.
   * @throws {ShapeError} as the op without underscore
   * @throws {DTypeError} as the op without underscore
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, and as the op
   *   without underscore
   */
  indexFill_(dim: number, index: CoreTensor, value: CoreTensor | number | bigint | boolean): this {
    return this.assign_(this.indexFill(dim, index, value));
  }
  /**
   * Writes `values`, broadcast to the shape of `x.at(...indices)`, or adds them with `accumulate`, in place.
   * @throws {ShapeError} as the op without underscore
   * @throws {DTypeError} as the op without underscore
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, and as the op
   *   without underscore
   * @throws {LifetimeError} for a mask and several values in a step that is being compiled
   */
  indexPut_(indices: readonly CoreTensor[], values: CoreTensor, options: AccumulateOption = {}): this {
    return this.assign_(this.indexPut(indices, values, options));
  }
  /**
   * Writes a number on the main diagonal of a matrix, in place; `wrap` starts it again below the end of a tall
   * one. Integers drop fractions.
   * @throws {ShapeError} unless this has two axes
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, for what is no
   *   number, or for an unknown option
   * @throws {DTypeError} for a number that the integer dtype does not hold
   */
  fillDiagonal_(value: number | bigint | boolean, options: diagonals.WrapOption = {}): this {
    return this.assign_(this._made(() => diagonals.fillDiagonal(this, value, options)));
  }
  /**
   * Makes elements of the last two axes above the diagonal `diagonal` (default 0) 0, in place.
   * @throws {ShapeError} for fewer than two axes
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or unless `diagonal`
   *   is an integer
   */
  tril_(diagonal = 0): this {
    return this.assign_(this.tril(diagonal));
  }
  /**
   * Makes elements of the last two axes below the diagonal `diagonal` (default 0) 0, in place.
   * @throws {ShapeError} for fewer than two axes
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or unless `diagonal`
   *   is an integer
   */
  triu_(diagonal = 0): this {
    return this.assign_(this.triu(diagonal));
  }
  /**
   * Running sums along the axis `dim`, in place, in this dtype.
   * @throws {ArgumentError} when this is a leaf that requires gradients, outside `noGrad`, or when `dim` is not
   *   an axis
   * @throws {DTypeError} for bool
   */
  cumsum_(dim: number): this {
    core.requireNumeric("cumsum_", this);
    return this.assign_(this._made(() => core.cast(this.cumsum(dim), this.dtype)));
  }
}
