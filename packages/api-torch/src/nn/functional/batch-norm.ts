// Batch normalisation with its running statistics: what F.batchNorm and the modules share.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/** Affine parameters and mode. */
interface BatchOptions {
  readonly weight?: CoreTensor | null;
  readonly bias?: CoreTensor | null;
  readonly training?: boolean;
  readonly eps?: number;
}

/** What the old running statistics and the batch's weigh in the new ones. */
interface Shares {
  readonly old: core.TensorLike;
  readonly now: core.TensorLike;
}

/** Shares of a cumulative average after `count` batches, 1 − 1/count and 1/count, each rounded once from its value in float64. */
export function averageShares(count: CoreTensor, dtype: core.DType): Shares {
  if (dtype === "float64") {
    const now = core.div(1, core.cast(count, dtype));
    return { old: core.sub(1, now), now };
  }
  // Quotients of whole numbers, which float32, too, rounds once (to 2²⁴ batches), and which devices without float64 have.
  const n = core.cast(count, "float32");
  return { old: core.cast(core.div(core.sub(n, 1), n), dtype), now: core.cast(core.div(1, n), dtype) };
}

/** `batchNorm` with any shares. */
export function normalizeBatch(
  x: CoreTensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  options: BatchOptions,
  shares: Shares,
): Tensor {
  const { weight = null, bias = null, training = false, eps = 1e-5 } = options;
  if (!training && runningMean && runningVar) {
    return asTensor(core.batchNorm(x, runningMean, runningVar, weight, bias, { eps, axis: 1 }));
  }
  const n = x.size / Math.max(1, x.shape[1] ?? 1);
  if (training && n < 2) {
    throw core.shapeError(
      "batchNorm",
      "training needs more than one value per channel",
      [x],
      "use a larger batch, or eval()",
    );
  }
  const [y, mean, variance] = core.batchNormTrain(x, weight, bias, { eps, axis: 1 });
  if (training && runningMean && runningVar) {
    core.noGrad(() => {
      const blend = (old: Tensor, now: CoreTensor) =>
        old.copy_(core.add(core.mul(old, shares.old), core.mul(now, shares.now)));
      blend(runningMean, core.detach(mean));
      blend(runningVar, core.mul(core.detach(variance), n / (n - 1)));
    });
  }
  return asTensor(y);
}
