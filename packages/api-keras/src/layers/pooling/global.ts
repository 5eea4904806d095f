// Global pooling: all positions of each channel to one number.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import type { Defaults, Settled } from "../../config/options.js";
import { Layer, type CallOptions, type LayerOptions } from "../../engine/layer.js";
import { spatialOf } from "../../nn/layout.js";
import { standardizeDataFormat, type DataFormat } from "../../session.js";

/** Options of global pooling, Keras' names and defaults. */
export interface GlobalPoolingOptions {
  readonly dataFormat?: DataFormat | null;
  /** Keep the pooled axes with size 1. */
  readonly keepdims?: boolean;
}
const DEFAULTS: Defaults<GlobalPoolingOptions> = { dataFormat: null, keepdims: false };

interface GlobalPooling extends Settled<GlobalPoolingOptions, { readonly dataFormat: DataFormat }> {}
abstract class GlobalPooling extends Layer {
  readonly #kind: "max" | "mean";
  constructor(kind: "max" | "mean", rank: number, options: GlobalPoolingOptions & LayerOptions) {
    super(options, DEFAULTS);
    this.#kind = kind;
    this.settle({ dataFormat: standardizeDataFormat(this.describe(), this.dataFormat) });
    this.inputSpec = { ndim: rank + 2 };
    this.built = true;
  }
  override call(x: core.Tensor, _options: CallOptions): core.Tensor {
    return core[this.#kind](x, spatialOf(x.rank, this.dataFormat), { keepDims: this.keepdims });
  }
}

class GlobalMaxPooling1DLayer extends GlobalPooling {
  static override readonly className: string = "GlobalMaxPooling1D";
  constructor(options: GlobalPoolingOptions & LayerOptions = {}) {
    super("max", 1, options);
  }
}
class GlobalMaxPooling2DLayer extends GlobalPooling {
  static override readonly className: string = "GlobalMaxPooling2D";
  constructor(options: GlobalPoolingOptions & LayerOptions = {}) {
    super("max", 2, options);
  }
}
class GlobalMaxPooling3DLayer extends GlobalPooling {
  static override readonly className: string = "GlobalMaxPooling3D";
  constructor(options: GlobalPoolingOptions & LayerOptions = {}) {
    super("max", 3, options);
  }
}
class GlobalAveragePooling1DLayer extends GlobalPooling {
  static override readonly className: string = "GlobalAveragePooling1D";
  constructor(options: GlobalPoolingOptions & LayerOptions = {}) {
    super("mean", 1, options);
    this.supportsMasking = true;
  }
  /** Masked steps do not count. */
  override call(x: core.Tensor, options: CallOptions): core.Tensor {
    const { mask } = options;
    if (!(mask instanceof core.Tensor)) return super.call(x, options);
    const axis = this.dataFormat === "channels_last" ? 1 : 2;
    const kept = core.unsqueeze(core.cast(mask, x.dtype), [axis === 1 ? 2 : 1]);
    const keepDims = this.keepdims;
    return core.div(core.sum(core.mul(x, kept), axis, { keepDims }), core.sum(kept, axis, { keepDims }));
  }
  override computeMask(): null {
    return null;
  }
}
class GlobalAveragePooling2DLayer extends GlobalPooling {
  static override readonly className: string = "GlobalAveragePooling2D";
  constructor(options: GlobalPoolingOptions & LayerOptions = {}) {
    super("mean", 2, options);
  }
}
class GlobalAveragePooling3DLayer extends GlobalPooling {
  static override readonly className: string = "GlobalAveragePooling3D";
  constructor(options: GlobalPoolingOptions & LayerOptions = {}) {
    super("mean", 3, options);
  }
}

/**
 * Maximum over time, per channel: `(N, T, C) -> (N, C)`, with `keepdims` `(N, 1, C)`; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown or `dataFormat` has another value
 * @throws {ShapeError} when the input has not 3 axes
 * @see keras.layers.GlobalMaxPooling1D
 */
export const GlobalMaxPooling1D: Constructible<typeof GlobalMaxPooling1DLayer> =
  /* @__PURE__ */ constructible(GlobalMaxPooling1DLayer);
/**
 * Maximum over an image, per channel: `(N, H, W, C) -> (N, C)`, with `keepdims` `(N, 1, 1, C)`; channels
 * second with `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown or `dataFormat` has another value
 * @throws {ShapeError} when the input has not 4 axes
 * @see keras.layers.GlobalMaxPooling2D
 */
export const GlobalMaxPooling2D: Constructible<typeof GlobalMaxPooling2DLayer> =
  /* @__PURE__ */ constructible(GlobalMaxPooling2DLayer);
/**
 * Maximum over a volume, per channel: `(N, D, H, W, C) -> (N, C)`, with `keepdims` `(N, 1, 1, 1, C)`;
 * channels second with `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown or `dataFormat` has another value
 * @throws {ShapeError} when the input has not 5 axes
 * @see keras.layers.GlobalMaxPooling3D
 */
export const GlobalMaxPooling3D: Constructible<typeof GlobalMaxPooling3DLayer> =
  /* @__PURE__ */ constructible(GlobalMaxPooling3DLayer);
/**
 * Mean over time, per channel; masked steps `[batch, time]` do not count: `(N, T, C) -> (N, C)`, with
 * `keepdims` `(N, 1, C)`; channels second with `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown or `dataFormat` has another value
 * @throws {ShapeError} when the input has not 3 axes
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.GlobalAveragePooling1D
 */
export const GlobalAveragePooling1D: Constructible<typeof GlobalAveragePooling1DLayer> =
  /* @__PURE__ */ constructible(GlobalAveragePooling1DLayer);
/**
 * Mean over an image, per channel: `(N, H, W, C) -> (N, C)`, with `keepdims` `(N, 1, 1, C)`; channels second
 * with `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown or `dataFormat` has another value
 * @throws {ShapeError} when the input has not 4 axes
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.GlobalAveragePooling2D
 */
export const GlobalAveragePooling2D: Constructible<typeof GlobalAveragePooling2DLayer> =
  /* @__PURE__ */ constructible(GlobalAveragePooling2DLayer);
/**
 * Mean over a volume, per channel: `(N, D, H, W, C) -> (N, C)`, with `keepdims` `(N, 1, 1, 1, C)`; channels
 * second with `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown or `dataFormat` has another value
 * @throws {ShapeError} when the input has not 5 axes
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.GlobalAveragePooling3D
 */
export const GlobalAveragePooling3D: Constructible<typeof GlobalAveragePooling3DLayer> =
  /* @__PURE__ */ constructible(GlobalAveragePooling3DLayer);
