// rmsNorm: scaling by the root mean square, without centring.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxes } from "../../infer.js";
import { add, mul, sub } from "../../prims/binary.js";
import { reshape } from "../../prims/movement.js";
import { sum } from "../../prims/reduce.js";
import { cast } from "../../prims/select.js";
import { rsqrt } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import { requireNonNegativeNumber } from "../common/arguments.js";
import { otherAxes } from "../common/shapes.js";
import { mean } from "../reductions/mean.js";
import { affine, requireParameters, widen } from "./common.js";

interface RmsNormAttrs {
  readonly axes: readonly number[];
  readonly eps: number;
}
declare module "../../table.js" {
  interface OpTable {
    rmsNorm: {
      readonly tier: "comp";
      readonly in: readonly ["x", "scale?"];
      readonly attrs: RmsNormAttrs;
    };
  }
}

const KEEP = { keepDims: true };

/** 1/√(mean x² + eps). */
const factorOf = (x: Tensor, { axes, eps }: RmsNormAttrs): Tensor =>
  rsqrt(add(mean(mul(x, x), axes, KEEP), eps));

function scaleShape(x: Tensor, axes: readonly number[]): number[] {
  return x.shape.map((n, i) => (axes.includes(i) ? n : 1));
}

/** The `rmsNorm` composite. */
export const rmsNormOp: Op<"rmsNorm"> = defineOp("rmsNorm", {
  saves: "inputs",
  infer: ([x, scale], attrs) => {
    const axes = normalizeAxes("rmsNorm", attrs.axes, x.shape.length);
    const shape = axes.map((a) => x.shape[a]!);
    requireParameters("rmsNorm", x, { scale }, shape);
    return [x];
  },
  decompose: ([x, scale], attrs) => {
    const v = widen(x, [scale]);
    return [cast(affine(mul(v, factorOf(v, attrs)), scale, null, scaleShape(x, attrs.axes)), x.dtype)];
  },
  vjp: ({ inputs: [x, scale], attrs, grads: [g], needs }) => {
    if (g === null) return [null, null];
    const { axes } = attrs;
    const v = widen(x, [scale]);
    const h = cast(g, v.dtype);
    const factor = factorOf(v, attrs);
    const xhat = mul(v, factor);
    const inner = scale ? mul(h, reshape(cast(scale, v.dtype), scaleShape(x, axes))) : h;
    return [
      needs[0] ? cast(mul(factor, sub(inner, mul(xhat, mean(mul(inner, xhat), axes, KEEP)))), x.dtype) : null,
      scale && needs[1] ? cast(sum(mul(h, xhat), otherAxes(x.rank, axes)), scale.dtype) : null,
    ];
  },
});

/**
 * x / √(mean x² + eps) over `axes` (default: the last), ·scale with x's sizes at the axes in ascending order;
 * `eps` is 1e-5 by default. The result has x's shape and dtype.
 * @throws {ShapeError} when scale has another shape
 * @throws {DTypeError} unless x and scale are of float dtypes
 * @throws {ArgumentError} when an axis does not exist or is named twice, `eps` is negative or NaN, or an
 *   option is unknown
 * @see Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467, torch.nn.functional.rms_norm, ONNX
 *   RMSNormalization
 */
export function rmsNorm(
  x: Tensor,
  scale: Tensor | null = null,
  options: { readonly axes?: number | readonly number[]; readonly eps?: number } = {},
): Tensor {
  checkOptions("rmsNorm", options, ["axes", "eps"]);
  const axes = normalizeAxes("rmsNorm", options.axes ?? -1, x.rank);
  const eps = requireNonNegativeNumber("rmsNorm", "eps", options.eps ?? 1e-5);
  return bind(rmsNormOp, [x, scale], { axes, eps })[0];
}
