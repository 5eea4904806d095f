// nn.Linear, Identity, Flatten, Unflatten, Bilinear.
import * as core from "@isoform/core";
import { Parameter } from "../../tensor/parameter.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import * as F from "../functional/linear.js";
import * as init from "../init.js";
import { checkOptions, FLAG, INTEGER } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { checkArguments } from "../arguments.js";
import { Module } from "../module.js";
import { inOrder, type InOrder } from "../../options.js";

/** A parameter of zeros, to be filled by an initialiser. */
export function emptyParameter(shape: readonly number[]): Parameter {
  return core.scope(() => new Parameter(core.zeros(shape)));
}

type LinearOptions = { readonly bias?: boolean };
const BIAS = ["bias"] as const;

/** x·Wᵀ + b with W `[outFeatures, inFeatures]`; both uniform on ±1/√inFeatures, weight drawn first. */
export class Linear extends Module<[x: core.Tensor], Tensor> {
  static override readonly name: string = "Linear";
  readonly inFeatures: number;
  readonly outFeatures: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, ...given: InOrder<LinearOptions, typeof BIAS>) {
    const options = inOrder<LinearOptions>("Linear", given, BIAS);
    super();
    checkArguments("Linear", { sizes: { inFeatures, outFeatures }, options, known: { bias: FLAG } });
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = emptyParameter([outFeatures, inFeatures]);
    this.bias = options.bias === false ? null : emptyParameter([outFeatures]);
    this.resetParameters();
  }

  /** Draws new weights. */
  resetParameters(): void {
    init.kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    const bound = this.inFeatures > 0 ? 1 / Math.sqrt(this.inFeatures) : 0;
    if (this.bias) init.uniform_(this.bias, -bound, bound);
  }

  override forward(x: core.Tensor): Tensor {
    return F.linear(x, this.weight, this.bias);
  }

  override extraRepr(): string {
    const bias = this.bias ? "True" : "False";
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${bias}`;
  }
}

/** Returns its input. */
export class Identity extends Module<[x: core.Tensor], Tensor> {
  static override readonly name: string = "Identity";
  override forward(x: core.Tensor): Tensor {
    checkTensors("Identity", { x });
    return asTensor(x);
  }
}

type FlattenOptions = { readonly startDim?: number; readonly endDim?: number };
const FLATTEN = ["startDim", "endDim"] as const;

/** Axes `startDim` (default 1) to `endDim` joined. */
export class Flatten extends Module<[x: core.Tensor], Tensor> {
  static override readonly name: string = "Flatten";
  readonly startDim: number;
  readonly endDim: number;
  constructor(...given: InOrder<FlattenOptions, typeof FLATTEN>) {
    const options = inOrder<FlattenOptions>("Flatten", given, FLATTEN);
    super();
    checkOptions("Flatten", options, { startDim: INTEGER, endDim: INTEGER });
    this.startDim = options.startDim ?? 1;
    this.endDim = options.endDim ?? -1;
  }
  override forward(x: core.Tensor): Tensor {
    checkTensors("Flatten", { x });
    return asTensor(core.flatten(x, this.startDim, this.endDim));
  }
  override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}

/** x₁ᵀ·W·x₂ + b with W `[out, in1, in2]`. */
export class Bilinear extends Module<[x1: core.Tensor, x2: core.Tensor], Tensor> {
  static override readonly name: string = "Bilinear";
  readonly in1Features: number;
  readonly in2Features: number;
  readonly outFeatures: number;
  weight: Parameter;
  bias: Parameter | null;
  constructor(
    in1Features: number,
    in2Features: number,
    outFeatures: number,
    ...given: InOrder<LinearOptions, typeof BIAS>
  ) {
    const options = inOrder<LinearOptions>("Bilinear", given, BIAS);
    super();
    const sizes = { in1Features, in2Features, outFeatures };
    checkArguments("Bilinear", { sizes, options, known: { bias: FLAG } });
    checkArguments("Bilinear", { sizes: { in1Features }, least: 1 });
    this.in1Features = in1Features;
    this.in2Features = in2Features;
    this.outFeatures = outFeatures;
    this.weight = emptyParameter([outFeatures, in1Features, in2Features]);
    this.bias = options.bias === false ? null : emptyParameter([outFeatures]);
    const bound = 1 / Math.sqrt(in1Features);
    init.uniform_(this.weight, -bound, bound);
    if (this.bias) init.uniform_(this.bias, -bound, bound);
  }
  override forward(x1: core.Tensor, x2: core.Tensor): Tensor {
    return F.bilinear(x1, x2, this.weight, this.bias);
  }
  override extraRepr(): string {
    const bias = this.bias ? "True" : "False";
    return `in1_features=${this.in1Features}, in2_features=${this.in2Features}, out_features=${this.outFeatures}, bias=${bias}`;
  }
}
