// Shapes, parts and copies in the torch namespace.
import { asFunction, type AsFunction } from "./as-function.js";

/**
 * Another shape of the same size, one entry may be −1: (2, 3) -> (3, 2). Copies only where strides force it.
 * @throws {ShapeError} when the sizes differ, a −1 does not divide, or an entry is not a size
 * @see torch.reshape
 */
export const reshape: AsFunction<"reshape"> = /* @__PURE__ */ asFunction("reshape");
/**
 * Axes `startDim` (default 0) to `endDim` (default −1) joined into one: (A, B, C) -> (A, B·C) from 1. A
 * scalar becomes (1).
 * @throws {ArgumentError} for an axis that is out of range
 * @throws {ShapeError} when `startDim` is after `endDim`
 * @see torch.flatten
 */
export const flatten: AsFunction<"flatten"> = /* @__PURE__ */ asFunction("flatten");
/**
 * One axis split into several: (A, B·C) -> (A, B, C); one of the sizes may be −1.
 * @throws {ArgumentError} when `dim` is not an axis
 * @throws {ShapeError} when the sizes do not multiply to that of the axis
 * @see torch.unflatten
 */
export const unflatten: AsFunction<"unflatten"> = /* @__PURE__ */ asFunction("unflatten");
/**
 * Without axes of size 1, all or the given ones: (A, 1, B) -> (A, B). Given axes of another size stay.
 * @throws {ArgumentError} for an axis that is out of range or named twice
 * @see torch.squeeze
 */
export const squeeze: AsFunction<"squeeze"> = /* @__PURE__ */ asFunction("squeeze");
/**
 * With a new axis of size 1 at the place `dim` of the result: (A, B) -> (A, 1, B) for 1.
 * @throws {ArgumentError} when the result has no axis `dim`
 * @see torch.unsqueeze
 */
export const unsqueeze: AsFunction<"unsqueeze"> = /* @__PURE__ */ asFunction("unsqueeze");
/**
 * Axes in another order: (A, B, C) -> (A, C, B) for 0, 2, 1. A view.
 * @throws {ShapeError} when an axis is left out
 * @throws {ArgumentError} for an axis that is out of range or named twice
 * @see torch.permute
 */
export const permute: AsFunction<"permute"> = /* @__PURE__ */ asFunction("permute");
/**
 * Two axes swapped: (A, B, C) -> (C, B, A) for 0, 2. A view.
 * @throws {ArgumentError} for an axis that is out of range
 * @see torch.transpose
 */
export const transpose: AsFunction<"transpose"> = /* @__PURE__ */ asFunction("transpose");
/**
 * Transpose of a matrix, (M, N) -> (N, M); of other ranks all axes are reversed. A view.
 * @throws {LifetimeError} when a tensor of two or more axes was released
 * @see torch.t
 */
export const t: AsFunction<"t"> = /* @__PURE__ */ asFunction("t");
/**
 * Parts of `size` along `dim` (default 0), the last one smaller, or of the listed sizes: (5) -> (2), (2), (1)
 * for 2. Views.
 * @throws {ShapeError} unless the size is a positive integer, or the listed sizes add up to that of the axis
 * @throws {ArgumentError} when `dim` is not an axis
 * @see torch.split
 */
export const split: AsFunction<"split"> = /* @__PURE__ */ asFunction("split");
/**
 * At most `chunks` equal parts along `dim` (default 0), the last one smaller: (5) -> (3), (2) for 2. Views.
 * @throws {ShapeError} for no chunks
 * @throws {ArgumentError} when `dim` is not an axis
 * @see torch.chunk
 */
export const chunk: AsFunction<"chunk"> = /* @__PURE__ */ asFunction("chunk");
/**
 * The given axes reversed, in x's shape. A view.
 * @throws {ArgumentError} for an axis that is out of range or named twice
 * @see torch.flip
 */
export const flip: AsFunction<"flip"> = /* @__PURE__ */ asFunction("flip");
/**
 * Elements at `index` along `dim`, in index's shape: out[i][j] = x[i][index[i][j]] for dim 1. `index` has x's
 * rank and, outside `dim`, at most x's sizes; negative entries count from the end, one outside gives 0.
 * @throws {ShapeError} when index does not fit x
 * @throws {DTypeError} unless index holds integers
 * @throws {ArgumentError} when `dim` is not an axis
 * @see torch.gather
 */
export const gather: AsFunction<"gather"> = /* @__PURE__ */ asFunction("gather");
/**
 * Slices at `index` along `dim`: (A, N) -> (A, K) for K indices and dim 1. An entry outside 0…N − 1 gives 0.
 * @throws {DTypeError} unless index holds integers
 * @throws {ArgumentError} when `dim` is not an axis
 * @see torch.index_select
 */
export const indexSelect: AsFunction<"indexSelect"> = /* @__PURE__ */ asFunction("indexSelect");
/**
 * One slice along `dim`, without that axis: (A, B, C) -> (A, C) for dim 1. `index` may count from the end. A
 * view.
 * @throws {ShapeError} for an index outside the axis
 * @throws {ArgumentError} when `dim` is not an axis
 * @see torch.select
 */
export const select: AsFunction<"select"> = /* @__PURE__ */ asFunction("select");
/**
 * `length` elements along `dim` from `start`: (A, N) -> (A, length) for dim 1, fewer where the axis ends. A
 * view.
 * @throws {ShapeError} unless `start` and `length` are integers
 * @throws {ArgumentError} when `dim` is not an axis
 * @see torch.narrow
 */
export const narrow: AsFunction<"narrow"> = /* @__PURE__ */ asFunction("narrow");
/**
 * Lower triangle of the last two axes, in x's shape: 0 above the diagonal `diagonal` (default 0, the main
 * one; 1 is above it).
 * @throws {ShapeError} when x has fewer than two axes
 * @throws {ArgumentError} unless `diagonal` is an integer
 * @see torch.tril
 */
export const tril: AsFunction<"tril"> = /* @__PURE__ */ asFunction("tril");
/**
 * Upper triangle of the last two axes, in x's shape: 0 below the diagonal `diagonal` (default 0, the main
 * one; 1 is above it).
 * @throws {ShapeError} when x has fewer than two axes
 * @throws {ArgumentError} unless `diagonal` is an integer
 * @see torch.triu
 */
export const triu: AsFunction<"triu"> = /* @__PURE__ */ asFunction("triu");
/**
 * A copy in x's shape and dtype that in-place ops change on its own; differentiable. Memory is shared till
 * then.
 * @throws {LifetimeError} when x was released
 * @see torch.clone
 */
export const clone: AsFunction<"clone"> = /* @__PURE__ */ asFunction("clone");
