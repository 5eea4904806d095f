// Classification losses of torch.nn.functional: cross entropy of logits, likelihood of log-probabilities.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import * as kinds from "./reduction.js";
import { reduced, sameShapes, type LossOptions } from "./reduction.js";
import { inOrder, type InOrder } from "../../options.js";

/** Options of `nllLoss`. */
export interface NLLOptions extends LossOptions {
  /** Weight of every class, `[C]`. */
  readonly weight?: CoreTensor | null;
  /** Target index that is left out; default −100. */
  readonly ignoreIndex?: number;
}

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions extends NLLOptions {
  /** Share of the target spread over all classes (Szegedy et al. 2016). */
  readonly labelSmoothing?: number;
}

const IGNORED = -100;

/** Classes on the last axis: `[N, C, d…]` as `[N·d…, C]`, `[C]` as `[1, C]`. */
function rowsOf(input: CoreTensor): CoreTensor {
  if (input.rank === 1) return core.unsqueeze(input, [0]);
  if (input.rank === 2) return input;
  const last = input.rank - 1;
  const perm = input.shape.map((_, i) => (i === 0 ? 0 : i === last ? 1 : i + 1));
  return core.reshape(core.transpose(input, perm), [-1, input.shape[1]!]);
}

/** `[N, d…]` of `[N, C, d…]`, or `[]` of `[C]`. @throws {ShapeError} unless the targets have it */
function labelShape(op: string, input: CoreTensor, target: CoreTensor): number[] {
  const shape = input.rank === 1 ? [] : [input.shape[0]!, ...input.shape.slice(2)];
  if (input.rank > 0 && core.sameShape(target.shape, shape)) return shape;
  throw core.shapeError(
    op,
    `targets must be [${shape.join(",")}]`,
    [input, target],
    "give one class per position, as integers",
  );
}

/** `torch.tensor([0, 1])` is float32: says what classes need to be. @throws {DTypeError} for what is no integer */
function requireClasses(op: string, input: CoreTensor, target: CoreTensor): void {
  if (core.isInteger(target.dtype) || target.rank >= Math.max(input.rank, 1)) return;
  throw core.dtypeError(
    op,
    [input, target],
    "classes are integers: use target.long(), or tensor(…, { dtype: 'int64' })",
  );
}

const WEIGHT = ["weight"] as const;

/**
 * Cross entropy, in nats, of logits `[N, C, d…]` (or `[C]`) and targets: integer classes `[N, d…]` or
 * probabilities `[N, C, d…]`. The mean is over the weights of the targets; `reduction` 'mean' (default) or
 * 'sum' -> a scalar, 'none' -> `[N, d…]`.
 * @throws {ShapeError} when the targets or the class weights do not fit the logits.
 * @throws {DTypeError} when the logits are not float, or the targets are bool.
 * @throws {ArgumentError} when an option or the reduction is unknown, or a class does not exist (on devices
 * that are read at once).
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.cross_entropy; label smoothing: Szegedy et al. 2015,
 * https://arxiv.org/abs/1512.00567
 */
export function crossEntropy(
  input: CoreTensor,
  target: CoreTensor,
  ...given: InOrder<CrossEntropyOptions, typeof WEIGHT>
): Tensor {
  const options = inOrder<CrossEntropyOptions>("crossEntropy", given, WEIGHT);
  checkOptions("crossEntropy", options, kinds.CROSS_ENTROPY);
  checkTensors("crossEntropy", { input, target });
  if (core.isFloat(target.dtype)) {
    if (!core.sameShape(input.shape, target.shape)) requireClasses("crossEntropy", input, target);
    return softCrossEntropy(input, target, options);
  }
  const shape = labelShape("crossEntropy", input, target);
  if (options.weight || options.labelSmoothing) {
    return nll("crossEntropy", core.logSoftmax(input, input.rank === 1 ? 0 : 1), target, options);
  }
  const { ignoreIndex = IGNORED, reduction = "mean" } = options;
  const classes = input.shape[input.rank === 1 ? 0 : 1]!;
  const count = core.countIndices("crossEntropy", target, classes, {
    what: "the classes",
    ignored: ignoreIndex,
  });
  const labels = ignoreIndex < 0 ? target : core.where(core.eq(target, ignoreIndex), IGNORED, target);
  const rows = core.softmaxCrossEntropy(rowsOf(input), core.reshape(labels, [-1]));
  if (reduction !== "mean") return reduced(core.reshape(rows, shape), reduction);
  if (count === rows.size) return asTensor(core.mean(rows));
  return asTensor(core.div(core.sum(rows), count ?? labelCount(target, ignoreIndex, rows.dtype)));
}

/** How many labels are not the ignored one; compared in float32 where that is exact, which is fast everywhere. */
function labelCount(target: CoreTensor, ignoreIndex: number, dtype: core.DType): CoreTensor {
  const labels = Math.abs(ignoreIndex) < 2 ** 24 ? core.cast(target, "float32") : target;
  return core.sum(core.cast(core.ne(labels, ignoreIndex), dtype));
}

function softCrossEntropy(input: CoreTensor, target: CoreTensor, options: CrossEntropyOptions): Tensor {
  sameShapes("crossEntropy", input, target);
  const { weight, labelSmoothing = 0, reduction = "mean" } = options;
  const axis = input.rank === 1 ? 0 : 1;
  const classes = input.shape[axis]!;
  const soft =
    labelSmoothing === 0 ? target : core.add(core.mul(target, 1 - labelSmoothing), labelSmoothing / classes);
  let terms = core.mul(core.logSoftmax(input, axis), soft);
  if (weight) terms = core.mul(terms, perClass("crossEntropy", weight, input));
  return reduced(core.neg(core.sum(terms, axis)), reduction);
}

/** `[C]` as something that broadcasts along the classes of the input. @throws {ShapeError} */
function perClass(op: string, weight: CoreTensor, input: CoreTensor): CoreTensor {
  const axis = input.rank === 1 ? 0 : 1;
  if (weight.rank !== 1 || weight.size !== input.shape[axis]) {
    throw core.shapeError(
      op,
      "the weights do not fit the classes",
      [input, weight],
      "give one weight per class",
    );
  }
  return core.reshape(
    weight,
    input.shape.map((_, i) => (i === axis ? weight.size : 1)),
  );
}

/** Likelihood of log-probabilities; the mean is over the weights of the targets. */
function nll(op: string, logProbs: CoreTensor, target: CoreTensor, options: CrossEntropyOptions): Tensor {
  const { weight, ignoreIndex = IGNORED, labelSmoothing = 0, reduction = "mean" } = options;
  const axis = logProbs.rank === 1 ? 0 : 1;
  const classes = logProbs.shape[axis]!;
  const broad = weight ? perClass(op, weight, logProbs) : null;
  core.countIndices(op, target, classes, { what: "the classes", ignored: ignoreIndex });
  const valid = core.ne(target, ignoreIndex);
  const safe = core.where(valid, target, 0);
  const column = core.gatherElements(logProbs, core.unsqueeze(safe, [axis]), axis);
  const picked = core.neg(core.squeeze(column, [axis]));
  const mask = core.cast(valid, logProbs.dtype);
  const weights = weight ? core.mul(core.gather(weight, safe, 0), mask) : mask;
  let loss = core.mul(picked, weights);
  if (labelSmoothing > 0) {
    const all = broad ? core.mul(logProbs, broad) : logProbs;
    const smooth = core.mul(core.neg(core.sum(all, axis)), mask);
    loss = core.add(core.mul(loss, 1 - labelSmoothing), core.mul(smooth, labelSmoothing / classes));
  }
  if (reduction !== "mean") return reduced(loss, reduction);
  // NaN when there is nothing to average, with gradients of 0.
  const total = core.sum(weights);
  const none = core.eq(total, 0);
  const mean = core.div(core.sum(loss), core.where(none, 1, total));
  return asTensor(core.add(mean, core.where(none, Number.NaN, core.zerosLike(total))));
}

/**
 * Negative log-likelihood of log-probabilities `[N, C, d…]` (or `[C]`) and integer classes `[N, d…]`. The
 * mean is over the weights of the targets; `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' ->
 * `[N, d…]`.
 * @throws {ShapeError} when the targets or the class weights do not fit the input.
 * @throws {DTypeError} when the targets are not integers, or the input is bool.
 * @throws {ArgumentError} when an option or the reduction is unknown, or a class does not exist (on devices
 * that are read at once).
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.nll_loss
 */
export function nllLoss(
  input: CoreTensor,
  target: CoreTensor,
  ...given: InOrder<NLLOptions, typeof WEIGHT>
): Tensor {
  const options = inOrder<NLLOptions>("nllLoss", given, WEIGHT);
  checkOptions("nllLoss", options, kinds.NLL);
  checkTensors("nllLoss", { input, target });
  requireClasses("nllLoss", input, target);
  labelShape("nllLoss", input, target);
  return nll("nllLoss", input, target, options);
}
