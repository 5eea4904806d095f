// How the losses of the samples become one number, and the checks that all losses share.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { FLAG, INTEGER, NUMBER, oneOf, orNull, PROBABILITY, TENSOR, type Kinds } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/** How the losses of the samples are combined. */
export type Reduction = "mean" | "sum" | "none";
/** Options that all losses have. */
export interface LossOptions {
  readonly reduction?: Reduction;
}

const WEIGHT: Kinds = { weight: /* @__PURE__ */ orNull(TENSOR) };
const FULL: Kinds = { full: FLAG, eps: NUMBER };

/** Kinds of the options of losses: of those without any but the reduction, and by name of what they add. */
export const PLAIN: Kinds = { reduction: /* @__PURE__ */ oneOf("mean", "sum", "none") };
export const WEIGHTED: Kinds = { ...PLAIN, ...WEIGHT };
export const LOGITS: Kinds = { ...WEIGHTED, posWeight: /* @__PURE__ */ orNull(TENSOR) };
export const NLL: Kinds = { ...WEIGHTED, ignoreIndex: INTEGER };
export const CROSS_ENTROPY: Kinds = { ...NLL, labelSmoothing: PROBABILITY };
export const SMOOTH_L1: Kinds = { ...PLAIN, beta: NUMBER };
export const HUBER: Kinds = { ...PLAIN, delta: NUMBER };
export const KL_DIV: Kinds = {
  reduction: /* @__PURE__ */ oneOf("mean", "sum", "none", "batchmean"),
  logTarget: FLAG,
};
export const GAUSSIAN_NLL: Kinds = { ...PLAIN, ...FULL };
export const POISSON_NLL: Kinds = { ...GAUSSIAN_NLL, logInput: FLAG };
export const MARGIN: Kinds = { ...PLAIN, margin: NUMBER };
export const TRIPLET: Kinds = { ...MARGIN, p: NUMBER, eps: NUMBER, swap: FLAG };
export const MULTI_MARGIN: Kinds = {
  ...MARGIN,
  ...WEIGHT,
  p: { is: (v) => v === 1 || v === 2, use: "1 or 2" },
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
