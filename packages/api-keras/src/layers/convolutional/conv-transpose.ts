// Conv1DTranspose, Conv2DTranspose, Conv3DTranspose.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
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
import { convTranspose } from "../../nn/conv.js";
import { channelAxis } from "../../nn/layout.js";
import type { RegularizerLike } from "../../regularizers.js";
import { standardizeDataFormat, type DataFormat } from "../../session.js";
import type { Variable } from "../../tensor/variable.js";
import { checkFactors, type Sizes } from "./conv.js";

/** Options of transposed convolutions, Keras' names and defaults. */
export interface ConvTransposeOptions {
  readonly strides?: Sizes;
  readonly padding?: "valid" | "same";
  /** Elements added at the high end; null takes the size that the stride asks for. */
  readonly outputPadding?: Sizes | null;
  readonly dataFormat?: DataFormat | null;
  readonly dilationRate?: Sizes;
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
interface ConvTransposeConfig extends ConvTransposeOptions {
  readonly filters: number;
  readonly kernelSize: Sizes;
}
const DEFAULTS: Defaults<ConvTransposeConfig> = {
  filters: REQUIRED,
  kernelSize: REQUIRED,
  strides: 1,
  padding: "valid",
  outputPadding: null,
  dataFormat: null,
  dilationRate: 1,
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
interface ConvTransposeFields {
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
  readonly outputPadding: readonly number[] | null;
  readonly dataFormat: DataFormat;
}

/** Base of transposed convolutions. */
export interface ConvTransposeLayer extends Settled<
  Omit<ConvTransposeConfig, "activityRegularizer">,
  ConvTransposeFields
> {}
/** Base of transposed convolutions. */
export abstract class ConvTransposeLayer extends Layer {
  static override readonly positional: readonly string[] = ["filters", "kernelSize"];
  /** `[...kernel, filters, inputs]`. */
  kernel!: Variable;
  /** `[filters]`, or null. */
  bias: Variable | null = null;

  constructor(
    rank: number,
    filters: number,
    kernelSize: Sizes,
    options: ConvTransposeOptions & LayerOptions,
  ) {
    super(given(options, { filters, kernelSize }), DEFAULTS);
    const owner = this.describe();
    positive(owner, "filters", filters);
    this.settle({
      kernelSize: sizes(owner, "kernelSize", kernelSize, rank),
      strides: sizes(owner, "strides", this.strides, rank),
      dilationRate: sizes(owner, "dilationRate", this.dilationRate, rank),
      outputPadding:
        this.outputPadding === null ? null : sizes(owner, "outputPadding", this.outputPadding, rank, 0),
      dataFormat: standardizeDataFormat(owner, this.dataFormat),
    });
    oneOf(owner, "padding", this.padding, ["valid", "same"]);
    checkFactors(owner, this.strides, this.dilationRate);
    this.inputSpec = { ndim: rank + 2 };
  }

  override build(shape: SymbolicShape): void {
    const axis = channelAxis(this.dataFormat);
    const inputs = knownSize(this.describe(), shape, axis);
    this.kernel = this.addWeight({
      name: "kernel",
      shape: [...this.kernelSize, this.filters, inputs],
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
    this.inputSpec = { ndim: this.kernelSize.length + 2, axes: { [axis]: inputs } };
  }

  override call(x: core.Tensor): core.Tensor {
    const dtype = this.computeDtype;
    const bias = this.bias && core.cast(this.bias, dtype);
    return this.activation(convTranspose(x, core.cast(this.kernel, dtype), bias, this));
  }
}

class Conv1DTransposeLayer extends ConvTransposeLayer {
  static override readonly className: string = "Conv1DTranspose";
  constructor(filters: number, kernelSize: Sizes, options: ConvTransposeOptions & LayerOptions = {}) {
    super(1, filters, kernelSize, options);
  }
}
class Conv2DTransposeLayer extends ConvTransposeLayer {
  static override readonly className: string = "Conv2DTranspose";
  constructor(filters: number, kernelSize: Sizes, options: ConvTransposeOptions & LayerOptions = {}) {
    super(2, filters, kernelSize, options);
  }
}
class Conv3DTransposeLayer extends ConvTransposeLayer {
  static override readonly className: string = "Conv3DTranspose";
  constructor(filters: number, kernelSize: Sizes, options: ConvTransposeOptions & LayerOptions = {}) {
    super(3, filters, kernelSize, options);
  }
}

/**
 * Transposed convolution over sequences: `(N, T, C) -> (N, T_out, filters)`, each size times its stride with
 * `"same"`; channels second with `dataFormat: "channels_first"`. Weights `kernel` `[k, filters, C]`, `bias`
 * `[filters]`.
 * @throws {ArgumentError} when an option is unknown, a size is not a positive integer (`outputPadding`: from
 *   0), `padding` is neither `"valid"` nor `"same"`, or `strides` and `dilationRate` are both over 1
 * @throws {ShapeError} when the input has not 3 axes, or its channels are unknown or not those of the first
 *   call
 * @see keras.layers.Conv1DTranspose
 */
export const Conv1DTranspose: Constructible<typeof Conv1DTransposeLayer> =
  /* @__PURE__ */ constructible(Conv1DTransposeLayer);
/**
 * Transposed convolution over images: `(N, H, W, C) -> (N, H_out, W_out, filters)`, each size times its
 * stride with `"same"`; channels second with `dataFormat: "channels_first"`. Weights `kernel`
 * `[kh, kw, filters, C]`, `bias` `[filters]`.
 * @throws {ArgumentError} when an option is unknown, a size is not a positive integer (`outputPadding`: from
 *   0), `padding` is neither `"valid"` nor `"same"`, or `strides` and `dilationRate` are both over 1
 * @throws {ShapeError} when the input has not 4 axes, or its channels are unknown or not those of the first
 *   call
 * @see keras.layers.Conv2DTranspose
 */
export const Conv2DTranspose: Constructible<typeof Conv2DTransposeLayer> =
  /* @__PURE__ */ constructible(Conv2DTransposeLayer);
/**
 * Transposed convolution over volumes: `(N, D, H, W, C) -> (N, D_out, H_out, W_out, filters)`, each size
 * times its stride with `"same"`; channels second with `dataFormat: "channels_first"`. Weights `kernel`
 * `[kd, kh, kw, filters, C]`, `bias` `[filters]`.
 * @throws {ArgumentError} when an option is unknown, a size is not a positive integer (`outputPadding`: from
 *   0), `padding` is neither `"valid"` nor `"same"`, or `strides` and `dilationRate` are both over 1
 * @throws {ShapeError} when the input has not 5 axes, or its channels are unknown or not those of the first
 *   call
 * @see keras.layers.Conv3DTranspose
 */
export const Conv3DTranspose: Constructible<typeof Conv3DTransposeLayer> =
  /* @__PURE__ */ constructible(Conv3DTransposeLayer);
