// maxPool: the maximum of every window.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { requireNumeric } from "../../infer.js";
import { reduceWindowOp } from "../../prims/window.js";
import { defineOp, type Op } from "../../table.js";
import type { UnaryEntry } from "../common/entries.js";
import { pooledShape, resolvePool, windowOf, type PoolAttrs, type PoolOptions } from "./window.js";

declare module "../../table.js" {
  interface OpTable {
    maxPool: UnaryEntry<PoolAttrs>;
  }
}

/** The `maxPool` composite. */
export const maxPoolOp: Op<"maxPool"> = defineOp("maxPool", {
  saves: "inputs",
  infer: ([x], attrs) => {
    requireNumeric("maxPool", x);
    return [{ shape: pooledShape(x, attrs), dtype: x.dtype }];
  },
  decompose: ([x], attrs) => [bind(reduceWindowOp, [x], { ...windowOf(x, attrs), kind: "max" })[0]],
  vjp: ({ inputs, outputs, attrs, grads, needs }) =>
    reduceWindowOp.vjp!({
      inputs,
      outputs,
      attrs: { ...windowOf(inputs[0], attrs), kind: "max" },
      grads,
      needs,
    }),
});

/**
 * Maximum of every window over the last `window.length` axes, any leading axes; padding counts as −∞. The
 * gradient goes to the first maximum of a window.
 * @throws {ShapeError} when the window is larger than a padded axis
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} as `avgPool`
 * @see torch.nn.functional.max_pool2d, ONNX MaxPool
 */
export function maxPool(x: Tensor, options: PoolOptions): Tensor {
  return bind(maxPoolOp, [x], resolvePool("maxPool", x, options))[0];
}
