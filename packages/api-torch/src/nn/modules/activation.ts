// Activation modules.
import * as core from "@isoform/core";
import { Parameter } from "../../tensor/parameter.js";
import type { Tensor } from "../../tensor/tensor.js";
import * as F from "../functional/activation.js";
import { checkOptions, COUNT, FLAG, INTEGER, NUMBER, oneOf, type Kinds } from "../../checks.js";
import { checkArguments } from "../arguments.js";
import { Module } from "../module.js";
import { pyGiven, pyNumber } from "../python-text.js";

type Input = [x: core.Tensor];

/** PyTorch's `inplace` is accepted and shown; results are the same, and no memory is overwritten. */
export interface InplaceOption {
  readonly inplace?: boolean;
}

abstract class Activation extends Module<Input, Tensor> {
  readonly inplace: boolean;
  constructor(options: InplaceOption, known: Kinds = {}) {
    super();
    checkOptions(this.constructor.name, options, { ...known, inplace: FLAG });
    this.inplace = options.inplace ?? false;
  }
  override extraRepr(): string {
    return this.inplace ? "inplace=True" : "";
  }
  /** The given settings, and `inplace` when it is on. */
  protected shown(...settings: string[]): string {
    return [...settings, ...(this.inplace ? ["inplace=True"] : [])].join(", ");
  }
}

/** PyTorch guesses a missing `dim` with a warning; here it must be given. @throws {ArgumentError} */
function requireDim(owner: string, options: { readonly dim?: number } = {}): number {
  checkOptions(owner, options, { dim: INTEGER });
  if (options.dim !== undefined) return options.dim;
  throw new core.ArgumentError("dim is missing", {
    code: "argument/missing",
    op: owner,
    hint: "pass { dim }, e.g. { dim: -1 } for the last axis",
  });
}

/** max(x, 0). */
export class ReLU extends Activation {
  static override readonly name: string = "ReLU";
  constructor(options: InplaceOption = {}) {
    super(options);
  }
  override forward(x: core.Tensor): Tensor {
    return F.relu(x);
  }
}
/** min(max(x, 0), 6). */
export class ReLU6 extends Activation {
  static override readonly name: string = "ReLU6";
  constructor(options: InplaceOption = {}) {
    super(options);
  }
  override forward(x: core.Tensor): Tensor {
    return F.relu6(x);
  }
}
/** Logistic function. */
export class Sigmoid extends Module<Input, Tensor> {
  static override readonly name: string = "Sigmoid";
  override forward(x: core.Tensor): Tensor {
    return F.sigmoid(x);
  }
}
/** Logarithm of the logistic function. */
export class LogSigmoid extends Module<Input, Tensor> {
  static override readonly name: string = "LogSigmoid";
  override forward(x: core.Tensor): Tensor {
    return F.logsigmoid(x);
  }
}
/** Hyperbolic tangent. */
export class Tanh extends Module<Input, Tensor> {
  static override readonly name: string = "Tanh";
  override forward(x: core.Tensor): Tensor {
    return F.tanh(x);
  }
}
/** x·sigmoid(x). */
export class SiLU extends Activation {
  static override readonly name: string = "SiLU";
  constructor(options: InplaceOption = {}) {
    super(options);
  }
  override forward(x: core.Tensor): Tensor {
    return F.silu(x);
  }
}
/** x·tanh(softplus(x)). */
export class Mish extends Activation {
  static override readonly name: string = "Mish";
  constructor(options: InplaceOption = {}) {
    super(options);
  }
  override forward(x: core.Tensor): Tensor {
    return F.mish(x);
  }
}
/** x·relu6(x + 3)/6. */
export class Hardswish extends Activation {
  static override readonly name: string = "Hardswish";
  constructor(options: InplaceOption = {}) {
    super(options);
  }
  override forward(x: core.Tensor): Tensor {
    return F.hardswish(x);
  }
}
/** relu6(x + 3)/6. */
export class Hardsigmoid extends Activation {
  static override readonly name: string = "Hardsigmoid";
  constructor(options: InplaceOption = {}) {
    super(options);
  }
  override forward(x: core.Tensor): Tensor {
    return F.hardsigmoid(x);
  }
}
/** x/(1 + |x|). */
export class Softsign extends Module<Input, Tensor> {
  static override readonly name: string = "Softsign";
  override forward(x: core.Tensor): Tensor {
    return F.softsign(x);
  }
}
/** x − tanh(x). */
export class Tanhshrink extends Module<Input, Tensor> {
  static override readonly name: string = "Tanhshrink";
  override forward(x: core.Tensor): Tensor {
    return F.tanhshrink(x);
  }
}
/** Self-normalising ELU. */
export class SELU extends Activation {
  static override readonly name: string = "SELU";
  constructor(options: InplaceOption = {}) {
    super(options);
  }
  override forward(x: core.Tensor): Tensor {
    return F.selu(x);
  }
}
/** Leaky ReLU. */
export class LeakyReLU extends Activation {
  static override readonly name: string = "LeakyReLU";
  readonly negativeSlope: number;
  constructor(options: InplaceOption & { readonly negativeSlope?: number } = {}) {
    super(options, { negativeSlope: NUMBER });
    this.negativeSlope = options.negativeSlope ?? 0.01;
  }
  override forward(x: core.Tensor): Tensor {
    return F.leakyRelu(x, this.negativeSlope);
  }
  override extraRepr(): string {
    return this.shown(`negative_slope=${pyNumber(this.negativeSlope)}`);
  }
}
/** Exponential linear unit. */
export class ELU extends Activation {
  static override readonly name: string = "ELU";
  readonly alpha: number;
  private readonly texts: readonly string[];
  constructor(options: InplaceOption & { readonly alpha?: number } = {}) {
    super(options, { alpha: NUMBER });
    this.alpha = options.alpha ?? 1;
    this.texts = [pyGiven(options.alpha, this.alpha)];
  }
  override forward(x: core.Tensor): Tensor {
    return F.elu(x, this.alpha);
  }
  override extraRepr(): string {
    return this.shown(`alpha=${this.texts[0]}`);
  }
}
/** Continuously differentiable ELU. */
export class CELU extends Activation {
  static override readonly name: string = "CELU";
  readonly alpha: number;
  private readonly texts: readonly string[];
  constructor(options: InplaceOption & { readonly alpha?: number } = {}) {
    super(options, { alpha: NUMBER });
    this.alpha = options.alpha ?? 1;
    this.texts = [pyGiven(options.alpha, this.alpha)];
  }
  override forward(x: core.Tensor): Tensor {
    return F.celu(x, this.alpha);
  }
  override extraRepr(): string {
    return this.shown(`alpha=${this.texts[0]}`);
  }
}
/** Gaussian error linear unit. */
export class GELU extends Module<Input, Tensor> {
  static override readonly name: string = "GELU";
  readonly approximate: "none" | "tanh";
  constructor(options: { readonly approximate?: "none" | "tanh" } = {}) {
    super();
    checkOptions("GELU", options, { approximate: oneOf("none", "tanh") });
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
  static override readonly name: string = "Softplus";
  readonly beta: number;
  readonly threshold: number;
  private readonly texts: readonly string[];
  constructor(options: { readonly beta?: number; readonly threshold?: number } = {}) {
    super();
    checkOptions("Softplus", options, { beta: NUMBER, threshold: NUMBER });
    this.beta = options.beta ?? 1;
    this.threshold = options.threshold ?? 20;
    this.texts = [pyGiven(options.beta, this.beta), pyGiven(options.threshold, this.threshold)];
  }
  override forward(x: core.Tensor): Tensor {
    return F.softplus(x, this.beta, this.threshold);
  }
  override extraRepr(): string {
    return `beta=${this.texts[0]}, threshold=${this.texts[1]}`;
  }
}
/** Shrinks toward 0. */
export class Softshrink extends Module<Input, Tensor> {
  static override readonly name: string = "Softshrink";
  readonly lambd: number;
  constructor(options: { readonly lambd?: number } = {}) {
    super();
    checkOptions("Softshrink", options, { lambd: NUMBER });
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
  static override readonly name: string = "Hardshrink";
  readonly lambd: number;
  constructor(options: { readonly lambd?: number } = {}) {
    super();
    checkOptions("Hardshrink", options, { lambd: NUMBER });
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
export class Hardtanh extends Activation {
  static override readonly name: string = "Hardtanh";
  readonly minVal: number;
  readonly maxVal: number;
  private readonly texts: readonly string[];
  constructor(options: InplaceOption & { readonly minVal?: number; readonly maxVal?: number } = {}) {
    super(options, { minVal: NUMBER, maxVal: NUMBER });
    this.minVal = options.minVal ?? -1;
    this.maxVal = options.maxVal ?? 1;
    if (this.maxVal <= this.minVal) {
      throw new core.ArgumentError(`the range is ${this.minVal} to ${this.maxVal}`, {
        code: "argument/range",
        op: "Hardtanh",
        hint: "maxVal must be above minVal",
      });
    }
    this.texts = [pyGiven(options.minVal, this.minVal), pyGiven(options.maxVal, this.maxVal)];
  }
  override forward(x: core.Tensor): Tensor {
    return F.hardtanh(x, this.minVal, this.maxVal);
  }
  override extraRepr(): string {
    return this.shown(`min_val=${this.texts[0]}`, `max_val=${this.texts[1]}`);
  }
}
/** x above a threshold, a value elsewhere. */
export class Threshold extends Activation {
  static override readonly name: string = "Threshold";
  readonly threshold: number;
  readonly value: number;
  constructor(threshold: number, value: number, options: InplaceOption = {}) {
    checkArguments("Threshold", {
      also: { threshold: [threshold, NUMBER], value: [value, NUMBER] },
      options,
      known: { inplace: FLAG },
    });
    super(options);
    this.threshold = threshold;
    this.value = value;
  }
  override forward(x: core.Tensor): Tensor {
    return F.threshold(x, this.threshold, this.value);
  }
  override extraRepr(): string {
    return this.shown(`threshold=${this.threshold}`, `value=${this.value}`);
  }
}
/** Softmax along `dim`. */
export class Softmax extends Module<Input, Tensor> {
  static override readonly name: string = "Softmax";
  readonly dim: number;
  constructor(options: { readonly dim: number }) {
    super();
    this.dim = requireDim("Softmax", options);
  }
  override forward(x: core.Tensor): Tensor {
    return F.softmax(x, this.dim);
  }
  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}
/** Softmax of −x along `dim`. */
export class Softmin extends Module<Input, Tensor> {
  static override readonly name: string = "Softmin";
  readonly dim: number;
  constructor(options: { readonly dim: number }) {
    super();
    this.dim = requireDim("Softmin", options);
  }
  override forward(x: core.Tensor): Tensor {
    return F.softmin(x, this.dim);
  }
  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}
/** Logarithm of softmax along `dim`. */
export class LogSoftmax extends Module<Input, Tensor> {
  static override readonly name: string = "LogSoftmax";
  readonly dim: number;
  constructor(options: { readonly dim: number }) {
    super();
    this.dim = requireDim("LogSoftmax", options);
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
  static override readonly name: string = "Softmax2d";
  override forward(x: core.Tensor): Tensor {
    return F.softmax(x, -3);
  }
}
/** Gated linear unit along `dim`. */
export class GLU extends Module<Input, Tensor> {
  static override readonly name: string = "GLU";
  readonly dim: number;
  constructor(options: { readonly dim?: number } = {}) {
    super();
    checkOptions("GLU", options, { dim: INTEGER });
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
  static override readonly name: string = "PReLU";
  weight: Parameter;
  constructor(options: { readonly numParameters?: number; readonly init?: number } = {}) {
    super();
    checkOptions("PReLU", options, { numParameters: COUNT, init: NUMBER });
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
  static override readonly name: string = "RReLU";
  readonly lower: number;
  readonly upper: number;
  constructor(options: { readonly lower?: number; readonly upper?: number } = {}) {
    super();
    checkOptions("RReLU", options, { lower: NUMBER, upper: NUMBER });
    this.lower = options.lower ?? 1 / 8;
    this.upper = options.upper ?? 1 / 3;
  }
  override forward(x: core.Tensor): Tensor {
    const { lower, upper, training } = this;
    return F.rrelu(x, { lower, upper, training });
  }
  override extraRepr(): string {
    return `lower=${this.lower}, upper=${this.upper}`;
  }
}
