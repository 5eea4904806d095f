// UpSampling1D, UpSampling2D, UpSampling3D.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import { sizes, type AnyDefaults, type Settled, leading } from "../../config/options.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";
import { spatialOf } from "../../nn/layout.js";
import { resizeImages, standardizeInterpolation, type Interpolation } from "../../nn/resize.js";
import { standardizeDataFormat, type DataFormat } from "../../session.js";
import type { Sizes } from "../convolutional/conv.js";

/** Options of up-sampling, Keras' names and defaults. */
export interface UpSamplingOptions {
  /** Factor of all axes, or one per axis; default 2. */
  readonly size?: Sizes;
  readonly dataFormat?: DataFormat | null;
  /** UpSampling2D only. */
  readonly interpolation?: Interpolation;
}
type Arg = Sizes | (UpSamplingOptions & LayerOptions);

interface UpSampling extends Settled<
  UpSamplingOptions,
  { readonly size: readonly number[]; readonly dataFormat: DataFormat }
> {}
abstract class UpSampling extends Layer {
  constructor(rank: number, first: Arg, more: UpSamplingOptions & LayerOptions, defaults: AnyDefaults) {
    super(leading("size", first, more), defaults);
    const owner = this.describe();
    const size = sizes(owner, "size", this.size, rank);
    this.settle(
      "dataFormat" in defaults
        ? { size, dataFormat: standardizeDataFormat(owner, this.dataFormat) }
        : { size },
    );
    if (rank === 1) this.settle({ size: size[0] });
    this.inputSpec = { ndim: rank + 2 };
    this.built = true;
  }
  /** Every element repeated along the spatial axes. */
  protected repeated(x: core.Tensor, size: readonly number[], format: DataFormat): core.Tensor {
    return spatialOf(x.rank, format).reduce((t, axis, i) => core.repeatInterleave(t, size[i]!, axis), x);
  }
}

class UpSampling1DLayer extends UpSampling {
  static override readonly className: string = "UpSampling1D";
  constructor(first: Arg = {}, more: UpSamplingOptions & LayerOptions = {}) {
    super(1, first, more, { size: 2 });
  }
  override call(x: core.Tensor): core.Tensor {
    return core.repeatInterleave(x, Number(this.size), 1);
  }
}
class UpSampling2DLayer extends UpSampling {
  static override readonly className: string = "UpSampling2D";
  constructor(first: Arg = {}, more: UpSamplingOptions & LayerOptions = {}) {
    super(2, first, more, { size: 2, dataFormat: null, interpolation: "nearest" });
    standardizeInterpolation(this.describe(), this.interpolation);
  }
  override call(x: core.Tensor): core.Tensor {
    if (this.interpolation === "nearest") return this.repeated(x, this.size, this.dataFormat);
    const target = spatialOf(x.rank, this.dataFormat).map((a, i) => x.shape[a]! * this.size[i]!);
    return resizeImages(x, target, this.interpolation, this.dataFormat);
  }
}
class UpSampling3DLayer extends UpSampling {
  static override readonly className: string = "UpSampling3D";
  constructor(first: Arg = {}, more: UpSamplingOptions & LayerOptions = {}) {
    super(3, first, more, { size: 2, dataFormat: null });
  }
  override call(x: core.Tensor): core.Tensor {
    return this.repeated(x, this.size, this.dataFormat);
  }
}

/**
 * Each step of a sequence `size` times: `(N, T, C) -> (N, size · T, C)`.
 * @throws {ArgumentError} when an option is unknown or `size` is not a positive integer
 * @throws {ShapeError} when the input has not 3 axes
 * @see keras.layers.UpSampling1D
 */
export const UpSampling1D: Constructible<typeof UpSampling1DLayer> =
  /* @__PURE__ */ constructible(UpSampling1DLayer);
/**
 * Images made larger by a whole factor, nearest, bilinear or bicubic (a = −0.5):
 * `(N, H, W, C) -> (N, s_h · H, s_w · W, C)`; channels second with `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown or `size` is not 1 or 2 positive integers, or
 *   `interpolation` is unknown
 * @throws {ShapeError} when the input has not 4 axes
 * @throws {UnsupportedOpError} when `interpolation` is a lanczos one
 * @see keras.layers.UpSampling2D
 */
export const UpSampling2D: Constructible<typeof UpSampling2DLayer> =
  /* @__PURE__ */ constructible(UpSampling2DLayer);
/**
 * Volumes made larger by a whole factor, each element repeated:
 * `(N, D, H, W, C) -> (N, s_d · D, s_h · H, s_w · W, C)`; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown or `size` is not 1 or 3 positive integers
 * @throws {ShapeError} when the input has not 5 axes
 * @see keras.layers.UpSampling3D
 */
export const UpSampling3D: Constructible<typeof UpSampling3DLayer> =
  /* @__PURE__ */ constructible(UpSampling3DLayer);
