// mean over axes.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxes } from "../../infer.js";
import { div } from "../../prims/binary.js";
import { broadcastTo } from "../../prims/movement.js";
import { sum, type Axes, type ReduceOptions } from "../../prims/reduce.js";
import { cast } from "../../prims/select.js";
import { defineOp, type Op } from "../../table.js";
import { inFloat32, wide } from "../common/precision.js";
import { countOf, restoreAxes } from "../common/shapes.js";
import { inferFloatReduction, type ReductionEntry } from "./entries.js";

declare module "../../table.js" {
  interface OpTable {
    mean: ReductionEntry;
  }
}

/** The `mean` composite. */
export const meanOp: Op<"mean"> = defineOp("mean", {
  saves: "none",
  infer: ([x], attrs) => [inferFloatReduction("mean", x, attrs)],
  decompose: ([x], { axes, keepDims }) => [
    inFloat32(x, (v) => div(sum(v, axes, { keepDims }), countOf(x.shape, axes))),
  ],
  vjp: ({ inputs: [x], attrs: { axes }, grads: [g] }) => {
    if (g === null) return [null];
    const each = div(wide(g), countOf(x.shape, axes));
    return [broadcastTo(cast(restoreAxes(each, x.shape, axes), x.dtype), x.shape)];
  },
});

/**
 * Mean over axes (default: all) of a float tensor; the axes go, or stay with size 1 for `keepDims`. Empty:
 * NaN.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when an axis does not exist or is named twice
 * @see torch.mean, ONNX ReduceMean
 */
export function mean(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const list = normalizeAxes("mean", axes, x.rank);
  return bind(meanOp, [x], { axes: list, keepDims: options.keepDims ?? false })[0];
}
