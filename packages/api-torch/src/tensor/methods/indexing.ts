// Methods of torch.Tensor: parts by index.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { requireIndices } from "../arguments.js";
import { at as readAt, type Index } from "../indexing.js";
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
   *   device that is only read asynchronously it gives 0)
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
}
