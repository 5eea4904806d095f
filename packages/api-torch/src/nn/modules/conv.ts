// Convolution modules over 1, 2 and 3 spatial axes, plain and transposed.
import * as core from "@isoform/core";
import type { Parameter } from "../../tensor/parameter.js";
import type { Tensor } from "../../tensor/tensor.js";
import * as F from "../functional/conv.js";
import type { Size } from "../functional/conv.js";
import { padMode } from "../functional/padding.js";
import * as init from "../init.js";
import { either, FLAG, oneOf, perAxis, POSITIVE } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { checkArguments } from "../arguments.js";
import { Module } from "../module.js";
import { pyTuple } from "../python-text.js";
import { emptyParameter } from "./linear.js";
import { inOrder, type InOrder } from "../../options.js";

/** How the input is continued outside its edges. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

/** Options of the convolution modules, PyTorch's names and defaults. */
export interface ConvOptions {
  readonly stride?: Size;
  readonly padding?: Size | "same" | "valid";
  readonly dilation?: Size;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly paddingMode?: PaddingMode;
}

function checkGroups(op: string, inChannels: number, outChannels: number, groups: number): void {
  if (inChannels % groups === 0 && outChannels % groups === 0) return;
  throw new core.ArgumentError(`${groups} groups do not divide ${inChannels} and ${outChannels} channels`, {
    code: "argument/groups",
    op,
    hint: "both channel numbers must be multiples of groups",
  });
}

/** Uniform on ±1/√fanIn for weight, then bias: PyTorch's default. */
function resetConv(weight: Parameter, bias: Parameter | null): void {
  init.kaimingUniform_(weight, { a: Math.sqrt(5) });
  if (bias === null) return;
  const { fanIn } = init.calculateFans(weight.shape);
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  init.uniform_(bias, -bound, bound);
}

/** `[N, C, …]` or `[C, …]` with the channels of the module. @throws {ShapeError} */
function checkInput(module: { kernelSize: readonly number[]; inChannels: number }, x: core.Tensor): void {
  checkTensors(module.constructor.name, { x });
  const spatial = module.kernelSize.length;
  if (
    (x.rank === spatial + 2 || x.rank === spatial + 1) &&
    x.shape[x.rank - spatial - 1] === module.inChannels
  )
    return;
  const form = ["C", "D", "H", "W"].filter((_, i) => i === 0 || i > 3 - spatial);
  throw core.shapeError(
    module.constructor.name,
    `expected ${module.inChannels} channels: [N, ${form.join(", ")}] or [${form.join(", ")}] with C = ${module.inChannels}`,
    [x],
    "check the order of the axes: channels come before the image, unlike in Keras",
  );
}

abstract class ConvNd extends Module<[x: core.Tensor], Tensor> {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | "same" | "valid";
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly paddingMode: PaddingMode;
  weight: Parameter;
  bias: Parameter | null;

  constructor(n: number, inChannels: number, outChannels: number, kernelSize: Size, options: ConvOptions) {
    super();
    const op = this.constructor.name;
    const size = perAxis(n);
    checkArguments(op, {
      sizes: { inChannels, outChannels },
      also: { kernelSize: [kernelSize, size] },
      options,
      known: {
        stride: size,
        padding: either(size, oneOf("same", "valid")),
        dilation: size,
        groups: POSITIVE,
        bias: FLAG,
        paddingMode: oneOf("zeros", "reflect", "replicate", "circular"),
      },
    });
    const padding = options.padding ?? 0;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = F.tuple(op, "kernelSize", kernelSize, n);
    this.stride = F.tuple(op, "stride", options.stride ?? 1, n);
    this.padding = typeof padding === "string" ? padding : F.tuple(op, "padding", padding, n);
    this.dilation = F.tuple(op, "dilation", options.dilation ?? 1, n);
    this.groups = options.groups ?? 1;
    this.paddingMode = options.paddingMode ?? "zeros";
    checkGroups(op, inChannels, outChannels, this.groups);
    if (padding === "same") F.requireUnitStride(op, this.stride);
    this.weight = emptyParameter([outChannels, inChannels / this.groups, ...this.kernelSize]);
    this.bias = options.bias === false ? null : emptyParameter([outChannels]);
    resetConv(this.weight, this.bias);
  }

  protected abstract convolve(x: core.Tensor, weight: core.Tensor, options: F.ConvFnOptions): Tensor;

  override forward(x: core.Tensor): Tensor {
    checkInput(this, x);
    const { bias, stride, dilation, groups } = this;
    if (this.paddingMode === "zeros") {
      return this.convolve(x, this.weight, { bias, stride, padding: this.padding, dilation, groups });
    }
    const pads = F.paddingOf(
      this.constructor.name,
      this.padding,
      stride.length,
      this.kernelSize,
      dilation,
      stride,
    );
    const padded = padMode(x, pads, this.paddingMode);
    return this.convolve(padded, this.weight, { bias, stride, dilation, groups });
  }

  override extraRepr(): string {
    const some = (values: readonly number[], plain: number) => values.some((v) => v !== plain);
    const parts = [
      `${this.inChannels}`,
      `${this.outChannels}`,
      `kernel_size=${pyTuple(this.kernelSize)}`,
      `stride=${pyTuple(this.stride)}`,
    ];
    if (typeof this.padding === "string") parts.push(`padding=${this.padding}`);
    else if (some(this.padding, 0)) parts.push(`padding=${pyTuple(this.padding)}`);
    if (some(this.dilation, 1)) parts.push(`dilation=${pyTuple(this.dilation)}`);
    if (this.groups !== 1) parts.push(`groups=${this.groups}`);
    if (this.bias === null) parts.push("bias=False");
    if (this.paddingMode !== "zeros") parts.push(`padding_mode=${this.paddingMode}`);
    return parts.join(", ");
  }
}

const CONV = ["stride", "padding", "dilation", "groups", "bias", "paddingMode"] as const;

/** 1-d convolution of `[N, C, L]`. */
export class Conv1d extends ConvNd {
  static override readonly name: string = "Conv1d";
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size,
    ...given: InOrder<ConvOptions, typeof CONV>
  ) {
    super(1, inChannels, outChannels, kernelSize, inOrder<ConvOptions>("Conv1d", given, CONV));
  }
  protected override convolve(x: core.Tensor, weight: core.Tensor, options: F.ConvFnOptions): Tensor {
    return F.conv1d(x, weight, options);
  }
}
/** 2-d convolution of `[N, C, H, W]`. */
export class Conv2d extends ConvNd {
  static override readonly name: string = "Conv2d";
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size,
    ...given: InOrder<ConvOptions, typeof CONV>
  ) {
    super(2, inChannels, outChannels, kernelSize, inOrder<ConvOptions>("Conv2d", given, CONV));
  }
  protected override convolve(x: core.Tensor, weight: core.Tensor, options: F.ConvFnOptions): Tensor {
    return F.conv2d(x, weight, options);
  }
}
/** 3-d convolution of `[N, C, D, H, W]`. */
export class Conv3d extends ConvNd {
  static override readonly name: string = "Conv3d";
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size,
    ...given: InOrder<ConvOptions, typeof CONV>
  ) {
    super(3, inChannels, outChannels, kernelSize, inOrder<ConvOptions>("Conv3d", given, CONV));
  }
  protected override convolve(x: core.Tensor, weight: core.Tensor, options: F.ConvFnOptions): Tensor {
    return F.conv3d(x, weight, options);
  }
}

/** Options of the transposed convolution modules. */
export interface ConvTransposeOptions {
  readonly stride?: Size;
  readonly padding?: Size;
  readonly outputPadding?: Size;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly dilation?: Size;
}

abstract class ConvTransposeNd extends Module<[x: core.Tensor], Tensor> {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    n: number,
    inChannels: number,
    outChannels: number,
    kernelSize: Size,
    options: ConvTransposeOptions,
  ) {
    super();
    const op = this.constructor.name;
    const size = perAxis(n);
    checkArguments(op, {
      sizes: { inChannels, outChannels },
      also: { kernelSize: [kernelSize, size] },
      options,
      known: {
        stride: size,
        padding: size,
        outputPadding: size,
        groups: POSITIVE,
        bias: FLAG,
        dilation: size,
      },
    });
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = F.tuple(op, "kernelSize", kernelSize, n);
    this.stride = F.tuple(op, "stride", options.stride ?? 1, n);
    this.padding = F.tuple(op, "padding", options.padding ?? 0, n);
    this.outputPadding = F.tuple(op, "outputPadding", options.outputPadding ?? 0, n);
    this.dilation = F.tuple(op, "dilation", options.dilation ?? 1, n);
    this.groups = options.groups ?? 1;
    checkGroups(op, inChannels, outChannels, this.groups);
    this.weight = emptyParameter([inChannels, outChannels / this.groups, ...this.kernelSize]);
    this.bias = options.bias === false ? null : emptyParameter([outChannels]);
    resetConv(this.weight, this.bias);
  }

  protected abstract convolve(x: core.Tensor, weight: core.Tensor, options: F.ConvTransposeFnOptions): Tensor;

  override forward(x: core.Tensor): Tensor {
    checkInput(this, x);
    const { bias, stride, padding, outputPadding, dilation, groups } = this;
    return this.convolve(x, this.weight, { bias, stride, padding, outputPadding, dilation, groups });
  }

  override extraRepr(): string {
    const some = (values: readonly number[], plain: number) => values.some((v) => v !== plain);
    const parts = [
      `${this.inChannels}`,
      `${this.outChannels}`,
      `kernel_size=${pyTuple(this.kernelSize)}`,
      `stride=${pyTuple(this.stride)}`,
    ];
    if (some(this.padding, 0)) parts.push(`padding=${pyTuple(this.padding)}`);
    if (some(this.dilation, 1)) parts.push(`dilation=${pyTuple(this.dilation)}`);
    if (some(this.outputPadding, 0)) parts.push(`output_padding=${pyTuple(this.outputPadding)}`);
    if (this.groups !== 1) parts.push(`groups=${this.groups}`);
    if (this.bias === null) parts.push("bias=False");
    return parts.join(", ");
  }
}

const CONV_TRANSPOSE = ["stride", "padding", "outputPadding", "groups", "bias", "dilation"] as const;

/** 1-d transposed convolution. */
export class ConvTranspose1d extends ConvTransposeNd {
  static override readonly name: string = "ConvTranspose1d";
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size,
    ...given: InOrder<ConvTransposeOptions, typeof CONV_TRANSPOSE>
  ) {
    super(
      1,
      inChannels,
      outChannels,
      kernelSize,
      inOrder<ConvTransposeOptions>("ConvTranspose1d", given, CONV_TRANSPOSE),
    );
  }
  protected override convolve(
    x: core.Tensor,
    weight: core.Tensor,
    options: F.ConvTransposeFnOptions,
  ): Tensor {
    return F.convTranspose1d(x, weight, options);
  }
}
/** 2-d transposed convolution. */
export class ConvTranspose2d extends ConvTransposeNd {
  static override readonly name: string = "ConvTranspose2d";
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size,
    ...given: InOrder<ConvTransposeOptions, typeof CONV_TRANSPOSE>
  ) {
    super(
      2,
      inChannels,
      outChannels,
      kernelSize,
      inOrder<ConvTransposeOptions>("ConvTranspose2d", given, CONV_TRANSPOSE),
    );
  }
  protected override convolve(
    x: core.Tensor,
    weight: core.Tensor,
    options: F.ConvTransposeFnOptions,
  ): Tensor {
    return F.convTranspose2d(x, weight, options);
  }
}
/** 3-d transposed convolution. */
export class ConvTranspose3d extends ConvTransposeNd {
  static override readonly name: string = "ConvTranspose3d";
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size,
    ...given: InOrder<ConvTransposeOptions, typeof CONV_TRANSPOSE>
  ) {
    super(
      3,
      inChannels,
      outChannels,
      kernelSize,
      inOrder<ConvTransposeOptions>("ConvTranspose3d", given, CONV_TRANSPOSE),
    );
  }
  protected override convolve(
    x: core.Tensor,
    weight: core.Tensor,
    options: F.ConvTransposeFnOptions,
  ): Tensor {
    return F.convTranspose3d(x, weight, options);
  }
}
