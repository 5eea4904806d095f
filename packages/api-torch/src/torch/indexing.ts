// Writing at indices, and reading at places of all elements, in the torch namespace.
import { asFunction, type AsFunction } from "./as-function.js";

/**
 * x with elements replaced at `index` along `dim`: out[i][index[i][j]] = src[i][j] for dim 1. `src` is a
 * tensor of x's dtype or a number; `index` has its rank, at most its sizes and, outside `dim`, at most x's.
 * Of several for one place the last one stays and gets the gradient; `reduce` "add" and "multiply" combine.
 * @throws {ShapeError} when index does not fit x and src
 * @throws {DTypeError} unless index holds integers and src has x's dtype
 * @throws {ArgumentError} when `dim` is not an axis, an entry is outside 0…N − 1 (on a device that is only read
 *   asynchronously it is skipped, and −N…−1 count from the end), or an option is unknown
 * @throws {UnsupportedOpError} in the backward pass of "multiply"
 * @see torch.scatter
 */
export const scatter: AsFunction<"scatter"> = /* @__PURE__ */ asFunction("scatter");
/**
 * x with elements of `src` added at `index` along `dim`: out[i][index[i][j]] += src[i][j] for dim 1. Shapes
 * as in `scatter`.
 * @throws {ShapeError} when index does not fit x and src
 * @throws {DTypeError} unless index holds integers and src has x's dtype, or for bool
 * @throws {ArgumentError} when `dim` is not an axis, or an entry is outside 0…N − 1 (on a device that is only
 *   read asynchronously it is skipped, and −N…−1 count from the end)
 * @see torch.scatter_add
 */
export const scatterAdd: AsFunction<"scatterAdd"> = /* @__PURE__ */ asFunction("scatterAdd");
/**
 * x combined with elements of `src` at `index` along `dim`, by "sum", "prod", "mean", "amax" or "amin".
 * Shapes as in `scatter`. What is there takes part unless `includeSelf` is false; ties share the gradient.
 * @throws {ShapeError} when index does not fit x and src
 * @throws {DTypeError} unless index holds integers and src has x's dtype, or for bool
 * @throws {ArgumentError} when `dim` is not an axis, for another way, an entry outside 0…N − 1 (on a device
 *   that is only read asynchronously it is skipped, and −N…−1 count from the end), or an unknown option
 * @throws {UnsupportedOpError} in the backward pass of "prod"
 * @see torch.scatter_reduce
 */
export const scatterReduce: AsFunction<"scatterReduce"> = /* @__PURE__ */ asFunction("scatterReduce");
/**
 * x with alpha · `source` added to the slices at `index` (K) along `dim`; source has x's shape with K for that
 * axis, `alpha` is 1 by default.
 * @throws {ShapeError} for an index of more than one axis, or when source does not fit
 * @throws {DTypeError} unless index holds integers and source has x's dtype, for bool, or a fraction as alpha
 *   of integers
 * @throws {ArgumentError} when `dim` is not an axis, an entry is outside 0…N − 1 (on a device that is only read
 *   asynchronously it is skipped), or an option is unknown
 * @see torch.index_add
 */
export const indexAdd: AsFunction<"indexAdd"> = /* @__PURE__ */ asFunction("indexAdd");
/**
 * x with the slices at `index` (K) along `dim` replaced by those of `source`, which has x's shape with K for
 * that axis. Of several for one place the last one stays and gets the gradient.
 * @throws {ShapeError} for an index of more than one axis, or when source does not fit
 * @throws {DTypeError} unless index holds integers and source has x's dtype
 * @throws {ArgumentError} when `dim` is not an axis, or an entry is outside 0…N − 1 (on a device that is only
 *   read asynchronously it is skipped)
 * @see torch.index_copy
 */
export const indexCopy: AsFunction<"indexCopy"> = /* @__PURE__ */ asFunction("indexCopy");
/**
 * x with a number, or a tensor of shape [], in all elements of the slices at `index` along `dim`; entries may
 * count from the end.
 * @throws {ShapeError} for an index of more than one axis, or a value that is no scalar
 * @throws {DTypeError} unless index holds integers, or for a number that x's integer dtype does not hold
 * @throws {ArgumentError} when `dim` is not an axis, or an entry is outside −N…N − 1 (on a device that is only
 *   read asynchronously it is skipped)
 * @see torch.index_fill
 */
export const indexFill: AsFunction<"indexFill"> = /* @__PURE__ */ asFunction("indexFill");
/**
 * Elements at places of x in a row, in index's shape; places may count from the end.
 * @throws {DTypeError} unless index holds integers
 * @throws {ArgumentError} when index is no tensor, or an entry is outside x (on a device that is only read
 *   asynchronously it gives 0)
 * @see torch.take
 */
export const take: AsFunction<"take"> = /* @__PURE__ */ asFunction("take");
/**
 * Elements at `index` along `dim`, as `gather`, but entries may count from the end, and sizes outside `dim`
 * broadcast. Without `dim` both are flattened first, and entries are 0…size − 1.
 * @throws {ShapeError} when index does not fit x
 * @throws {DTypeError} unless index holds integers
 * @throws {ArgumentError} when `dim` is not an axis, index is no tensor, or an entry is outside −N…N − 1 (on a
 *   device that is only read asynchronously it gives 0)
 * @see torch.take_along_dim
 */
export const takeAlongDim: AsFunction<"takeAlongDim"> = /* @__PURE__ */ asFunction("takeAlongDim");
/**
 * x with `values`, of its dtype, broadcast to `x.at(...indices)` and put there; `accumulate` adds them, also
 * several to one element. The indices are index tensors, whose entries may count from the end, and masks.
 * @throws {ShapeError} when the values do not broadcast, for too many indices, or a mask of another shape
 * @throws {ArgumentError} for what is no list of tensors, an entry outside its axis, an unknown option, or a
 *   mask on a device that is only read asynchronously
 * @throws {DTypeError} for indices of floats, values of another dtype, or bool with `accumulate`
 * @throws {LifetimeError} for a mask and several values in a step that is being compiled
 * @see torch.index_put
 */
export const indexPut: AsFunction<"indexPut"> = /* @__PURE__ */ asFunction("indexPut");
/**
 * x with one slice along `dim` replaced by `src`, which has x's shape without that axis and takes x's dtype.
 * @throws {ShapeError} for an index outside the axis, or a src of another shape
 * @throws {ArgumentError} when `dim` is not an axis, or src no tensor
 * @see torch.select_scatter
 */
export const selectScatter: AsFunction<"selectScatter"> = /* @__PURE__ */ asFunction("selectScatter");
/**
 * x with every `step`-th slice from `start` to `end` (exclusive) along `dim` replaced by `src`, which takes x's
 * dtype: the first axis, all of it and step 1 by default. The limits may count from the end.
 * @throws {ShapeError} for a src of another shape than that part, or a step below 1
 * @throws {ArgumentError} when `dim` is not an axis, src no tensor, or an option unknown or no integer
 * @see torch.slice_scatter
 */
export const sliceScatter: AsFunction<"sliceScatter"> = /* @__PURE__ */ asFunction("sliceScatter");
/**
 * x with a diagonal replaced by `src`, which has the shape of `x.diagonal(...)` and takes x's dtype.
 * @throws {ShapeError} for a src of another shape
 * @throws {ArgumentError} for an axis that is out of range or named twice, unless `offset` is an integer, or
 *   for an unknown option
 * @see torch.diagonal_scatter
 */
export const diagonalScatter: AsFunction<"diagonalScatter"> = /* @__PURE__ */ asFunction("diagonalScatter");
