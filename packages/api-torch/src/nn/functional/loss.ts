// Losses of torch.nn.functional that compare values or distributions. Classes: cross-entropy.ts, margins: margin-loss.ts.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import * as kinds from "./reduction.js";
import { reduced, sameShapes, type LossOptions, type Reduction } from "./reduction.js";
import { inOrder, type InOrder } from "../../options.js";

/**
 * Squared error of two tensors of one shape. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' -> the
 * input's shape.
 * @throws {ShapeError} when the shapes differ; losses do not broadcast.
 * @throws {DTypeError} when both are bool, or integers are averaged.
 * @throws {ArgumentError} when an option or the reduction is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.mse_loss
 */
export function mseLoss(input: CoreTensor, target: CoreTensor, options: LossOptions = {}): Tensor {
  checkOptions("mseLoss", options, kinds.PLAIN);
  sameShapes("mseLoss", input, target);
  const d = core.sub(input, target);
  return reduced(core.mul(d, d), options.reduction);
}

/**
 * Absolute error of two tensors of one shape. `reduction` 'mean' (default) or 'sum' -> a scalar, 'none' ->
 * the input's shape.
 * @throws {ShapeError} when the shapes differ; losses do not broadcast.
 * @throws {DTypeError} when both are bool, or integers are averaged.
 * @throws {ArgumentError} when an option or the reduction is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.l1_loss
 */
export function l1Loss(input: CoreTensor, target: CoreTensor, options: LossOptions = {}): Tensor {
  checkOptions("l1Loss", options, kinds.PLAIN);
  sameShapes("l1Loss", input, target);
  return reduced(core.abs(core.sub(input, target)), options.reduction);
}

/** Options of `smoothL1Loss`. */
export interface SmoothL1Options extends LossOptions {
  /** Where quadratic turns to linear. */
  readonly beta?: number;
}

/**
 * Error d of two tensors of one shape: d²/(2β) below β (`beta`, default 1), |d| − β/2 above. `reduction`
 * 'mean' (default) or 'sum' -> a scalar, 'none' -> the input's shape.
 * @throws {ShapeError} when the shapes differ; losses do not broadcast.
 * @throws {DTypeError} when both are bool.
 * @throws {ArgumentError} when an option or the reduction is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.smooth_l1_loss, Girshick 2015, https://arxiv.org/abs/1504.08083
 */
export function smoothL1Loss(input: CoreTensor, target: CoreTensor, options: SmoothL1Options = {}): Tensor {
  checkOptions("smoothL1Loss", options, kinds.SMOOTH_L1);
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

/** Options of `huberLoss`. */
export interface HuberOptions extends LossOptions {
  /** Where quadratic turns to linear. */
  readonly delta?: number;
}

/**
 * Huber loss of two tensors of one shape: δ times `smoothL1Loss` with β = δ (`delta`, default 1). `reduction`
 * 'mean' (default) or 'sum' -> a scalar, 'none' -> the input's shape.
 * @throws {ShapeError} when the shapes differ; losses do not broadcast.
 * @throws {DTypeError} when both are bool.
 * @throws {ArgumentError} when an option or the reduction is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.huber_loss
 */
export function huberLoss(input: CoreTensor, target: CoreTensor, options: HuberOptions = {}): Tensor {
  checkOptions("huberLoss", options, kinds.HUBER);
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

/** Options of `binaryCrossEntropy`. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Factor of every element, broadcast. */
  readonly weight?: CoreTensor | null;
}
/** Options of `binaryCrossEntropyWithLogits`. */
export interface LogitsOptions extends BinaryCrossEntropyOptions {
  /** Factor of the positive share, broadcast. */
  readonly posWeight?: CoreTensor | null;
}

const WEIGHT = ["weight"] as const;

/**
 * Binary cross entropy, in nats, of probabilities and targets of one shape; logarithms are at least −100, as
 * in PyTorch. Probabilities outside 0 … 1 give NaN. `reduction` 'mean' (default) or 'sum' -> a scalar,
 * 'none' -> the input's shape.
 * @throws {ShapeError} when the shapes differ, or `weight` does not broadcast to them.
 * @throws {DTypeError} when `input` is not a float tensor, or `target` is bool.
 * @throws {ArgumentError} when an option or the reduction is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.binary_cross_entropy
 */
export function binaryCrossEntropy(
  input: CoreTensor,
  target: CoreTensor,
  ...given: InOrder<BinaryCrossEntropyOptions, typeof WEIGHT>
): Tensor {
  const options = inOrder<BinaryCrossEntropyOptions>("binaryCrossEntropy", given, WEIGHT);
  checkOptions("binaryCrossEntropy", options, kinds.WEIGHTED);
  sameShapes("binaryCrossEntropy", input, target);
  return core.scope(() => {
    const terms = bernoulli(input, target);
    return reduced(options.weight ? core.mul(terms, options.weight) : terms, options.reduction);
  });
}

/** −t·log(p) − (1 − t)·log(1 − p) with PyTorch's slope of p, (p − t)/max(p(1 − p), 1e-12), which is finite. */
function bernoulli(p: CoreTensor, t: CoreTensor): CoreTensor {
  // A slope of 1e12 is no float16.
  if (p.dtype === "float16") return core.cast(bernoulli(core.cast(p, "float32"), t), p.dtype);
  const inverse = (x: CoreTensor) => core.add(core.neg(x), 1);
  const clipped = (x: CoreTensor) => core.maximum(core.log(x), -100);
  const entropy = (x: CoreTensor) =>
    core.neg(core.add(core.mul(t, clipped(x)), core.mul(inverse(t), clipped(inverse(x)))));
  const fixed = core.detach(p);
  const spread = core.mul(fixed, inverse(fixed));
  const flat = core.and(core.ge(spread, 0), core.lt(spread, FLAT));
  const slope = core.div(core.sub(fixed, core.detach(t)), FLAT);
  const atEnds = core.add(entropy(fixed), core.mul(core.sub(p, fixed), slope));
  return core.where(flat, atEnds, entropy(core.where(flat, 0.5, p)));
}
const FLAT = 1e-12;

/**
 * Binary cross entropy, in nats, of logits and targets of one shape, stable for large values. `reduction`
 * 'mean' (default) or 'sum' -> a scalar, 'none' -> the input's shape.
 * @throws {ShapeError} when the shapes differ, or `weight` or `posWeight` does not broadcast to them.
 * @throws {DTypeError} when `input` is not a float tensor, or `target` is bool.
 * @throws {ArgumentError} when an option or the reduction is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.binary_cross_entropy_with_logits
 */
export function binaryCrossEntropyWithLogits(
  input: CoreTensor,
  target: CoreTensor,
  ...given: InOrder<LogitsOptions, typeof WEIGHT>
): Tensor {
  const options = inOrder<LogitsOptions>("binaryCrossEntropyWithLogits", given, WEIGHT);
  checkOptions("binaryCrossEntropyWithLogits", options, kinds.LOGITS);
  sameShapes("binaryCrossEntropyWithLogits", input, target);
  const { weight, posWeight } = options;
  const negative = core.logSigmoid(core.neg(input));
  const positive = core.mul(target, core.logSigmoid(input));
  const one = core.add(core.neg(target), 1);
  const terms = core.add(posWeight ? core.mul(positive, posWeight) : positive, core.mul(one, negative));
  return reduced(core.neg(weight ? core.mul(terms, weight) : terms), options.reduction);
}

/** Options of `klDiv`. */
export interface KLDivOptions {
  readonly reduction?: Reduction | "batchmean";
  /** The target is given as logarithms too. */
  readonly logTarget?: boolean;
}

/**
 * Kullback-Leibler divergence, in nats, of log-probabilities `input` from `target` of the same shape,
 * elementwise. `reduction` 'mean' (default), 'sum' or 'batchmean' (the sum divided by the first axis) -> a
 * scalar, 'none' -> the input's shape.
 * @throws {ShapeError} when the shapes differ; losses do not broadcast.
 * @throws {DTypeError} when `target` is not a float tensor.
 * @throws {ArgumentError} when an option or the reduction is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.kl_div
 */
export function klDiv(input: CoreTensor, target: CoreTensor, options: KLDivOptions = {}): Tensor {
  checkOptions("klDiv", options, kinds.KL_DIV);
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

/** Options of `poissonNllLoss`. */
export interface PoissonNLLOptions extends LossOptions {
  /** The input is the logarithm of the rate. */
  readonly logInput?: boolean;
  /** Adds Stirling's approximation of log(target!) for targets above 1. */
  readonly full?: boolean;
  /** Added to the rate before its logarithm, when `logInput` is false. */
  readonly eps?: number;
}

/**
 * Negative log-likelihood, in nats, of counts `target` of Poisson distributions with rates `input`; the
 * shapes broadcast. Options by default: logInput true, full false, eps 1e-8, reduction 'mean' ('sum';
 * 'none' -> the broadcast shape).
 * @throws {ShapeError} when the shapes cannot be broadcast.
 * @throws {DTypeError} when `input` under `logInput`, or `target` under `full`, is not a float tensor.
 * @throws {ArgumentError} when an option or the reduction is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.poisson_nll_loss
 */
export function poissonNllLoss(
  input: CoreTensor,
  target: CoreTensor,
  options: PoissonNLLOptions = {},
): Tensor {
  checkOptions("poissonNllLoss", options, kinds.POISSON_NLL);
  const { logInput = true, full = false, eps = 1e-8, reduction } = options;
  checkTensors("poissonNllLoss", { input, target });
  let loss = logInput
    ? core.sub(core.exp(input), core.mul(target, input))
    : core.sub(input, core.mul(target, core.log(core.add(input, eps))));
  if (full) {
    const large = core.gt(target, 1);
    const n = core.where(large, target, 1);
    const entropy = core.sub(core.mul(n, core.log(n)), n);
    const stirling = core.add(entropy, core.mul(core.log(core.mul(n, 2 * Math.PI)), 0.5));
    loss = core.add(loss, core.where(large, stirling, 0));
  }
  return reduced(loss, reduction);
}

/** Options of `gaussianNllLoss`. */
export interface GaussianNLLOptions extends LossOptions {
  /** Adds the constant ½·log 2π. */
  readonly full?: boolean;
  /** Smaller variances count as this one. */
  readonly eps?: number;
}

/**
 * Negative log-likelihood, in nats, of `target` under normal distributions of mean `input` and variance
 * `variance`: a number, a tensor of the same shape, or one value per row (last axis left out or of size 1).
 * Options by default: full false, eps 1e-6, reduction 'mean' ('sum'; 'none' -> the input's shape).
 * @throws {ShapeError} when the variance does not fit the input, or the target does not broadcast with it.
 * @throws {DTypeError} when input and target are bool.
 * @throws {ArgumentError} when an option or the reduction is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.gaussian_nll_loss, Nix & Weigend 1994
 */
export function gaussianNllLoss(
  input: CoreTensor,
  target: CoreTensor,
  variance: CoreTensor | number,
  options: GaussianNLLOptions = {},
): Tensor {
  checkOptions("gaussianNllLoss", options, kinds.GAUSSIAN_NLL);
  const { full = false, eps = 1e-6, reduction } = options;
  checkTensors("gaussianNllLoss", { input, target });
  const given = varianceOf(input, variance);
  const raised = core.sub(core.maximum(given, eps), given);
  const v = core.add(given, core.detach(raised));
  const d = core.sub(input, target);
  const loss = core.mul(core.add(core.log(v), core.div(core.mul(d, d), v)), 0.5);
  const constant = 0.5 * Math.log(2 * Math.PI);
  return reduced(full ? core.add(loss, constant) : loss, reduction);
}

function varianceOf(input: CoreTensor, variance: CoreTensor | number): CoreTensor {
  if (typeof variance !== "number") checkTensors("gaussianNllLoss", { variance });
  if (typeof variance === "number") return core.full(input.shape, variance, input.dtype);
  const rows = input.shape.slice(0, -1);
  if (core.sameShape(variance.shape, input.shape) || core.sameShape(variance.shape, [...rows, 1]))
    return variance;
  if (core.sameShape(variance.shape, rows)) return core.unsqueeze(variance, [-1]);
  throw core.shapeError(
    "gaussianNllLoss",
    "the variance does not fit the input",
    [input, variance],
    "give one variance per element, or per row",
  );
}
