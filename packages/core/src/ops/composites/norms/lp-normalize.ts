// lpNormalize: vectors along an axis divided by their p-norm.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxis, requireFloat } from "../../infer.js";
import { div, maximum } from "../../prims/binary.js";
import { eq } from "../../prims/compare.js";
import { where } from "../../prims/select.js";
import { defineOp, type Op } from "../../table.js";
import { requireNonNegativeNumber, requireNumber } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { inFloat32 } from "../common/precision.js";
import { norm } from "../reductions/norm.js";

declare module "../../table.js" {
  interface OpTable {
    lpNormalize: UnaryEntry<{ readonly p: number; readonly axis: number; readonly eps: number }>;
  }
}

/** The `lpNormalize` composite. */
export const lpNormalizeOp: Op<"lpNormalize"> = defineOp("lpNormalize", {
  infer: ([x], { axis }) => {
    requireFloat("lpNormalize", x);
    normalizeAxis("lpNormalize", axis, x.shape.length);
    return [x];
  },
  decompose: ([x], { p, axis, eps }) => [
    inFloat32(x, (v) => {
      const length = norm(v, { p, axes: [axis], keepDims: true });
      const divisor = eps > 0 ? maximum(length, eps) : where(eq(length, 0), 1, length);
      return div(v, divisor);
    }),
  ],
});

/** Options of `lpNormalize`. */
export interface LpNormalizeOptions {
  /** Default 2. */
  readonly p?: number;
  /** Default −1. */
  readonly axis?: number;
  /** Least divisor, default 1e-12 (PyTorch). With 0, vectors of norm 0 stay 0 (ONNX). */
  readonly eps?: number;
}

/**
 * x divided by max(its p-norm along an axis, eps), in x's shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when there is no such axis, `p` is NaN, `eps` is negative or NaN, or an option is
 *   unknown
 * @see torch.nn.functional.normalize, ONNX LpNormalization
 */
export function lpNormalize(x: Tensor, options: LpNormalizeOptions = {}): Tensor {
  checkOptions("lpNormalize", options, ["p", "axis", "eps"]);
  const p = requireNumber("lpNormalize", "p", options.p ?? 2);
  const axis = normalizeAxis("lpNormalize", options.axis ?? -1, x.rank);
  const eps = requireNonNegativeNumber("lpNormalize", "eps", options.eps ?? 1e-12);
  return bind(lpNormalizeOp, [x], { p, axis, eps })[0];
}
