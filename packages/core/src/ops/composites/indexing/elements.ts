// gatherElements and scatterElements: one index per element along an axis.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { ScatterMode } from "../../../runtime/backend.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { sameShape } from "../../../tensor/view.js";
import { normalizeAxis, requireInteger, requireNumeric, requireOneDType, shapeError } from "../../infer.js";
import { gather, scatter } from "../../prims/indexing.js";
import { reshape } from "../../prims/movement.js";
import { zeros } from "../../prims/source.js";
import { defineOp, type Op, type TensorSpec } from "../../table.js";
import { requireOneOf } from "../common/arguments.js";
import { elementPlaces } from "./places.js";

declare module "../../table.js" {
  interface OpTable {
    gatherElements: {
      readonly tier: "comp";
      readonly in: readonly ["x", "indices"];
      readonly attrs: { readonly axis: number };
    };
    scatterElements: {
      readonly tier: "comp";
      readonly in: readonly ["x", "indices", "updates"];
      readonly attrs: { readonly axis: number; readonly mode: ScatterMode };
    };
  }
}

/** Ways to combine an update with what is there. */
export const SCATTER_MODES: readonly ScatterMode[] = ["set", "add", "mul", "max", "min"];

/** Throws unless the indices have x's rank and are no larger than x outside `axis`. */
function requireIndices(op: string, x: TensorSpec, indices: TensorSpec, axis: number): void {
  requireInteger(op, indices);
  normalizeAxis(op, axis, x.shape.length);
  const fits = indices.shape.every((n, i) => i === axis || n <= x.shape[i]!);
  if (indices.shape.length === x.shape.length && fits) return;
  const hint = `the indices need x's rank and, outside axis ${axis}, at most x's sizes`;
  throw shapeError(op, "the indices do not fit x", [x, indices], hint);
}

/** The `gatherElements` composite. */
export const gatherElementsOp: Op<"gatherElements"> = defineOp("gatherElements", {
  saves: "inputs",
  infer: ([x, indices], { axis }) => {
    requireIndices("gatherElements", x, indices, axis);
    return [{ shape: indices.shape, dtype: x.dtype }];
  },
  decompose: ([x, indices], { axis }) => [gather(reshape(x, [-1]), elementPlaces(indices, x.shape, axis))],
  vjp: ({ inputs: [x, indices], attrs: { axis }, grads: [g] }) => {
    if (g === null) return [null, null];
    const flat = scatter(zeros([x.size], g.dtype), elementPlaces(indices, x.shape, axis), g, { mode: "add" });
    return [reshape(flat, x.shape), null];
  },
});

/** The `scatterElements` composite. */
export const scatterElementsOp: Op<"scatterElements"> = defineOp("scatterElements", {
  infer: ([x, indices, updates], { axis, mode }) => {
    requireIndices("scatterElements", x, indices, axis);
    requireOneDType("scatterElements", [x, updates]);
    if (mode !== "set") requireNumeric("scatterElements", x);
    if (!sameShape(indices.shape, updates.shape)) {
      throw shapeError(
        "scatterElements",
        "the updates do not fit the indices",
        [x, indices, updates],
        "one update per index",
      );
    }
    return [x];
  },
  decompose: ([x, indices, updates], { axis, mode }) => {
    const places = reshape(elementPlaces(indices, x.shape, axis), [-1]);
    const flat = scatter(reshape(x, [-1]), places, reshape(updates, [-1]), { mode });
    return [reshape(flat, x.shape)];
  },
});

/**
 * x at integer `indices` along an axis, every index standing for one element; the result has the shape of the
 * indices, which have x's rank and outside the axis at most x's sizes. Negative indices count from the end;
 * one outside gives 0.
 * @throws {ShapeError} when the indices do not have such a shape
 * @throws {DTypeError} unless the indices are integers
 * @throws {ArgumentError} when there is no such axis
 * @see torch.gather, numpy.take_along_axis, ONNX GatherElements
 */
export function gatherElements(x: Tensor, indices: Tensor, axis: number): Tensor {
  return bind(gatherElementsOp, [x, indices], { axis: normalizeAxis("gatherElements", axis, x.rank) })[0];
}

/** Options of `scatterElements`. */
export interface ScatterElementsOptions {
  /** Default 0. */
  readonly axis?: number;
  /** Default `set`. */
  readonly mode?: ScatterMode;
}

/**
 * x with `updates` combined in at integer `indices` of the same shape along an axis, the inverse of
 * `gatherElements`. Negative indices count from the end; one outside is skipped. In mode `set` the last of
 * several updates of one element stays.
 * @throws {ShapeError} when the indices do not fit x, or the updates have another shape
 * @throws {DTypeError} when the indices are not integers, x and updates differ in dtype, or are bool and mode
 *   is not `set`
 * @throws {ArgumentError} when there is no such axis or mode, or an option is unknown
 * @throws {UnsupportedOpError} in the backward pass of mode `mul`
 * @see torch.scatter, torch.scatter_reduce, ONNX ScatterElements
 */
export function scatterElements(
  x: Tensor,
  indices: Tensor,
  updates: Tensor,
  options: ScatterElementsOptions = {},
): Tensor {
  checkOptions("scatterElements", options, ["axis", "mode"]);
  const axis = normalizeAxis("scatterElements", options.axis ?? 0, x.rank);
  const mode = requireOneOf("scatterElements", "mode", options.mode ?? "set", SCATTER_MODES);
  return bind(scatterElementsOp, [x, indices, updates], { axis, mode })[0];
}
