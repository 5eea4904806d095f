// Losses.
import * as core from "@isoform/core";
import type { Tensor } from "@isoform/core";
import type { LOSS_OPS } from "../../ir/ops/loss.js";
import type { Call, OpRuns } from "../call.js";

/** -w[t] logp[t] per target, reduced; `ignore` targets count for nothing. */
function nll(c: Call<"NegativeLogLikelihoodLoss" | "SoftmaxCrossEntropyLoss">, logp: Tensor): Tensor {
  const { ignore_index: ignore, reduction } = c.attrs;
  const classes = logp.shape[1]!;
  const target = core.cast(c.t(1), "int64");
  const skipped = ignore === undefined ? null : core.eq(target, ignore);
  const safe = skipped === null ? target : core.where(skipped, 0, target);
  const places = core.reshape(safe, [safe.shape[0]!, 1, ...safe.shape.slice(1)]);
  const picked = core.reshape(core.gatherElements(logp, places, 1), target.shape);
  const weights = c.opt(2) ?? core.ones([classes], logp.dtype);
  const plain = core.reshape(core.gather(weights, core.reshape(safe, [-1]), 0), target.shape);
  const weight = skipped === null ? plain : core.where(skipped, core.zerosLike(plain), plain);
  const loss = core.neg(core.mul(picked, weight));
  if (reduction === "none") return loss;
  if (reduction === "sum") return core.sum(loss);
  return core.div(core.sum(loss), core.sum(weight));
}

/** Losses. */
export const LOSS: OpRuns<keyof typeof LOSS_OPS> = {
  NegativeLogLikelihoodLoss: { run: (c) => nll(c, c.t(0)) },
  SoftmaxCrossEntropyLoss: {
    run: (c) => {
      const logp = core.logSoftmax(c.t(0), 1);
      return [nll(c, logp), logp];
    },
  },
};
