// Max and average pooling of one to three axes.
import type * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import { oneOf, sizes, type Defaults, type Settled, leading } from "../../config/options.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";
import { pool } from "../../nn/pool.js";
import { standardizeDataFormat, type DataFormat } from "../../session.js";
import type { Sizes } from "../convolutional/conv.js";

/** Options of pooling, Keras' names and defaults. */
export interface PoolingOptions {
  /** Size of the windows, default 2. */
  readonly poolSize?: Sizes;
  readonly padding?: "valid" | "same";
  /** Default (null): the window, so that windows do not overlap. */
  readonly strides?: Sizes | null;
  readonly dataFormat?: DataFormat | null;
}
const DEFAULTS: Defaults<PoolingOptions> = { poolSize: 2, padding: "valid", strides: null, dataFormat: null };
interface Fields {
  readonly poolSize: readonly number[];
  readonly strides: readonly number[];
  readonly dataFormat: DataFormat;
}

/** The first argument of pooling layers: options, or the window alone. */
export type PoolingArg = Sizes | (PoolingOptions & LayerOptions);

/** Base of pooling layers. */
export interface PoolingLayer extends Settled<PoolingOptions, Fields> {}
/** Base of pooling layers. */
export abstract class PoolingLayer extends Layer {
  readonly #kind: "max" | "avg";
  constructor(kind: "max" | "avg", rank: number, first: PoolingArg, more: PoolingOptions & LayerOptions) {
    super(leading("poolSize", first, more), DEFAULTS);
    this.#kind = kind;
    const owner = this.describe();
    const poolSize = sizes(owner, "poolSize", this.poolSize, rank);
    this.settle({
      poolSize,
      strides: this.strides === null ? poolSize : sizes(owner, "strides", this.strides, rank),
      dataFormat: standardizeDataFormat(owner, this.dataFormat),
    });
    oneOf(owner, "padding", this.padding, ["valid", "same"]);
    this.inputSpec = { ndim: rank + 2 };
    this.built = true;
  }
  override call(x: core.Tensor): core.Tensor {
    return pool(this.#kind, x, this);
  }
}

class MaxPooling1DLayer extends PoolingLayer {
  static override readonly className: string = "MaxPooling1D";
  constructor(first: PoolingArg = {}, more: PoolingOptions & LayerOptions = {}) {
    super("max", 1, first, more);
  }
}
class MaxPooling2DLayer extends PoolingLayer {
  static override readonly className: string = "MaxPooling2D";
  constructor(first: PoolingArg = {}, more: PoolingOptions & LayerOptions = {}) {
    super("max", 2, first, more);
  }
}
class MaxPooling3DLayer extends PoolingLayer {
  static override readonly className: string = "MaxPooling3D";
  constructor(first: PoolingArg = {}, more: PoolingOptions & LayerOptions = {}) {
    super("max", 3, first, more);
  }
}
class AveragePooling1DLayer extends PoolingLayer {
  static override readonly className: string = "AveragePooling1D";
  constructor(first: PoolingArg = {}, more: PoolingOptions & LayerOptions = {}) {
    super("avg", 1, first, more);
  }
}
class AveragePooling2DLayer extends PoolingLayer {
  static override readonly className: string = "AveragePooling2D";
  constructor(first: PoolingArg = {}, more: PoolingOptions & LayerOptions = {}) {
    super("avg", 2, first, more);
  }
}
class AveragePooling3DLayer extends PoolingLayer {
  static override readonly className: string = "AveragePooling3D";
  constructor(first: PoolingArg = {}, more: PoolingOptions & LayerOptions = {}) {
    super("avg", 3, first, more);
  }
}

/**
 * Maximum of windows of a sequence: `(N, T, C) -> (N, T_out, C)`; channels second with
 * `dataFormat: "channels_first"`. `MaxPooling1D(2)` or `MaxPooling1D({ poolSize: 2 })`.
 * @throws {ArgumentError} when an option is unknown, `poolSize` or `strides` is not a positive integer, or
 *   `padding` or `dataFormat` has another value
 * @throws {ShapeError} when the input has not 3 axes, or a window is larger than the padded input
 * @see keras.layers.MaxPooling1D
 */
export const MaxPooling1D: Constructible<typeof MaxPooling1DLayer> =
  /* @__PURE__ */ constructible(MaxPooling1DLayer);
/**
 * Maximum of windows of an image: `(N, H, W, C) -> (N, H_out, W_out, C)`; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, `poolSize` or `strides` is not 1 or 2 positive integers,
 *   or `padding` or `dataFormat` has another value
 * @throws {ShapeError} when the input has not 4 axes, or a window is larger than the padded input
 * @see keras.layers.MaxPooling2D
 */
export const MaxPooling2D: Constructible<typeof MaxPooling2DLayer> =
  /* @__PURE__ */ constructible(MaxPooling2DLayer);
/**
 * Maximum of windows of a volume: `(N, D, H, W, C) -> (N, D_out, H_out, W_out, C)`; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, `poolSize` or `strides` is not 1 or 3 positive integers,
 *   or `padding` or `dataFormat` has another value
 * @throws {ShapeError} when the input has not 5 axes, or a window is larger than the padded input
 * @see keras.layers.MaxPooling3D
 */
export const MaxPooling3D: Constructible<typeof MaxPooling3DLayer> =
  /* @__PURE__ */ constructible(MaxPooling3DLayer);
/**
 * Mean of windows of a sequence; padding does not count: `(N, T, C) -> (N, T_out, C)`; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, `poolSize` or `strides` is not a positive integer, or
 *   `padding` or `dataFormat` has another value
 * @throws {ShapeError} when the input has not 3 axes, or a window is larger than the padded input
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.AveragePooling1D
 */
export const AveragePooling1D: Constructible<typeof AveragePooling1DLayer> =
  /* @__PURE__ */ constructible(AveragePooling1DLayer);
/**
 * Mean of windows of an image; padding does not count: `(N, H, W, C) -> (N, H_out, W_out, C)`; channels
 * second with `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, `poolSize` or `strides` is not 1 or 2 positive integers,
 *   or `padding` or `dataFormat` has another value
 * @throws {ShapeError} when the input has not 4 axes, or a window is larger than the padded input
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.AveragePooling2D
 */
export const AveragePooling2D: Constructible<typeof AveragePooling2DLayer> =
  /* @__PURE__ */ constructible(AveragePooling2DLayer);
/**
 * Mean of windows of a volume; padding does not count: `(N, D, H, W, C) -> (N, D_out, H_out, W_out, C)`;
 * channels second with `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, `poolSize` or `strides` is not 1 or 3 positive integers,
 *   or `padding` or `dataFormat` has another value
 * @throws {ShapeError} when the input has not 5 axes, or a window is larger than the padded input
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.AveragePooling3D
 */
export const AveragePooling3D: Constructible<typeof AveragePooling3DLayer> =
  /* @__PURE__ */ constructible(AveragePooling3DLayer);
