// keras.ops: taking, scattering, choosing.
import * as core from "@isoform/core";
import { checkOptions, shapeOf } from "../config/arguments.js";
import { axisOptions, type AxisOr } from "../config/axis.js";
import { callOperation } from "../engine/operation.js";
import { isKerasTensor } from "../engine/keras-tensor.js";
import { at, indexRecord, type Index } from "../tensor/indexing.js";
import { asTensor, type TensorLike } from "../tensor/like.js";
import type { Tensor } from "../tensor/tensor.js";
import { apply1, apply2, input, operand, tensor, type Arg, type Out, type Out2 } from "./apply.js";

/**
 * Negative indices count from the end.
 * @throws {ArgumentError} when another index is outside, on devices that are read at once
 */
function wrapped(op: string, indices: core.Tensor, n: number, axis: number): core.Tensor {
  const list = core.isInteger(indices.dtype) ? indices : core.cast(indices, "int32");
  core.countIndices(op, list, n, { what: `axis ${axis}`, negative: true });
  return core.where(core.lt(list, 0), core.add(list, n), list);
}

/**
 * Slices of x at `indices` along `axis`, whose place the axes of the indices take; of the flat tensor without
 * an axis. `[..., n, ...] -> [..., ...indices.shape, ...]`. Negative indices count from the end; fractions
 * are cut.
 * @throws {ArgumentError} when an index is outside the axis (on devices that are read at once) or the axis
 *   out of range
 * @see keras.ops.take
 */
export function take<A extends Arg, B extends Arg>(
  x: A,
  indices: B,
  options: AxisOr<{ readonly axis?: number | null }> = {},
): Out2<A, B> {
  const { axis = null } = axisOptions("ops.take", options, ["axis"]);
  return apply2(
    "Take",
    x,
    indices,
    (a, i) => {
      const t = axis === null ? core.reshape(tensor(a), [-1]) : tensor(a);
      const place = core.normalizeAxis("take", axis ?? 0, t.rank);
      return core.gather(t, wrapped("take", tensor(i), t.shape[place]!, place), place);
    },
    { axis },
  );
}
/**
 * Elements of x at `indices` along `axis` (default −1), in the shape of the indices, which have x's rank.
 * Negative indices count from the end; fractions are cut.
 * @throws {ShapeError} when the indices have another rank, or do not fit x outside the axis
 * @throws {ArgumentError} when an index is outside the axis (on devices that are read at once) or the axis
 *   out of range
 * @see keras.ops.take_along_axis
 */
export function takeAlongAxis<A extends Arg, B extends Arg>(
  x: A,
  indices: B,
  options: AxisOr<{ readonly axis?: number }> = {},
): Out2<A, B> {
  const { axis = -1 } = axisOptions("ops.takeAlongAxis", options, ["axis"]);
  return apply2(
    "TakeAlongAxis",
    x,
    indices,
    (a, i) => {
      const t = tensor(a);
      const place = core.normalizeAxis("takeAlongAxis", axis, t.rank);
      return core.gatherElements(t, wrapped("takeAlongAxis", tensor(i), t.shape[place]!, place), place);
    },
    { axis },
  );
}
/**
 * `x[...]`: integers drop their axis, 'start:stop:step' strings keep it, null adds an axis of size 1, '...'
 * fills up.
 * @throws {ShapeError} when there are more indices than axes, an integer is out of range, or a string is no
 *   slice
 * @throws {ArgumentError} when x is no tensor
 * @see keras.ops.get_item
 */
export function getItem<A extends Arg>(x: A, ...index: Index[]): Out<A>;
export function getItem(x: unknown, ...index: Index[]): unknown {
  return callOperation("GetItem", [input("GetItem", x), index.map(indexRecord)], {}, (t) =>
    at(tensor(t), index),
  );
}
/**
 * x1 where the condition is non-zero, else x2; the three shapes broadcast, the dtypes of x1 and x2 are
 * promoted.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when one is neither a tensor nor numbers
 * @see keras.ops.where
 */
export function where<C extends Arg, A extends Arg, B extends Arg>(
  condition: C,
  x1: A,
  x2: B,
): Out2<C, A | B> | Out2<A, B>;
export function where(condition: unknown, x1: unknown, x2: unknown): unknown {
  return callOperation(
    "Where",
    [condition, x1, x2].map((v) => input("Where", v)),
    {},
    (c, a, b) => core.where(core.cast(tensor(c), "bool"), operand(a), operand(b)),
  );
}
/**
 * Integers as vectors with a 1 on a new axis, the last unless `axis` says otherwise:
 * `[...] -> [..., numClasses]`. An index out of range gives zeros; `dtype` is float32 by default.
 * @throws {ArgumentError} when `numClasses` is no count, the axis out of range, or an option unknown
 * @throws {DTypeError} when `dtype` is no element type
 * @see keras.ops.one_hot
 */
export function oneHot<A extends Arg>(
  x: A,
  numClasses: number,
  options: AxisOr<{ readonly axis?: number; readonly dtype?: core.DType }> = {},
): Out<A> {
  const { axis = -1, dtype = "float32" } = axisOptions("ops.oneHot", options, ["axis", "dtype"]);
  return apply1("OneHot", x, { numClasses, axis, dtype }, (t) =>
    core.oneHot(core.isInteger(t.dtype) ? t : core.cast(t, "int32"), numClasses, { axis, dtype }),
  );
}
/**
 * Rows of integers as vectors with a 1 for every class that occurs: `[batch, n] -> [batch, numClasses]`,
 * `[n] -> [numClasses]`. As in Keras it is the maximum over axis 1 (axis 0 of a vector) of `oneHot` with the
 * classes along `axis` (default −1). `dtype` is float32 by default. An index out of range counts for nothing.
 * @throws {ArgumentError} when `numClasses` is no count, the axis out of range, or an option unknown
 * @throws {DTypeError} when `dtype` is no element type
 * @see keras.ops.multi_hot
 */
export function multiHot<A extends Arg>(
  x: A,
  numClasses: number,
  options: AxisOr<{ readonly axis?: number; readonly dtype?: core.DType }> = {},
): Out<A> {
  const { axis = -1, dtype = "float32" } = axisOptions("ops.multiHot", options, ["axis", "dtype"]);
  return apply1("MultiHot", x, { numClasses, axis, dtype }, (t) => {
    const list = core.isInteger(t.dtype) ? t : core.cast(t, "int32");
    return core.max(core.oneHot(list, numClasses, { axis, dtype }), t.rank > 1 ? 1 : 0);
  });
}
/**
 * Zeros of `shape` with `values` `[n, ...rest of shape]` added at `indices` `[n, axes]`. Negative indices
 * count from the end, a place outside is skipped.
 * @throws {ShapeError} when `shape` is none, or indices or values do not fit it
 * @throws {DTypeError} when the values are bool
 * @throws {ArgumentError} when indices or values are no tensor
 * @see keras.ops.scatter
 */
export function scatter(indices: TensorLike, values: TensorLike, shape: readonly number[]): Tensor {
  const sizes = shapeOf("ops.Scatter", shape);
  return core.scope(() => {
    const updates = tensor(input("Scatter", values));
    const places = core.cast(tensor(input("Scatter", indices)), "int64");
    return asTensor(core.scatterNd(core.zeros(sizes, updates.dtype), places, updates, { mode: "add" }));
  });
}
/**
 * x with `updates` `[n, ...rest of x]` written at `indices` `[n, axes]`, or combined with what is there by
 * `reduction` (default null). Same shape and dtype as x; a place outside is skipped.
 * @throws {ShapeError} when indices or updates do not fit x
 * @throws {ArgumentError} when `reduction` or an option is unknown, or an argument is no tensor
 * @throws {DTypeError} when x is bool and there is a reduction
 * @see keras.ops.scatter_update
 */
export function scatterUpdate<A extends Arg>(
  x: A,
  indices: Arg,
  updates: Arg,
  options?: { readonly reduction?: "add" | "max" | "min" | "mul" | null },
): Out<A>;
export function scatterUpdate(
  x: Arg,
  indices: Arg,
  updates: Arg,
  options: { readonly reduction?: "add" | "max" | "min" | "mul" | null } = {},
): unknown {
  checkOptions("ops.scatterUpdate", options, ["reduction"]);
  const mode = options.reduction ?? "set";
  const args = [x, indices, updates].map((v) => input("ScatterUpdate", v));
  return callOperation("ScatterUpdate", args, { reduction: options.reduction ?? null }, (a, i, u) => {
    const t = tensor(a);
    return core.scatterNd(t, core.cast(tensor(i), "int64"), core.cast(tensor(u), t.dtype), { mode });
  });
}
/**
 * True for tensors and symbolic tensors of any shape, false for everything else. Never throws.
 * @see keras.ops.is_tensor
 */
export function isTensor(value: unknown): boolean {
  return value instanceof core.Tensor || isKerasTensor(value);
}
