// Methods of torch.Tensor: other shapes and orders of the same elements.
import * as core from "@isoform/core";
import * as shape from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { ShapeArgs } from "./base.js";
import { ReducingTensor } from "./reductions.js";

/** Changes of shape. */
export abstract class ShapingTensor extends ReducingTensor {
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
  /** This tensor, in its shape: ops take any strides. Never throws. */
  contiguous(): this {
    return this;
  }
}
