// Products of matrices and vectors in the torch namespace.
import { scope, type Tensor as CoreTensor } from "@isoform/core";
import * as products from "../tensor/products.js";
import type { CdistOptions, TensordotDims } from "../tensor/products.js";
import { asTensor, type Tensor } from "../tensor/tensor.js";
import { asFunction, type AsFunction } from "./as-function.js";

/**
 * beta · x + alpha · (mat1 @ mat2): [M, K] x [K, N] -> [M, N], with which x broadcasts; `beta` and `alpha` are 1
 * by default, beta 0 leaves x out.
 * @throws {ShapeError} when the shapes do not fit
 * @throws {ArgumentError} for what is no tensor, a factor that is no number, or an unknown option
 * @throws {DTypeError} when the matrices are bool
 * @see torch.addmm
 */
export const addmm: AsFunction<"addmm"> = /* @__PURE__ */ asFunction("addmm");
/**
 * beta · x + alpha · (mat @ vec): [M, K] x [K] -> [M], with which x broadcasts; `beta` and `alpha` are 1 by
 * default, beta 0 leaves x out.
 * @throws {ShapeError} when the shapes do not fit
 * @throws {ArgumentError} for what is no tensor, a factor that is no number, or an unknown option
 * @throws {DTypeError} when both are bool
 * @see torch.addmv
 */
export const addmv: AsFunction<"addmv"> = /* @__PURE__ */ asFunction("addmv");
/**
 * beta · x + alpha · (batch1 @ batch2): [B, M, K] x [B, K, N] -> [B, M, N], with which x broadcasts; `beta` and
 * `alpha` are 1 by default, beta 0 leaves x out.
 * @throws {ShapeError} when the shapes do not fit
 * @throws {ArgumentError} for what is no tensor, a factor that is no number, or an unknown option
 * @throws {DTypeError} when the matrices are bool
 * @see torch.baddbmm
 */
export const baddbmm: AsFunction<"baddbmm"> = /* @__PURE__ */ asFunction("baddbmm");
/**
 * Matrix times vector, [M, K] x [K] -> [M].
 * @throws {ShapeError} when the shapes do not fit
 * @throws {ArgumentError} when vec is no tensor
 * @throws {DTypeError} when both are bool
 * @see torch.mv
 */
export const mv: AsFunction<"mv"> = /* @__PURE__ */ asFunction("mv");
/**
 * Column times row, [N] x [M] -> [N, M].
 * @throws {ShapeError} when one has not exactly one axis
 * @throws {ArgumentError} when vec2 is no tensor
 * @throws {DTypeError} when both are bool
 * @see torch.outer
 */
export const outer: AsFunction<"outer"> = /* @__PURE__ */ asFunction("outer");
/**
 * Sum of products over the last axes, [.., K] x [.., K] -> [.., ..]; with a scalar the product.
 * @throws {ShapeError} when the last axes differ
 * @throws {ArgumentError} when other is no tensor
 * @throws {DTypeError} when both are bool
 * @see torch.inner
 */
export const inner: AsFunction<"inner"> = /* @__PURE__ */ asFunction("inner");
/**
 * Kronecker product: each element times all of other, [A, B] x [C, D] -> [A·C, B·D].
 * @throws {ArgumentError} when other is no tensor
 * @throws {DTypeError} when both are bool
 * @see torch.kron
 */
export const kron: AsFunction<"kron"> = /* @__PURE__ */ asFunction("kron");
/**
 * Cross product of vectors of size 3 along the axis `dim`, by default the first of that size: `cross(a, b, 1)`,
 * `cross(a, b, { dim: 1 })`; the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast, or the axis has another size
 * @throws {ArgumentError} when other is no tensor, `dim` is not an axis, or for an unknown option
 * @throws {DTypeError} when both are bool
 * @see torch.cross
 */
export const cross: AsFunction<"cross"> = /* @__PURE__ */ asFunction("cross");
/**
 * Norm of order p (default 2) of x − other, a scalar; the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is no tensor, or p no number
 * @throws {DTypeError} unless one is a float
 * @see torch.dist
 */
export const dist: AsFunction<"dist"> = /* @__PURE__ */ asFunction("dist");
/**
 * Sum of the diagonal of a matrix [M, N], a scalar; integers become int64.
 * @throws {ShapeError} unless x has two axes
 * @throws {DTypeError} for bool
 * @see torch.trace
 */
export const trace: AsFunction<"trace"> = /* @__PURE__ */ asFunction("trace");
/**
 * Product of n square matrices [.., N, N] by squaring, in x's shape; the identity for 0.
 * @throws {ShapeError} unless the last two axes have one size
 * @throws {ArgumentError} unless n is an integer of at least 0
 * @throws {DTypeError} for bool
 * @see torch.matrix_power
 */
export const matrixPower: AsFunction<"matrixPower"> = /* @__PURE__ */ asFunction("matrixPower");

/**
 * Distances of vectors, [.., P, K] x [.., R, K] -> [.., P, R], by the norm of order `p` (default 2, 0 to ∞); leading
 * axes broadcast. The gradient is 0 where the distance is 0.
 * @throws {ShapeError} when the sizes of the vectors differ, one has less than two axes, or the others do not broadcast
 * @throws {ArgumentError} for what is no tensor, a p that is no number of at least 0, or an unknown option
 * @throws {DTypeError} unless one is a float tensor
 * @see torch.cdist
 */
export function cdist(x1: CoreTensor, x2: CoreTensor, p: number | CdistOptions = 2): Tensor {
  return asTensor(scope(() => products.cdist(x1, x2, p)));
}
/**
 * Sum of products over `dims` axes, the last of a and the first of b (default 2), or over two lists of axes: [A, K] x
 * [K, B] -> [A, B] for 1. The other axes of a come first. `tensordot(a, b, 1)`, `tensordot(a, b, { dims: [[0], [1]] })`.
 * @throws {ShapeError} when paired axes differ in size, or there are fewer
 * @throws {ArgumentError} for what is no tensor, an axis that is out of range or named twice, lists that do not pair up,
 *   or an unknown option
 * @throws {DTypeError} when both are bool
 * @see torch.tensordot
 */
export function tensordot(
  a: CoreTensor,
  b: CoreTensor,
  dims: TensordotDims | { readonly dims?: TensordotDims } = 2,
): Tensor {
  return asTensor(scope(() => products.tensordot(a, b, dims)));
}
