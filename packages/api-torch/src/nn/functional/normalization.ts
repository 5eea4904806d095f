// Normalisations of torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { normalizeBatch } from "./batch-norm.js";

/** Running statistics, affine parameters and mode of `batchNorm`. */
export interface BatchNormFnOptions {
  readonly weight?: CoreTensor | null;
  readonly bias?: CoreTensor | null;
  readonly training?: boolean;
  /** Share of the new batch in the running statistics. */
  readonly momentum?: number;
  readonly eps?: number;
}

/**
 * Batch normalisation over axis 1 of `[N, C, …]` (Ioffe & Szegedy 2015). In training the running statistics are
 * updated in place; the running variance is the unbiased one, as in PyTorch.
 */
export function batchNorm(
  x: CoreTensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  options: BatchNormFnOptions = {},
): Tensor {
  core.checkOptions("batchNorm", options, ["weight", "bias", "training", "momentum", "eps"]);
  const { momentum = 0.1 } = options;
  return normalizeBatch(x, runningMean, runningVar, options, { old: 1 - momentum, now: momentum });
}

/** Numbers of the last axes, whose sizes must be `shape`. @throws ShapeError */
function trailingAxes(op: string, x: CoreTensor, shape: readonly number[]): number[] {
  const lead = x.rank - shape.length;
  if (lead >= 0 && core.sameShape(x.shape.slice(lead), shape)) return shape.map((_, i) => lead + i);
  throw core.shapeError(
    op,
    `the last axes must be [${shape.join(",")}]`,
    [x],
    "normalizedShape lists the sizes of the axes that are normalised, the last ones",
  );
}

/** Layer normalisation over the trailing axes `normalizedShape` (Ba et al. 2016). */
export function layerNorm(
  x: CoreTensor,
  normalizedShape: readonly number[],
  options: {
    readonly weight?: CoreTensor | null;
    readonly bias?: CoreTensor | null;
    readonly eps?: number;
  } = {},
): Tensor {
  core.checkOptions("layerNorm", options, ["weight", "bias", "eps"]);
  const axes = trailingAxes("layerNorm", x, normalizedShape);
  return asTensor(
    core.layerNorm(x, options.weight ?? null, options.bias ?? null, { axes, eps: options.eps ?? 1e-5 }),
  );
}

/** Root-mean-square normalisation (Zhang & Sennrich 2019); `eps` null means the dtype's machine epsilon. */
export function rmsNorm(
  x: CoreTensor,
  normalizedShape: readonly number[],
  options: { readonly weight?: CoreTensor | null; readonly eps?: number | null } = {},
): Tensor {
  core.checkOptions("rmsNorm", options, ["weight", "eps"]);
  const axes = trailingAxes("rmsNorm", x, normalizedShape);
  const eps = options.eps ?? (x.dtype === "float64" ? 2 ** -52 : 2 ** -23);
  return asTensor(core.rmsNorm(x, options.weight ?? null, { axes, eps }));
}

/** Group normalisation of `[N, C, …]` (Wu & He 2018). */
export function groupNorm(
  x: CoreTensor,
  numGroups: number,
  options: {
    readonly weight?: CoreTensor | null;
    readonly bias?: CoreTensor | null;
    readonly eps?: number;
  } = {},
): Tensor {
  core.checkOptions("groupNorm", options, ["weight", "bias", "eps"]);
  return asTensor(
    core.groupNorm(x, options.weight ?? null, options.bias ?? null, {
      groups: numGroups,
      eps: options.eps ?? 1e-5,
    }),
  );
}

/** Instance normalisation of `[N, C, …]` (Ulyanov et al. 2016). */
export function instanceNorm(
  x: CoreTensor,
  options: {
    readonly weight?: CoreTensor | null;
    readonly bias?: CoreTensor | null;
    readonly eps?: number;
  } = {},
): Tensor {
  core.checkOptions("instanceNorm", options, ["weight", "bias", "eps"]);
  return asTensor(
    core.instanceNorm(x, options.weight ?? null, options.bias ?? null, { eps: options.eps ?? 1e-5 }),
  );
}

/** Local response normalisation across channels (Krizhevsky et al. 2012). */
export function localResponseNorm(
  x: CoreTensor,
  size: number,
  options: { readonly alpha?: number; readonly beta?: number; readonly k?: number } = {},
): Tensor {
  core.checkOptions("localResponseNorm", options, ["alpha", "beta", "k"]);
  const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
  return asTensor(core.localResponseNorm(x, { size, alpha, beta, k }));
}

/** x divided by its p-norm along `dim`, at least `eps`. */
export function normalize(
  x: CoreTensor,
  options: { readonly p?: number; readonly dim?: number; readonly eps?: number } = {},
): Tensor {
  core.checkOptions("normalize", options, ["p", "dim", "eps"]);
  const { p = 2, dim = 1, eps = 1e-12 } = options;
  const length = core.norm(x, { p, axes: dim, keepDims: true });
  return asTensor(core.div(x, core.maximum(length, eps)));
}

/** Cosine of the angle between x1 and x2 along `dim`. */
export function cosineSimilarity(
  x1: CoreTensor,
  x2: CoreTensor,
  options: { readonly dim?: number; readonly eps?: number } = {},
): Tensor {
  core.checkOptions("cosineSimilarity", options, ["dim", "eps"]);
  const { dim = 1, eps = 1e-8 } = options;
  const unit = (x: CoreTensor) =>
    core.div(x, core.maximum(core.norm(x, { p: 2, axes: dim, keepDims: true }), eps));
  return asTensor(core.sum(core.mul(unit(x1), unit(x2)), dim));
}
