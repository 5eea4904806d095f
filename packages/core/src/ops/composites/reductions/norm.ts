// norm: the p-norm over axes.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxes } from "../../infer.js";
import { div, mul, pow } from "../../prims/binary.js";
import { eq, ne } from "../../prims/compare.js";
import { max, min, sum, type Axes } from "../../prims/reduce.js";
import { cast, where } from "../../prims/select.js";
import { zerosLike } from "../../prims/source.js";
import { abs, sign, sqrt } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import { requireNumber } from "../common/arguments.js";
import { inFloat32, wide } from "../common/precision.js";
import { restoreAxes } from "../common/shapes.js";
import { inferFloatReduction, type ReductionAttrs, type ReductionEntry } from "./entries.js";

declare module "../../table.js" {
  interface OpTable {
    norm: ReductionEntry<{ readonly p: number }>;
  }
}

function normOf(x: Tensor, p: number, { axes, keepDims }: ReductionAttrs): Tensor {
  const keep = { keepDims };
  switch (p) {
    case 0:
      return sum(cast(ne(x, 0), x.dtype), axes, keep);
    case 1:
      return sum(abs(x), axes, keep);
    case 2:
      return sqrt(sum(mul(x, x), axes, keep));
    case Infinity:
      return max(abs(x), axes, keep);
    case -Infinity:
      return min(abs(x), axes, keep);
    default:
      return pow(sum(pow(abs(x), p), axes, keep), 1 / p);
  }
}

/** d norm / dx, 0 where the norm is 0. `y` has kept axes. */
function slope(x: Tensor, y: Tensor, p: number, axes: readonly number[]): Tensor {
  const zero = eq(y, 0);
  const safe = where(zero, 1, y);
  if (p === 0) return zerosLike(x);
  if (p === 1) return sign(x);
  if (p === 2) return where(zero, 0, div(x, safe));
  if (Math.abs(p) === Infinity) {
    const hits = cast(eq(abs(x), y), x.dtype);
    return div(mul(sign(x), hits), sum(hits, axes, { keepDims: true }));
  }
  const ratio = div(abs(x), safe);
  const steep = where(eq(ratio, 0), 0, pow(where(eq(ratio, 0), 1, ratio), p - 1));
  return where(zero, 0, mul(sign(x), steep));
}

/** The `norm` composite. */
export const normOp: Op<"norm"> = defineOp("norm", {
  saves: "both",
  infer: ([x], attrs) => [inferFloatReduction("norm", x, attrs)],
  decompose: ([x], attrs) => [inFloat32(x, (v) => normOf(v, attrs.p, attrs))],
  vjp: ({ inputs: [x], outputs: [y], attrs: { p, axes }, grads: [g] }) => {
    if (g === null) return [null];
    const kept = (t: Tensor) => restoreAxes(wide(t), x.shape, axes);
    return [cast(mul(kept(g), slope(wide(x), kept(y), p, axes)), x.dtype)];
  },
});

/**
 * (Σ|x|ᵖ)^(1/p), p = 2 by default, over the flattened `axes` (default: all); p = 0 counts what is not 0, ±∞
 * take the extremes. The gradient is 0 where the norm is 0; for ±∞ ties share it evenly.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when `p` is NaN or not a number, an axis does not exist or is named twice, or an
 *   option is unknown
 * @see torch.linalg.vector_norm, ONNX ReduceL1, ReduceL2
 */
export function norm(
  x: Tensor,
  options: { readonly p?: number; readonly axes?: Axes; readonly keepDims?: boolean } = {},
): Tensor {
  checkOptions("norm", options, ["p", "axes", "keepDims"]);
  const p = requireNumber("norm", "p", options.p ?? 2);
  const axes = normalizeAxes("norm", options.axes, x.rank);
  return bind(normOp, [x], { p, axes, keepDims: options.keepDims ?? false })[0];
}
