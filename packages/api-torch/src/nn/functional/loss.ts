// Losses of torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/** How the losses of the samples are combined. */
export type Reduction = "mean" | "sum" | "none";
/** Options that all losses have. */
export interface LossOptions {
  readonly reduction?: Reduction;
}

function reduced(loss: CoreTensor, reduction: Reduction = "mean"): Tensor {
  switch (reduction) {
    case "mean":
      return asTensor(core.mean(loss));
    case "sum":
      return asTensor(core.sum(loss));
    case "none":
      return asTensor(loss);
    default:
      throw new core.ArgumentError(`reduction is ${JSON.stringify(reduction)}`, {
        code: "argument/reduction",
        op: "loss",
        hint: "use 'mean', 'sum' or 'none'",
      });
  }
}

function sameShapes(op: string, a: CoreTensor, b: CoreTensor): void {
  if (core.sameShape(a.shape, b.shape)) return;
  throw core.shapeError(
    op,
    "input and target have different shapes",
    [a, b],
    "reshape one of them; losses do not broadcast",
  );
}

/** Mean squared error. */
export function mseLoss(input: CoreTensor, target: CoreTensor, options: LossOptions = {}): Tensor {
  sameShapes("mseLoss", input, target);
  const d = core.sub(input, target);
  return reduced(core.mul(d, d), options.reduction);
}

/** Mean absolute error. */
export function l1Loss(input: CoreTensor, target: CoreTensor, options: LossOptions = {}): Tensor {
  sameShapes("l1Loss", input, target);
  return reduced(core.abs(core.sub(input, target)), options.reduction);
}

/** Quadratic below β, linear above (Girshick 2015). */
export function smoothL1Loss(
  input: CoreTensor,
  target: CoreTensor,
  options: LossOptions & { readonly beta?: number } = {},
): Tensor {
  const { beta = 1 } = options;
  sameShapes("smoothL1Loss", input, target);
  const d = core.sub(input, target);
  const a = core.abs(d);
  const loss =
    beta === 0
      ? a
      : core.where(core.lt(a, beta), core.mul(core.mul(d, d), 0.5 / beta), core.sub(a, beta / 2));
  return reduced(loss, options.reduction);
}

/** Huber loss: δ times `smoothL1Loss` with β = δ. */
export function huberLoss(
  input: CoreTensor,
  target: CoreTensor,
  options: LossOptions & { readonly delta?: number } = {},
): Tensor {
  const { delta = 1 } = options;
  sameShapes("huberLoss", input, target);
  const d = core.sub(input, target);
  const a = core.abs(d);
  const loss = core.where(
    core.le(a, delta),
    core.mul(core.mul(d, d), 0.5),
    core.mul(core.sub(a, delta / 2), delta),
  );
  return reduced(loss, options.reduction);
}

/** Options of the classification losses. */
export interface CrossEntropyOptions extends LossOptions {
  /** Weight of every class, `[C]`. */
  readonly weight?: CoreTensor | null;
  /** Target index that is left out. */
  readonly ignoreIndex?: number;
  /** Share of the target spread over all classes (Szegedy et al. 2016). */
  readonly labelSmoothing?: number;
}

/** Classes on the last axis: `[N, C, d…]` as `[N·d…, C]`. */
function rowsOf(input: CoreTensor): CoreTensor {
  if (input.rank <= 2) return input;
  const last = input.rank - 1;
  const perm = input.shape.map((_, i) => (i === 0 ? 0 : i === last ? 1 : i + 1));
  return core.reshape(core.transpose(input, perm), [-1, input.shape[1]!]);
}

/**
 * Cross entropy of logits `[N, C, d…]` and targets: integer classes `[N, d…]` or probabilities `[N, C, d…]`.
 * The mean is over the weights of the targets, as in PyTorch. @throws ShapeError
 */
export function crossEntropy(
  input: CoreTensor,
  target: CoreTensor,
  options: CrossEntropyOptions = {},
): Tensor {
  core.checkOptions("crossEntropy", options, ["reduction", "weight", "ignoreIndex", "labelSmoothing"]);
  if (input.rank === 1) {
    const batched = core.isFloat(target.dtype) ? core.reshape(target, [1, -1]) : core.reshape(target, [1]);
    const loss = crossEntropy(core.reshape(input, [1, -1]), batched, options);
    return options.reduction === "none" ? asTensor(core.reshape(loss, [])) : loss;
  }
  if (core.isFloat(target.dtype)) return softCrossEntropy(input, target, options);
  const spatial = [input.shape[0]!, ...input.shape.slice(2)];
  if (!core.sameShape(target.shape, spatial)) {
    throw core.shapeError(
      "crossEntropy",
      `targets must be [${spatial.join(",")}]`,
      [input, target],
      "give one class per position",
    );
  }
  const plain = !options.weight && !options.labelSmoothing && options.ignoreIndex === undefined;
  if (plain) {
    const rows = core.softmaxCrossEntropy(rowsOf(input), core.reshape(target, [-1]));
    return reduced(options.reduction === "none" ? core.reshape(rows, spatial) : rows, options.reduction);
  }
  return nllFrom(core.logSoftmax(input, 1), target, options);
}

function softCrossEntropy(input: CoreTensor, target: CoreTensor, options: CrossEntropyOptions): Tensor {
  sameShapes("crossEntropy", input, target);
  const { weight, labelSmoothing = 0, reduction = "mean" } = options;
  const classes = input.shape[1]!;
  const soft =
    labelSmoothing === 0 ? target : core.add(core.mul(target, 1 - labelSmoothing), labelSmoothing / classes);
  let terms = core.mul(core.logSoftmax(input, 1), soft);
  if (weight) terms = core.mul(terms, perClass(weight, input.rank));
  const rows = core.neg(core.sum(terms, 1));
  return reduction === "mean" ? asTensor(core.div(core.sum(rows), rows.size)) : reduced(rows, reduction);
}

const perClass = (weight: CoreTensor, rank: number): CoreTensor =>
  core.reshape(weight, [1, weight.size, ...new Array<number>(rank - 2).fill(1)]);

function nllFrom(logProbs: CoreTensor, target: CoreTensor, options: CrossEntropyOptions): Tensor {
  const { weight, ignoreIndex = -100, labelSmoothing = 0, reduction = "mean" } = options;
  const classes = logProbs.shape[1]!;
  const valid = core.ne(target, ignoreIndex);
  const safe = core.where(valid, target, core.scalar(0, target.dtype));
  const picked = core.neg(core.squeeze(core.gatherElements(logProbs, core.unsqueeze(safe, [1]), 1), [1]));
  const mask = core.cast(valid, logProbs.dtype);
  const weights = weight ? core.mul(core.gather(weight, safe, 0), mask) : mask;
  let loss = core.mul(picked, weights);
  if (labelSmoothing > 0) {
    const all = weight ? core.mul(logProbs, perClass(weight, logProbs.rank)) : logProbs;
    const smooth = core.mul(core.neg(core.sum(all, 1)), mask);
    loss = core.add(core.mul(loss, 1 - labelSmoothing), core.mul(smooth, labelSmoothing / classes));
  }
  if (reduction !== "mean") return reduced(loss, reduction);
  return asTensor(core.div(core.sum(loss), core.sum(weights)));
}

/** Negative log-likelihood of log-probabilities `[N, C, d…]` and integer classes `[N, d…]`. */
export function nllLoss(
  input: CoreTensor,
  target: CoreTensor,
  options: Omit<CrossEntropyOptions, "labelSmoothing"> = {},
): Tensor {
  core.checkOptions("nllLoss", options, ["reduction", "weight", "ignoreIndex"]);
  return nllFrom(input, target, options);
}

/** Binary cross entropy of probabilities; logarithms are at least −100, as in PyTorch. */
export function binaryCrossEntropy(
  input: CoreTensor,
  target: CoreTensor,
  options: LossOptions & { readonly weight?: CoreTensor | null } = {},
): Tensor {
  sameShapes("binaryCrossEntropy", input, target);
  const clipped = (x: CoreTensor) => core.maximum(core.log(x), -100);
  const inverse = (x: CoreTensor) => core.add(core.neg(x), 1);
  const terms = core.add(
    core.mul(target, clipped(input)),
    core.mul(inverse(target), clipped(inverse(input))),
  );
  const loss = core.neg(options.weight ? core.mul(terms, options.weight) : terms);
  return reduced(loss, options.reduction);
}

/** Binary cross entropy of logits, stable for large values. */
export function binaryCrossEntropyWithLogits(
  input: CoreTensor,
  target: CoreTensor,
  options: LossOptions & { readonly weight?: CoreTensor | null; readonly posWeight?: CoreTensor | null } = {},
): Tensor {
  sameShapes("binaryCrossEntropyWithLogits", input, target);
  const { weight, posWeight } = options;
  const negative = core.logSigmoid(core.neg(input));
  const positive = core.mul(target, core.logSigmoid(input));
  const one = core.add(core.neg(target), 1);
  const terms = core.add(posWeight ? core.mul(positive, posWeight) : positive, core.mul(one, negative));
  return reduced(core.neg(weight ? core.mul(terms, weight) : terms), options.reduction);
}

/** Kullback-Leibler divergence of log-probabilities `input` from `target`; 'batchmean' divides by the batch. */
export function klDiv(
  input: CoreTensor,
  target: CoreTensor,
  options: { readonly reduction?: Reduction | "batchmean"; readonly logTarget?: boolean } = {},
): Tensor {
  sameShapes("klDiv", input, target);
  const { reduction = "mean", logTarget = false } = options;
  const loss = logTarget
    ? core.mul(core.exp(target), core.sub(target, input))
    : core.sub(
        core.where(
          core.gt(target, 0),
          core.mul(target, core.log(core.where(core.gt(target, 0), target, 1))),
          0,
        ),
        core.mul(target, input),
      );
  if (reduction === "batchmean") return asTensor(core.div(core.sum(loss), input.shape[0] ?? 1));
  return reduced(loss, reduction);
}
