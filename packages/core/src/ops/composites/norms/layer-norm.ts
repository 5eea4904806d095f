// layerNorm over any axes.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxes } from "../../infer.js";
import { mul } from "../../prims/binary.js";
import { reshape } from "../../prims/movement.js";
import { sum } from "../../prims/reduce.js";
import { cast } from "../../prims/select.js";
import { defineOp, type Op } from "../../table.js";
import { requireNonNegativeNumber } from "../common/arguments.js";
import { otherAxes } from "../common/shapes.js";
import { affine, requireParameters, standardise, standardiseGrad, widen, type NormEntry } from "./common.js";

interface LayerNormAttrs {
  readonly axes: readonly number[];
  readonly eps: number;
}
declare module "../../table.js" {
  interface OpTable {
    layerNorm: NormEntry<LayerNormAttrs>;
  }
}

/** `shape` with 1 outside `axes`: how scale and bias broadcast. */
function onlyAxes(shape: readonly number[], axes: readonly number[]): number[] {
  return shape.map((n, i) => (axes.includes(i) ? n : 1));
}

/** The `layerNorm` composite. */
export const layerNormOp: Op<"layerNorm"> = defineOp("layerNorm", {
  saves: "inputs",
  infer: ([x, scale, bias], attrs) => {
    const axes = normalizeAxes("layerNorm", attrs.axes, x.shape.length);
    const shape = axes.map((a) => x.shape[a]!);
    requireParameters("layerNorm", x, { scale, bias }, shape);
    return [x];
  },
  decompose: ([x, scale, bias], { axes, eps }) => {
    const { xhat } = standardise(widen(x, [scale, bias]), axes, eps);
    return [cast(affine(xhat, scale, bias, onlyAxes(x.shape, axes)), x.dtype)];
  },
  vjp: ({ inputs: [x, scale, bias], attrs: { axes, eps }, grads: [g], needs }) => {
    if (g === null) return [null, null, null];
    const v = widen(x, [scale, bias]);
    const h = cast(g, v.dtype);
    const rest = otherAxes(x.rank, axes);
    const s = standardise(v, axes, eps);
    const inner = scale ? mul(h, reshape(cast(scale, v.dtype), onlyAxes(x.shape, axes))) : h;
    return [
      needs[0] ? cast(standardiseGrad(inner, s, axes), x.dtype) : null,
      scale && needs[1] ? cast(sum(mul(h, s.xhat), rest), scale.dtype) : null,
      bias && needs[2] ? cast(sum(h, rest), bias.dtype) : null,
    ];
  },
});

/** Options of `layerNorm`. */
export interface LayerNormOptions {
  /** Normalised axes, default the last one. */
  readonly axes?: number | readonly number[];
  /** Added to the variance: 1e-5 in PyTorch and ONNX (default), 1e-3 in Keras. */
  readonly eps?: number;
}

/**
 * x standardised over `axes`, then ·scale + bias, whose shapes are x's sizes at the axes in ascending order.
 * Computed in the widest of the dtypes, at least float32; the result has x's shape and dtype.
 * @throws {ShapeError} when scale or bias has another shape
 * @throws {DTypeError} unless x, scale and bias are of float dtypes
 * @throws {ArgumentError} when an axis does not exist or is named twice, `eps` is negative or NaN, or an
 *   option is unknown
 * @see Ba et al. 2016, https://arxiv.org/abs/1607.06450, torch.nn.functional.layer_norm, ONNX
 *   LayerNormalization
 */
export function layerNorm(
  x: Tensor,
  scale: Tensor | null = null,
  bias: Tensor | null = null,
  options: LayerNormOptions = {},
): Tensor {
  checkOptions("layerNorm", options, ["axes", "eps"]);
  const axes = normalizeAxes("layerNorm", options.axes ?? -1, x.rank);
  const eps = requireNonNegativeNumber("layerNorm", "eps", options.eps ?? 1e-5);
  return bind(layerNormOp, [x, scale, bias], { axes, eps })[0];
}
