// gatherNd and scatterNd: the last axis of the indices holds index tuples into the first axes of x.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { ScatterMode } from "../../../runtime/backend.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { sameShape, sizeOf } from "../../../tensor/view.js";
import { requireInteger, requireNumeric, requireOneDType, shapeError } from "../../infer.js";
import { gather, scatter } from "../../prims/indexing.js";
import { reshape } from "../../prims/movement.js";
import { defineOp, type Op, type TensorSpec } from "../../table.js";
import { requireCount, requireOneOf } from "../common/arguments.js";
import { show } from "../common/shapes.js";
import { SCATTER_MODES } from "./elements.js";
import { tuplePlaces } from "./places.js";

declare module "../../table.js" {
  interface OpTable {
    gatherNd: {
      readonly tier: "comp";
      readonly in: readonly ["x", "indices"];
      readonly attrs: { readonly batchDims: number };
    };
    scatterNd: {
      readonly tier: "comp";
      readonly in: readonly ["x", "indices", "updates"];
      readonly attrs: { readonly mode: ScatterMode };
    };
  }
}

/** Shape of what the tuples select; they index the axes of x after `batchDims`. */
function selectedShape(op: string, x: TensorSpec, indices: TensorSpec, batchDims: number): number[] {
  requireInteger(op, indices);
  const depth = indices.shape[indices.shape.length - 1];
  const batch = indices.shape.slice(0, batchDims);
  const ok =
    depth !== undefined &&
    indices.shape.length > batchDims &&
    batchDims + depth <= x.shape.length &&
    sameShape(batch, x.shape.slice(0, batchDims));
  if (!ok) {
    const hint = "the last axis of the indices holds one index per axis of x after the batch axes";
    throw shapeError(op, "the indices do not fit x", [x, indices], hint, { batchDims });
  }
  return [...indices.shape.slice(0, -1), ...x.shape.slice(batchDims + depth)];
}

/** x with the batch and indexed axes joined to one. */
function joined(x: Tensor, axes: number): Tensor {
  return reshape(x, [sizeOf(x.shape.slice(0, axes)), ...x.shape.slice(axes)]);
}

/** The `gatherNd` composite. */
export const gatherNdOp: Op<"gatherNd"> = defineOp("gatherNd", {
  infer: ([x, indices], { batchDims }) => [
    { shape: selectedShape("gatherNd", x, indices, batchDims), dtype: x.dtype },
  ],
  decompose: ([x, indices], { batchDims }) => {
    const depth = indices.shape[indices.rank - 1]!;
    return [gather(joined(x, batchDims + depth), tuplePlaces(indices, x.shape, batchDims), 0)];
  },
});

/** The `scatterNd` composite. */
export const scatterNdOp: Op<"scatterNd"> = defineOp("scatterNd", {
  infer: ([x, indices, updates], { mode }) => {
    const shape = selectedShape("scatterNd", x, indices, 0);
    requireOneDType("scatterNd", [x, updates]);
    if (mode !== "set") requireNumeric("scatterNd", x);
    if (!sameShape(shape, updates.shape)) {
      throw shapeError(
        "scatterNd",
        "the updates do not fit",
        [x, indices, updates],
        `they must be ${show(shape)}`,
      );
    }
    return [x];
  },
  decompose: ([x, indices, updates], { mode }) => {
    const depth = indices.shape[indices.rank - 1]!;
    const flat = scatter(joined(x, depth), tuplePlaces(indices, x.shape, 0), updates, { mode });
    return [reshape(flat, x.shape)];
  },
});

/**
 * Slices of x at integer index tuples: x `[...batch, ...indexed, ...rest]`, indices `[...batch, ..., depth]`
 * give `[...batch, ..., ...rest]`. Negative indices count from the end; a tuple outside gives 0. `batchDims`
 * is 0 by default.
 * @throws {ShapeError} when the batch axes differ, or tuples are longer than the axes they index
 * @throws {DTypeError} unless the indices are integers
 * @throws {ArgumentError} when `batchDims` is not an integer >= 0, or an option is unknown
 * @see ONNX GatherND, tf.gather_nd
 */
export function gatherNd(x: Tensor, indices: Tensor, options: { readonly batchDims?: number } = {}): Tensor {
  checkOptions("gatherNd", options, ["batchDims"]);
  const batchDims = requireCount("gatherNd", "batchDims", options.batchDims ?? 0);
  return bind(gatherNdOp, [x, indices], { batchDims })[0];
}

/**
 * x `[...indexed, ...rest]` with slices at integer index tuples `[..., depth]` replaced by (mode `set`, the
 * default) or combined with `updates` `[..., ...rest]`. Negative indices count from the end; a tuple outside
 * is skipped. In mode `set` the last of several updates stays.
 * @throws {ShapeError} when the tuples are longer than x's rank, or the updates have another shape
 * @throws {DTypeError} when the indices are not integers, x and updates differ in dtype, or are bool and mode
 *   is not `set`
 * @throws {ArgumentError} when there is no such mode, or an option is unknown
 * @throws {UnsupportedOpError} in the backward pass of mode `mul`
 * @see ONNX ScatterND, tf.tensor_scatter_nd_update
 */
export function scatterNd(
  x: Tensor,
  indices: Tensor,
  updates: Tensor,
  options: { readonly mode?: ScatterMode } = {},
): Tensor {
  checkOptions("scatterNd", options, ["mode"]);
  const mode = requireOneOf("scatterNd", "mode", options.mode ?? "set", SCATTER_MODES);
  return bind(scatterNdOp, [x, indices, updates], { mode })[0];
}
