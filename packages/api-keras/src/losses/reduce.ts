// From losses per sample to one number: masks, sample weights and Keras' reductions.
import * as core from "@isoform/core";
import { oneOf } from "../config/options.js";
import { invalid } from "../config/values.js";

/** How losses of samples become one; null keeps them apart. */
export type Reduction = "sum_over_batch_size" | "sum" | "mean" | "mean_with_sample_weight" | "none" | null;
const REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"] as const;

/** A reduction by name. @throws {ArgumentError} when there is none of the name */
export function standardizeReduction(owner: string, reduction: Reduction): Reduction {
  return reduction === null ? null : oneOf(owner, "reduction", reduction, REDUCTIONS);
}

/** Two tensors of one rank: a last axis of size 1 is taken away, or added to a vector. */
export function sameRank(a: core.Tensor, b: core.Tensor): readonly [core.Tensor, core.Tensor] {
  if (a.rank === b.rank + 1 && a.shape.at(-1) === 1) {
    return b.rank === 1 ? [a, core.reshape(b, [...b.shape, 1])] : [core.reshape(a, a.shape.slice(0, -1)), b];
  }
  if (b.rank === a.rank + 1 && b.shape.at(-1) === 1) {
    return a.rank === 1 ? [core.reshape(a, [...a.shape, 1]), b] : [a, core.reshape(b, b.shape.slice(0, -1))];
  }
  return [a, b];
}

/** a / b, 0 where b is 0. */
export function divideNoNan(a: core.Tensor, b: core.Tensor): core.Tensor {
  const zero = core.eq(b, 0);
  return core.where(zero, 0, core.div(a, core.where(zero, 1, b)));
}

/**
 * Losses times weights, reduced. A mask leaves samples out: with the mean reductions the others count accordingly more.
 * @throws {ShapeError} when weights do not broadcast against the losses
 */
export function reduceWeighted(
  values: core.Tensor,
  sampleWeight: core.Tensor | null,
  mask: core.Tensor | null,
  reduction: Reduction,
): core.Tensor {
  const { dtype } = values;
  let weight = sampleWeight && core.cast(sampleWeight, dtype);
  if (mask) {
    const kept = maskWeight(mask, dtype, reduction);
    const [a, b] = weight ? sameRank(kept, weight) : [kept, null];
    weight = b ? core.mul(a, b) : a;
  }
  let weighted = values;
  if (weight) {
    const [v, w] = sameRank(values, weight);
    weight = alignLeading(w, v);
    weighted = core.mul(v, weight);
  }
  if (reduction === null || reduction === "none" || weighted.rank === 0) return weighted;
  const total = core.sum(weighted);
  if (reduction === "sum") return total;
  if (reduction === "mean_with_sample_weight" && weight) return divideNoNan(total, core.sum(weight));
  return weighted.size === 0 ? total : core.div(total, weighted.size);
}

function maskWeight(mask: core.Tensor, dtype: core.DType, reduction: Reduction): core.Tensor {
  const kept = core.cast(mask, dtype);
  if (reduction !== "mean" && reduction !== "sum_over_batch_size") return kept;
  return core.mul(kept, divideNoNan(core.full([], mask.size, dtype), core.sum(kept)));
}

/** One weight per sample counts for all losses of the sample. */
function alignLeading(weight: core.Tensor, values: core.Tensor): core.Tensor {
  const missing = values.rank - weight.rank;
  if (missing <= 0 || weight.rank === 0) return weight;
  const leading = weight.shape.every((n, i) => n === values.shape[i] || n === 1);
  return leading
    ? core.reshape(weight, [...weight.shape, ...Array.from({ length: missing }, () => 1)])
    : weight;
}

/** Refuses scalars, which have no classes. @throws {ShapeError} when the predictions are one */
export function requireClassAxis(op: string, p: core.Tensor): void {
  if (p.rank > 0) return;
  throw new core.ShapeError("the predictions have no class axis", {
    code: "shape/loss",
    op,
    inputs: [core.describe(p)],
    hint: "pass predictions [..., classes]",
  });
}

/** The exponent of the generalised cross entropy. @throws {ArgumentError} when it is not between 0 and 1 */
export function checkQ(op: string, q: number): void {
  if (typeof q === "number" && q > 0 && q < 1) return;
  throw invalid(op, "q", q, "use a number between 0 and 1, both excluded");
}
