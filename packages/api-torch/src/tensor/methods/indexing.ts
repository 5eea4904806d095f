// Methods of torch.Tensor: parts by index.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { requireIndices } from "../arguments.js";
import * as diagonals from "../diagonal.js";
import * as indexing from "../indexing.js";
import { at as readAt, type AccumulateOption, type Index } from "../indexing.js";
import * as scatters from "../scatter.js";
import type { Reduce, ScatterOptions, ScatterReduceOptions, SliceOptions } from "../scatter.js";
import * as shape from "../shape.js";
import type { Tensor } from "../tensor.js";
import { ShapingTensor } from "./shape.js";

/** Parts of a tensor. */
export abstract class IndexingTensor extends ShapingTensor {
  /**
   * `x[...]` by numbers, 'a:b:c' strings, null (new axis), '...', lists, index tensors and masks: (A,
   * B).at(0) has the shape (B), .at(':', null) (A, 1, B). Views, except for lists, index tensors and masks.
   * @throws {ShapeError} for a number outside its axis, too many indices, a malformed string, or a mask of
   *   another shape
   * @throws {ArgumentError} for an entry of a list or an index tensor outside its axis, or a mask on a device
   *   that is only read asynchronously
   * @throws {DTypeError} for an index tensor of floats, or a fraction in a list
   * @throws {LifetimeError} for a mask in a step that is being compiled: the shape of the result depends on
   *   its values
   */
  at(...index: Index[]): Tensor {
    return this._own(readAt(this, index));
  }
  /**
   * Elements at `index` along `dim`, in index's shape: out[i][j] = x[i][index[i][j]] for dim 1. `index` has
   * x's rank and, outside `dim`, at most x's sizes.
   * @throws {ShapeError} when index does not fit x
   * @throws {DTypeError} unless index holds integers
   * @throws {ArgumentError} when `dim` is not an axis, index not a tensor, or an entry is outside 0…N − 1 (on a
   *   device that is only read asynchronously it gives 0, and −N…−1 count from the end)
   */
  gather(dim: number, index: CoreTensor): Tensor {
    const axis = requireIndices("gather", this, dim, index);
    return this._own(core.gatherElements(this, index, axis));
  }
  /**
   * Slices at `index` (K) along `dim`: (A, N) -> (A, K) for dim 1. A scalar index counts as one of shape (1).
   * @throws {ShapeError} for an index of more than one axis
   * @throws {DTypeError} unless index holds integers
   * @throws {ArgumentError} when `dim` is not an axis, index not a tensor, or an entry is outside 0…N − 1 (on a
   *   device that is only read asynchronously it gives 0)
   */
  indexSelect(dim: number, index: CoreTensor): Tensor {
    return this._own(shape.indexSelect(this, dim, index));
  }
  /**
   * One slice along `dim`, without that axis: (A, B, C) -> (A, C) for dim 1. `index` may count from the end.
   * A view.
   * @throws {ShapeError} for an index outside the axis
   * @throws {ArgumentError} when `dim` is not an axis
   */
  select(dim: number, index: number): Tensor {
    return this._own(shape.select(this, dim, index));
  }
  /**
   * `length` elements along `dim` from `start`, which may count from the end: (A, N) -> (A, length) for dim 1. A
   * view.
   * @throws {ShapeError} unless `start` and `length` are integers and the range lies inside the axis
   * @throws {ArgumentError} when `dim` is not an axis
   */
  narrow(dim: number, start: number, length: number): Tensor {
    return this._own(shape.narrow(this, dim, start, length));
  }
  /**
   * Lower triangle of the last two axes, in x's shape: 0 above the diagonal `diagonal` (default 0, the main
   * one; 1 is above it).
   * @throws {ShapeError} when x has fewer than two axes
   * @throws {ArgumentError} unless `diagonal` is an integer
   */
  tril(diagonal = 0): Tensor {
    return this._own(core.tril(this, diagonal));
  }
  /**
   * Upper triangle of the last two axes, in x's shape: 0 below the diagonal `diagonal` (default 0, the main
   * one; 1 is above it).
   * @throws {ShapeError} when x has fewer than two axes
   * @throws {ArgumentError} unless `diagonal` is an integer
   */
  triu(diagonal = 0): Tensor {
    return this._own(core.triu(this, diagonal));
  }
  /**
   * x with elements replaced at `index` along `dim`: out[i][index[i][j]] = src[i][j] for dim 1. `src` is a
   * tensor of x's dtype or a number; `index` has its rank, at most its sizes and, outside `dim`, at most x's.
   * Of several for one place the last one stays and gets the gradient; `reduce` "add" and "multiply" combine.
   * @throws {ShapeError} when index does not fit x and src
   * @throws {DTypeError} unless index holds integers and src has x's dtype
   * @throws {ArgumentError} when `dim` is not an axis, an entry is outside 0…N − 1 (on a device that is only read
   *   asynchronously it is skipped, and −N…−1 count from the end), or an option is unknown
   * @throws {UnsupportedOpError} in the backward pass of "multiply"
   */
  scatter(
    dim: number,
    index: CoreTensor,
    src: CoreTensor | number | bigint | boolean,
    options: ScatterOptions = {},
  ): Tensor {
    return this._made(() => scatters.scatter(this, dim, index, src, options));
  }
  /**
   * x with elements of `src` added at `index` along `dim`: out[i][index[i][j]] += src[i][j] for dim 1. Shapes
   * as in `scatter`.
   * @throws {ShapeError} when index does not fit x and src
   * @throws {DTypeError} unless index holds integers and src has x's dtype, or for bool
   * @throws {ArgumentError} when `dim` is not an axis, or an entry is outside 0…N − 1 (on a device that is only
   *   read asynchronously it is skipped, and −N…−1 count from the end)
   */
  scatterAdd(dim: number, index: CoreTensor, src: CoreTensor): Tensor {
    return this._made(() => scatters.scatterAdd(this, dim, index, src));
  }
  /**
   * x combined with elements of `src` at `index` along `dim`, by "sum", "prod", "mean", "amax" or "amin".
   * Shapes as in `scatter`. What is there takes part unless `includeSelf` is false; ties share the gradient.
   * @throws {ShapeError} when index does not fit x and src
   * @throws {DTypeError} unless index holds integers and src has x's dtype, or for bool
   * @throws {ArgumentError} when `dim` is not an axis, for another way, an entry outside 0…N − 1 (on a device
   *   that is only read asynchronously it is skipped, and −N…−1 count from the end), or an unknown option
   * @throws {UnsupportedOpError} in the backward pass of "prod"
   */
  scatterReduce(
    dim: number,
    index: CoreTensor,
    src: CoreTensor,
    reduce: Reduce,
    options: ScatterReduceOptions = {},
  ): Tensor {
    return this._made(() => scatters.scatterReduce(this, dim, index, src, reduce, options));
  }
  /**
   * x with alpha · `source` added to the slices at `index` (K) along `dim`; source has x's shape with K for that
   * axis, `alpha` is 1 by default.
   * @throws {ShapeError} for an index of more than one axis, or when source does not fit
   * @throws {DTypeError} unless index holds integers and source has x's dtype, for bool, or a fraction as alpha
   *   of integers
   * @throws {ArgumentError} when `dim` is not an axis, an entry is outside 0…N − 1 (on a device that is only read
   *   asynchronously it is skipped), or an option is unknown
   */
  indexAdd(
    dim: number,
    index: CoreTensor,
    source: CoreTensor,
    options: { readonly alpha?: number } = {},
  ): Tensor {
    core.checkOptions("indexAdd", options, ["alpha"]);
    return this._made(() => scatters.indexAdd(this, dim, index, source, options.alpha ?? 1));
  }
  /**
   * x with the slices at `index` (K) along `dim` replaced by those of `source`, which has x's shape with K for
   * that axis. Of several for one place the last one stays and gets the gradient.
   * @throws {ShapeError} for an index of more than one axis, or when source does not fit
   * @throws {DTypeError} unless index holds integers and source has x's dtype
   * @throws {ArgumentError} when `dim` is not an axis, or an entry is outside 0…N − 1 (on a device that is only
   *   read asynchronously it is skipped)
   */
  indexCopy(dim: number, index: CoreTensor, source: CoreTensor): Tensor {
    return this._made(() => scatters.indexCopy(this, dim, index, source));
  }
  /**
   * x with a number, or a tensor of shape [], in all elements of the slices at `index` along `dim`; entries may
   * count from the end.
   * @throws {ShapeError} for an index of more than one axis, or a value that is no scalar
   * @throws {DTypeError} unless index holds integers, or for a number that x's integer dtype does not hold
   * @throws {ArgumentError} when `dim` is not an axis, or an entry is outside −N…N − 1 (on a device that is only
   *   read asynchronously it is skipped)
   */
  indexFill(dim: number, index: CoreTensor, value: CoreTensor | number | bigint | boolean): Tensor {
    return this._made(() => scatters.indexFill(this, dim, index, value));
  }
  /**
   * Elements at places of x in a row, in index's shape; places may count from the end.
   * @throws {DTypeError} unless index holds integers
   * @throws {ArgumentError} when index is no tensor, or an entry is outside x (on a device that is only read
   *   asynchronously it gives 0)
   */
  take(index: CoreTensor): Tensor {
    return this._made(() => indexing.take(this, index));
  }
  /**
   * Elements at `index` along `dim`, as `gather`, but entries may count from the end, and sizes outside `dim`
   * broadcast. Without `dim` both are flattened first, and entries are 0…size − 1.
   * @throws {ShapeError} when index does not fit x
   * @throws {DTypeError} unless index holds integers
   * @throws {ArgumentError} when `dim` is not an axis, index is no tensor, or an entry is outside −N…N − 1 (on a
   *   device that is only read asynchronously it gives 0)
   */
  takeAlongDim(index: CoreTensor, dim: number | null = null): Tensor {
    return this._made(() => indexing.takeAlongDim(this, index, dim));
  }
  /**
   * x with `values`, of its dtype, broadcast to `x.at(...indices)` and put there; `accumulate` adds them, also
   * several to one element. The indices are index tensors, whose entries may count from the end, and masks.
   * @throws {ShapeError} when the values do not broadcast, for too many indices, or a mask of another shape
   * @throws {ArgumentError} for what is no list of tensors, an entry outside its axis, an unknown option, or a
   *   mask on a device that is only read asynchronously
   * @throws {DTypeError} for indices of floats, values of another dtype, or bool with `accumulate`
   * @throws {LifetimeError} for a mask and several values in a step that is being compiled
   */
  indexPut(indices: readonly CoreTensor[], values: CoreTensor, options: AccumulateOption = {}): Tensor {
    return this._made(() => indexing.indexPut(this, indices, values, options));
  }
  /**
   * x with one slice along `dim` replaced by `src`, which has x's shape without that axis and takes x's dtype.
   * @throws {ShapeError} for an index outside the axis, or a src of another shape
   * @throws {ArgumentError} when `dim` is not an axis, or src no tensor
   */
  selectScatter(src: CoreTensor, dim: number, index: number): Tensor {
    return this._made(() => scatters.selectScatter(this, src, dim, index));
  }
  /**
   * x with every `step`-th slice from `start` to `end` (exclusive) along `dim` replaced by `src`, which takes x's
   * dtype: the first axis, all of it and step 1 by default. The limits may count from the end.
   * @throws {ShapeError} for a src of another shape than that part, or a step below 1
   * @throws {ArgumentError} when `dim` is not an axis, src no tensor, or an option unknown or no integer
   */
  sliceScatter(src: CoreTensor, options: SliceOptions = {}): Tensor {
    return this._made(() => scatters.sliceScatter(this, src, options));
  }
  /**
   * x with a diagonal replaced by `src`, which has the shape of `x.diagonal(...)` and takes x's dtype.
   * @throws {ShapeError} for a src of another shape
   * @throws {ArgumentError} for an axis that is out of range or named twice, unless `offset` is an integer, or
   *   for an unknown option
   */
  diagonalScatter(src: CoreTensor, ...options: diagonals.DiagonalArgs): Tensor {
    return this._made(() => diagonals.diagonalScatter(this, src, options));
  }
}
