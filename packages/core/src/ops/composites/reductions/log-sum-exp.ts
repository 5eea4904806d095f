// logSumExp over axes.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxes } from "../../infer.js";
import { add, mul, sub } from "../../prims/binary.js";
import { eq } from "../../prims/compare.js";
import { reshape } from "../../prims/movement.js";
import { max, sum, type Axes, type ReduceOptions } from "../../prims/reduce.js";
import { cast, where } from "../../prims/select.js";
import { abs, exp, log } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import { inFloat32, wide } from "../common/precision.js";
import { reducedShape, restoreAxes } from "../common/shapes.js";
import { inferFloatReduction, type ReductionEntry } from "./entries.js";

declare module "../../table.js" {
  interface OpTable {
    logSumExp: ReductionEntry;
  }
}

/** The `logSumExp` composite. */
export const logSumExpOp: Op<"logSumExp"> = defineOp("logSumExp", {
  saves: "both",
  infer: ([x], attrs) => [inferFloatReduction("logSumExp", x, attrs)],
  decompose: ([x], { axes, keepDims }) => [
    inFloat32(x, (v) => {
      const top = max(v, axes, { keepDims: true });
      // A shift by an infinite maximum would give ∞ − ∞.
      const shift = where(eq(abs(top), Infinity), 0, top);
      const out = add(log(sum(exp(sub(v, shift)), axes, { keepDims: true })), shift);
      return reshape(out, reducedShape(v.shape, axes, keepDims));
    }),
  ],
  vjp: ({ inputs: [x], outputs: [y], attrs: { axes }, grads: [g] }) => {
    if (g === null) return [null];
    const top = restoreAxes(wide(y), x.shape, axes);
    const weights = exp(sub(wide(x), where(eq(top, -Infinity), 0, top)));
    return [cast(mul(restoreAxes(wide(g), x.shape, axes), weights), x.dtype)];
  },
});

/**
 * log Σ eˣ over axes (default: all) without overflow; the axes go, or stay with size 1 for `keepDims`. Empty
 * and all −∞: −∞, with gradient 0.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when an axis does not exist or is named twice
 * @see torch.logsumexp, ONNX ReduceLogSumExp
 */
export function logSumExp(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const list = normalizeAxes("logSumExp", axes, x.rank);
  return bind(logSumExpOp, [x], { axes: list, keepDims: options.keepDims ?? false })[0];
}
