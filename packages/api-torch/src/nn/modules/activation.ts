// Activation modules.
import * as core from "@isoform/core";
import { Parameter } from "../../tensor/parameter.js";
import type { Tensor } from "../../tensor/tensor.js";
import * as F from "../functional/activation.js";
import { checkOptions, COUNT, FLAG, INTEGER, NUMBER, oneOf, type Kinds } from "../../checks.js";
import { checkArguments } from "../arguments.js";
import { Module } from "../module.js";
import { pyGiven, pyNumber } from "../python-text.js";
import { inOrder, type InOrder } from "../../options.js";

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
    hint: "pass the axis, e.g. -1 for the last one",
  });
}

const INPLACE = ["inplace"] as const;

/** max(x, 0). */
export class ReLU extends Activation {
  static override readonly name: string = "ReLU";
  constructor(...given: InOrder<InplaceOption, typeof INPLACE>) {
    super(inOrder<InplaceOption>("ReLU", given, INPLACE));
  }
  override forward(x: core.Tensor): Tensor {
    return F.relu(x);
  }
}
/** min(max(x, 0), 6). */
export class ReLU6 extends Activation {
  static override readonly name: string = "ReLU6";
  constructor(...given: InOrder<InplaceOption, typeof INPLACE>) {
    super(inOrder<InplaceOption>("ReLU6", given, INPLACE));
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
  constructor(...given: InOrder<InplaceOption, typeof INPLACE>) {
    super(inOrder<InplaceOption>("SiLU", given, INPLACE));
  }
  override forward(x: core.Tensor): Tensor {
    return F.silu(x);
  }
}
/** x·tanh(softplus(x)). */
export class Mish extends Activation {
  static override readonly name: string = "Mish";
  constructor(...given: InOrder<InplaceOption, typeof INPLACE>) {
    super(inOrder<InplaceOption>("Mish", given, INPLACE));
  }
  override forward(x: core.Tensor): Tensor {
    return F.mish(x);
  }
}
/** x·relu6(x + 3)/6. */
export class Hardswish extends Activation {
  static override readonly name: string = "Hardswish";
  constructor(...given: InOrder<InplaceOption, typeof INPLACE>) {
    super(inOrder<InplaceOption>("Hardswish", given, INPLACE));
  }
  override forward(x: core.Tensor): Tensor {
    return F.hardswish(x);
  }
}
/** relu6(x + 3)/6. */
export class Hardsigmoid extends Activation {
  static override readonly name: string = "Hardsigmoid";
  constructor(...given: InOrder<InplaceOption, typeof INPLACE>) {
    super(inOrder<InplaceOption>("Hardsigmoid", given, INPLACE));
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
  constructor(...given: InOrder<InplaceOption, typeof INPLACE>) {
    super(inOrder<InplaceOption>("SELU", given, INPLACE));
  }
  override forward(x: core.Tensor): Tensor {
    return F.selu(x);
  }
}
type LeakyReLUOptions = InplaceOption & { readonly negativeSlope?: number };
const LEAKY = ["negativeSlope", "inplace"] as const;

/** Leaky ReLU. */
export class LeakyReLU extends Activation {
  static override readonly name: string = "LeakyReLU";
  readonly negativeSlope: number;
  constructor(...given: InOrder<LeakyReLUOptions, typeof LEAKY>) {
    const options = inOrder<LeakyReLUOptions>("LeakyReLU", given, LEAKY);
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
type ELUOptions = InplaceOption & { readonly alpha?: number };
const ALPHA = ["alpha", "inplace"] as const;

/** Exponential linear unit. */
export class ELU extends Activation {
  static override readonly name: string = "ELU";
  readonly alpha: number;
  private readonly texts: readonly string[];
  constructor(...given: InOrder<ELUOptions, typeof ALPHA>) {
    const options = inOrder<ELUOptions>("ELU", given, ALPHA);
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
  constructor(...given: InOrder<ELUOptions, typeof ALPHA>) {
    const options = inOrder<ELUOptions>("CELU", given, ALPHA);
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
type GELUOptions = { readonly approximate?: "none" | "tanh" };
const GELU_ORDER = ["approximate"] as const;

/** Gaussian error linear unit. */
export class GELU extends Module<Input, Tensor> {
  static override readonly name: string = "GELU";
  readonly approximate: "none" | "tanh";
  constructor(...given: InOrder<GELUOptions, typeof GELU_ORDER>) {
    const options = inOrder<GELUOptions>("GELU", given, GELU_ORDER);
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
type SoftplusOptions = { readonly beta?: number; readonly threshold?: number };
const SOFTPLUS = ["beta", "threshold"] as const;

/** log(1 + e^(βx))/β. */
export class Softplus extends Module<Input, Tensor> {
  static override readonly name: string = "Softplus";
  readonly beta: number;
  readonly threshold: number;
  private readonly texts: readonly string[];
  constructor(...given: InOrder<SoftplusOptions, typeof SOFTPLUS>) {
    const options = inOrder<SoftplusOptions>("Softplus", given, SOFTPLUS);
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
type SoftshrinkOptions = { readonly lambd?: number };
const LAMBD = ["lambd"] as const;

/** Shrinks toward 0. */
export class Softshrink extends Module<Input, Tensor> {
  static override readonly name: string = "Softshrink";
  readonly lambd: number;
  constructor(...given: InOrder<SoftshrinkOptions, typeof LAMBD>) {
    const options = inOrder<SoftshrinkOptions>("Softshrink", given, LAMBD);
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
  constructor(...given: InOrder<SoftshrinkOptions, typeof LAMBD>) {
    const options = inOrder<SoftshrinkOptions>("Hardshrink", given, LAMBD);
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
type HardtanhOptions = InplaceOption & { readonly minVal?: number; readonly maxVal?: number };
const HARDTANH = ["minVal", "maxVal", "inplace"] as const;

/** Limits to a range. */
export class Hardtanh extends Activation {
  static override readonly name: string = "Hardtanh";
  readonly minVal: number;
  readonly maxVal: number;
  private readonly texts: readonly string[];
  constructor(...given: InOrder<HardtanhOptions, typeof HARDTANH>) {
    const options = inOrder<HardtanhOptions>("Hardtanh", given, HARDTANH);
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
  constructor(threshold: number, value: number, ...given: InOrder<InplaceOption, typeof INPLACE>) {
    const options = inOrder<InplaceOption>("Threshold", given, INPLACE);
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
type SoftmaxOptions = { readonly dim: number };
const DIM = ["dim"] as const;

/** Softmax along `dim`. */
export class Softmax extends Module<Input, Tensor> {
  static override readonly name: string = "Softmax";
  readonly dim: number;
  constructor(...given: [dim: number | SoftmaxOptions]) {
    const options = inOrder<SoftmaxOptions>("Softmax", given, DIM);
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
  constructor(...given: [dim: number | SoftmaxOptions]) {
    const options = inOrder<SoftmaxOptions>("Softmin", given, DIM);
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
  constructor(...given: [dim: number | SoftmaxOptions]) {
    const options = inOrder<SoftmaxOptions>("LogSoftmax", given, DIM);
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
type GLUOptions = { readonly dim?: number };

/** Gated linear unit along `dim`. */
export class GLU extends Module<Input, Tensor> {
  static override readonly name: string = "GLU";
  readonly dim: number;
  constructor(...given: InOrder<GLUOptions, typeof DIM>) {
    const options = inOrder<GLUOptions>("GLU", given, DIM);
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
type PReLUOptions = { readonly numParameters?: number; readonly init?: number };
const PRELU = ["numParameters", "init"] as const;

/** Leaky ReLU with learned slopes: one, or one per channel. */
export class PReLU extends Module<Input, Tensor> {
  static override readonly name: string = "PReLU";
  weight: Parameter;
  constructor(...given: InOrder<PReLUOptions, typeof PRELU>) {
    const options = inOrder<PReLUOptions>("PReLU", given, PRELU);
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
type RReLUOptions = { readonly lower?: number; readonly upper?: number };
const RRELU = ["lower", "upper"] as const;

/** Leaky ReLU whose slope is random in training; in inference the mean of the range. */
export class RReLU extends Module<Input, Tensor> {
  static override readonly name: string = "RReLU";
  readonly lower: number;
  readonly upper: number;
  constructor(...given: InOrder<RReLUOptions, typeof RRELU>) {
    const options = inOrder<RReLUOptions>("RReLU", given, RRELU);
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
