// DepthwiseConv1D/2D and SeparableConv1D/2D: convolutions of each channel on its own.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import type { ActivationLike } from "../../activations.js";
import {
  REQUIRED,
  oneOf,
  positive,
  sizes,
  type AnyDefaults,
  type Defaults,
  type Resolved,
  type Settled,
  given,
} from "../../config/options.js";
import type { ConstraintLike } from "../../constraints.js";
import { knownSize } from "../../engine/input-spec.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";
import type { InitializerLike } from "../../initializers/index.js";
import { conv, depthwiseConv, type ConvPadding, type ConvSettings } from "../../nn/conv.js";
import { channelAxis } from "../../nn/layout.js";
import type { RegularizerLike } from "../../regularizers.js";
import { standardizeDataFormat, type DataFormat } from "../../session.js";
import type { Variable } from "../../tensor/variable.js";
import type { Sizes } from "./conv.js";

/** Options that both kinds have. */
interface CommonOptions {
  /** Output channels per input channel. */
  readonly depthMultiplier?: number;
  readonly strides?: Sizes;
  readonly padding?: ConvPadding;
  readonly dataFormat?: DataFormat | null;
  readonly dilationRate?: Sizes;
  readonly activation?: ActivationLike;
  readonly useBias?: boolean;
  readonly depthwiseInitializer?: InitializerLike;
  readonly biasInitializer?: InitializerLike;
  readonly depthwiseRegularizer?: RegularizerLike;
  readonly biasRegularizer?: RegularizerLike;
  readonly activityRegularizer?: RegularizerLike;
  readonly depthwiseConstraint?: ConstraintLike;
  readonly biasConstraint?: ConstraintLike;
}
/** Options of `DepthwiseConv1D` and `DepthwiseConv2D`. */
export type DepthwiseConvOptions = CommonOptions;
/** Options of `SeparableConv1D` and `SeparableConv2D`. */
export interface SeparableConvOptions extends CommonOptions {
  readonly pointwiseInitializer?: InitializerLike;
  readonly pointwiseRegularizer?: RegularizerLike;
  readonly pointwiseConstraint?: ConstraintLike;
}
interface DepthwiseConfig extends CommonOptions {
  readonly kernelSize: Sizes;
}
interface SeparableConfig extends SeparableConvOptions {
  readonly filters: number;
  readonly kernelSize: Sizes;
}
const DEPTHWISE: Defaults<DepthwiseConfig> = {
  depthMultiplier: 1,
  kernelSize: REQUIRED,
  strides: 1,
  padding: "valid",
  dataFormat: null,
  dilationRate: 1,
  activation: null,
  useBias: true,
  depthwiseInitializer: "glorot_uniform",
  biasInitializer: "zeros",
  depthwiseRegularizer: null,
  biasRegularizer: null,
  activityRegularizer: null,
  depthwiseConstraint: null,
  biasConstraint: null,
};
const SEPARABLE: Defaults<SeparableConfig> = {
  depthMultiplier: 1,
  filters: REQUIRED,
  kernelSize: REQUIRED,
  strides: 1,
  padding: "valid",
  dataFormat: null,
  dilationRate: 1,
  activation: null,
  useBias: true,
  depthwiseInitializer: "glorot_uniform",
  pointwiseInitializer: "glorot_uniform",
  biasInitializer: "zeros",
  depthwiseRegularizer: null,
  pointwiseRegularizer: null,
  biasRegularizer: null,
  activityRegularizer: null,
  depthwiseConstraint: null,
  pointwiseConstraint: null,
  biasConstraint: null,
};
interface Fields {
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
  readonly dataFormat: DataFormat;
}

/** What both kinds share. */
interface Depthwise extends Settled<Omit<DepthwiseConfig, "activityRegularizer">, Fields> {}
abstract class Depthwise extends Layer {
  /** `[filters]` or `[in · multiplier]`, or null. */
  bias: Variable | null = null;

  constructor(rank: number, options: LayerOptions, defaults: AnyDefaults) {
    super(options, defaults);
    const owner = this.describe();
    positive(owner, "depthMultiplier", this.depthMultiplier);
    this.settle({
      kernelSize: sizes(owner, "kernelSize", this.kernelSize, rank),
      strides: sizes(owner, "strides", this.strides, rank),
      dilationRate: sizes(owner, "dilationRate", this.dilationRate, rank),
      dataFormat: standardizeDataFormat(owner, this.dataFormat),
    });
    oneOf(owner, "padding", this.padding, rank === 1 ? ["valid", "same", "causal"] : ["valid", "same"]);
    this.inputSpec = { ndim: rank + 2 };
  }
  protected channels(shape: SymbolicShape): number {
    const axis = channelAxis(this.dataFormat);
    const inputs = knownSize(this.describe(), shape, axis);
    this.inputSpec = { ndim: this.kernelSize.length + 2, axes: { [axis]: inputs } };
    return inputs;
  }
  protected depthwiseWeight(name: string, inputs: number): Variable {
    return this.addWeight({
      name,
      shape: [...this.kernelSize, inputs, this.depthMultiplier],
      initializer: this.depthwiseInitializer,
      regularizer: this.depthwiseRegularizer,
      constraint: this.depthwiseConstraint,
    });
  }
  protected biasWeight(size: number): void {
    if (!this.useBias) return;
    this.bias = this.addWeight({
      name: "bias",
      shape: [size],
      initializer: this.biasInitializer,
      regularizer: this.biasRegularizer,
      constraint: this.biasConstraint,
    });
  }
  protected cast(v: Variable | null): core.Tensor | null {
    return v && core.cast(v, this.computeDtype);
  }
}

/** Base of depthwise convolutions. */
export abstract class DepthwiseConvLayer extends Depthwise {
  static override readonly positional: readonly string[] = ["kernelSize"];
  /** `[...kernel, in, multiplier]`. */
  kernel!: Variable;
  constructor(rank: number, kernelSize: Sizes, options: DepthwiseConvOptions & LayerOptions) {
    super(rank, given(options, { kernelSize }), DEPTHWISE);
  }
  override build(shape: SymbolicShape): void {
    const inputs = this.channels(shape);
    this.kernel = this.depthwiseWeight("kernel", inputs);
    this.biasWeight(inputs * this.depthMultiplier);
  }
  override call(x: core.Tensor): core.Tensor {
    return this.activation(depthwiseConv(x, this.cast(this.kernel)!, this.cast(this.bias), this));
  }
}

/** Base of separable convolutions. */
export interface SeparableConvLayer extends Resolved<
  Pick<SeparableConfig, "filters" | "pointwiseInitializer" | "pointwiseRegularizer" | "pointwiseConstraint">
> {}
/** Base of separable convolutions. */
export abstract class SeparableConvLayer extends Depthwise {
  static override readonly positional: readonly string[] = ["filters", "kernelSize"];
  /** `[...kernel, in, multiplier]`. */
  depthwiseKernel!: Variable;
  /** `[...1, in · multiplier, filters]`. */
  pointwiseKernel!: Variable;
  constructor(
    rank: number,
    filters: number,
    kernelSize: Sizes,
    options: SeparableConvOptions & LayerOptions,
  ) {
    super(rank, given(options, { filters, kernelSize }), SEPARABLE);
    positive(this.describe(), "filters", filters);
  }
  override build(shape: SymbolicShape): void {
    const inputs = this.channels(shape);
    this.depthwiseKernel = this.depthwiseWeight("depthwise_kernel", inputs);
    this.pointwiseKernel = this.addWeight({
      name: "pointwise_kernel",
      shape: [...this.kernelSize.map(() => 1), inputs * this.depthMultiplier, this.filters],
      initializer: this.pointwiseInitializer,
      regularizer: this.pointwiseRegularizer,
      constraint: this.pointwiseConstraint,
    });
    this.biasWeight(this.filters);
  }
  override call(x: core.Tensor): core.Tensor {
    const middle = depthwiseConv(x, this.cast(this.depthwiseKernel)!, null, this);
    const ones = this.kernelSize.map(() => 1);
    const plain: ConvSettings = {
      strides: ones,
      dilationRate: ones,
      padding: "valid",
      dataFormat: this.dataFormat,
    };
    return this.activation(conv(middle, this.cast(this.pointwiseKernel)!, this.cast(this.bias), plain));
  }
}

class DepthwiseConv1DLayer extends DepthwiseConvLayer {
  static override readonly className: string = "DepthwiseConv1D";
  constructor(kernelSize: Sizes, options: DepthwiseConvOptions & LayerOptions = {}) {
    super(1, kernelSize, options);
  }
}
class DepthwiseConv2DLayer extends DepthwiseConvLayer {
  static override readonly className: string = "DepthwiseConv2D";
  constructor(kernelSize: Sizes, options: DepthwiseConvOptions & LayerOptions = {}) {
    super(2, kernelSize, options);
  }
}
class SeparableConv1DLayer extends SeparableConvLayer {
  static override readonly className: string = "SeparableConv1D";
  constructor(filters: number, kernelSize: Sizes, options: SeparableConvOptions & LayerOptions = {}) {
    super(1, filters, kernelSize, options);
  }
}
class SeparableConv2DLayer extends SeparableConvLayer {
  static override readonly className: string = "SeparableConv2D";
  constructor(filters: number, kernelSize: Sizes, options: SeparableConvOptions & LayerOptions = {}) {
    super(2, filters, kernelSize, options);
  }
}

/**
 * Each channel of a sequence convolved on its own: `(N, T, C) -> (N, T_out, C · depthMultiplier)`; channels
 * second with `dataFormat: "channels_first"`. Weights `kernel` `[k, C, depthMultiplier]`, `bias`
 * `[C · depthMultiplier]`.
 * @throws {ArgumentError} when an option is unknown, or a size, `padding` or `dataFormat` is not one that is
 *   allowed
 * @throws {ShapeError} when the input has not 3 axes, or its channels are unknown or not those of the first
 *   call
 * @see keras.layers.DepthwiseConv1D
 */
export const DepthwiseConv1D: Constructible<typeof DepthwiseConv1DLayer> =
  /* @__PURE__ */ constructible(DepthwiseConv1DLayer);
/**
 * Each channel of an image convolved on its own: `(N, H, W, C) -> (N, H_out, W_out, C · depthMultiplier)`;
 * channels second with `dataFormat: "channels_first"`. Weights `kernel` `[kh, kw, C, depthMultiplier]`,
 * `bias` `[C · depthMultiplier]`.
 * @throws {ArgumentError} when an option is unknown, or a size, `padding` or `dataFormat` is not one that is
 *   allowed
 * @throws {ShapeError} when the input has not 4 axes, or its channels are unknown or not those of the first
 *   call
 * @see keras.layers.DepthwiseConv2D
 */
export const DepthwiseConv2D: Constructible<typeof DepthwiseConv2DLayer> =
  /* @__PURE__ */ constructible(DepthwiseConv2DLayer);
/**
 * Depthwise convolution of a sequence, then mixing of channels: `(N, T, C) -> (N, T_out, filters)`; channels
 * second with `dataFormat: "channels_first"`. Weights `depthwiseKernel` `[k, C, depthMultiplier]`,
 * `pointwiseKernel` `[1, C · depthMultiplier, filters]`, `bias` `[filters]`.
 * @throws {ArgumentError} when an option is unknown, or a size, `padding` or `dataFormat` is not one that is
 *   allowed
 * @throws {ShapeError} when the input has not 3 axes, or its channels are unknown or not those of the first
 *   call
 * @see keras.layers.SeparableConv1D
 */
export const SeparableConv1D: Constructible<typeof SeparableConv1DLayer> =
  /* @__PURE__ */ constructible(SeparableConv1DLayer);
/**
 * Depthwise convolution of an image, then mixing of channels: `(N, H, W, C) -> (N, H_out, W_out, filters)`;
 * channels second with `dataFormat: "channels_first"`. Weights `depthwiseKernel`
 * `[kh, kw, C, depthMultiplier]`, `pointwiseKernel` `[1, 1, C · depthMultiplier, filters]`, `bias`
 * `[filters]`.
 * @throws {ArgumentError} when an option is unknown, or a size, `padding` or `dataFormat` is not one that is
 *   allowed
 * @throws {ShapeError} when the input has not 4 axes, or its channels are unknown or not those of the first
 *   call
 * @see keras.layers.SeparableConv2D
 */
export const SeparableConv2D: Constructible<typeof SeparableConv2DLayer> =
  /* @__PURE__ */ constructible(SeparableConv2DLayer);
