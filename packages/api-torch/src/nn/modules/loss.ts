// Loss modules that compare values, distributions or classes. Those with margins are in margin-loss.ts.
import * as core from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import * as classes from "../functional/cross-entropy.js";
import { ctcLoss, type CTCOptions, type Lengths } from "../functional/ctc-loss.js";
import * as F from "../functional/loss.js";
import * as kinds from "../functional/reduction.js";
import type { LossOptions } from "../functional/reduction.js";
import { checkOptions, type Kinds } from "../../checks.js";
import { Module } from "../module.js";
import { inOrder, type InOrder } from "../../options.js";

/** An input and what it should be. */
export type Pair = [input: core.Tensor, target: core.Tensor];

/** Base of loss modules: checked options. A class weight is a buffer named `weight`, as in PyTorch. */
export abstract class Loss<O extends object, I extends readonly unknown[] = Pair> extends Module<I, Tensor> {
  readonly options: O;
  declare weight: Tensor | null;
  constructor(options: O, known: Kinds) {
    super();
    checkOptions(this.constructor.name, options, known);
    this.options = options;
    if ("weight" in known) this.registerBuffer("weight", weightOf(options, "weight"));
  }
}

function weightOf(options: object, name: string): Tensor | null {
  const value: unknown = Reflect.get(options, name);
  return value instanceof core.Tensor ? asTensor(value) : null;
}

const WEIGHT = ["weight"] as const;

/** Cross entropy of logits; see `F.crossEntropy`. */
export class CrossEntropyLoss extends Loss<classes.CrossEntropyOptions> {
  static override readonly name: string = "CrossEntropyLoss";
  constructor(...given: InOrder<classes.CrossEntropyOptions, typeof WEIGHT>) {
    super(inOrder<classes.CrossEntropyOptions>("CrossEntropyLoss", given, WEIGHT), kinds.CROSS_ENTROPY);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return classes.crossEntropy(input, target, { ...this.options, weight: this.weight });
  }
}
/** Negative log-likelihood of log-probabilities. */
export class NLLLoss extends Loss<classes.NLLOptions> {
  static override readonly name: string = "NLLLoss";
  constructor(...given: InOrder<classes.NLLOptions, typeof WEIGHT>) {
    super(inOrder<classes.NLLOptions>("NLLLoss", given, WEIGHT), kinds.NLL);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return classes.nllLoss(input, target, { ...this.options, weight: this.weight });
  }
}
/** Mean squared error. */
export class MSELoss extends Loss<LossOptions> {
  static override readonly name: string = "MSELoss";
  constructor(options: LossOptions = {}) {
    super(options, kinds.PLAIN);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.mseLoss(input, target, this.options);
  }
}
/** Mean absolute error. */
export class L1Loss extends Loss<LossOptions> {
  static override readonly name: string = "L1Loss";
  constructor(options: LossOptions = {}) {
    super(options, kinds.PLAIN);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.l1Loss(input, target, this.options);
  }
}
/** Quadratic near 0, linear beyond β. */
export class SmoothL1Loss extends Loss<F.SmoothL1Options> {
  static override readonly name: string = "SmoothL1Loss";
  constructor(options: F.SmoothL1Options = {}) {
    super(options, kinds.SMOOTH_L1);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.smoothL1Loss(input, target, this.options);
  }
}
const HUBER = ["reduction", "delta"] as const;

/** Huber loss. */
export class HuberLoss extends Loss<F.HuberOptions> {
  static override readonly name: string = "HuberLoss";
  constructor(...given: InOrder<F.HuberOptions, typeof HUBER>) {
    super(inOrder<F.HuberOptions>("HuberLoss", given, HUBER), kinds.HUBER);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.huberLoss(input, target, this.options);
  }
}
/** Binary cross entropy of probabilities. */
export class BCELoss extends Loss<F.BinaryCrossEntropyOptions> {
  static override readonly name: string = "BCELoss";
  constructor(...given: InOrder<F.BinaryCrossEntropyOptions, typeof WEIGHT>) {
    super(inOrder<F.BinaryCrossEntropyOptions>("BCELoss", given, WEIGHT), kinds.WEIGHTED);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.binaryCrossEntropy(input, target, { ...this.options, weight: this.weight });
  }
}
/** Binary cross entropy of logits. */
export class BCEWithLogitsLoss extends Loss<F.LogitsOptions> {
  static override readonly name: string = "BCEWithLogitsLoss";
  declare pos_weight: Tensor | null;
  constructor(...given: InOrder<F.LogitsOptions, typeof WEIGHT>) {
    const options = inOrder<F.LogitsOptions>("BCEWithLogitsLoss", given, WEIGHT);
    super(options, kinds.LOGITS);
    this.registerBuffer("pos_weight", weightOf(options, "posWeight"));
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    const { weight, pos_weight: posWeight } = this;
    return F.binaryCrossEntropyWithLogits(input, target, { ...this.options, weight, posWeight });
  }
}
/** Kullback-Leibler divergence. */
export class KLDivLoss extends Loss<F.KLDivOptions> {
  static override readonly name: string = "KLDivLoss";
  constructor(options: F.KLDivOptions = {}) {
    super(options, kinds.KL_DIV);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.klDiv(input, target, this.options);
  }
}
const POISSON = ["logInput", "full"] as const;

/** Negative log-likelihood of counts of a Poisson distribution. */
export class PoissonNLLLoss extends Loss<F.PoissonNLLOptions> {
  static override readonly name: string = "PoissonNLLLoss";
  constructor(...given: InOrder<F.PoissonNLLOptions, typeof POISSON>) {
    super(inOrder<F.PoissonNLLOptions>("PoissonNLLLoss", given, POISSON), kinds.POISSON_NLL);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.poissonNllLoss(input, target, this.options);
  }
}
/** Negative log-likelihood of normal distributions: `(input, target, variance) -> loss`. */
export class GaussianNLLLoss extends Loss<
  F.GaussianNLLOptions,
  [input: core.Tensor, target: core.Tensor, variance: core.Tensor | number]
> {
  static override readonly name: string = "GaussianNLLLoss";
  constructor(options: F.GaussianNLLOptions = {}) {
    super(options, kinds.GAUSSIAN_NLL);
  }
  override forward(input: core.Tensor, target: core.Tensor, variance: core.Tensor | number): Tensor {
    return F.gaussianNllLoss(input, target, variance, this.options);
  }
}
const CTC = ["blank", "reduction", "zeroInfinity"] as const;

/** Connectionist temporal classification: `(logProbs, targets, inputLengths, targetLengths) -> loss`. */
export class CTCLoss extends Loss<
  CTCOptions,
  [logProbs: core.Tensor, targets: core.Tensor, inputLengths: Lengths, targetLengths: Lengths]
> {
  static override readonly name: string = "CTCLoss";
  constructor(...given: InOrder<CTCOptions, typeof CTC>) {
    super(inOrder<CTCOptions>("CTCLoss", given, CTC), kinds.CTC);
  }
  override forward(
    logProbs: core.Tensor,
    targets: core.Tensor,
    inputLengths: Lengths,
    targetLengths: Lengths,
  ): Tensor {
    return ctcLoss(logProbs, targets, inputLengths, targetLengths, this.options);
  }
}
