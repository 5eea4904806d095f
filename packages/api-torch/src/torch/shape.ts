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
 * Elements at `index` along `dim`, in index's shape: out[i][j] = x[i][index[i][j]] for dim 1. `index` has
 * x's rank and, outside `dim`, at most x's sizes.
 * @throws {ShapeError} when index does not fit x
 * @throws {DTypeError} unless index holds integers
 * @throws {ArgumentError} when `dim` is not an axis, index not a tensor, or an entry is outside 0…N − 1 (on a
 *   device that is only read asynchronously it gives 0, and −N…−1 count from the end)
 * @see torch.gather
 */
export const gather: AsFunction<"gather"> = /* @__PURE__ */ asFunction("gather");
/**
 * Slices at `index` (K) along `dim`: (A, N) -> (A, K) for dim 1. A scalar index counts as one of shape (1).
 * @throws {ShapeError} for an index of more than one axis
 * @throws {DTypeError} unless index holds integers
 * @throws {ArgumentError} when `dim` is not an axis, index not a tensor, or an entry is outside 0…N − 1 (on a
 *   device that is only read asynchronously it gives 0)
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
 * `length` elements along `dim` from `start`, which may count from the end: (A, N) -> (A, length) for dim 1. A
 * view.
 * @throws {ShapeError} unless `start` and `length` are integers and the range lies inside the axis
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
/**
 * Elements moved cyclically by `shifts` along `dims`, in x's shape: the last ones come first for 1. Without
 * `dims` all elements count as one row.
 * @throws {ArgumentError} unless there is one integer per axis, or for an axis that is out of range
 * @see torch.roll
 */
export const roll: AsFunction<"roll"> = /* @__PURE__ */ asFunction("roll");
/**
 * Each slice along `dim` several times in a row: (A, N) -> (A, 3·N) for 3 and dim 1; a tensor of integers
 * has one number per slice. Without `dim` x is flattened first. A tensor of several numbers is read.
 * @throws {ShapeError} when the numbers are neither one nor one per slice
 * @throws {ArgumentError} unless they are non-negative integers, when `dim` is not an axis, for an unknown
 *   option, or a tensor on a device that is only read asynchronously
 * @throws {DTypeError} for a tensor of other numbers than integers
 * @throws {LimitExceededError} for a result of 2³¹ elements or more
 * @throws {LifetimeError} for a tensor in a step that is being compiled: the shape depends on its values
 * @see torch.repeat_interleave
 */
export const repeatInterleave: AsFunction<"repeatInterleave"> =
  /* @__PURE__ */ asFunction("repeatInterleave");
/**
 * Tiled copies: (A, B) -> (2·A, 3·B) for 2, 3. Further counts add axes in front, fewer stand for the last
 * axes.
 * @throws {ArgumentError} unless the counts are non-negative integers
 * @see torch.tile
 */
export const tile: AsFunction<"tile"> = /* @__PURE__ */ asFunction("tile");
/**
 * All slices along `dim` (default 0), without that axis: (A, B) -> A times (B). Views.
 * @throws {ArgumentError} when `dim` is not an axis
 * @see torch.unbind
 */
export const unbind: AsFunction<"unbind"> = /* @__PURE__ */ asFunction("unbind");
/**
 * Axes moved to other places, the rest in order: (A, B, C) -> (B, C, A) for 0, -1; several as two lists. A
 * view.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or lists of two lengths
 * @see torch.movedim
 */
export const movedim: AsFunction<"movedim"> = /* @__PURE__ */ asFunction("movedim");
/**
 * Same as `movedim`: axes moved to other places. A view.
 * @throws {ArgumentError} for an axis that is out of range or named twice, or lists of two lengths
 * @see torch.moveaxis
 */
export const moveaxis: AsFunction<"moveaxis"> = /* @__PURE__ */ asFunction("moveaxis");
/**
 * Same as `transpose`: two axes swapped. A view.
 * @throws {ArgumentError} for an axis that is out of range
 * @see torch.swapaxes
 */
export const swapaxes: AsFunction<"swapaxes"> = /* @__PURE__ */ asFunction("swapaxes");
/**
 * Same as `transpose`: two axes swapped. A view.
 * @throws {ArgumentError} for an axis that is out of range
 * @see torch.swapdims
 */
export const swapdims: AsFunction<"swapdims"> = /* @__PURE__ */ asFunction("swapdims");
/**
 * Repeated to a shape without copying, as `expand`: (A, 1) -> (A, B). −1 keeps an axis, new axes come first.
 * @throws {ShapeError} when a size is neither equal nor 1 here
 * @throws {LimitExceededError} for more than 2³¹ − 1 elements
 * @see torch.broadcast_to
 */
export const broadcastTo: AsFunction<"broadcastTo"> = /* @__PURE__ */ asFunction("broadcastTo");
/**
 * All elements in a row: (A, B) -> (A·B), a scalar becomes (1). Copies only where strides force it.
 * @throws {LifetimeError} when x was released
 * @see torch.ravel
 */
export const ravel: AsFunction<"ravel"> = /* @__PURE__ */ asFunction("ravel");
/**
 * Diagonal of the axes `dim1` (default 0) and `dim2` (default 1), `offset` (default 0) above the main one, as
 * the last axis: (A, B, C) -> (C, min(A, B)). `x.diagonal(1)` or `x.diagonal({ offset: 1 })`.
 * @throws {ArgumentError} for an axis that is out of range or named twice, unless `offset` is an integer, or
 *   for an unknown option
 * @see torch.diagonal
 */
export const diagonal: AsFunction<"diagonal"> = /* @__PURE__ */ asFunction("diagonal");
/**
 * A square matrix with x on its diagonal, `diagonal` (default 0) above the main one, (N) -> (N, N); of a
 * matrix that diagonal, (M, N) -> (min(M, N)).
 * @throws {ShapeError} unless x has one axis or two
 * @throws {ArgumentError} unless `diagonal` is an integer
 * @throws {LimitExceededError} for a result of 2³¹ elements or more
 * @see torch.diag
 */
export const diag: AsFunction<"diag"> = /* @__PURE__ */ asFunction("diag");
/**
 * Square matrices with the last axis on their diagonals, `offset` (default 0) above the main one, 0
 * elsewhere: (A, N) -> (A, N, N). The axes of the matrices are `dim1` (default −2) and `dim2` (default −1).
 * @throws {ShapeError} for a scalar
 * @throws {ArgumentError} for an axis that is out of range or named twice, unless `offset` is an integer, or
 *   for an unknown option
 * @throws {LimitExceededError} for a result of 2³¹ elements or more
 * @see torch.diag_embed
 */
export const diagEmbed: AsFunction<"diagEmbed"> = /* @__PURE__ */ asFunction("diagEmbed");
/**
 * Columns (axis 1) in reverse, in x's shape. A view.
 * @throws {ArgumentError} for fewer than two axes
 * @see torch.fliplr
 */
export const fliplr: AsFunction<"fliplr"> = /* @__PURE__ */ asFunction("fliplr");
/**
 * Rows (axis 0) in reverse, in x's shape. A view.
 * @throws {ArgumentError} for a scalar
 * @see torch.flipud
 */
export const flipud: AsFunction<"flipud"> = /* @__PURE__ */ asFunction("flipud");
/**
 * `k` quarter turns (default 1) from the first of two axes towards the second, `dims` being [0, 1] by
 * default: (M, N) -> (N, M) for odd k.
 * @throws {ArgumentError} unless k is an integer and `dims` are two distinct axes
 * @see torch.rot90
 */
export const rot90: AsFunction<"rot90"> = /* @__PURE__ */ asFunction("rot90");
/**
 * A number of parts along `dim` (default 0), the first ones longer by one, or parts that end at the listed
 * places: (5) -> (3), (2) for 2 and (1), (4) for [1]. Views.
 * @throws {ShapeError} unless the number is a positive integer
 * @throws {ArgumentError} when `dim` is not an axis, or a place is no integer
 * @throws {LimitExceededError} for more than 65536 parts of a shorter axis
 * @see torch.tensor_split
 */
export const tensorSplit: AsFunction<"tensorSplit"> = /* @__PURE__ */ asFunction("tensorSplit");
