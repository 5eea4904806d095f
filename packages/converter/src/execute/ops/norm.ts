// Normalisation layers. Half-precision inputs are normalised in float32, as the `stash_type` of ONNX asks.
import * as core from "@isoform/core";
import type { Tensor } from "@isoform/core";
import type { NORM_OPS } from "../../ir/ops/norm.js";
import type { Call, OpRuns, Result } from "../call.js";

const half = (x: Tensor): boolean => x.dtype === "float16" || x.dtype === "bfloat16";
const widen = (x: Tensor): Tensor => (half(x) ? core.cast(x, "float32") : x);
const like = (x: Tensor | null, y: Tensor): Tensor | null => (x === null ? null : core.cast(x, y.dtype));

/** Inference uses the running statistics; training mode the batch's, and returns the updated running ones. */
function batchNorm(c: Call<"BatchNormalization">): Result {
  const { epsilon: eps, momentum, training_mode: training } = c.attrs;
  const x = c.t(0);
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => core.cast(c.t(i), x.dtype)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  if (x.rank === 1) {
    const column = core.batchNorm(core.reshape(x, [-1, 1]), mean, variance, scale, bias, { eps, axis: 1 });
    return core.reshape(column, x.shape);
  }
  if (!training) return core.batchNorm(x, mean, variance, scale, bias, { eps, axis: 1 });
  const [y, batchMean, batchVariance] = core.batchNormTrain(x, scale, bias, { eps, axis: 1 });
  const blend = (i: number, now: Tensor) =>
    core.add(core.mul(c.t(i), momentum), core.mul(core.cast(now, c.dtype(i)), 1 - momentum));
  return [y, c.wants(1) ? blend(3, batchMean) : null, c.wants(2) ? blend(4, batchVariance) : null];
}

function axesFrom(axis: number, rank: number): number[] {
  const first = axis < 0 ? axis + rank : axis;
  return Array.from({ length: rank - first }, (_, i) => first + i);
}

function layerNorm(c: Call<"LayerNormalization">): Result {
  const x = c.t(0);
  const axes = axesFrom(c.attrs.axis, x.rank);
  const shape = axes.map((a) => x.shape[a]!);
  const wide = widen(x);
  const scale = spread(like(c.t(1), wide), shape);
  const bias = spread(like(c.opt(2), wide), shape);
  const y = core.cast(core.layerNorm(wide, scale, bias, { axes, eps: c.attrs.epsilon }), x.dtype);
  if (!c.wants(1) && !c.wants(2)) return y;
  const mean = core.mean(wide, axes, { keepDims: true });
  const inverse = core.rsqrt(core.add(core.variance(wide, axes, { keepDims: true }), c.attrs.epsilon));
  return [y, mean, inverse];
}

/** Scale and bias may be given smaller than the normalised shape. */
function spread(t: Tensor | null, shape: readonly number[]): Tensor | null {
  return t === null ? null : core.broadcastTo(t, shape);
}

function rmsNorm(c: Call<"RMSNormalization">): Tensor {
  const x = c.t(0);
  const axes = axesFrom(c.attrs.axis, x.rank);
  const wide = widen(x);
  const y = core.rmsNorm(wide, null, { axes, eps: c.attrs.epsilon });
  return core.mul(core.cast(y, c.dtype(1)), c.t(1));
}

function groupNorm(c: Call<"GroupNormalization">): Tensor {
  const x = c.t(0);
  const wide = widen(x);
  const options = { groups: c.attrs.num_groups, eps: c.attrs.epsilon };
  return core.cast(core.groupNorm(wide, like(c.t(1), wide), like(c.t(2), wide), options), x.dtype);
}

/** (x - mean) / (sqrt(E[x²] - E[x]²) + 1e-9). */
function meanVariance(c: Call<"MeanVarianceNormalization">): Tensor {
  const x = c.t(0);
  const { axes } = c.attrs;
  const mean = core.mean(x, axes, { keepDims: true });
  const deviation = core.sqrt(core.variance(x, axes, { keepDims: true }));
  return core.div(core.sub(x, mean), core.add(deviation, 1e-9));
}

/** x / ‖x‖; zero vectors stay zero. */
function lpNormalization(c: Call<"LpNormalization">): Tensor {
  const x = c.t(0);
  const { axis, p } = c.attrs;
  const norm = core.norm(x, { p, axes: [axis], keepDims: true });
  return core.div(x, core.where(core.eq(norm, 0), core.onesLike(norm), norm));
}

/** Normalisation layers. */
export const NORM: OpRuns<keyof typeof NORM_OPS> = {
  BatchNormalization: { run: batchNorm },
  GroupNormalization: { run: groupNorm },
  InstanceNormalization: { run: (c) => core.instanceNorm(c.t(0), c.t(1), c.t(2), { eps: c.attrs.epsilon }) },
  LRN: {
    run: (c) =>
      core.localResponseNorm(c.t(0), {
        size: c.attrs.size,
        before: Math.floor((c.attrs.size - 1) / 2),
        alpha: c.attrs.alpha,
        beta: c.attrs.beta,
        k: c.attrs.bias,
      }),
  },
  LayerNormalization: { run: layerNorm },
  LpNormalization: { run: lpNormalization },
  MeanVarianceNormalization: { run: meanVariance },
  RMSNormalization: { run: rmsNorm },
};
