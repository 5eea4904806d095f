// Conv1D, Conv2D, Conv3D.
import * as core from "@isoform/core";
import { ArgumentError, constructible, type Constructible } from "@isoform/core";
import type { ActivationLike } from "../../activations.js";
import {
  REQUIRED,
  oneOf,
  positive,
  sizes,
  type Defaults,
  type Settled,
  given,
} from "../../config/options.js";
import type { ConstraintLike } from "../../constraints.js";
import { knownSize } from "../../engine/input-spec.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";
import type { InitializerLike } from "../../initializers/index.js";
import { conv, type ConvPadding } from "../../nn/conv.js";
import { channelAxis } from "../../nn/layout.js";
import type { RegularizerLike } from "../../regularizers.js";
import { standardizeDataFormat, type DataFormat } from "../../session.js";
import type { Variable } from "../../tensor/variable.js";

/** A size for all axes, or one per axis. */
export type Sizes = number | readonly number[];

/** Options of convolutions, Keras' names and defaults. */
export interface ConvOptions {
  /** Default 1. Strides and dilation cannot both be over 1. */
  readonly strides?: Sizes;
  /** `"same"` pads so that the output has ⌈size / stride⌉; `"causal"` (Conv1D) pads the past. Default `"valid"`. */
  readonly padding?: ConvPadding;
  /** Default: the session's, `"channels_last"`. */
  readonly dataFormat?: DataFormat | null;
  readonly dilationRate?: Sizes;
  readonly groups?: number;
  readonly activation?: ActivationLike;
  readonly useBias?: boolean;
  readonly kernelInitializer?: InitializerLike;
  readonly biasInitializer?: InitializerLike;
  readonly kernelRegularizer?: RegularizerLike;
  readonly biasRegularizer?: RegularizerLike;
  readonly activityRegularizer?: RegularizerLike;
  readonly kernelConstraint?: ConstraintLike;
  readonly biasConstraint?: ConstraintLike;
}
interface ConvConfig extends ConvOptions {
  readonly filters: number;
  readonly kernelSize: Sizes;
}
const DEFAULTS: Defaults<ConvConfig> = {
  filters: REQUIRED,
  kernelSize: REQUIRED,
  strides: 1,
  padding: "valid",
  dataFormat: null,
  dilationRate: 1,
  groups: 1,
  activation: null,
  useBias: true,
  kernelInitializer: "glorot_uniform",
  biasInitializer: "zeros",
  kernelRegularizer: null,
  biasRegularizer: null,
  activityRegularizer: null,
  kernelConstraint: null,
  biasConstraint: null,
};
interface ConvFields {
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
  readonly dataFormat: DataFormat;
}

/** Base of convolutions. */
export interface ConvLayer extends Settled<Omit<ConvConfig, "activityRegularizer">, ConvFields> {}
/** Base of convolutions. */
export abstract class ConvLayer extends Layer {
  static override readonly positional: readonly string[] = ["filters", "kernelSize"];
  /** `[...kernel, inputs / groups, filters]`. */
  kernel!: Variable;
  /** `[filters]`, or null. */
  bias: Variable | null = null;

  constructor(rank: number, filters: number, kernelSize: Sizes, options: ConvOptions & LayerOptions) {
    super(given(options, { filters, kernelSize }), DEFAULTS);
    const owner = this.describe();
    positive(owner, "filters", filters);
    positive(owner, "groups", this.groups);
    this.settle({
      kernelSize: sizes(owner, "kernelSize", kernelSize, rank),
      strides: sizes(owner, "strides", this.strides, rank),
      dilationRate: sizes(owner, "dilationRate", this.dilationRate, rank),
      dataFormat: standardizeDataFormat(owner, this.dataFormat),
    });
    oneOf(owner, "padding", this.padding, rank === 1 ? ["valid", "same", "causal"] : ["valid", "same"]);
    checkFactors(owner, this.strides, this.dilationRate);
    if (filters % this.groups !== 0) {
      throw new ArgumentError(`${filters} filters do not split into ${this.groups} groups`, {
        code: "argument/invalid",
        op: owner,
        hint: "use a multiple of groups",
      });
    }
    this.inputSpec = { minNdim: rank + 2 };
  }

  override build(shape: SymbolicShape): void {
    const axis = channelAxis(this.dataFormat);
    const inputs = knownSize(this.describe(), shape, axis);
    if (inputs % this.groups !== 0) {
      throw new core.ShapeError(`${inputs} channels do not split into ${this.groups} groups`, {
        code: "shape/groups",
        op: this.describe(),
        hint: "use a divisor of the number of channels",
      });
    }
    this.kernel = this.addWeight({
      name: "kernel",
      shape: [...this.kernelSize, inputs / this.groups, this.filters],
      initializer: this.kernelInitializer,
      regularizer: this.kernelRegularizer,
      constraint: this.kernelConstraint,
    });
    if (this.useBias) {
      this.bias = this.addWeight({
        name: "bias",
        shape: [this.filters],
        initializer: this.biasInitializer,
        regularizer: this.biasRegularizer,
        constraint: this.biasConstraint,
      });
    }
    this.inputSpec = { minNdim: this.kernelSize.length + 2, axes: { [axis]: inputs } };
  }

  override call(x: core.Tensor): core.Tensor {
    const lead = x.shape.slice(0, x.rank - this.kernelSize.length - 1);
    const flat = lead.length === 1 ? x : core.reshape(x, [-1, ...x.shape.slice(lead.length)]);
    const y = this.activation(this.convolve(flat));
    return lead.length === 1 ? y : core.reshape(y, [...lead, ...y.shape.slice(1)]);
  }
  /** The convolution itself. */
  protected convolve(x: core.Tensor): core.Tensor {
    const dtype = this.computeDtype;
    return conv(x, core.cast(this.kernel, dtype), this.bias && core.cast(this.bias, dtype), this);
  }
}

/** Keras does not combine strides with dilation. @throws {ArgumentError} when both are over 1 */
export function checkFactors(owner: string, strides: readonly number[], dilation: readonly number[]): void {
  if (!strides.some((n) => n > 1) || !dilation.some((n) => n > 1)) return;
  throw new ArgumentError("strides and dilationRate are both over 1", {
    code: "argument/invalid",
    op: owner,
    hint: "one of the two must be 1",
  });
}

class Conv1DLayer extends ConvLayer {
  static override readonly className: string = "Conv1D";
  constructor(filters: number, kernelSize: Sizes, options: ConvOptions & LayerOptions = {}) {
    super(1, filters, kernelSize, options);
  }
}
class Conv2DLayer extends ConvLayer {
  static override readonly className: string = "Conv2D";
  constructor(filters: number, kernelSize: Sizes, options: ConvOptions & LayerOptions = {}) {
    super(2, filters, kernelSize, options);
  }
}
class Conv3DLayer extends ConvLayer {
  static override readonly className: string = "Conv3D";
  constructor(filters: number, kernelSize: Sizes, options: ConvOptions & LayerOptions = {}) {
    super(3, filters, kernelSize, options);
  }
}

/**
 * Convolution over sequences: `(N, T, C) -> (N, T_out, filters)`; channels second with
 * `dataFormat: "channels_first"`. More leading axes are taken as batch axes. Weights `kernel`
 * `[k, C / groups, filters]`, `bias` `[filters]`.
 * @throws {ArgumentError} when an option is unknown, a size is not a positive integer, `strides` and
 *   `dilationRate` are both over 1, or `groups` does not divide `filters`
 * @throws {ShapeError} when the input has fewer than 3 axes, its channels are unknown or not those of the
 *   first call, or `groups` does not divide them
 * @see keras.layers.Conv1D
 */
export const Conv1D: Constructible<typeof Conv1DLayer> = /* @__PURE__ */ constructible(Conv1DLayer);
/**
 * Convolution over images: `(N, H, W, C) -> (N, H_out, W_out, filters)`; channels second with
 * `dataFormat: "channels_first"`. More leading axes are taken as batch axes. Weights `kernel`
 * `[kh, kw, C / groups, filters]`, `bias` `[filters]`.
 * @throws {ArgumentError} when an option is unknown, a size is not a positive integer, `strides` and
 *   `dilationRate` are both over 1, or `groups` does not divide `filters`
 * @throws {ShapeError} when the input has fewer than 4 axes, its channels are unknown or not those of the
 *   first call, or `groups` does not divide them
 * @see keras.layers.Conv2D
 */
export const Conv2D: Constructible<typeof Conv2DLayer> = /* @__PURE__ */ constructible(Conv2DLayer);
/**
 * Convolution over volumes: `(N, D, H, W, C) -> (N, D_out, H_out, W_out, filters)`; channels second with
 * `dataFormat: "channels_first"`. More leading axes are taken as batch axes. Weights `kernel`
 * `[kd, kh, kw, C / groups, filters]`, `bias` `[filters]`.
 * @throws {ArgumentError} when an option is unknown, a size is not a positive integer, `strides` and
 *   `dilationRate` are both over 1, or `groups` does not divide `filters`
 * @throws {ShapeError} when the input has fewer than 5 axes, its channels are unknown or not those of the
 *   first call, or `groups` does not divide them
 * @see keras.layers.Conv3D
 */
export const Conv3D: Constructible<typeof Conv3DLayer> = /* @__PURE__ */ constructible(Conv3DLayer);
