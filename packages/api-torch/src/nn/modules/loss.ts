// Loss modules that compare values, distributions or classes. Those with margins are in margin-loss.ts.
import * as core from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import * as classes from "../functional/cross-entropy.js";
import * as F from "../functional/loss.js";
import * as kinds from "../functional/reduction.js";
import type { LossOptions } from "../functional/reduction.js";
import { checkOptions, type Kinds } from "../../checks.js";
import { Module } from "../module.js";

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

/** Cross entropy of logits; see `F.crossEntropy`. */
export class CrossEntropyLoss extends Loss<classes.CrossEntropyOptions> {
  constructor(options: classes.CrossEntropyOptions = {}) {
    super(options, kinds.CROSS_ENTROPY);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return classes.crossEntropy(input, target, { ...this.options, weight: this.weight });
  }
}
/** Negative log-likelihood of log-probabilities. */
export class NLLLoss extends Loss<classes.NLLOptions> {
  constructor(options: classes.NLLOptions = {}) {
    super(options, kinds.NLL);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return classes.nllLoss(input, target, { ...this.options, weight: this.weight });
  }
}
/** Mean squared error. */
export class MSELoss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(options, kinds.PLAIN);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.mseLoss(input, target, this.options);
  }
}
/** Mean absolute error. */
export class L1Loss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(options, kinds.PLAIN);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.l1Loss(input, target, this.options);
  }
}
/** Quadratic near 0, linear beyond β. */
export class SmoothL1Loss extends Loss<F.SmoothL1Options> {
  constructor(options: F.SmoothL1Options = {}) {
    super(options, kinds.SMOOTH_L1);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.smoothL1Loss(input, target, this.options);
  }
}
/** Huber loss. */
export class HuberLoss extends Loss<F.HuberOptions> {
  constructor(options: F.HuberOptions = {}) {
    super(options, kinds.HUBER);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.huberLoss(input, target, this.options);
  }
}
/** Binary cross entropy of probabilities. */
export class BCELoss extends Loss<F.BinaryCrossEntropyOptions> {
  constructor(options: F.BinaryCrossEntropyOptions = {}) {
    super(options, kinds.WEIGHTED);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.binaryCrossEntropy(input, target, { ...this.options, weight: this.weight });
  }
}
/** Binary cross entropy of logits. */
export class BCEWithLogitsLoss extends Loss<F.LogitsOptions> {
  declare pos_weight: Tensor | null;
  constructor(options: F.LogitsOptions = {}) {
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
  constructor(options: F.KLDivOptions = {}) {
    super(options, kinds.KL_DIV);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.klDiv(input, target, this.options);
  }
}
/** Negative log-likelihood of counts of a Poisson distribution. */
export class PoissonNLLLoss extends Loss<F.PoissonNLLOptions> {
  constructor(options: F.PoissonNLLOptions = {}) {
    super(options, kinds.POISSON_NLL);
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
  constructor(options: F.GaussianNLLOptions = {}) {
    super(options, kinds.GAUSSIAN_NLL);
  }
  override forward(input: core.Tensor, target: core.Tensor, variance: core.Tensor | number): Tensor {
    return F.gaussianNllLoss(input, target, variance, this.options);
  }
}
