// Preprocessing of images: Resizing, CenterCrop.
import * as core from "@isoform/core";
import { ArgumentError, constructible, type Constructible } from "@isoform/core";
import { REQUIRED, oneOf, positive, type Defaults, type Settled, given } from "../../config/options.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";
import { resizeImages, standardizeInterpolation, type Interpolation } from "../../nn/resize.js";
import { standardizeDataFormat, type DataFormat } from "../../session.js";

/** Options of `Resizing`, Keras' names and defaults. */
export interface ResizingOptions {
  readonly interpolation?: Interpolation;
  /** Cut the longer side so that nothing is distorted. */
  readonly cropToAspectRatio?: boolean;
  /** Fill the shorter side so that nothing is distorted. */
  readonly padToAspectRatio?: boolean;
  readonly fillMode?: "constant";
  readonly fillValue?: number;
  /** Not implemented: must be false. */
  readonly antialias?: boolean;
  readonly dataFormat?: DataFormat | null;
}
interface ResizingConfig extends ResizingOptions {
  readonly height: number;
  readonly width: number;
}
const RESIZING: Defaults<ResizingConfig> = {
  dataFormat: null,
  height: REQUIRED,
  width: REQUIRED,
  interpolation: "bilinear",
  cropToAspectRatio: false,
  padToAspectRatio: false,
  fillMode: "constant",
  fillValue: 0,
  antialias: false,
};
/** One image or a batch of them. */
const IMAGES = { minNdim: 3, maxNdim: 4 };

interface ResizingLayer extends Settled<ResizingConfig, { readonly dataFormat: DataFormat }> {}
class ResizingLayer extends Layer {
  static override readonly className: string = "Resizing";
  static override readonly positional: readonly string[] = ["height", "width"];
  constructor(height: number, width: number, options: ResizingOptions & LayerOptions = {}) {
    super(given(options, { height, width }), RESIZING);
    const owner = this.describe();
    positive(owner, "height", height);
    positive(owner, "width", width);
    standardizeInterpolation(owner, this.interpolation);
    oneOf(owner, "fillMode", this.fillMode, ["constant"]);
    this.settle({ dataFormat: standardizeDataFormat(owner, this.dataFormat) });
    if (this.antialias || (this.cropToAspectRatio && this.padToAspectRatio)) {
      throw new ArgumentError(
        this.antialias ? "antialias is not implemented" : "crop and pad exclude each other",
        {
          code: "argument/unsupported",
          op: owner,
          hint: "leave it out",
        },
      );
    }
    this.inputSpec = IMAGES;
    this.built = true;
  }
  override call(x: core.Tensor): core.Tensor {
    if (x.rank === 3) return core.squeeze(this.call(core.unsqueeze(x, [0])), [0]);
    const { height, width, dataFormat } = this;
    const [h, w] = dataFormat === "channels_last" ? [1, 2] : [2, 3];
    let y = x;
    if (this.cropToAspectRatio) y = this.#crop(x, h, w);
    if (this.padToAspectRatio) y = this.#pad(x, h, w);
    return resizeImages(y, [height, width], this.interpolation, dataFormat);
  }
  #crop(x: core.Tensor, h: number, w: number): core.Tensor {
    const [rows, columns] = [x.shape[h]!, x.shape[w]!];
    const keepRows = Math.max(1, Math.min(rows, Math.trunc((columns * this.height) / this.width)));
    const keepColumns = Math.max(1, Math.min(columns, Math.trunc((rows * this.width) / this.height)));
    const top = Math.trunc((rows - keepRows) / 2);
    const left = Math.trunc((columns - keepColumns) / 2);
    return core.sliceAxis(core.sliceAxis(x, h, top, top + keepRows), w, left, left + keepColumns);
  }
  #pad(x: core.Tensor, h: number, w: number): core.Tensor {
    const [rows, columns] = [x.shape[h]!, x.shape[w]!];
    const fullRows = Math.max(rows, Math.trunc((columns * this.height) / this.width));
    const fullColumns = Math.max(columns, Math.trunc((rows * this.width) / this.height));
    const top = Math.trunc((fullRows - rows) / 2);
    const left = Math.trunc((fullColumns - columns) / 2);
    const side = (atRows: number, atColumns: number) =>
      x.shape.map((_, i) => (i === h ? atRows : i === w ? atColumns : 0));
    const high = side(fullRows - rows - top, fullColumns - columns - left);
    return core.pad(x, { low: side(top, left), high, value: this.fillValue });
  }
}

interface CenterCropConfig {
  readonly dataFormat?: DataFormat | null;
  readonly height: number;
  readonly width: number;
}
interface CenterCropLayer extends Settled<CenterCropConfig, { readonly dataFormat: DataFormat }> {}
class CenterCropLayer extends Layer {
  static override readonly className: string = "CenterCrop";
  static override readonly positional: readonly string[] = ["height", "width"];
  constructor(
    height: number,
    width: number,
    options: { readonly dataFormat?: DataFormat | null } & LayerOptions = {},
  ) {
    super(given(options, { height, width }), {
      dataFormat: null,
      height: REQUIRED,
      width: REQUIRED,
    });
    positive(this.describe(), "height", height);
    positive(this.describe(), "width", width);
    this.settle({ dataFormat: standardizeDataFormat(this.describe(), this.dataFormat) });
    this.inputSpec = IMAGES;
    this.built = true;
  }
  override call(x: core.Tensor): core.Tensor {
    const offset = x.rank === 3 ? -1 : 0;
    const [h, w] = this.dataFormat === "channels_last" ? [1 + offset, 2 + offset] : [2 + offset, 3 + offset];
    const [top, left] = [x.shape[h]! - this.height, x.shape[w]! - this.width];
    if (top >= 0 && left >= 0) {
      const [t, l] = [Math.trunc(top / 2), Math.trunc(left / 2)];
      return core.sliceAxis(core.sliceAxis(x, h, t, t + this.height), w, l, l + this.width);
    }
    return resizeSmaller(x, [this.height, this.width], [h, w], this.dataFormat);
  }
}

/** A smaller image is cut to the ratio and enlarged, as in Keras. */
function resizeSmaller(
  x: core.Tensor,
  size: readonly [number, number],
  [h, w]: readonly [number, number],
  format: DataFormat,
): core.Tensor {
  const layer = new ResizingLayer(size[0], size[1], {
    cropToAspectRatio: true,
    dataFormat: format,
    name: "center_crop_resize",
  });
  return x.shape[h] === size[0] && x.shape[w] === size[1] ? x : layer.call(x);
}

/**
 * Images to a given size: `(N, H, W, C) -> (N, height, width, C)`, also without the batch axis; channels
 * second with `dataFormat: "channels_first"`. Integers become float32 except with `"nearest"`.
 * @throws {ArgumentError} when an option is unknown, a size is not a positive integer, `antialias` is true,
 *   both ratio options are true, or the input has neither 3 nor 4 axes
 * @throws {UnsupportedOpError} when `interpolation` is a lanczos one
 * @see keras.layers.Resizing
 */
export const Resizing: Constructible<typeof ResizingLayer> = /* @__PURE__ */ constructible(ResizingLayer);
/**
 * The middle of images: `(N, H, W, C) -> (N, height, width, C)`, also without the batch axis; channels second
 * with `dataFormat: "channels_first"`; smaller images are cut to the ratio and enlarged.
 * @throws {ArgumentError} when an option is unknown, a size is not a positive integer, or the input has fewer
 *   than 2 axes
 * @throws {ShapeError} when the input has 2 axes and is too small
 * @see keras.layers.CenterCrop
 */
export const CenterCrop: Constructible<typeof CenterCropLayer> =
  /* @__PURE__ */ constructible(CenterCropLayer);
