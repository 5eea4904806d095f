// How the losses of the samples become one number, and the checks that all losses share.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import {
  ABOVE_ZERO,
  coded,
  COUNT,
  FLAG,
  FUNCTION,
  INTEGER,
  NUMBER,
  oneOf,
  orNull,
  PROBABILITY,
  TENSOR,
  type Kind,
  type Kinds,
} from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/** How the losses of the samples are combined. */
export type Reduction = "mean" | "sum" | "none";
/** Options that all losses have. */
export interface LossOptions {
  readonly reduction?: Reduction;
}

const reductions = (...more: readonly string[]): Kind =>
  coded("argument/reduction", oneOf("mean", "sum", "none", ...more));
const REDUCTION = /* @__PURE__ */ reductions();
const WEIGHT: Kinds = { weight: /* @__PURE__ */ orNull(TENSOR) };
const FULL: Kinds = { full: FLAG, eps: NUMBER };

/** Kinds of the options of losses that have the reduction only. */
export const PLAIN: Kinds = { reduction: REDUCTION };
/** Kinds of the options of losses with a weight. */
export const WEIGHTED: Kinds = { ...PLAIN, ...WEIGHT };
/** Kinds of the options of `binaryCrossEntropyWithLogits`. */
export const LOGITS: Kinds = { ...WEIGHTED, posWeight: /* @__PURE__ */ orNull(TENSOR) };
/** Kinds of the options of `nllLoss`. */
export const NLL: Kinds = { ...WEIGHTED, ignoreIndex: INTEGER };
/** Kinds of the options of `crossEntropy`. */
export const CROSS_ENTROPY: Kinds = { ...NLL, labelSmoothing: PROBABILITY };
/** Kinds of the options of `smoothL1Loss`. */
export const SMOOTH_L1: Kinds = { ...PLAIN, beta: NUMBER };
/** Kinds of the options of `huberLoss`. */
export const HUBER: Kinds = { ...PLAIN, delta: NUMBER };
/** Kinds of the options of `klDiv`. */
export const KL_DIV: Kinds = {
  reduction: /* @__PURE__ */ reductions("batchmean"),
  logTarget: FLAG,
};
/** Kinds of the options of `gaussianNllLoss`. */
export const GAUSSIAN_NLL: Kinds = { ...PLAIN, ...FULL };
/** Kinds of the options of `poissonNllLoss`. */
export const POISSON_NLL: Kinds = { ...GAUSSIAN_NLL, logInput: FLAG };
/** Kinds of the options of losses with a margin. */
export const MARGIN: Kinds = { ...PLAIN, margin: NUMBER };
/** Kinds of the options of `tripletMarginLoss`. */
export const TRIPLET: Kinds = { ...MARGIN, p: NUMBER, eps: NUMBER, swap: FLAG };
/** Kinds of the options of `tripletMarginWithDistanceLoss`. */
export const TRIPLET_DISTANCE: Kinds = {
  ...PLAIN,
  margin: ABOVE_ZERO,
  swap: FLAG,
  distanceFunction: /* @__PURE__ */ orNull(FUNCTION),
};
/** Kinds of the options of `ctcLoss`. */
export const CTC: Kinds = { ...PLAIN, blank: COUNT, zeroInfinity: FLAG };
/** Kinds of the options of `multiMarginLoss`. */
export const MULTI_MARGIN: Kinds = {
  ...MARGIN,
  ...WEIGHT,
  p: { is: (v) => v === 1 || v === 2, use: "1 or 2", code: "argument/range" },
};

/** The losses combined. */
export function reduced(loss: CoreTensor, reduction: Reduction = "mean"): Tensor {
  switch (reduction) {
    case "mean":
      return asTensor(core.mean(loss));
    case "sum":
      return asTensor(core.sum(loss));
    case "none":
      return asTensor(loss);
  }
}

/** Throws unless both are tensors of one shape. @throws {ArgumentError, ShapeError} */
export function sameShapes(op: string, input: CoreTensor, target: CoreTensor): void {
  checkTensors(op, { input, target });
  if (core.sameShape(input.shape, target.shape)) return;
  throw core.shapeError(
    op,
    "input and target have different shapes",
    [input, target],
    "reshape one of them; losses do not broadcast",
  );
}
