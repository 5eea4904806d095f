// Activation modules.
import * as core from "@isoform/core";
import { Parameter } from "../../tensor/parameter.js";
import type { Tensor } from "../../tensor/tensor.js";
import * as F from "../functional/activation.js";
import { Module } from "../module.js";

type Input = [x: core.Tensor];

/** Float as Python prints it. */
export const pyFloat = (v: number): string => (Number.isInteger(v) ? `${v}.0` : String(v));

/** max(x, 0). */
export class ReLU extends Module<Input, Tensor> {
  override forward(x: core.Tensor): Tensor {
    return F.relu(x);
  }
}
/** min(max(x, 0), 6). */
export class ReLU6 extends Module<Input, Tensor> {
  override forward(x: core.Tensor): Tensor {
    return F.relu6(x);
  }
}
/** Logistic function. */
export class Sigmoid extends Module<Input, Tensor> {
  override forward(x: core.Tensor): Tensor {
    return F.sigmoid(x);
  }
}
/** Logarithm of the logistic function. */
export class LogSigmoid extends Module<Input, Tensor> {
  override forward(x: core.Tensor): Tensor {
    return F.logsigmoid(x);
  }
}
/** Hyperbolic tangent. */
export class Tanh extends Module<Input, Tensor> {
  override forward(x: core.Tensor): Tensor {
    return F.tanh(x);
  }
}
/** x·sigmoid(x). */
export class SiLU extends Module<Input, Tensor> {
  override forward(x: core.Tensor): Tensor {
    return F.silu(x);
  }
}
/** x·tanh(softplus(x)). */
export class Mish extends Module<Input, Tensor> {
  override forward(x: core.Tensor): Tensor {
    return F.mish(x);
  }
}
/** x·relu6(x + 3)/6. */
export class Hardswish extends Module<Input, Tensor> {
  override forward(x: core.Tensor): Tensor {
    return F.hardswish(x);
  }
}
/** relu6(x + 3)/6. */
export class Hardsigmoid extends Module<Input, Tensor> {
  override forward(x: core.Tensor): Tensor {
    return F.hardsigmoid(x);
  }
}
/** x/(1 + |x|). */
export class Softsign extends Module<Input, Tensor> {
  override forward(x: core.Tensor): Tensor {
    return F.softsign(x);
  }
}
/** x − tanh(x). */
export class Tanhshrink extends Module<Input, Tensor> {
  override forward(x: core.Tensor): Tensor {
    return F.tanhshrink(x);
  }
}
/** Self-normalising ELU. */
export class SELU extends Module<Input, Tensor> {
  override forward(x: core.Tensor): Tensor {
    return F.selu(x);
  }
}
/** Leaky ReLU. */
export class LeakyReLU extends Module<Input, Tensor> {
  readonly negativeSlope: number;
  constructor(options: { readonly negativeSlope?: number } = {}) {
    super();
    core.checkOptions("LeakyReLU", options, ["negativeSlope"]);
    this.negativeSlope = options.negativeSlope ?? 0.01;
  }
  override forward(x: core.Tensor): Tensor {
    return F.leakyRelu(x, this.negativeSlope);
  }
  override extraRepr(): string {
    return `negative_slope=${this.negativeSlope}`;
  }
}
/** Exponential linear unit. */
export class ELU extends Module<Input, Tensor> {
  readonly alpha: number;
  constructor(options: { readonly alpha?: number } = {}) {
    super();
    core.checkOptions("ELU", options, ["alpha"]);
    this.alpha = options.alpha ?? 1;
  }
  override forward(x: core.Tensor): Tensor {
    return F.elu(x, this.alpha);
  }
  override extraRepr(): string {
    return `alpha=${pyFloat(this.alpha)}`;
  }
}
/** Continuously differentiable ELU. */
export class CELU extends Module<Input, Tensor> {
  readonly alpha: number;
  constructor(options: { readonly alpha?: number } = {}) {
    super();
    core.checkOptions("CELU", options, ["alpha"]);
    this.alpha = options.alpha ?? 1;
  }
  override forward(x: core.Tensor): Tensor {
    return F.celu(x, this.alpha);
  }
  override extraRepr(): string {
    return `alpha=${this.alpha}`;
  }
}
/** Gaussian error linear unit. */
export class GELU extends Module<Input, Tensor> {
  readonly approximate: "none" | "tanh";
  constructor(options: { readonly approximate?: "none" | "tanh" } = {}) {
    super();
    core.checkOptions("GELU", options, ["approximate"]);
    this.approximate = options.approximate ?? "none";
  }
  override forward(x: core.Tensor): Tensor {
    return F.gelu(x, { approximate: this.approximate });
  }
  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}
/** log(1 + e^(βx))/β. */
export class Softplus extends Module<Input, Tensor> {
  readonly beta: number;
  readonly threshold: number;
  constructor(options: { readonly beta?: number; readonly threshold?: number } = {}) {
    super();
    core.checkOptions("Softplus", options, ["beta", "threshold"]);
    this.beta = options.beta ?? 1;
    this.threshold = options.threshold ?? 20;
  }
  override forward(x: core.Tensor): Tensor {
    return F.softplus(x, { beta: this.beta, threshold: this.threshold });
  }
  override extraRepr(): string {
    return `beta=${pyFloat(this.beta)}, threshold=${pyFloat(this.threshold)}`;
  }
}
/** Shrinks toward 0. */
export class Softshrink extends Module<Input, Tensor> {
  readonly lambd: number;
  constructor(options: { readonly lambd?: number } = {}) {
    super();
    core.checkOptions("Softshrink", options, ["lambd"]);
    this.lambd = options.lambd ?? 0.5;
  }
  override forward(x: core.Tensor): Tensor {
    return F.softshrink(x, this.lambd);
  }
  override extraRepr(): string {
    return String(this.lambd);
  }
}
/** 0 within ±λ. */
export class Hardshrink extends Module<Input, Tensor> {
  readonly lambd: number;
  constructor(options: { readonly lambd?: number } = {}) {
    super();
    core.checkOptions("Hardshrink", options, ["lambd"]);
    this.lambd = options.lambd ?? 0.5;
  }
  override forward(x: core.Tensor): Tensor {
    return F.hardshrink(x, this.lambd);
  }
  override extraRepr(): string {
    return String(this.lambd);
  }
}
/** Limits to a range. */
export class Hardtanh extends Module<Input, Tensor> {
  readonly minVal: number;
  readonly maxVal: number;
  constructor(options: { readonly minVal?: number; readonly maxVal?: number } = {}) {
    super();
    core.checkOptions("Hardtanh", options, ["minVal", "maxVal"]);
    this.minVal = options.minVal ?? -1;
    this.maxVal = options.maxVal ?? 1;
  }
  override forward(x: core.Tensor): Tensor {
    return F.hardtanh(x, this.minVal, this.maxVal);
  }
  override extraRepr(): string {
    return `min_val=${pyFloat(this.minVal)}, max_val=${pyFloat(this.maxVal)}`;
  }
}
/** x above a threshold, a value elsewhere. */
export class Threshold extends Module<Input, Tensor> {
  readonly threshold: number;
  readonly value: number;
  constructor(threshold: number, value: number) {
    super();
    this.threshold = threshold;
    this.value = value;
  }
  override forward(x: core.Tensor): Tensor {
    return F.threshold(x, this.threshold, this.value);
  }
  override extraRepr(): string {
    return `threshold=${this.threshold}, value=${this.value}`;
  }
}
/** Softmax along `dim`. */
export class Softmax extends Module<Input, Tensor> {
  readonly dim: number;
  constructor(options: { readonly dim: number }) {
    super();
    core.checkOptions("Softmax", options, ["dim"]);
    this.dim = options.dim;
  }
  override forward(x: core.Tensor): Tensor {
    return F.softmax(x, this.dim);
  }
  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}
/** Logarithm of softmax along `dim`. */
export class LogSoftmax extends Module<Input, Tensor> {
  readonly dim: number;
  constructor(options: { readonly dim: number }) {
    super();
    core.checkOptions("LogSoftmax", options, ["dim"]);
    this.dim = options.dim;
  }
  override forward(x: core.Tensor): Tensor {
    return F.logSoftmax(x, this.dim);
  }
  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}
/** Softmax over the channels of `[N, C, H, W]`. */
export class Softmax2d extends Module<Input, Tensor> {
  override forward(x: core.Tensor): Tensor {
    return F.softmax(x, -3);
  }
}
/** Gated linear unit along `dim`. */
export class GLU extends Module<Input, Tensor> {
  readonly dim: number;
  constructor(options: { readonly dim?: number } = {}) {
    super();
    core.checkOptions("GLU", options, ["dim"]);
    this.dim = options.dim ?? -1;
  }
  override forward(x: core.Tensor): Tensor {
    return F.glu(x, this.dim);
  }
  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}
/** Leaky ReLU with learned slopes: one, or one per channel. */
export class PReLU extends Module<Input, Tensor> {
  weight: Parameter;
  constructor(options: { readonly numParameters?: number; readonly init?: number } = {}) {
    super();
    core.checkOptions("PReLU", options, ["numParameters", "init"]);
    this.weight = core.scope(
      () => new Parameter(core.full([options.numParameters ?? 1], options.init ?? 0.25)),
    );
  }
  override forward(x: core.Tensor): Tensor {
    return F.prelu(x, this.weight);
  }
  override extraRepr(): string {
    return `num_parameters=${this.weight.size}`;
  }
}
/** Leaky ReLU whose slope is random in training; in inference the mean of the range. */
export class RReLU extends Module<Input, Tensor> {
  readonly lower: number;
  readonly upper: number;
  constructor(options: { readonly lower?: number; readonly upper?: number } = {}) {
    super();
    core.checkOptions("RReLU", options, ["lower", "upper"]);
    this.lower = options.lower ?? 1 / 8;
    this.upper = options.upper ?? 1 / 3;
  }
  override forward(x: core.Tensor): Tensor {
    if (this.training) {
      throw new core.UnsupportedOpError("random slopes in training are not available", {
        code: "module/training-unsupported",
        op: "RReLU",
        hint: "call eval(), or use LeakyReLU",
      });
    }
    return F.rreluEval(x, this.lower, this.upper);
  }
  override extraRepr(): string {
    return `lower=${this.lower}, upper=${this.upper}`;
  }
}
