// Methods of torch.Tensor: products of matrices and vectors.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import * as products from "../products.js";
import type { AddProductOptions, CrossDim } from "../products.js";
import type { Tensor } from "../tensor.js";
import { PairTensor } from "./pairs.js";

/** Products and distances. */
export abstract class ProductTensor extends PairTensor {
  /**
   * beta · this + alpha · (mat1 @ mat2): [M, K] x [K, N] -> [M, N], with which this broadcasts; `beta` and `alpha`
   * are 1 by default, beta 0 leaves this out.
   * @throws {ShapeError} when the shapes do not fit
   * @throws {ArgumentError} for what is no tensor, a factor that is no number, or an unknown option
   * @throws {DTypeError} when the matrices are bool
   */
  addmm(mat1: CoreTensor, mat2: CoreTensor, options: AddProductOptions = {}): Tensor {
    return this._made(() => products.addProduct("addmm", this, [mat1, mat2], [2, 2], options));
  }
  /**
   * beta · this + alpha · (mat @ vec): [M, K] x [K] -> [M], with which this broadcasts; `beta` and `alpha` are 1
   * by default, beta 0 leaves this out.
   * @throws {ShapeError} when the shapes do not fit
   * @throws {ArgumentError} for what is no tensor, a factor that is no number, or an unknown option
   * @throws {DTypeError} when both are bool
   */
  addmv(mat: CoreTensor, vec: CoreTensor, options: AddProductOptions = {}): Tensor {
    return this._made(() => products.addProduct("addmv", this, [mat, vec], [2, 1], options));
  }
  /**
   * beta · this + alpha · (batch1 @ batch2): [B, M, K] x [B, K, N] -> [B, M, N], with which this broadcasts;
   * `beta` and `alpha` are 1 by default, beta 0 leaves this out.
   * @throws {ShapeError} when the shapes do not fit
   * @throws {ArgumentError} for what is no tensor, a factor that is no number, or an unknown option
   * @throws {DTypeError} when the matrices are bool
   */
  baddbmm(batch1: CoreTensor, batch2: CoreTensor, options: AddProductOptions = {}): Tensor {
    return this._made(() => products.addProduct("baddbmm", this, [batch1, batch2], [3, 3], options));
  }
  /**
   * Matrix times vector, [M, K] x [K] -> [M].
   * @throws {ShapeError} when the shapes do not fit
   * @throws {ArgumentError} when vec is no tensor
   * @throws {DTypeError} when both are bool
   */
  mv(vec: CoreTensor): Tensor {
    return this._own(products.mv(this, vec));
  }
  /**
   * Column times row, [N] x [M] -> [N, M].
   * @throws {ShapeError} when one has not exactly one axis
   * @throws {ArgumentError} when vec2 is no tensor
   * @throws {DTypeError} when both are bool
   */
  outer(vec2: CoreTensor): Tensor {
    return this._made(() => core.outer(this, vec2));
  }
  /**
   * Sum of products over the last axes, [.., K] x [.., K] -> [.., ..]; with a scalar the product.
   * @throws {ShapeError} when the last axes differ
   * @throws {ArgumentError} when other is no tensor
   * @throws {DTypeError} when both are bool
   */
  inner(other: CoreTensor): Tensor {
    return this._made(() => products.inner(this, other));
  }
  /**
   * Kronecker product: each element times all of other, [A, B] x [C, D] -> [A·C, B·D].
   * @throws {ArgumentError} when other is no tensor
   * @throws {DTypeError} when both are bool
   */
  kron(other: CoreTensor): Tensor {
    return this._made(() => products.kron(this, other));
  }
  /**
   * Cross product of vectors of size 3 along the axis `dim`, by default the first of that size: `a.cross(b, 1)`,
   * `a.cross(b, { dim: 1 })`; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast, or the axis has another size
   * @throws {ArgumentError} when other is no tensor, `dim` is not an axis, or for an unknown option
   * @throws {DTypeError} when both are bool
   */
  cross(other: CoreTensor, dim: CrossDim = null): Tensor {
    return this._made(() => products.cross(this, other, dim));
  }
  /**
   * Norm of order p (default 2) of this − other, a scalar; the shapes broadcast.
   * @throws {ShapeError} when the shapes do not broadcast
   * @throws {ArgumentError} when other is no tensor, or p no number
   * @throws {DTypeError} unless one is a float
   */
  dist(other: CoreTensor, p = 2): Tensor {
    return this._made(() => products.dist(this, other, p));
  }
  /**
   * Sum of the diagonal of a matrix [M, N], a scalar; integers become int64.
   * @throws {ShapeError} unless x has two axes
   * @throws {DTypeError} for bool
   */
  trace(): Tensor {
    return this._made(() => products.trace(this));
  }
  /**
   * Product of n square matrices [.., N, N] by squaring, in x's shape; the identity for 0.
   * @throws {ShapeError} unless the last two axes have one size
   * @throws {ArgumentError} unless n is an integer of at least 0
   * @throws {DTypeError} for bool
   */
  matrixPower(n: number): Tensor {
    return this._made(() => products.matrixPower(this, n));
  }
}
