// Methods of torch.Tensor: other shapes and orders of the same elements.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import * as diagonals from "../diagonal.js";
import type { DiagonalArgs } from "../diagonal.js";
import * as shape from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { ShapeArgs } from "./base.js";
import { ReducingTensor } from "./reductions.js";

/** Changes of shape. */
export abstract class ShapingTensor extends ReducingTensor {
  /**
   * Transpose of a matrix, (M, N) -> (N, M); of other ranks all axes are reversed. A view.
   * @see torch.Tensor.T
   */
  get T(): Tensor {
    return this.t();
  }
  /**
   * The last two axes swapped: (B, M, N) -> (B, N, M). A view.
   * @throws {ShapeError} for fewer than two axes
   * @see torch.Tensor.mT
   */
  get mT(): Tensor {
    return this._own(shape.matrixTranspose(this));
  }
  /**
   * Another shape of the same size, one entry may be −1: (2, 3) -> (3, 2). Copies only where strides force
   * it.
   * @throws {ShapeError} when the sizes differ, a −1 does not divide, or an entry is not a size
   */
  reshape(...sizes: ShapeArgs): Tensor {
    return this._own(core.reshape(this, shape.shapeOf(sizes)));
  }
  /**
   * Same as `reshape`: it copies where strides force it.
   * @throws {ShapeError} when the sizes differ, a −1 does not divide, or an entry is not a size
   */
  view(...sizes: ShapeArgs): Tensor {
    return this._own(core.reshape(this, shape.shapeOf(sizes)));
  }
  /**
   * Axes in another order: (A, B, C) -> (A, C, B) for 0, 2, 1. A view.
   * @throws {ShapeError} when an axis is left out
   * @throws {ArgumentError} for an axis that is out of range or named twice
   */
  permute(...dims: ShapeArgs): Tensor {
    return this._own(core.transpose(this, shape.shapeOf(dims)));
  }
  /**
   * Two axes swapped: (A, B, C) -> (C, B, A) for 0, 2. A view.
   * @throws {ArgumentError} for an axis that is out of range
   */
  transpose(dim0: number, dim1: number): Tensor {
    return this._own(core.swapaxes(this, dim0, dim1));
  }
  /** Transpose of a matrix, (M, N) -> (N, M); of other ranks all axes are reversed. A view. */
  t(): Tensor {
    return this._own(core.transpose(this));
  }
  /**
   * Axes `startDim` (default 0) to `endDim` (default −1) joined into one: (A, B, C) -> (A, B·C) from 1. A
   * scalar becomes (1).
   * @throws {ArgumentError} for an axis that is out of range
   * @throws {ShapeError} when `startDim` is after `endDim`
   */
  flatten(startDim = 0, endDim = -1): Tensor {
    return this._own(core.flatten(this, startDim, endDim));
  }
  /**
   * One axis split into several: (A, B·C) -> (A, B, C); one of the sizes may be −1.
   * @throws {ArgumentError} when `dim` is not an axis
   * @throws {ShapeError} when the sizes do not multiply to that of the axis
   */
  unflatten(dim: number, sizes: readonly number[]): Tensor {
    return this._own(shape.unflatten(this, dim, sizes));
  }
  /**
   * Without axes of size 1, all or the given ones: (A, 1, B) -> (A, B). Given axes of another size stay.
   * @throws {ArgumentError} for an axis that is out of range or named twice
   */
  squeeze(dim?: number | readonly number[]): Tensor {
    return this._own(shape.squeeze(this, dim));
  }
  /**
   * With a new axis of size 1 at the place `dim` of the result: (A, B) -> (A, 1, B) for 1.
   * @throws {ArgumentError} when the result has no axis `dim`
   */
  unsqueeze(dim: number): Tensor {
    return this._own(core.unsqueeze(this, [dim]));
  }
  /**
   * Repeated to a shape without copying: (A, 1) -> (A, B). −1 keeps an axis, new axes come first.
   * @throws {ShapeError} when a size is neither equal nor 1 here
   * @throws {LimitExceededError} for more than 2³¹ − 1 elements
   */
  expand(...sizes: ShapeArgs): Tensor {
    return this._own(shape.expand(this, shape.shapeOf(sizes)));
  }
  /**
   * Tiled copies: (A, B) -> (2·A, 3·B) for 2, 3. Further counts add axes in front, fewer stand for the last
   * axes.
   * @throws {ArgumentError} unless the counts are non-negative integers
   */
  repeat(...times: ShapeArgs): Tensor {
    return this._own(shape.repeat(this, shape.shapeOf(times)));
  }
  /**
   * Parts of `size` along `dim` (default 0), the last one smaller, or of the listed sizes: (5) -> (2), (2),
   * (1) for 2. Views.
   * @throws {ShapeError} unless the size is a positive integer, or the listed sizes add up to that of the
   *   axis
   * @throws {ArgumentError} when `dim` is not an axis
   */
  split(size: number | readonly number[], dim = 0): Tensor[] {
    return shape.split(this, size, dim).map((t) => this._own(t));
  }
  /**
   * At most `chunks` equal parts along `dim` (default 0), the last one smaller: (5) -> (3), (2) for 2. Views.
   * @throws {ShapeError} for no chunks
   * @throws {ArgumentError} when `dim` is not an axis
   */
  chunk(chunks: number, dim = 0): Tensor[] {
    return shape.chunk(this, chunks, dim).map((t) => this._own(t));
  }
  /**
   * The given axes reversed, in x's shape. A view.
   * @throws {ArgumentError} for an axis that is out of range or named twice
   */
  flip(...dims: ShapeArgs): Tensor {
    return this._own(core.flip(this, shape.shapeOf(dims)));
  }
  /**
   * Elements moved cyclically by `shifts` along `dims`, in x's shape: the last ones come first for 1. Without
   * `dims` all elements count as one row.
   * @throws {ArgumentError} unless there is one integer per axis, or for an axis that is out of range
   */
  roll(shifts: number | readonly number[], dims?: number | readonly number[] | null): Tensor {
    return this._made(() => shape.roll(this, shifts, dims));
  }
  /**
   * Each slice along `dim` several times in a row: (A, N) -> (A, 3·N) for 3 and dim 1; a tensor of integers
   * has one number per slice. Without `dim` x is flattened first. A tensor of several numbers is read.
   * @throws {ShapeError} when the numbers are neither one nor one per slice
   * @throws {ArgumentError} unless they are non-negative integers, when `dim` is not an axis, for an unknown
   *   option, or a tensor on a device that is only read asynchronously
   * @throws {DTypeError} for a tensor of other numbers than integers
   * @throws {LimitExceededError} for a result of 2³¹ elements or more
   * @throws {LifetimeError} for a tensor in a step that is being compiled: the shape depends on its values
   */
  repeatInterleave(
    repeats: number | CoreTensor,
    dim: number | null | { readonly dim?: number | null } = null,
  ): Tensor {
    return this._made(() => shape.repeatInterleave(this, repeats, dim));
  }
  /**
   * Tiled copies: (A, B) -> (2·A, 3·B) for 2, 3. Further counts add axes in front, fewer stand for the last
   * axes.
   * @throws {ArgumentError} unless the counts are non-negative integers
   */
  tile(...times: ShapeArgs): Tensor {
    return this._made(() => shape.tile(this, shape.shapeOf(times)));
  }
  /**
   * All slices along `dim` (default 0), without that axis: (A, B) -> A times (B). Views.
   * @throws {ArgumentError} when `dim` is not an axis
   */
  unbind(dim = 0): Tensor[] {
    return this._madeAll(() => shape.unbind(this, dim));
  }
  /**
   * Axes moved to other places, the rest in order: (A, B, C) -> (B, C, A) for 0, -1; several as two lists. A
   * view.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or lists of two lengths
   */
  movedim(source: number | readonly number[], destination: number | readonly number[]): Tensor {
    return this._own(shape.movedim(this, source, destination));
  }
  /**
   * Same as `movedim`: axes moved to other places. A view.
   * @throws {ArgumentError} for an axis that is out of range or named twice, or lists of two lengths
   */
  moveaxis(source: number | readonly number[], destination: number | readonly number[]): Tensor {
    return this.movedim(source, destination);
  }
  /**
   * Same as `transpose`: two axes swapped. A view.
   * @throws {ArgumentError} for an axis that is out of range
   */
  swapaxes(axis0: number, axis1: number): Tensor {
    return this.transpose(axis0, axis1);
  }
  /**
   * Same as `transpose`: two axes swapped. A view.
   * @throws {ArgumentError} for an axis that is out of range
   */
  swapdims(dim0: number, dim1: number): Tensor {
    return this.transpose(dim0, dim1);
  }
  /**
   * Repeated to the shape of another tensor without copying, as `expand`.
   * @throws {ShapeError} when a size is neither equal nor 1 here
   * @throws {ArgumentError} unless other is a tensor
   */
  expandAs(other: CoreTensor): Tensor {
    return this._own(shape.expand(this, core.requireTensor("expandAs", other, "other").shape, "expandAs"));
  }
  /**
   * In the shape of another tensor of the same size, as `view`.
   * @throws {ShapeError} when the sizes differ
   * @throws {ArgumentError} unless other is a tensor
   */
  viewAs(other: CoreTensor): Tensor {
    return this.reshape(core.requireTensor("viewAs", other, "other").shape);
  }
  /**
   * In the shape of another tensor of the same size, as `reshape`.
   * @throws {ShapeError} when the sizes differ
   * @throws {ArgumentError} unless other is a tensor
   */
  reshapeAs(other: CoreTensor): Tensor {
    return this.reshape(core.requireTensor("reshapeAs", other, "other").shape);
  }
  /**
   * Repeated to a shape without copying, as `expand`: (A, 1) -> (A, B). −1 keeps an axis, new axes come first.
   * @throws {ShapeError} when a size is neither equal nor 1 here
   * @throws {LimitExceededError} for more than 2³¹ − 1 elements
   */
  broadcastTo(...sizes: ShapeArgs): Tensor {
    return this._own(shape.expand(this, shape.shapeOf(sizes), "broadcastTo"));
  }
  /** All elements in a row: (A, B) -> (A·B), a scalar becomes (1). Copies only where strides force it. */
  ravel(): Tensor {
    return this._own(core.reshape(this, [this.size]));
  }
  /**
   * Diagonal of the axes `dim1` (default 0) and `dim2` (default 1), `offset` (default 0) above the main one, as
   * the last axis: (A, B, C) -> (C, min(A, B)). `x.diagonal(1)` or `x.diagonal({ offset: 1 })`.
   * @throws {ArgumentError} for an axis that is out of range or named twice, unless `offset` is an integer, or
   *   for an unknown option
   */
  diagonal(...options: DiagonalArgs): Tensor {
    return this._made(() => diagonals.diagonal(this, options));
  }
  /**
   * A square matrix with x on its diagonal, `diagonal` (default 0) above the main one, (N) -> (N, N); of a
   * matrix that diagonal, (M, N) -> (min(M, N)).
   * @throws {ShapeError} unless x has one axis or two
   * @throws {ArgumentError} unless `diagonal` is an integer
   * @throws {LimitExceededError} for a result of 2³¹ elements or more
   */
  diag(diagonal = 0): Tensor {
    return this._made(() => diagonals.diag(this, diagonal));
  }
  /**
   * Square matrices with the last axis on their diagonals, `offset` (default 0) above the main one, 0
   * elsewhere: (A, N) -> (A, N, N). The axes of the matrices are `dim1` (default −2) and `dim2` (default −1).
   * @throws {ShapeError} for a scalar
   * @throws {ArgumentError} for an axis that is out of range or named twice, unless `offset` is an integer, or
   *   for an unknown option
   * @throws {LimitExceededError} for a result of 2³¹ elements or more
   */
  diagEmbed(...options: DiagonalArgs): Tensor {
    return this._made(() => diagonals.diagEmbed(this, options));
  }
  /**
   * Columns (axis 1) in reverse, in x's shape. A view.
   * @throws {ArgumentError} for fewer than two axes
   */
  fliplr(): Tensor {
    return this.flip(1);
  }
  /**
   * Rows (axis 0) in reverse, in x's shape. A view.
   * @throws {ArgumentError} for a scalar
   */
  flipud(): Tensor {
    return this.flip(0);
  }
  /**
   * `k` quarter turns (default 1) from the first of two axes towards the second, `dims` being [0, 1] by
   * default: (M, N) -> (N, M) for odd k.
   * @throws {ArgumentError} unless k is an integer and `dims` are two distinct axes
   */
  rot90(k = 1, dims: readonly number[] = [0, 1]): Tensor {
    return this._made(() => shape.rot90(this, k, dims));
  }
  /**
   * A number of parts along `dim` (default 0), the first ones longer by one, or parts that end at the listed
   * places: (5) -> (3), (2) for 2 and (1), (4) for [1]. Views.
   * @throws {ShapeError} unless the number is a positive integer
   * @throws {ArgumentError} when `dim` is not an axis, or a place is no integer
   * @throws {LimitExceededError} for more than 65536 parts of a shorter axis
   */
  tensorSplit(parts: number | readonly number[], dim = 0): Tensor[] {
    return shape.tensorSplit(this, parts, dim).map((t) => this._own(t));
  }
  /**
   * Windows of `size` elements along an axis, one every `step`, as a new last axis: (A, N) -> (A, W, size) with
   * W = ⌊(N − size) / step⌋ + 1 for dimension 1. A copy.
   * @throws {ShapeError} unless the size is an integer from 0 to N and the step a positive one
   * @throws {ArgumentError} when `dimension` is not an axis
   */
  unfold(dimension: number, size: number, step: number): Tensor {
    return this._made(() => shape.unfold(this, dimension, size, step));
  }
  /** This tensor, in its shape: ops take any strides. Never throws. */
  contiguous(): this {
    return this;
  }
}
