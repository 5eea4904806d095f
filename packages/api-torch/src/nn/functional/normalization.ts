// Normalisations of torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import {
  checkOptions,
  checkValue,
  COUNT,
  FLAG,
  INTEGER,
  listOf,
  NUMBER,
  orNull,
  TENSOR,
} from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { normalizeBatch } from "./batch-norm.js";
import { inOrder, type InOrder } from "../../options.js";

/** Running statistics, affine parameters and mode of `batchNorm`. */
export interface BatchNormFnOptions {
  readonly weight?: CoreTensor | null;
  readonly bias?: CoreTensor | null;
  readonly training?: boolean;
  /** Share of the new batch in the running statistics. */
  readonly momentum?: number;
  readonly eps?: number;
}

const BATCH_NORM = ["weight", "bias", "training", "momentum", "eps"] as const;

/**
 * Batch normalisation over axis 1 of `[N, C, …]`, with statistics, `weight` and `bias` `[C]`. In training,
 * and without running statistics, those of the batch are used; in training the running ones are updated in
 * place, the variance unbiased, as in PyTorch. Options by default: no weight, no bias, training false,
 * momentum 0.1, eps 1e-5.
 * @throws {ShapeError} when a parameter or statistic is not `[C]`, or training has one value per channel.
 * @throws {DTypeError} when x or a parameter is not float.
 * @throws {ArgumentError} when x has no axis 1, `eps` is negative, or an option is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.batch_norm, Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167
 */
export function batchNorm(
  x: CoreTensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  ...given: InOrder<BatchNormFnOptions, typeof BATCH_NORM>
): Tensor {
  const options = inOrder<BatchNormFnOptions>("batchNorm", given, BATCH_NORM);
  checkTensors("batchNorm", {
    x,
    ...(runningMean !== null && { runningMean }),
    ...(runningVar !== null && { runningVar }),
  });
  checkOptions("batchNorm", options, { ...AFFINE, training: FLAG, momentum: NUMBER });
  const { momentum = 0.1 } = options;
  return normalizeBatch(x, runningMean, runningVar, options, { old: 1 - momentum, now: momentum });
}

const AFFINE = {
  weight: /* @__PURE__ */ orNull(TENSOR),
  bias: /* @__PURE__ */ orNull(TENSOR),
  eps: NUMBER,
};

/** Numbers of the last axes, whose sizes must be `shape`. @throws {ShapeError} */
function trailingAxes(op: string, x: CoreTensor, shape: readonly number[]): number[] {
  checkValue(op, "normalizedShape", shape, listOf(COUNT, "a list of the sizes of the last axes"));
  const lead = x.rank - shape.length;
  if (shape.length > 0 && lead >= 0 && core.sameShape(x.shape.slice(lead), shape))
    return shape.map((_, i) => lead + i);
  throw core.shapeError(
    op,
    `the last axes must be [${shape.join(",")}]`,
    [x],
    "normalizedShape lists the sizes of the axes that are normalised, the last ones",
  );
}

type LayerNormFnOptions = {
  readonly weight?: CoreTensor | null;
  readonly bias?: CoreTensor | null;
  readonly eps?: number;
};
const AFFINE_ORDER = ["weight", "bias", "eps"] as const;

/**
 * Layer normalisation over the trailing axes of x, whose sizes are `normalizedShape`; `weight` and `bias`
 * have that shape (default none), `eps` is 1e-5. Gives x's shape.
 * @throws {ShapeError} when x does not end in `normalizedShape`, or a parameter has another shape.
 * @throws {DTypeError} when x or a parameter is not float.
 * @throws {ArgumentError} when `normalizedShape` is no list of sizes, `eps` is negative, or an option is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.layer_norm, Ba et al. 2016, https://arxiv.org/abs/1607.06450
 */
export function layerNorm(
  x: CoreTensor,
  normalizedShape: readonly number[],
  ...given: InOrder<LayerNormFnOptions, typeof AFFINE_ORDER>
): Tensor {
  const options = inOrder<LayerNormFnOptions>("layerNorm", given, AFFINE_ORDER);
  checkTensors("layerNorm", { x });
  checkOptions("layerNorm", options, AFFINE);
  const axes = trailingAxes("layerNorm", x, normalizedShape);
  return asTensor(
    core.layerNorm(x, options.weight ?? null, options.bias ?? null, { axes, eps: options.eps ?? 1e-5 }),
  );
}

type RmsNormFnOptions = { readonly weight?: CoreTensor | null; readonly eps?: number | null };
const RMS_NORM = ["weight", "eps"] as const;

/**
 * Root-mean-square normalisation over the trailing axes of x, whose sizes are `normalizedShape`, the shape of
 * `weight` (default none). `eps` null (default) is 2⁻²³, for float64 2⁻⁵². Gives x's shape.
 * @throws {ShapeError} when x does not end in `normalizedShape`, or `weight` has another shape.
 * @throws {DTypeError} when x or `weight` is not float.
 * @throws {ArgumentError} when `eps` is negative or an option is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.rms_norm, Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467
 */
export function rmsNorm(
  x: CoreTensor,
  normalizedShape: readonly number[],
  ...given: InOrder<RmsNormFnOptions, typeof RMS_NORM>
): Tensor {
  const options = inOrder<RmsNormFnOptions>("rmsNorm", given, RMS_NORM);
  checkTensors("rmsNorm", { x });
  checkOptions("rmsNorm", options, { weight: AFFINE.weight, eps: orNull(NUMBER) });
  const axes = trailingAxes("rmsNorm", x, normalizedShape);
  const eps = options.eps ?? (x.dtype === "float64" ? 2 ** -52 : 2 ** -23);
  return asTensor(core.rmsNorm(x, options.weight ?? null, { axes, eps }));
}

/**
 * Group normalisation of `[N, C, …]` in `numGroups` groups of channels; `weight` and `bias` `[C]` (default
 * none), `eps` 1e-5. Gives x's shape.
 * @throws {ShapeError} when x has no channels, the groups do not divide C, or a parameter is not `[C]`.
 * @throws {DTypeError} when x or a parameter is not float.
 * @throws {ArgumentError} when `numGroups` is not a positive integer, `eps` is negative, or an option is
 * unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.group_norm, Wu & He 2018, https://arxiv.org/abs/1803.08494
 */
export function groupNorm(
  x: CoreTensor,
  numGroups: number,
  ...given: InOrder<LayerNormFnOptions, typeof AFFINE_ORDER>
): Tensor {
  const options = inOrder<LayerNormFnOptions>("groupNorm", given, AFFINE_ORDER);
  checkTensors("groupNorm", { x });
  checkOptions("groupNorm", options, AFFINE);
  return asTensor(
    core.groupNorm(x, options.weight ?? null, options.bias ?? null, {
      groups: numGroups,
      eps: options.eps ?? 1e-5,
    }),
  );
}

/**
 * Instance normalisation of `[N, C, …]`: every channel of every sample for itself; `weight` and `bias` `[C]`
 * (default none), `eps` 1e-5. Gives x's shape.
 * @throws {ShapeError} when x has no channels or a parameter is not `[C]`.
 * @throws {DTypeError} when x or a parameter is not float.
 * @throws {ArgumentError} when `eps` is negative or an option is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.instance_norm, Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022
 */
export function instanceNorm(
  x: CoreTensor,
  options: {
    readonly weight?: CoreTensor | null;
    readonly bias?: CoreTensor | null;
    readonly eps?: number;
  } = {},
): Tensor {
  checkTensors("instanceNorm", { x });
  checkOptions("instanceNorm", options, AFFINE);
  return asTensor(
    core.instanceNorm(x, options.weight ?? null, options.bias ?? null, { eps: options.eps ?? 1e-5 }),
  );
}

type LocalResponseNormFnOptions = { readonly alpha?: number; readonly beta?: number; readonly k?: number };
const LOCAL_RESPONSE = ["alpha", "beta", "k"] as const;

/**
 * Local response normalisation of `[N, C, …]` across `size` neighbouring channels: x/(k + alpha/size·Σ
 * x²)^beta; alpha 1e-4, beta 0.75, k 1 by default. Gives x's shape.
 * @throws {ShapeError} when x has no channels.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {ArgumentError} when `size` is not a positive integer, a number is NaN, or an option is unknown.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.local_response_norm, Krizhevsky et al. 2012
 */
export function localResponseNorm(
  x: CoreTensor,
  size: number,
  ...given: InOrder<LocalResponseNormFnOptions, typeof LOCAL_RESPONSE>
): Tensor {
  const options = inOrder<LocalResponseNormFnOptions>("localResponseNorm", given, LOCAL_RESPONSE);
  checkTensors("localResponseNorm", { x });
  checkOptions("localResponseNorm", options, { alpha: NUMBER, beta: NUMBER, k: NUMBER });
  const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
  return asTensor(core.localResponseNorm(x, { size, alpha, beta, k }));
}

type NormalizeFnOptions = { readonly p?: number; readonly dim?: number; readonly eps?: number };
const NORMALIZE = ["p", "dim", "eps"] as const;

/**
 * x divided by its p-norm along the axis `dim`, which counts as at least `eps`; any shape. Defaults: p 2, dim
 * 1, eps 1e-12.
 * @throws {ArgumentError} when x has no such axis, `p` is NaN, or an option is unknown.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.normalize
 */
export function normalize(x: CoreTensor, ...given: InOrder<NormalizeFnOptions, typeof NORMALIZE>): Tensor {
  const options = inOrder<NormalizeFnOptions>("normalize", given, NORMALIZE);
  checkTensors("normalize", { x });
  checkOptions("normalize", options, { p: NUMBER, dim: INTEGER, eps: NUMBER });
  const { p = 2, dim = 1, eps = 1e-12 } = options;
  const length = core.norm(x, { p, axes: dim, keepDims: true });
  return asTensor(core.div(x, core.maximum(length, eps)));
}

type CosineSimilarityFnOptions = { readonly dim?: number; readonly eps?: number };
const COSINE = ["dim", "eps"] as const;

/**
 * Cosine of the angle between x1 and x2, which broadcast, along the axis `dim` (default 1), which the result
 * does not have; norms are at least `eps` (1e-8).
 * @throws {ShapeError} when the shapes cannot be broadcast.
 * @throws {ArgumentError} when an input has no such axis or an option is unknown.
 * @throws {DTypeError} when an input is not a float tensor.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.cosine_similarity
 */
export function cosineSimilarity(
  x1: CoreTensor,
  x2: CoreTensor,
  ...given: InOrder<CosineSimilarityFnOptions, typeof COSINE>
): Tensor {
  const options = inOrder<CosineSimilarityFnOptions>("cosineSimilarity", given, COSINE);
  checkTensors("cosineSimilarity", { x1, x2 });
  checkOptions("cosineSimilarity", options, { dim: INTEGER, eps: NUMBER });
  const { dim = 1, eps = 1e-8 } = options;
  const unit = (x: CoreTensor, other: CoreTensor) => {
    const shape = core.broadcastShapes(x.shape, other.shape);
    const whole = shape === null ? x : core.broadcastTo(x, shape);
    return core.div(whole, core.maximum(core.norm(whole, { p: 2, axes: dim, keepDims: true }), eps));
  };
  return asTensor(core.sum(core.mul(unit(x1, x2), unit(x2, x1)), dim));
}
