// Loss modules.
import * as core from "@isoform/core";
import type { Tensor } from "../../tensor/tensor.js";
import * as F from "../functional/loss.js";
import { Module } from "../module.js";

type Pair = [input: core.Tensor, target: core.Tensor];

abstract class Loss<O extends object> extends Module<Pair, Tensor> {
  readonly options: O;
  constructor(options: O, known: readonly string[]) {
    super();
    core.checkOptions(this.constructor.name, options, known);
    this.options = options;
  }
}

/** Cross entropy of logits; see `F.crossEntropy`. */
export class CrossEntropyLoss extends Loss<F.CrossEntropyOptions> {
  constructor(options: F.CrossEntropyOptions = {}) {
    super(options, ["weight", "ignoreIndex", "reduction", "labelSmoothing"]);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.crossEntropy(input, target, this.options);
  }
}
/** Negative log-likelihood of log-probabilities. */
export class NLLLoss extends Loss<Omit<F.CrossEntropyOptions, "labelSmoothing">> {
  constructor(options: Omit<F.CrossEntropyOptions, "labelSmoothing"> = {}) {
    super(options, ["weight", "ignoreIndex", "reduction"]);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.nllLoss(input, target, this.options);
  }
}
/** Mean squared error. */
export class MSELoss extends Loss<F.LossOptions> {
  constructor(options: F.LossOptions = {}) {
    super(options, ["reduction"]);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.mseLoss(input, target, this.options);
  }
}
/** Mean absolute error. */
export class L1Loss extends Loss<F.LossOptions> {
  constructor(options: F.LossOptions = {}) {
    super(options, ["reduction"]);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.l1Loss(input, target, this.options);
  }
}
/** Quadratic near 0, linear beyond β. */
export class SmoothL1Loss extends Loss<F.LossOptions & { readonly beta?: number }> {
  constructor(options: F.LossOptions & { readonly beta?: number } = {}) {
    super(options, ["reduction", "beta"]);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.smoothL1Loss(input, target, this.options);
  }
}
/** Huber loss. */
export class HuberLoss extends Loss<F.LossOptions & { readonly delta?: number }> {
  constructor(options: F.LossOptions & { readonly delta?: number } = {}) {
    super(options, ["reduction", "delta"]);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.huberLoss(input, target, this.options);
  }
}
/** Binary cross entropy of probabilities. */
export class BCELoss extends Loss<F.LossOptions & { readonly weight?: core.Tensor | null }> {
  constructor(options: F.LossOptions & { readonly weight?: core.Tensor | null } = {}) {
    super(options, ["reduction", "weight"]);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.binaryCrossEntropy(input, target, this.options);
  }
}
/** Binary cross entropy of logits. */
export class BCEWithLogitsLoss extends Loss<
  F.LossOptions & { readonly weight?: core.Tensor | null; readonly posWeight?: core.Tensor | null }
> {
  constructor(
    options: F.LossOptions & {
      readonly weight?: core.Tensor | null;
      readonly posWeight?: core.Tensor | null;
    } = {},
  ) {
    super(options, ["reduction", "weight", "posWeight"]);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.binaryCrossEntropyWithLogits(input, target, this.options);
  }
}
/** Kullback-Leibler divergence. */
export class KLDivLoss extends Loss<{
  readonly reduction?: F.Reduction | "batchmean";
  readonly logTarget?: boolean;
}> {
  constructor(
    options: { readonly reduction?: F.Reduction | "batchmean"; readonly logTarget?: boolean } = {},
  ) {
    super(options, ["reduction", "logTarget"]);
  }
  override forward(input: core.Tensor, target: core.Tensor): Tensor {
    return F.klDiv(input, target, this.options);
  }
}
