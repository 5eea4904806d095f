// keras.ops: shapes, joining and splitting, movement.
import * as core from "@isoform/core";
import { checkArguments, checkOptions, invalid, newOrder, newShape } from "../config/arguments.js";
import { axisOptions, type AxisOr } from "../config/axis.js";
import { KerasTensor, type SymbolicShape } from "../engine/keras-tensor.js";
import { callOperation } from "../engine/operation.js";
import { apply1, applyN, applySplit, input, tensor, type Arg, type Out } from "./apply.js";

/** Most parts of an axis: an empty axis has any number. */
const MAX_PARTS = 2 ** 20;

/**
 * The shape: sizes of all axes; null where a symbolic tensor's is unknown.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.shape
 */
export function shape(x: Arg): SymbolicShape {
  return shapeOf("Shape", x);
}
function shapeOf(name: string, x: unknown): SymbolicShape {
  if (x instanceof core.Tensor || x instanceof KerasTensor) return x.shape;
  return core.scope(() => tensor(input(name, x)).shape);
}
/**
 * Number of axes.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.ndim
 */
export function ndim(x: Arg): number {
  return shapeOf("Ndim", x).length;
}
/**
 * Number of elements; null when the size of an axis of a symbolic tensor is unknown.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.size
 */
export function size(x: Arg): number | null {
  return shapeOf("Size", x).reduce<number | null>((n, m) => (n === null || m === null ? null : n * m), 1);
}
/**
 * x in another shape of the same size; one entry may be −1. A number is the size of the only axis.
 * @throws {ShapeError} when the sizes differ, an entry is no size, or two are −1
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.reshape
 */
export function reshape<A extends Arg>(x: A, newshape: number | readonly number[]): Out<A> {
  const list = newShape("ops.reshape", newshape);
  return apply1("Reshape", x, { newshape: list }, (t) => core.reshape(t, list));
}
/**
 * x with its axes in the order `axes`, reversed by default.
 * @throws {ShapeError} when `axes` does not name every axis
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.transpose
 */
export function transpose<A extends Arg>(x: A, options: { readonly axes?: readonly number[] } = {}): Out<A> {
  checkOptions("ops.transpose", options, ["axes"]);
  const axes = newOrder("ops.transpose", options.axes);
  return apply1("Transpose", x, { axes: axes ?? null }, (t) => core.transpose(t, axes));
}
/**
 * All axes joined into one: `[...] -> [size]`.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.ravel
 */
export function ravel<A extends Arg>(x: A): Out<A> {
  return apply1("Ravel", x, {}, (t) => core.reshape(t, [-1]));
}
/**
 * x with new axes of size 1 at the places `axis` of the result.
 * @throws {ArgumentError} when an axis is out of range or twice, or x is no tensor
 * @see keras.ops.expand_dims
 */
export function expandDims<A extends Arg>(x: A, axis: number | readonly number[]): Out<A> {
  if (axis === null) throw invalid("ops.ExpandDims", "axis", axis, "an axis or a list of axes");
  return apply1("ExpandDims", x, { axis }, (t) =>
    core.unsqueeze(t, typeof axis === "number" ? [axis] : axis),
  );
}
/**
 * x without axes of size 1, all of them or those in `axis`.
 * @throws {ShapeError} when a named axis has another size
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.squeeze
 */
export function squeeze<A extends Arg>(
  x: A,
  options: AxisOr<{ readonly axis?: number | readonly number[] | null }> = {},
): Out<A> {
  const { axis = null } = axisOptions("ops.squeeze", options, ["axis"]);
  const list = typeof axis === "number" ? [axis] : (axis ?? undefined);
  return apply1("Squeeze", x, { axis }, (t) => core.squeeze(t, list));
}
/**
 * x with two axes swapped.
 * @throws {ArgumentError} when an axis is out of range, or x is no tensor
 * @see keras.ops.swapaxes
 */
export function swapaxes<A extends Arg>(x: A, axis1: number, axis2: number): Out<A> {
  return apply1("Swapaxes", x, { axis1, axis2 }, (t) => core.swapaxes(t, axis1, axis2));
}
/**
 * x with the axes `source` at the places `destination`, the others in their order.
 * @throws {ArgumentError} when an axis is out of range or twice, the two differ in number, or x is no tensor
 * @see keras.ops.moveaxis
 */
export function moveaxis<A extends Arg>(
  x: A,
  source: number | readonly number[],
  destination: number | readonly number[],
): Out<A> {
  return apply1("Moveaxis", x, { source, destination }, (t) => {
    const list = (v: number | readonly number[]) => (typeof v === "number" ? [v] : [...v]);
    const from = list(source).map((a) => core.normalizeAxis("moveaxis", a, t.rank));
    const to = list(destination).map((a) => core.normalizeAxis("moveaxis", a, t.rank));
    const rest = t.shape.map((_, i) => i).filter((i) => !from.includes(i));
    const perm: number[] = [];
    for (let i = 0; i < t.rank; i++) perm.push(to.includes(i) ? from[to.indexOf(i)]! : rest.shift()!);
    return core.transpose(t, perm);
  });
}
/**
 * x repeated to the shape `newshape` by NumPy's rule: its sizes are those of the last axes, or 1.
 * @throws {ShapeError} when x does not broadcast to the shape, or it has an entry that is no size
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.broadcast_to
 */
export function broadcastTo<A extends Arg>(x: A, newshape: readonly number[]): Out<A> {
  if (!Array.isArray(newshape)) throw invalid("ops.BroadcastTo", "newshape", newshape, "a list of sizes");
  return apply1("BroadcastTo", x, { shape: newshape }, (t) => core.broadcastTo(t, newshape));
}
/**
 * Tensors joined along `axis` (default 0), whose sizes add up; the others are equal. The dtypes are promoted.
 * @throws {ShapeError} when there are no tensors, or they differ outside the axis
 * @throws {ArgumentError} when the axis is out of range, an option is unknown, or one is no tensor
 * @see keras.ops.concatenate
 */
export function concatenate<A extends Arg>(
  xs: readonly A[],
  options: AxisOr<{ readonly axis?: number }> = {},
): Out<A> {
  const { axis = 0 } = axisOptions("ops.concatenate", options, ["axis"]);
  return applyN("Concatenate", xs, { axis }, (list) => core.concat(list, axis));
}
/**
 * n tensors of one shape joined along a new axis of size n at `axis` (default 0). The dtypes are promoted.
 * @throws {ShapeError} when there are no tensors, or the shapes differ
 * @throws {ArgumentError} when the axis is out of range, an option is unknown, or one is no tensor
 * @see keras.ops.stack
 */
export function stack<A extends Arg>(
  xs: readonly A[],
  options: AxisOr<{ readonly axis?: number }> = {},
): Out<A> {
  const { axis = 0 } = axisOptions("ops.stack", options, ["axis"]);
  return applyN("Stack", xs, { axis }, (list) => core.stack(list, axis));
}
/**
 * The slices along `axis` (default 0), each without that axis.
 * @throws {ArgumentError} when the axis is out of range (a scalar has none), an option is unknown, or x is no
 *   tensor
 * @throws {ShapeError} when the size of the axis of a symbolic x is unknown
 * @see keras.ops.unstack
 */
export function unstack<A extends Arg>(x: A, options: AxisOr<{ readonly axis?: number }> = {}): Out<A>[] {
  const { axis = 0 } = axisOptions("ops.unstack", options, ["axis"]);
  return applySplit("Unstack", x, { axis }, (t) => {
    const a = core.normalizeAxis("unstack", axis, t.rank);
    return Array.from({ length: t.shape[a]! }, (_, i) => core.squeeze(core.sliceAxis(t, a, i, i + 1), [a]));
  });
}
/**
 * That many equal parts of `axis` (default 0), or the parts between the given indices.
 * @throws {ShapeError} when the axis has no such number of equal parts
 * @throws {ArgumentError} when the number of parts is not a positive integer, an index no integer, the axis
 *   out of range, an option is unknown, or x is no tensor
 * @see keras.ops.split
 */
export function split<A extends Arg>(
  x: A,
  indicesOrSections: number | readonly number[],
  options: AxisOr<{ readonly axis?: number }> = {},
): Out<A>[] {
  const { axis = 0 } = axisOptions("ops.split", options, ["axis"]);
  return applySplit("Split", x, { indicesOrSections, axis }, (t) => {
    const n = t.shape[core.normalizeAxis("split", axis, t.rank)]!;
    const count = typeof indicesOrSections === "number" ? indicesOrSections : 1;
    if (count < 1) throw invalid("ops.Split", "indicesOrSections", count, "at least 1");
    if (n % count !== 0 || count > MAX_PARTS) {
      throw core.shapeError(
        "split",
        `axis ${axis} of size ${n} has no ${count} equal parts`,
        [t],
        "use a divisor",
      );
    }
    const ends =
      typeof indicesOrSections === "number"
        ? Array.from({ length: count - 1 }, (_, i) => ((i + 1) * n) / count)
        : indicesOrSections;
    const edges = [0, ...ends, n];
    return edges.slice(1).map((end, i) => core.sliceAxis(t, axis, edges[i]!, end));
  });
}
/**
 * x repeated as a whole along every axis; a missing number of repeats is 1, a number beyond the rank adds an
 * axis.
 * @throws {ArgumentError} when a number of repeats is no count, or x is no tensor
 * @see keras.ops.tile
 */
export function tile<A extends Arg>(x: A, repeats: number | readonly number[]): Out<A> {
  return apply1("Tile", x, { repeats }, (t) => {
    const list = typeof repeats === "number" ? [repeats] : [...repeats];
    const padded = [...Array.from({ length: Math.max(0, t.rank - list.length) }, () => 1), ...list];
    const lead = Array.from({ length: padded.length - t.rank }, () => 1);
    return core.tile(core.reshape(t, [...lead, ...t.shape]), padded);
  });
}
/**
 * Every slice along `axis` `repeats` times in a row; every element of the flat tensor without an axis.
 * @throws {ArgumentError} when `repeats` is no count, the axis out of range, an option unknown, or x no
 *   tensor
 * @see keras.ops.repeat
 */
export function repeat<A extends Arg>(
  x: A,
  repeats: number,
  options: AxisOr<{ readonly axis?: number | null }> = {},
): Out<A> {
  const { axis = null } = axisOptions("ops.repeat", options, ["axis"]);
  return apply1("Repeat", x, { repeats, axis }, (t) =>
    core.repeatInterleave(axis === null ? core.reshape(t, [-1]) : t, repeats, axis ?? 0),
  );
}
/**
 * x reversed along `axis`, all axes by default; same shape.
 * @throws {ArgumentError} when an axis is out of range or twice, an option is unknown, or x is no tensor
 * @see keras.ops.flip
 */
export function flip<A extends Arg>(
  x: A,
  options: AxisOr<{ readonly axis?: number | readonly number[] | null }> = {},
): Out<A> {
  const { axis = null } = axisOptions("ops.flip", options, ["axis"]);
  return apply1("Flip", x, { axis }, (t) => core.flip(t, axis ?? t.shape.map((_, i) => i)));
}
/**
 * x shifted along `axis`, what leaves at one end comes in at the other; same shape. Without an axis the flat
 * tensor is.
 * @throws {ArgumentError} when `shift` is no integer, the axis out of range, an option unknown, or x no
 *   tensor
 * @see keras.ops.roll
 */
export function roll<A extends Arg>(
  x: A,
  shift: number,
  options: AxisOr<{ readonly axis?: number | null }> = {},
): Out<A> {
  const { axis = null } = axisOptions("ops.roll", options, ["axis"]);
  return apply1("Roll", x, { shift, axis }, (t) => {
    if (axis !== null) return core.roll(t, shift, axis);
    return core.reshape(core.roll(core.reshape(t, [-1]), shift, 0), t.shape);
  });
}
/**
 * x with `[before, after]` elements added per axis, the same everywhere for a number; negative amounts crop.
 * `mode` is `"constant"` (default, with `constantValues`, 0), `"reflect"` without the edge element or
 * `"symmetric"` with it.
 * @throws {ArgumentError} when there is no pair of integers for every axis, or `mode` or an option is unknown
 * @throws {ShapeError} when an axis is cropped below 0, or too short for `"reflect"` or `"symmetric"`
 * @see keras.ops.pad
 */
export function pad<A extends Arg>(
  x: A,
  padWidth: number | readonly (readonly [number, number])[],
  options?: { readonly mode?: "constant" | "reflect" | "symmetric"; readonly constantValues?: number },
): Out<A>;
export function pad(
  x: Arg,
  padWidth: number | readonly (readonly [number, number])[],
  options: { readonly mode?: "constant" | "reflect" | "symmetric"; readonly constantValues?: number } = {},
): unknown {
  checkOptions("ops.pad", options, ["mode", "constantValues"]);
  const { mode = "constant", constantValues } = options;
  const args = constantValues === undefined ? [input("Pad", x)] : [input("Pad", x), constantValues];
  return callOperation("Pad", args, { padWidth, mode }, (a) => {
    const t = tensor(a);
    const pairs = typeof padWidth === "number" ? t.shape.map(() => [padWidth, padWidth] as const) : padWidth;
    if (pairs.length !== t.rank) {
      throw invalid("ops.Pad", "padWidth", padWidth, `a number or ${t.rank} pairs [before, after]`);
    }
    return core.padMode(t, {
      low: pairs.map(([l]) => l),
      high: pairs.map(([, h]) => h),
      mode,
      value: constantValues ?? 0,
    });
  });
}
/**
 * Elements from `startIndices`, as many as `sizes`, one entry per axis each: the result has the shape
 * `sizes`.
 * @throws {ShapeError} when the part is not inside x, or an entry is missing
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.slice
 */
export function slice<A extends Arg>(x: A, startIndices: readonly number[], sizes: readonly number[]): Out<A>;
export function slice(x: Arg, startIndices: readonly number[], sizes: readonly number[]): unknown {
  checkArguments("ops.Slice", { startIndices });
  if (!Array.isArray(sizes)) throw invalid("ops.Slice", "sizes", sizes, "a list of sizes, one per axis");
  return callOperation("Slice", [input("Slice", x), startIndices], { shape: sizes }, (t) =>
    core.slice(
      tensor(t),
      startIndices,
      startIndices.map((s, i) => s + sizes[i]!),
    ),
  );
}
