// avgPool: the mean of every window, with padding counted or not.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { sizeOf } from "../../../tensor/view.js";
import { requireFloat } from "../../infer.js";
import { div } from "../../prims/binary.js";
import { pad } from "../../prims/movement.js";
import { cast } from "../../prims/select.js";
import { ones } from "../../prims/source.js";
import { reduceWindow, reduceWindowOp } from "../../prims/window.js";
import { defineOp, type Op, type TensorSpec } from "../../table.js";
import type { UnaryEntry } from "../common/entries.js";
import { inFloat32, wide, wideDType } from "../common/precision.js";
import { pooledShape, resolvePool, windowOf, type PoolAttrs, type PoolOptions } from "./window.js";

interface AvgPoolAttrs extends PoolAttrs {
  readonly countIncludePad: boolean;
}
declare module "../../table.js" {
  interface OpTable {
    avgPool: UnaryEntry<AvgPoolAttrs>;
  }
}

/** Elements that count in each window: a number where all windows agree, else a tensor over the pooled axes. */
function counts(x: TensorSpec, a: AvgPoolAttrs): Tensor | number {
  const padded = a.padding.some(([low, high]) => low + high > 0);
  if (!a.ceilMode && (a.countIncludePad || !padded)) return sizeOf(a.window);
  const plane = x.shape.slice(x.shape.length - a.window.length);
  const inner = ones(plane, wideDType(x.dtype));
  const w = windowOf(x, a);
  if (!a.countIncludePad) return reduceWindow(inner, { ...w, kind: "sum" });
  // The padding asked for counts, what `ceilMode` adds beyond it does not (as in PyTorch and ONNX).
  const counted = pad(inner, { low: a.padding.map(([l]) => l), high: a.padding.map(([, h]) => h), value: 1 });
  const beyond = w.padding.map(([, h], d): [number, number] => [0, h - a.padding[d]![1]]);
  return reduceWindow(counted, { ...w, padding: beyond, kind: "sum" });
}

/** The `avgPool` composite. */
export const avgPoolOp: Op<"avgPool"> = defineOp("avgPool", {
  saves: "none",
  infer: ([x], attrs) => {
    requireFloat("avgPool", x);
    return [{ shape: pooledShape(x, attrs), dtype: x.dtype }];
  },
  decompose: ([x], attrs) => [
    inFloat32(x, (v) => div(reduceWindow(v, { ...windowOf(v, attrs), kind: "sum" }), counts(v, attrs))),
  ],
  vjp: ({ inputs: [x], outputs, attrs, grads: [g], needs }) => {
    if (g === null) return [null];
    const each = cast(div(wide(g), counts(x, attrs)), x.dtype);
    return reduceWindowOp.vjp!({
      inputs: [x],
      outputs,
      attrs: { ...windowOf(x, attrs), kind: "sum" },
      grads: [each],
      needs,
    });
  },
});

/** Options of `avgPool`. */
export interface AvgPoolOptions extends PoolOptions {
  /** Whether padding counts as zeros in the mean: PyTorch's default true; Keras and ONNX: false. Default true. */
  readonly countIncludePad?: boolean;
}

/**
 * Mean of every window over the last `window.length` axes, any leading axes; the number of windows per axis
 * is that of `reduceWindow`.
 * @throws {ShapeError} when the window is larger than a padded axis
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when the window is empty or longer than x's rank, window, strides or dilation are
 *   not positive integers, padding is negative, a list has another length than the window, or an option is
 *   unknown
 * @see torch.nn.functional.avg_pool2d, ONNX AveragePool
 */
export function avgPool(x: Tensor, options: AvgPoolOptions): Tensor {
  const attrs = resolvePool("avgPool", x, options, ["countIncludePad"]);
  return bind(avgPoolOp, [x], { ...attrs, countIncludePad: options.countIncludePad ?? true })[0];
}
