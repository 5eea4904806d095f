// Resampling and rearrangement modules.
import * as core from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import type { Size } from "../functional/conv.js";
import * as F from "../functional/vision.js";
import { unflatten } from "../../tensor/shape.js";
import { ANY, checkOptions, INTEGER, listOf, perAxis } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { checkArguments } from "../arguments.js";
import { Module } from "../module.js";
import { pyFloat, pySize, pyTuple } from "../python-text.js";
import { inOrder, type InOrder } from "../../options.js";

type Input = [x: core.Tensor];

/** Values are checked with the mode. */
const UPSAMPLING = { size: ANY, scaleFactor: ANY };
const PAIR = /* @__PURE__ */ perAxis(2);

/** Resizes spatial axes. */
export class Upsample extends Module<Input, Tensor> {
  static override readonly name: string = "Upsample";
  readonly options: F.InterpolateOptions;
  constructor(options: F.InterpolateOptions = {}) {
    super();
    F.checkInterpolation(this.constructor.name, options);
    this.options = options;
  }
  override forward(x: core.Tensor): Tensor {
    return F.interpolate(x, this.options);
  }
  override extraRepr(): string {
    const { size, scaleFactor, mode = "nearest" } = this.options;
    const amount =
      scaleFactor === null || scaleFactor === undefined
        ? `size=${pySize(size ?? [])}`
        : `scale_factor=${typeof scaleFactor === "number" ? pyFloat(scaleFactor) : pyTuple(scaleFactor.map(pyFloat))}`;
    return `${amount}, mode='${mode}'`;
  }
}
/** Options of the modules that resize images in one mode. */
export interface UpsamplingOptions {
  readonly size?: Size | null;
  readonly scaleFactor?: Size | null;
}
function upsampling(
  owner: string,
  options: UpsamplingOptions,
  mode: F.InterpolateOptions,
): F.InterpolateOptions {
  checkOptions(owner, options, UPSAMPLING);
  return { ...options, ...mode };
}
/** Resizes images by nearest neighbours. */
export class UpsamplingNearest2d extends Upsample {
  static override readonly name: string = "UpsamplingNearest2d";
  constructor(options: UpsamplingOptions = {}) {
    super(upsampling("UpsamplingNearest2d", options, { mode: "nearest" }));
  }
}
/** Resizes images bilinearly, corners aligned. */
export class UpsamplingBilinear2d extends Upsample {
  static override readonly name: string = "UpsamplingBilinear2d";
  constructor(options: UpsamplingOptions = {}) {
    super(upsampling("UpsamplingBilinear2d", options, { mode: "bilinear", alignCorners: true }));
  }
}
/** Channels to space. */
export class PixelShuffle extends Module<Input, Tensor> {
  static override readonly name: string = "PixelShuffle";
  readonly upscaleFactor: number;
  constructor(upscaleFactor: number) {
    super();
    checkArguments("PixelShuffle", { sizes: { upscaleFactor }, least: 1 });
    this.upscaleFactor = upscaleFactor;
  }
  override forward(x: core.Tensor): Tensor {
    return F.pixelShuffle(x, this.upscaleFactor);
  }
  override extraRepr(): string {
    return `upscale_factor=${this.upscaleFactor}`;
  }
}
/** Space to channels. */
export class PixelUnshuffle extends Module<Input, Tensor> {
  static override readonly name: string = "PixelUnshuffle";
  readonly downscaleFactor: number;
  constructor(downscaleFactor: number) {
    super();
    checkArguments("PixelUnshuffle", { sizes: { downscaleFactor }, least: 1 });
    this.downscaleFactor = downscaleFactor;
  }
  override forward(x: core.Tensor): Tensor {
    return F.pixelUnshuffle(x, this.downscaleFactor);
  }
  override extraRepr(): string {
    return `downscale_factor=${this.downscaleFactor}`;
  }
}
/** Interleaves channel groups. */
export class ChannelShuffle extends Module<Input, Tensor> {
  static override readonly name: string = "ChannelShuffle";
  readonly groups: number;
  constructor(groups: number) {
    super();
    checkArguments("ChannelShuffle", { sizes: { groups }, least: 1 });
    this.groups = groups;
  }
  override forward(x: core.Tensor): Tensor {
    return F.channelShuffle(x, this.groups);
  }
  override extraRepr(): string {
    return `groups=${this.groups}`;
  }
}
function blockText({ dilation = 1, padding = 0, stride = 1 }: F.UnfoldFnOptions): string {
  return `dilation=${pySize(dilation)}, padding=${pySize(padding)}, stride=${pySize(stride)}`;
}
const BLOCKS = ["dilation", "padding", "stride"] as const;

/** Sliding blocks as columns. */
export class Unfold extends Module<Input, Tensor> {
  static override readonly name: string = "Unfold";
  readonly kernelSize: Size;
  readonly options: F.UnfoldFnOptions;
  constructor(kernelSize: Size, ...given: InOrder<F.UnfoldFnOptions, typeof BLOCKS>) {
    const options = inOrder<F.UnfoldFnOptions>("Unfold", given, BLOCKS);
    super();
    const also = { kernelSize: [kernelSize, PAIR] } as const;
    checkArguments("Unfold", { also, options, known: F.BLOCK_OPTIONS });
    this.kernelSize = kernelSize;
    this.options = options;
  }
  override forward(x: core.Tensor): Tensor {
    return F.unfold(x, this.kernelSize, this.options);
  }
  override extraRepr(): string {
    return `kernel_size=${pySize(this.kernelSize)}, ${blockText(this.options)}`;
  }
}
/** Columns summed back to an image. */
export class Fold extends Module<Input, Tensor> {
  static override readonly name: string = "Fold";
  readonly outputSize: Size;
  readonly kernelSize: Size;
  readonly options: F.UnfoldFnOptions;
  constructor(outputSize: Size, kernelSize: Size, ...given: InOrder<F.UnfoldFnOptions, typeof BLOCKS>) {
    const options = inOrder<F.UnfoldFnOptions>("Fold", given, BLOCKS);
    super();
    const also = { outputSize: [outputSize, PAIR], kernelSize: [kernelSize, PAIR] } as const;
    checkArguments("Fold", { also, options, known: F.BLOCK_OPTIONS });
    this.outputSize = outputSize;
    this.kernelSize = kernelSize;
    this.options = options;
  }
  override forward(x: core.Tensor): Tensor {
    return F.fold(x, this.outputSize, this.kernelSize, this.options);
  }
  override extraRepr(): string {
    return `output_size=${pySize(this.outputSize)}, kernel_size=${pySize(this.kernelSize)}, ${blockText(this.options)}`;
  }
}
/** One axis split into several. */
export class Unflatten extends Module<Input, Tensor> {
  static override readonly name: string = "Unflatten";
  readonly dim: number;
  readonly unflattenedSize: readonly number[];
  constructor(dim: number, unflattenedSize: readonly number[]) {
    super();
    const sizes = listOf(INTEGER, "a list of sizes, at most one of them -1");
    checkArguments("Unflatten", { also: { dim: [dim, INTEGER], unflattenedSize: [unflattenedSize, sizes] } });
    this.dim = dim;
    this.unflattenedSize = unflattenedSize;
  }
  override forward(x: core.Tensor): Tensor {
    checkTensors("Unflatten", { x });
    return asTensor(unflatten(x, this.dim, this.unflattenedSize));
  }
  override extraRepr(): string {
    return `dim=${this.dim}, unflattened_size=(${this.unflattenedSize.join(", ")})`;
  }
}
