// Axes of size 1 and joined axes: squeeze, unsqueeze, expandDims, flatten. All are views.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { sizeOf } from "../../../tensor/view.js";
import { isList, normalizeAxes, normalizeAxis, shapeError } from "../../infer.js";
import { reshape } from "../../prims/movement.js";
import { defineOp, type Op, type TensorSpec } from "../../table.js";
import type { UnaryEntry } from "../common/entries.js";

declare module "../../table.js" {
  interface OpTable {
    squeeze: UnaryEntry<{ readonly axes: readonly number[] }>;
    unsqueeze: UnaryEntry<{ readonly axes: readonly number[] }>;
    flatten: UnaryEntry<{ readonly start: number; readonly end: number }>;
  }
}

/** The `squeeze` composite. `axes` are sorted and distinct. */
export const squeezeOp: Op<"squeeze"> = defineOp("squeeze", {
  infer: ([x], attrs) => {
    const axes = normalizeAxes("squeeze", attrs.axes, x.shape.length);
    const bad = axes.find((a) => x.shape[a] !== 1);
    if (bad !== undefined) {
      throw shapeError(
        "squeeze",
        `axis ${bad} has size ${x.shape[bad]}`,
        [x],
        "only axes of size 1 can be dropped",
      );
    }
    return [{ shape: x.shape.filter((_, i) => !axes.includes(i)), dtype: x.dtype }];
  },
  decompose: ([x], { axes }) => [
    reshape(
      x,
      x.shape.filter((_, i) => !axes.includes(i)),
    ),
  ],
});

function unsqueezed(x: TensorSpec, axes: readonly number[]): number[] {
  const shape: number[] = [];
  let next = 0;
  for (let i = 0; i < x.shape.length + axes.length; i++) shape.push(axes.includes(i) ? 1 : x.shape[next++]!);
  return shape;
}

/** The `unsqueeze` composite. `axes` are sorted, distinct, and count in the result. */
export const unsqueezeOp: Op<"unsqueeze"> = defineOp("unsqueeze", {
  infer: ([x], { axes }) => {
    normalizeAxes("unsqueeze", axes, x.shape.length + axes.length);
    return [{ shape: unsqueezed(x, axes), dtype: x.dtype }];
  },
  decompose: ([x], { axes }) => [reshape(x, unsqueezed(x, axes))],
});

function flattened(x: TensorSpec, start: number, end: number): number[] {
  if (x.shape.length === 0) return [1];
  const joined = sizeOf(x.shape.slice(start, end + 1));
  return [...x.shape.slice(0, start), joined, ...x.shape.slice(end + 1)];
}

/** The `flatten` composite: axes `start` to `end`, both included. */
export const flattenOp: Op<"flatten"> = defineOp("flatten", {
  infer: ([x], { start, end }) => {
    const rank = Math.max(1, x.shape.length);
    normalizeAxis("flatten", start, rank);
    normalizeAxis("flatten", end, rank);
    if (start > end) throw shapeError("flatten", `start ${start} is after end ${end}`, [x], "swap them");
    return [{ shape: flattened(x, start, end), dtype: x.dtype }];
  },
  decompose: ([x], { start, end }) => [reshape(x, flattened(x, start, end))],
});

/**
 * x without the given axes of size 1 (default: all of size 1). A view.
 * @throws {ShapeError} when an axis has another size
 * @throws {ArgumentError} when an axis does not exist or is named twice
 * @see numpy.squeeze, ONNX Squeeze
 */
export function squeeze(x: Tensor, axes?: number | readonly number[]): Tensor {
  const list =
    axes === undefined
      ? x.shape.flatMap((n, i) => (n === 1 ? [i] : []))
      : normalizeAxes("squeeze", axes, x.rank);
  return list.length === 0 ? x : bind(squeezeOp, [x], { axes: list })[0];
}

/**
 * x with axes of size 1 at the places `axes` of the result. A view.
 * @throws {ArgumentError} when a place is outside the result or named twice
 * @see ONNX Unsqueeze, numpy.expand_dims
 */
export function unsqueeze(x: Tensor, axes: number | readonly number[]): Tensor {
  const given = isList(axes) ? axes : [axes];
  const list = normalizeAxes("unsqueeze", given, x.rank + given.length);
  return list.length === 0 ? x : bind(unsqueezeOp, [x], { axes: list })[0];
}

/**
 * x with one axis of size 1 at `axis` of the result; `unsqueeze` under NumPy's name.
 * @throws {ArgumentError} when the place is outside the result
 * @see numpy.expand_dims
 */
export function expandDims(x: Tensor, axis: number): Tensor {
  return unsqueeze(x, axis);
}

/**
 * x with axes `start` (default the first) to `end` (included, default the last) joined to one; a scalar
 * becomes `[1]`.
 * @throws {ShapeError} when `start` is after `end`
 * @throws {ArgumentError} when an axis does not exist
 * @see torch.flatten
 */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  const rank = Math.max(1, x.rank);
  const [from, to] = [normalizeAxis("flatten", start, rank), normalizeAxis("flatten", end, rank)];
  if (from === to && x.rank > 0) return x;
  return bind(flattenOp, [x], { start: from, end: to })[0];
}
