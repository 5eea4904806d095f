// Dropout and noise: active in training only.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import { type Rule, requireValue } from "../../config/values.js";
import type { Config } from "../../config/object.js";
import { REQUIRED, type AnyDefaults, type Defaults, type Resolved, given } from "../../config/options.js";
import { Layer, type CallOptions, type LayerOptions } from "../../engine/layer.js";
import { bernoulli, normal } from "../../random/draws.js";
import { dropOut, requireFloat } from "../../nn/dropout.js";
import { SeedGenerator } from "../../random/seed.js";
import { standardizeDataFormat, type DataFormat } from "../../session.js";
import * as regularizers from "../../regularizers.js";

/** Options of layers that draw random numbers. */
export interface SeedOption {
  /** Default: the next seed of the session. */
  readonly seed?: number | null;
}
/** Options of `Dropout`. */
export interface DropoutOptions extends SeedOption {
  /** Shape of the mask, null for the input's size; 1 shares a draw along the axis. */
  readonly noiseShape?: readonly (number | null)[] | null;
}

/** What all of them share. */
interface RandomLayer extends Resolved<SeedOption> {}
abstract class RandomLayer extends Layer {
  /** Draws of this layer. */
  declare seedGenerator: SeedGenerator;
  constructor(options: LayerOptions, defaults: AnyDefaults) {
    super(options, defaults);
    this.seedGenerator = new SeedGenerator(this.seed);
    this.supportsMasking = true;
    this.inputSpec ??= {};
    this.built = true;
  }
}

/** Rates that divide by 1 − rate. */
const BELOW_1: Rule = {
  test: (v) => typeof v === "number" && v >= 0 && v < 1,
  hint: "use a share of at least 0 and below 1",
};

interface DropoutConfig extends DropoutOptions {
  readonly rate: number;
}
const DROPOUT: Defaults<DropoutConfig> = { rate: REQUIRED, seed: null, noiseShape: null };
/** See `Dropout`. */
export interface DropoutLayer extends Resolved<Omit<DropoutConfig, "seed">> {}
/** See `Dropout`. */
export class DropoutLayer extends RandomLayer {
  static override readonly className: string = "Dropout";
  static override readonly positional: readonly string[] = ["rate"];
  constructor(rate: number, options: DropoutOptions & LayerOptions = {}, defaults: AnyDefaults = DROPOUT) {
    super(given(options, { rate }), defaults);
  }
  override call(x: core.Tensor, { training }: CallOptions): core.Tensor {
    if (!training || this.rate === 0) return x;
    return dropOut(this.describe(), x, this.rate, {
      noiseShape: this.maskShape(x),
      seed: this.seedGenerator,
    });
  }
  protected maskShape(_x: core.Tensor): readonly (number | null)[] | null {
    return this.noiseShape;
  }
}

interface SpatialOptions extends SeedOption {
  readonly dataFormat?: DataFormat | null;
}
abstract class SpatialDropout extends DropoutLayer {
  declare readonly dataFormat: DataFormat;
  constructor(rank: number, rate: number, options: SpatialOptions & LayerOptions) {
    const defaults =
      rank === 1 ? { rate: REQUIRED, seed: null } : { rate: REQUIRED, seed: null, dataFormat: null };
    super(rate, options as DropoutOptions & LayerOptions, defaults);
    if (rank > 1) this.settle({ dataFormat: standardizeDataFormat(this.describe(), this.dataFormat) });
    this.inputSpec = { ndim: rank + 2 };
  }
  /** Keras leaves `trainable` out, and does not read it. */
  override getConfig(): Config {
    const { rate, seed, name, data_format: dataFormat } = super.getConfig();
    const base = { rate, seed, name, dtype: this.dtypePolicy.name };
    return dataFormat === undefined ? base : { ...base, data_format: dataFormat };
  }
  protected override maskShape(x: core.Tensor): readonly (number | null)[] {
    const channels = this.dataFormat === "channels_first" ? 1 : x.rank - 1;
    return x.shape.map((_, i) => (i === 0 || i === channels ? null : 1));
  }
}
class SpatialDropout1DLayer extends SpatialDropout {
  static override readonly className: string = "SpatialDropout1D";
  constructor(rate: number, options: SeedOption & LayerOptions = {}) {
    super(1, rate, options);
  }
}
class SpatialDropout2DLayer extends SpatialDropout {
  static override readonly className: string = "SpatialDropout2D";
  constructor(rate: number, options: SpatialOptions & LayerOptions = {}) {
    super(2, rate, options);
  }
}
class SpatialDropout3DLayer extends SpatialDropout {
  static override readonly className: string = "SpatialDropout3D";
  constructor(rate: number, options: SpatialOptions & LayerOptions = {}) {
    super(3, rate, options);
  }
}

class GaussianDropoutLayer extends RandomLayer {
  static override readonly className: string = "GaussianDropout";
  static override readonly positional: readonly string[] = ["rate"];
  declare readonly rate: number;
  constructor(rate: number, options: SeedOption & LayerOptions = {}) {
    super(given(options, { rate }), { rate: REQUIRED, seed: null });
    requireValue(this.describe(), "rate", rate, BELOW_1);
  }
  override call(x: core.Tensor, { training }: CallOptions): core.Tensor {
    if (!training || this.rate === 0) return x;
    requireFloat(this.describe(), x);
    const stddev = Math.sqrt(this.rate / (1 - this.rate));
    return core.mul(x, normal(x.shape, { mean: 1, stddev, dtype: x.dtype, seed: this.seedGenerator }));
  }
}

class GaussianNoiseLayer extends RandomLayer {
  static override readonly className: string = "GaussianNoise";
  static override readonly positional: readonly string[] = ["stddev"];
  declare readonly stddev: number;
  constructor(stddev: number, options: SeedOption & LayerOptions = {}) {
    super(given(options, { stddev }), { stddev: REQUIRED, seed: null });
  }
  override call(x: core.Tensor, { training }: CallOptions): core.Tensor {
    if (!training || this.stddev === 0) return x;
    requireFloat(this.describe(), x);
    return core.add(x, normal(x.shape, { stddev: this.stddev, dtype: x.dtype, seed: this.seedGenerator }));
  }
}

const SELU_LOW = -1.0507009873554805 * 1.6732632423543772;

class AlphaDropoutLayer extends RandomLayer {
  static override readonly className: string = "AlphaDropout";
  static override readonly positional: readonly string[] = ["rate"];
  declare readonly rate: number;
  declare readonly noiseShape: readonly (number | null)[] | null;
  constructor(rate: number, options: DropoutOptions & LayerOptions = {}) {
    super(given(options, { rate }), DROPOUT);
    requireValue(this.describe(), "rate", rate, BELOW_1);
  }
  override call(x: core.Tensor, { training }: CallOptions): core.Tensor {
    const { rate } = this;
    if (!training || rate === 0) return x;
    requireFloat(this.describe(), x);
    const shape = (this.noiseShape ?? x.shape).map((n, i) => n ?? x.shape[i]!);
    const a = ((1 - rate) * (1 + rate * SELU_LOW ** 2)) ** -0.5;
    const kept = core.where(bernoulli(shape, 1 - rate, this.seedGenerator), x, SELU_LOW);
    return core.add(core.mul(kept, a), -a * SELU_LOW * rate);
  }
}

/** Options of `ActivityRegularization`. */
export interface ActivityRegularizationOptions {
  readonly l1?: number;
  readonly l2?: number;
}
interface ActivityRegularizationLayer extends Resolved<ActivityRegularizationOptions> {}
class ActivityRegularizationLayer extends Layer {
  static override readonly className: string = "ActivityRegularization";
  constructor(options: ActivityRegularizationOptions & LayerOptions = {}) {
    super(options, { l1: 0, l2: 0 });
    this.activityRegularizer = regularizers.L1L2({ l1: this.l1, l2: this.l2 });
    this.supportsMasking = true;
    this.inputSpec ??= {};
    this.built = true;
  }
  override call(x: core.Tensor): core.Tensor {
    return x;
  }
  /** The regularizer follows from l1 and l2. */
  override getConfig(): Config {
    const { activity_regularizer: _, ...config } = super.getConfig();
    return config;
  }
}

/**
 * Sets a share of the elements to 0 in training and scales the others by 1/(1 − rate) (Srivastava et al.
 * 2014); any shape. `noiseShape` broadcasts with the input.
 * @throws {ArgumentError} when an option is unknown or `rate` is not from 0 to 1
 * @throws {ShapeError} when `noiseShape` does not broadcast with the input
 * @throws {DTypeError} when the input is not of a float dtype, in training
 * @see keras.layers.Dropout
 * @see Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 */
export const Dropout: Constructible<typeof DropoutLayer> = /* @__PURE__ */ constructible(DropoutLayer);
/**
 * Drops whole channels of sequences in training: `(N, T, C)`, same shape.
 * @throws {ArgumentError} when an option is unknown or `rate` is not from 0 to 1
 * @throws {ShapeError} when the input has not 3 axes
 * @throws {DTypeError} when the input is not of a float dtype, in training
 * @see keras.layers.SpatialDropout1D
 */
export const SpatialDropout1D: Constructible<typeof SpatialDropout1DLayer> =
  /* @__PURE__ */ constructible(SpatialDropout1DLayer);
/**
 * Drops whole channels of images in training: `(N, H, W, C)`, same shape; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown or `rate` is not from 0 to 1, or `dataFormat`
 *   has another value
 * @throws {ShapeError} when the input has not 4 axes
 * @throws {DTypeError} when the input is not of a float dtype, in training
 * @see keras.layers.SpatialDropout2D
 */
export const SpatialDropout2D: Constructible<typeof SpatialDropout2DLayer> =
  /* @__PURE__ */ constructible(SpatialDropout2DLayer);
/**
 * Drops whole channels of volumes in training: `(N, D, H, W, C)`, same shape; channels second with
 * `dataFormat: "channels_first"`.
 * @throws {ArgumentError} when an option is unknown or `rate` is not from 0 to 1, or `dataFormat`
 *   has another value
 * @throws {ShapeError} when the input has not 5 axes
 * @throws {DTypeError} when the input is not of a float dtype, in training
 * @see keras.layers.SpatialDropout3D
 */
export const SpatialDropout3D: Constructible<typeof SpatialDropout3DLayer> =
  /* @__PURE__ */ constructible(SpatialDropout3DLayer);
/**
 * Multiplies by normal numbers of mean 1 and variance rate/(1 − rate) in training; any shape, elementwise.
 * @throws {ArgumentError} when an option is unknown or `rate` is not at least 0 and below 1
 * @throws {DTypeError} when the input is not of a float dtype, in training
 * @see keras.layers.GaussianDropout
 */
export const GaussianDropout: Constructible<typeof GaussianDropoutLayer> =
  /* @__PURE__ */ constructible(GaussianDropoutLayer);
/**
 * Adds normal numbers of mean 0 and deviation `stddev` in training; any shape, elementwise.
 * @throws {ArgumentError} when an option is unknown or `stddev` is not from 0 to 1
 * @throws {DTypeError} when the input is not of a float dtype, in training
 * @see keras.layers.GaussianNoise
 */
export const GaussianNoise: Constructible<typeof GaussianNoiseLayer> =
  /* @__PURE__ */ constructible(GaussianNoiseLayer);
/**
 * Dropout that keeps mean and variance of SELU networks (Klambauer et al. 2017); any shape. `noiseShape`
 * broadcasts with the input.
 * @throws {ArgumentError} when an option is unknown or `rate` is not at least 0 and below 1
 * @throws {ShapeError} when `noiseShape` does not broadcast with the input
 * @throws {DTypeError} when the input is not of a float dtype, in training
 * @see keras.layers.AlphaDropout
 * @see Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
 */
export const AlphaDropout: Constructible<typeof AlphaDropoutLayer> =
  /* @__PURE__ */ constructible(AlphaDropoutLayer);
/**
 * The input, any shape, with the penalty l1·Σ|x| + l2·Σx² over the batch size in the loss.
 * @throws {ArgumentError} when an option is unknown, or `l1` or `l2` is negative
 * @see keras.layers.ActivityRegularization
 */
export const ActivityRegularization: Constructible<typeof ActivityRegularizationLayer> =
  /* @__PURE__ */ constructible(ActivityRegularizationLayer);
