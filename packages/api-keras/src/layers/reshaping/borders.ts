// Zero padding and cropping of one to three axes.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import { invalid } from "../../config/values.js";
import { leading, type AnyDefaults, type Settled } from "../../config/options.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";
import { spatialOf } from "../../nn/layout.js";
import { standardizeDataFormat, type DataFormat } from "../../session.js";

/** One number for all borders, one per axis, or `[before, after]` per axis. */
export type Borders = number | readonly number[] | readonly (readonly [number, number])[];
type Pair = readonly [number, number];

/** `[before, after]` per axis. @throws {ArgumentError} when the value has another form */
function pairs(owner: string, name: string, value: Borders, rank: number): Pair[] {
  const bad = () =>
    invalid(
      owner,
      name,
      value,
      rank === 1
        ? "use a number or [before, after]"
        : `use a number, ${rank} numbers or ${rank} pairs [before, after]`,
    );
  const isCount = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 0;
  const isPair = (p: unknown): p is Pair => Array.isArray(p) && p.length === 2 && p.every(isCount);
  if (isCount(value)) return Array.from({ length: rank }, (): Pair => [value, value]);
  if (!Array.isArray(value)) throw bad();
  if (rank === 1 && isPair(value)) return [value];
  if (value.length !== rank) throw bad();
  return value.map((v: unknown): Pair => {
    if (isCount(v)) return [v, v];
    if (isPair(v)) return v;
    throw bad();
  });
}

interface BorderOptions {
  readonly dataFormat?: DataFormat | null;
}
interface BorderLayer extends Settled<BorderOptions, { readonly dataFormat: DataFormat }> {}
abstract class BorderLayer extends Layer {
  /** `[before, after]` per spatial axis. */
  declare readonly borders: readonly Pair[];
  constructor(key: "padding" | "cropping", rank: number, options: LayerOptions, defaults: AnyDefaults) {
    super(options, defaults);
    const owner = this.describe();
    const list = pairs(owner, key, Reflect.get(this, key) as Borders, rank);
    Object.defineProperty(this, "borders", { value: list });
    this.settle({
      [key]: rank === 1 ? list[0]! : list,
      ...("dataFormat" in defaults ? { dataFormat: standardizeDataFormat(owner, this.dataFormat) } : {}),
    });
    this.inputSpec = { ndim: rank + 2 };
    this.built = true;
  }
  protected axes(x: core.Tensor): number[] {
    return spatialOf(x.rank, this.dataFormat ?? "channels_last");
  }
}

abstract class ZeroPadding extends BorderLayer {
  override call(x: core.Tensor): core.Tensor {
    const axes = this.axes(x);
    const side = (i: 0 | 1) => x.shape.map((_, a) => this.borders[axes.indexOf(a)]?.[i] ?? 0);
    return core.pad(x, { low: side(0), high: side(1) });
  }
}
abstract class Cropping extends BorderLayer {
  override call(x: core.Tensor): core.Tensor {
    const axes = this.axes(x);
    const cut = (a: number) => this.borders[axes.indexOf(a)] ?? [0, 0];
    const starts = x.shape.map((_, a) => cut(a)[0]);
    const ends = x.shape.map((n, a) => n - cut(a)[1]);
    if (starts.some((s, a) => s >= ends[a]! && x.shape[a]! > 0)) {
      throw core.shapeError(this.describe(), "nothing is left", [x], "crop less");
    }
    return core.slice(x, starts, ends);
  }
}

/** Options of `ZeroPadding…`. */
export interface ZeroPaddingOptions extends BorderOptions {
  readonly padding?: Borders;
}
/** Options of `Cropping…`. */
export interface CroppingOptions extends BorderOptions {
  readonly cropping?: Borders;
}
type PaddingArg = Borders | (ZeroPaddingOptions & LayerOptions);
type CroppingArg = Borders | (CroppingOptions & LayerOptions);

class ZeroPadding1DLayer extends ZeroPadding {
  static override readonly className: string = "ZeroPadding1D";
  constructor(first: PaddingArg = {}, more: ZeroPaddingOptions & LayerOptions = {}) {
    super("padding", 1, leading("padding", first, more), { padding: 1, dataFormat: null });
  }
}
class ZeroPadding2DLayer extends ZeroPadding {
  static override readonly className: string = "ZeroPadding2D";
  constructor(first: PaddingArg = {}, more: ZeroPaddingOptions & LayerOptions = {}) {
    super("padding", 2, leading("padding", first, more), { padding: 1, dataFormat: null });
  }
}
class ZeroPadding3DLayer extends ZeroPadding {
  static override readonly className: string = "ZeroPadding3D";
  constructor(first: PaddingArg = {}, more: ZeroPaddingOptions & LayerOptions = {}) {
    super("padding", 3, leading("padding", first, more), { padding: 1, dataFormat: null });
  }
}
class Cropping1DLayer extends Cropping {
  static override readonly className: string = "Cropping1D";
  constructor(first: CroppingArg = {}, more: CroppingOptions & LayerOptions = {}) {
    super("cropping", 1, leading("cropping", first, more), { cropping: 1 });
  }
}
class Cropping2DLayer extends Cropping {
  static override readonly className: string = "Cropping2D";
  constructor(first: CroppingArg = {}, more: CroppingOptions & LayerOptions = {}) {
    super("cropping", 2, leading("cropping", first, more), { cropping: 0, dataFormat: null });
  }
}
class Cropping3DLayer extends Cropping {
  static override readonly className: string = "Cropping3D";
  constructor(first: CroppingArg = {}, more: CroppingOptions & LayerOptions = {}) {
    super("cropping", 3, leading("cropping", first, more), { cropping: 1, dataFormat: null });
  }
}

/**
 * Zeros before and after the steps of a sequence, 1 by default: `(N, T, C) -> (N, T_out, C)`; channels second
 * with `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, or `padding` is not a number or a pair
 *   `[before, after]`, from 0
 * @throws {ShapeError} when the input has not 3 axes
 * @see keras.layers.ZeroPadding1D
 */
export const ZeroPadding1D: Constructible<typeof ZeroPadding1DLayer> =
  /* @__PURE__ */ constructible(ZeroPadding1DLayer);
/**
 * Zeros around an image, 1 by default: `(N, H, W, C) -> (N, H_out, W_out, C)`; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, or `padding` is not a number, 2 numbers or 2 pairs
 *   `[before, after]`, from 0
 * @throws {ShapeError} when the input has not 4 axes
 * @see keras.layers.ZeroPadding2D
 */
export const ZeroPadding2D: Constructible<typeof ZeroPadding2DLayer> =
  /* @__PURE__ */ constructible(ZeroPadding2DLayer);
/**
 * Zeros around a volume, 1 by default: `(N, D, H, W, C) -> (N, D_out, H_out, W_out, C)`; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, or `padding` is not a number, 3 numbers or 3 pairs
 *   `[before, after]`, from 0
 * @throws {ShapeError} when the input has not 5 axes
 * @see keras.layers.ZeroPadding3D
 */
export const ZeroPadding3D: Constructible<typeof ZeroPadding3DLayer> =
  /* @__PURE__ */ constructible(ZeroPadding3DLayer);
/**
 * Steps cut off both ends of a sequence, 1 by default: `(N, T, C) -> (N, T_out, C)`.
 * @throws {ArgumentError} when an option is unknown, or `cropping` is not a number or a pair
 *   `[before, after]`, from 0
 * @throws {ShapeError} when the input has not 3 axes or nothing is left
 * @see keras.layers.Cropping1D
 */
export const Cropping1D: Constructible<typeof Cropping1DLayer> =
  /* @__PURE__ */ constructible(Cropping1DLayer);
/**
 * Borders cut off an image, 0 by default: `(N, H, W, C) -> (N, H_out, W_out, C)`; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, or `cropping` is not a number, 2 numbers or 2 pairs
 *   `[before, after]`, from 0
 * @throws {ShapeError} when the input has not 4 axes or nothing is left
 * @see keras.layers.Cropping2D
 */
export const Cropping2D: Constructible<typeof Cropping2DLayer> =
  /* @__PURE__ */ constructible(Cropping2DLayer);
/**
 * Borders cut off a volume, 1 by default: `(N, D, H, W, C) -> (N, D_out, H_out, W_out, C)`; channels second
 * with `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown, or `cropping` is not a number, 3 numbers or 3 pairs
 *   `[before, after]`, from 0
 * @throws {ShapeError} when the input has not 5 axes or nothing is left
 * @see keras.layers.Cropping3D
 */
export const Cropping3D: Constructible<typeof Cropping3DLayer> =
  /* @__PURE__ */ constructible(Cropping3DLayer);
