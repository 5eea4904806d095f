// batchNorm with given statistics, and batchNormTrain with those of the batch.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxis, requireOneDType } from "../../infer.js";
import { add, mul, sub } from "../../prims/binary.js";
import { broadcastTo, reshape } from "../../prims/movement.js";
import { sum } from "../../prims/reduce.js";
import { cast } from "../../prims/select.js";
import { rsqrt } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import { requireNonNegativeNumber } from "../common/arguments.js";
import { commonWide, wideDType } from "../common/precision.js";
import { alongAxis, countOf, otherAxes } from "../common/shapes.js";
import { mean } from "../reductions/mean.js";
import {
  affine,
  channelsOf,
  requireParameters,
  standardise,
  standardiseGrad,
  widen,
  type NormEntry,
} from "./common.js";

interface BatchNormAttrs {
  readonly eps: number;
  /** Axis of the channels. */
  readonly axis: number;
}
declare module "../../table.js" {
  interface OpTable {
    batchNorm: {
      readonly tier: "comp";
      readonly in: readonly ["x", "mean", "variance", "scale?", "bias?"];
      readonly attrs: BatchNormAttrs;
    };
    batchNormTrain: NormEntry<BatchNormAttrs> & { readonly out: readonly ["y", "mean", "variance"] };
    batchNormTrainGrad: {
      readonly tier: "comp";
      readonly in: readonly ["g", "x", "scale?"];
      readonly out: readonly ["dx", "dscale", "dbias"];
      readonly attrs: BatchNormAttrs;
    };
  }
}

/** 1/√(variance + eps) in `dtype`. */
const inverseDeviation = (variance: Tensor, eps: number, dtype: Tensor["dtype"]): Tensor =>
  rsqrt(add(cast(variance, dtype), eps));

/** The `batchNorm` composite. */
export const batchNormOp: Op<"batchNorm"> = defineOp("batchNorm", {
  saves: "inputs",
  infer: ([x, average, variance, scale, bias], { axis }) => {
    const shape = [channelsOf("batchNorm", x, axis)];
    requireParameters("batchNorm", x, { mean: average, variance, scale, bias }, shape);
    return [x];
  },
  decompose: ([x, average, variance, scale, bias], { eps, axis }) => {
    const dtype = commonWide([x, average, variance, scale, bias]);
    const r = inverseDeviation(variance, eps, dtype);
    const factor = scale ? mul(r, cast(scale, dtype)) : r;
    const centre = mul(cast(average, dtype), factor);
    const shift = bias ? sub(cast(bias, dtype), centre) : mul(centre, -1);
    const shape = alongAxis(x.rank, axis, x.shape[axis]!);
    return [cast(add(mul(cast(x, dtype), reshape(factor, shape)), reshape(shift, shape)), x.dtype)];
  },
  vjp: ({ inputs: [x, average, variance, scale, bias], attrs: { eps, axis }, grads: [g], needs }) => {
    if (g === null) return [null, null, null, null, null];
    const dtype = commonWide([x, average, variance, scale, bias]);
    const shape = alongAxis(x.rank, axis, x.shape[axis]!);
    const rest = otherAxes(x.rank, [axis]);
    const h = cast(g, dtype);
    const r = inverseDeviation(variance, eps, dtype);
    const factor = scale ? mul(r, cast(scale, dtype)) : r;
    const total = needs[1] || needs[4] ? sum(h, rest) : null;
    const along =
      needs[2] || needs[3]
        ? sum(mul(h, sub(cast(x, dtype), reshape(cast(average, dtype), shape))), rest)
        : null;
    return [
      needs[0] ? cast(mul(h, reshape(factor, shape)), x.dtype) : null,
      total && needs[1] ? cast(mul(mul(total, factor), -1), average.dtype) : null,
      along && needs[2] ? cast(mul(mul(along, factor), mul(mul(r, r), -0.5)), variance.dtype) : null,
      along && scale && needs[3] ? cast(mul(along, r), scale.dtype) : null,
      total && bias && needs[4] ? cast(total, bias.dtype) : null,
    ];
  },
});

/** The `batchNormTrain` composite. */
export const batchNormTrainOp: Op<"batchNormTrain"> = defineOp("batchNormTrain", {
  saves: "inputs",
  infer: ([x, scale, bias], { axis }) => {
    const channels = channelsOf("batchNormTrain", x, axis);
    requireParameters("batchNormTrain", x, { scale, bias }, [channels]);
    const statistic = { shape: [channels], dtype: wideDType(x.dtype) };
    return [x, statistic, statistic];
  },
  decompose: ([x, scale, bias], { eps, axis }) => {
    const rest = otherAxes(x.rank, [axis]);
    const v = widen(x, [scale, bias]);
    const average = mean(v, rest, { keepDims: true });
    const centred = sub(v, average);
    const variance = mean(mul(centred, centred), rest, { keepDims: true });
    const y = mul(centred, rsqrt(add(variance, eps)));
    const out = affine(y, scale, bias, average.shape);
    const flat = (t: Tensor) => cast(reshape(t, [t.size]), wideDType(x.dtype));
    return [cast(out, x.dtype), flat(average), flat(variance)];
  },
  vjp: ({ inputs: [x, scale, bias], attrs, grads: [g, gMean, gVariance], needs }) => {
    const rest = otherAxes(x.rank, [attrs.axis]);
    const v = widen(x, [scale, bias]);
    const shape = alongAxis(x.rank, attrs.axis, x.shape[attrs.axis]!);
    const n = countOf(x.shape, rest);
    const wide = (t: Tensor | null) => t && cast(t, v.dtype);
    const [dy, dscale, dbias] = g
      ? bind(batchNormTrainGradOp, [cast(g, v.dtype), v, wide(scale)], attrs)
      : [null, null, null];
    let dx: Tensor | null = dy;
    if (gMean && needs[0]) {
      const each = mul(reshape(cast(gMean, v.dtype), shape), 1 / n);
      dx = dx ? add(dx, each) : broadcastTo(each, x.shape);
    }
    if (gVariance && needs[0]) {
      const centred = sub(v, mean(v, rest, { keepDims: true }));
      const each = mul(centred, mul(reshape(cast(gVariance, v.dtype), shape), 2 / n));
      dx = dx ? add(dx, each) : each;
    }
    return [
      dx && needs[0] ? cast(dx, x.dtype) : null,
      dscale && scale && needs[1] ? cast(dscale, scale.dtype) : null,
      dbias && bias && needs[2] ? cast(dbias, bias.dtype) : null,
    ];
  },
});

/**
 * The `batchNormTrainGrad` composite: what `batchNormTrain`'s y sends back to x, scale and bias. All in one dtype, which
 * is computed in.
 */
export const batchNormTrainGradOp: Op<"batchNormTrainGrad"> = defineOp("batchNormTrainGrad", {
  infer: ([g, x, scale], { axis }) => {
    requireOneDType("batchNormTrainGrad", scale ? [g, x, scale] : [g, x]);
    const channels = channelsOf("batchNormTrainGrad", x, axis);
    requireParameters("batchNormTrainGrad", x, { scale }, [channels]);
    requireParameters("batchNormTrainGrad", x, { g }, x.shape);
    const parameter = { shape: [channels], dtype: x.dtype };
    return [x, parameter, parameter];
  },
  decompose: ([g, x, scale], { eps, axis }) => {
    const rest = otherAxes(x.rank, [axis]);
    const s = standardise(x, rest, eps);
    const h = scale ? mul(g, reshape(scale, alongAxis(x.rank, axis, scale.size))) : g;
    return [standardiseGrad(h, s, rest), sum(mul(g, s.xhat), rest), sum(g, rest)];
  },
});

/** Options of `batchNorm` and `batchNormTrain`. */
export interface BatchNormOptions {
  /** Added to the variance: 1e-5 in PyTorch and ONNX (default), 1e-3 in Keras. */
  readonly eps?: number;
  /** Axis of the channels, default 1. */
  readonly axis?: number;
}

function attrsOf(op: string, x: Tensor, options: BatchNormOptions): BatchNormAttrs {
  checkOptions(op, options, ["eps", "axis"]);
  const eps = requireNonNegativeNumber(op, "eps", options.eps ?? 1e-5);
  return { eps, axis: normalizeAxis(op, options.axis ?? 1, x.rank) };
}

/**
 * (x − mean) / √(variance + eps) · scale + bias for x `[N, C, ...]` (or channels at `axis`), all others
 * `[C]`. Computed in the widest of the dtypes, at least float32; the result has x's shape and dtype.
 * @throws {ShapeError} when a parameter is not `[C]`
 * @throws {DTypeError} unless x and the parameters are of float dtypes
 * @throws {ArgumentError} when `eps` is negative or NaN, there is no such axis, or an option is unknown
 * @see Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167, torch.nn.functional.batch_norm, ONNX
 *   BatchNormalization
 */
export function batchNorm(
  x: Tensor,
  average: Tensor,
  variance: Tensor,
  scale: Tensor | null = null,
  bias: Tensor | null = null,
  options: BatchNormOptions = {},
): Tensor {
  return bind(batchNormOp, [x, average, variance, scale, bias], attrsOf("batchNorm", x, options))[0];
}

/**
 * `batchNorm` with the mean and the biased variance of the batch over all axes but the channels, which are
 * returned too: y in x's shape, mean and variance `[C]`, at least float32. The gradient goes through the
 * statistics.
 * @throws {ShapeError} when scale or bias is not `[C]`
 * @throws {DTypeError} unless x, scale and bias are of float dtypes
 * @throws {ArgumentError} when `eps` is negative or NaN, there is no such axis, or an option is unknown
 * @see Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167, ONNX BatchNormalization with training_mode
 */
export function batchNormTrain(
  x: Tensor,
  scale: Tensor | null = null,
  bias: Tensor | null = null,
  options: BatchNormOptions = {},
): readonly [y: Tensor, mean: Tensor, variance: Tensor] {
  return bind(batchNormTrainOp, [x, scale, bias], attrsOf("batchNormTrain", x, options));
}
