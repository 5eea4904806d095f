// Adaptive pooling: windows chosen for a given output size.
import type * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import { REQUIRED, sizes, type Defaults, type Settled, given } from "../../config/options.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";
import { adaptivePool } from "../../nn/pool.js";
import { standardizeDataFormat, type DataFormat } from "../../session.js";
import type { Sizes } from "../convolutional/conv.js";

/** Options of adaptive pooling. */
export interface AdaptivePoolingOptions {
  readonly dataFormat?: DataFormat | null;
}
interface Config extends AdaptivePoolingOptions {
  readonly outputSize: Sizes;
}
const DEFAULTS: Defaults<Config> = { outputSize: REQUIRED, dataFormat: null };

interface AdaptivePooling extends Settled<
  Config,
  { readonly outputSize: readonly number[]; readonly dataFormat: DataFormat }
> {}
abstract class AdaptivePooling extends Layer {
  static override readonly positional: readonly string[] = ["outputSize"];
  readonly #kind: "max" | "avg";
  constructor(
    kind: "max" | "avg",
    rank: number,
    outputSize: Sizes,
    options: AdaptivePoolingOptions & LayerOptions,
  ) {
    super(given(options, { outputSize }), DEFAULTS);
    this.#kind = kind;
    const owner = this.describe();
    this.settle({
      outputSize: sizes(owner, "outputSize", outputSize, rank),
      dataFormat: standardizeDataFormat(owner, this.dataFormat),
    });
    this.inputSpec = { ndim: rank + 2 };
    this.built = true;
  }
  override call(x: core.Tensor): core.Tensor {
    return adaptivePool(this.#kind, x, this.outputSize, this.dataFormat);
  }
}

class AdaptiveAveragePooling1DLayer extends AdaptivePooling {
  static override readonly className: string = "AdaptiveAveragePooling1D";
  constructor(outputSize: Sizes, options: AdaptivePoolingOptions & LayerOptions = {}) {
    super("avg", 1, outputSize, options);
  }
}
class AdaptiveAveragePooling2DLayer extends AdaptivePooling {
  static override readonly className: string = "AdaptiveAveragePooling2D";
  constructor(outputSize: Sizes, options: AdaptivePoolingOptions & LayerOptions = {}) {
    super("avg", 2, outputSize, options);
  }
}
class AdaptiveAveragePooling3DLayer extends AdaptivePooling {
  static override readonly className: string = "AdaptiveAveragePooling3D";
  constructor(outputSize: Sizes, options: AdaptivePoolingOptions & LayerOptions = {}) {
    super("avg", 3, outputSize, options);
  }
}
class AdaptiveMaxPooling1DLayer extends AdaptivePooling {
  static override readonly className: string = "AdaptiveMaxPooling1D";
  constructor(outputSize: Sizes, options: AdaptivePoolingOptions & LayerOptions = {}) {
    super("max", 1, outputSize, options);
  }
}
class AdaptiveMaxPooling2DLayer extends AdaptivePooling {
  static override readonly className: string = "AdaptiveMaxPooling2D";
  constructor(outputSize: Sizes, options: AdaptivePoolingOptions & LayerOptions = {}) {
    super("max", 2, outputSize, options);
  }
}
class AdaptiveMaxPooling3DLayer extends AdaptivePooling {
  static override readonly className: string = "AdaptiveMaxPooling3D";
  constructor(outputSize: Sizes, options: AdaptivePoolingOptions & LayerOptions = {}) {
    super("max", 3, outputSize, options);
  }
}

/**
 * Means of a sequence to a given size: `(N, T, C) -> (N, ...outputSize, C)`; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, or `outputSize` is not a positive integer
 * @throws {ShapeError} when the input has not 3 axes
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.AdaptiveAveragePooling1D
 */
export const AdaptiveAveragePooling1D: Constructible<typeof AdaptiveAveragePooling1DLayer> =
  /* @__PURE__ */ constructible(AdaptiveAveragePooling1DLayer);
/**
 * Means of an image to a given size: `(N, H, W, C) -> (N, ...outputSize, C)`; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, or `outputSize` is not 1 or 2 positive integers
 * @throws {ShapeError} when the input has not 4 axes
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.AdaptiveAveragePooling2D
 */
export const AdaptiveAveragePooling2D: Constructible<typeof AdaptiveAveragePooling2DLayer> =
  /* @__PURE__ */ constructible(AdaptiveAveragePooling2DLayer);
/**
 * Means of a volume to a given size: `(N, D, H, W, C) -> (N, ...outputSize, C)`; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, or `outputSize` is not 1 or 3 positive integers
 * @throws {ShapeError} when the input has not 5 axes
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.AdaptiveAveragePooling3D
 */
export const AdaptiveAveragePooling3D: Constructible<typeof AdaptiveAveragePooling3DLayer> =
  /* @__PURE__ */ constructible(AdaptiveAveragePooling3DLayer);
/**
 * Maxima of a sequence to a given size: `(N, T, C) -> (N, ...outputSize, C)`; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, or `outputSize` is not a positive integer
 * @throws {ShapeError} when the input has not 3 axes
 * @see keras.layers.AdaptiveMaxPooling1D
 */
export const AdaptiveMaxPooling1D: Constructible<typeof AdaptiveMaxPooling1DLayer> =
  /* @__PURE__ */ constructible(AdaptiveMaxPooling1DLayer);
/**
 * Maxima of an image to a given size: `(N, H, W, C) -> (N, ...outputSize, C)`; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, or `outputSize` is not 1 or 2 positive integers
 * @throws {ShapeError} when the input has not 4 axes
 * @see keras.layers.AdaptiveMaxPooling2D
 */
export const AdaptiveMaxPooling2D: Constructible<typeof AdaptiveMaxPooling2DLayer> =
  /* @__PURE__ */ constructible(AdaptiveMaxPooling2DLayer);
/**
 * Maxima of a volume to a given size: `(N, D, H, W, C) -> (N, ...outputSize, C)`; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, or `outputSize` is not 1 or 3 positive integers
 * @throws {ShapeError} when the input has not 5 axes
 * @see keras.layers.AdaptiveMaxPooling3D
 */
export const AdaptiveMaxPooling3D: Constructible<typeof AdaptiveMaxPooling3DLayer> =
  /* @__PURE__ */ constructible(AdaptiveMaxPooling3DLayer);
