// Initializers that draw each element on its own: uniform, normal and the families scaled by the number of inputs.
import { constructible, normalizeAxis, type Constructible } from "@isoform/core";
import { checkArguments, checkOptions, invalid, shapeOf } from "../config/arguments.js";
import { oneOf } from "../config/options.js";
import type { Config } from "../config/object.js";
import { RandomInitializer, type SeedOptions } from "./initializer.js";

/** Standard deviation of a standard normal limited to ±2. */
const TRUNCATED_STDDEV = 0.87962566103423978;

function fill(size: number, draw: () => number): Float64Array {
  const out = new Float64Array(size);
  for (let i = 0; i < size; i++) out[i] = draw();
  return out;
}

class RandomUniformInitializer extends RandomInitializer {
  static readonly className: string = "RandomUniform";
  readonly minval: number;
  readonly maxval: number;
  constructor(options: SeedOptions & { readonly minval?: number; readonly maxval?: number } = {}) {
    checkOptions("RandomUniform", options, ["minval", "maxval", "seed"]);
    super(options);
    this.minval = options.minval ?? -0.05;
    this.maxval = options.maxval ?? 0.05;
  }
  protected override values(_shape: readonly number[], size: number): ArrayLike<number> {
    const s = this.stream();
    return fill(size, () => this.minval + (this.maxval - this.minval) * s.uniform());
  }
  override getConfig(): Config {
    return { ...super.getConfig(), minval: this.minval, maxval: this.maxval };
  }
}

interface NormalOptions extends SeedOptions {
  readonly mean?: number;
  readonly stddev?: number;
}

class RandomNormalInitializer extends RandomInitializer {
  static readonly className: string = "RandomNormal";
  readonly mean: number;
  readonly stddev: number;
  constructor(options: NormalOptions = {}) {
    checkOptions("RandomNormal", options, ["mean", "stddev", "seed"]);
    super(options);
    this.mean = options.mean ?? 0;
    this.stddev = options.stddev ?? 0.05;
  }
  protected override values(_shape: readonly number[], size: number): ArrayLike<number> {
    const s = this.stream();
    return fill(size, () => this.mean + this.stddev * s.normal());
  }
  override getConfig(): Config {
    return { ...super.getConfig(), mean: this.mean, stddev: this.stddev };
  }
}

class TruncatedNormalInitializer extends RandomNormalInitializer {
  static override readonly className: string = "TruncatedNormal";
  protected override values(_shape: readonly number[], size: number): ArrayLike<number> {
    const s = this.stream();
    return fill(size, () => this.mean + this.stddev * s.truncatedNormal());
  }
}

/** Options of `VarianceScaling`. */
export interface ScalingOptions extends SeedOptions {
  readonly scale?: number;
  readonly mode?: "fan_in" | "fan_out" | "fan_avg";
  readonly distribution?: "normal" | "truncated_normal" | "untruncated_normal" | "uniform";
  /** Axes that count as inputs and outputs, for weights laid out in another way. */
  readonly inputAxes?: readonly number[] | null;
  readonly outputAxes?: readonly number[] | null;
}

class VarianceScalingInitializer extends RandomInitializer {
  static readonly className: string = "VarianceScaling";
  readonly scaling: Required<Omit<ScalingOptions, "seed">>;
  constructor(options: ScalingOptions = {}) {
    checkOptions("VarianceScaling", options, [
      "scale",
      "mode",
      "distribution",
      "inputAxes",
      "outputAxes",
      "seed",
    ]);
    super(options);
    const { scale = 1, mode = "fan_in", distribution = "truncated_normal", inputAxes, outputAxes } = options;
    this.scaling = {
      scale,
      mode,
      distribution,
      inputAxes: inputAxes ?? null,
      outputAxes: outputAxes ?? null,
    };
    oneOf("initializers.VarianceScaling", "mode", mode, ["fan_in", "fan_out", "fan_avg"]);
    oneOf("initializers.VarianceScaling", "distribution", distribution, [
      "normal",
      "truncated_normal",
      "untruncated_normal",
      "uniform",
    ]);
    if (typeof scale !== "number" || !(scale > 0)) {
      throw invalid("initializers.VarianceScaling", "scale", scale, "a positive number");
    }
  }
  protected override values(shape: readonly number[], size: number): ArrayLike<number> {
    const { scale, mode, distribution, inputAxes, outputAxes } = this.scaling;
    const [fanIn, fanOut] = fans(shape, inputAxes, outputAxes);
    const fan = { fan_in: fanIn, fan_out: fanOut, fan_avg: (fanIn + fanOut) / 2 }[mode];
    const variance = scale / Math.max(1, fan);
    const s = this.stream();
    if (distribution === "uniform") {
      const limit = Math.sqrt(3 * variance);
      return fill(size, () => limit * (2 * s.uniform() - 1));
    }
    if (distribution === "untruncated_normal") return fill(size, () => Math.sqrt(variance) * s.normal());
    const stddev = Math.sqrt(variance) / TRUNCATED_STDDEV;
    return fill(size, () => stddev * s.truncatedNormal());
  }
  override getConfig(): Config {
    const { scale, mode, distribution } = this.scaling;
    return { ...super.getConfig(), scale, mode, distribution, ...this.axesConfig() };
  }
  protected axesConfig(): Config {
    return { input_axes: this.scaling.inputAxes, output_axes: this.scaling.outputAxes };
  }
}

/** Options of the named variance scalings. */
export interface FanOptions extends SeedOptions {
  readonly inputAxes?: readonly number[] | null;
  readonly outputAxes?: readonly number[] | null;
}

/** A variance scaling with a name of its own and only the seed and axes as options. */
abstract class NamedScaling extends VarianceScalingInitializer {
  constructor(
    owner: string,
    options: FanOptions,
    fixed: Pick<ScalingOptions, "scale" | "mode" | "distribution">,
  ) {
    checkOptions(owner, options, ["seed", "inputAxes", "outputAxes"]);
    super({ ...options, ...fixed });
  }
  override getConfig(): Config {
    const { seed } = super.getConfig() as { seed: unknown };
    return { seed, ...this.axesConfig() };
  }
}

class GlorotUniformInitializer extends NamedScaling {
  static override readonly className: string = "GlorotUniform";
  constructor(options: FanOptions = {}) {
    super("GlorotUniform", options, { scale: 1, mode: "fan_avg", distribution: "uniform" });
  }
}
class GlorotNormalInitializer extends NamedScaling {
  static override readonly className: string = "GlorotNormal";
  constructor(options: FanOptions = {}) {
    super("GlorotNormal", options, { scale: 1, mode: "fan_avg", distribution: "truncated_normal" });
  }
}
class HeUniformInitializer extends NamedScaling {
  static override readonly className: string = "HeUniform";
  constructor(options: FanOptions = {}) {
    super("HeUniform", options, { scale: 2, mode: "fan_in", distribution: "uniform" });
  }
}
class HeNormalInitializer extends NamedScaling {
  static override readonly className: string = "HeNormal";
  constructor(options: FanOptions = {}) {
    super("HeNormal", options, { scale: 2, mode: "fan_in", distribution: "truncated_normal" });
  }
}
class LecunUniformInitializer extends NamedScaling {
  static override readonly className: string = "LecunUniform";
  constructor(options: FanOptions = {}) {
    super("LecunUniform", options, { scale: 1, mode: "fan_in", distribution: "uniform" });
  }
}
class LecunNormalInitializer extends NamedScaling {
  static override readonly className: string = "LecunNormal";
  constructor(options: FanOptions = {}) {
    super("LecunNormal", options, { scale: 1, mode: "fan_in", distribution: "truncated_normal" });
  }
}

/**
 * Numbers of inputs and outputs of a weight of a shape in Keras' layout `[...kernel, inputs, outputs]`, or
 * those of the given axes; both are `n` for `[n]` and 1 for a scalar.
 * @throws {ShapeError} when it is no shape
 * @throws {ArgumentError} when an axis is out of range
 * @see keras.initializers.VarianceScaling
 */
export function fans(
  given: number | readonly number[],
  inputAxes: readonly number[] | null = null,
  outputAxes: readonly number[] | null = null,
): readonly [fanIn: number, fanOut: number] {
  checkArguments("initializers.fans", { inputAxes, outputAxes });
  const shape = shapeOf("initializers.fans", given);
  const product = (list: readonly number[]) => list.reduce((p, n) => p * n, 1);
  if (inputAxes !== null && outputAxes !== null) {
    const size = (axis: number) => shape[normalizeAxis("initializers.fans", axis, shape.length)]!;
    return [product(inputAxes.map(size)), product(outputAxes.map(size))];
  }
  if (shape.length === 0) return [1, 1];
  if (shape.length === 1) return [shape[0]!, shape[0]!];
  const receptive = product(shape.slice(0, -2));
  return [shape.at(-2)! * receptive, shape.at(-1)! * receptive];
}

/**
 * Uniform numbers on [minval, maxval) (defaults ±0.05) in the shape that it is called with.
 * @throws {ArgumentError} when an option is unknown, or it is called with a seed that is no 32-bit unsigned
 *   integer
 * @throws {DTypeError} when it is called for an integer dtype
 * @throws {LifetimeError} when it is called in a step that is being compiled, unless the seed is a number
 * @see keras.initializers.RandomUniform
 */
export const RandomUniform: Constructible<typeof RandomUniformInitializer> =
  /* @__PURE__ */ constructible(RandomUniformInitializer);
/**
 * Normal numbers (`mean` 0 and `stddev` 0.05 by default) in the shape that it is called with.
 * @throws {ArgumentError} when an option is unknown, or it is called with a seed that is no 32-bit unsigned
 *   integer
 * @throws {DTypeError} when it is called for an integer dtype
 * @throws {LifetimeError} when it is called in a step that is being compiled, unless the seed is a number
 * @see keras.initializers.RandomNormal
 */
export const RandomNormal: Constructible<typeof RandomNormalInitializer> =
  /* @__PURE__ */ constructible(RandomNormalInitializer);
/**
 * Normal numbers (`mean` 0 and `stddev` 0.05 by default), drawn again outside two standard deviations, in the
 * shape that it is called with.
 * @throws {ArgumentError} when an option is unknown, or it is called with a seed that is no 32-bit unsigned
 *   integer
 * @throws {DTypeError} when it is called for an integer dtype
 * @throws {LifetimeError} when it is called in a step that is being compiled, unless the seed is a number
 * @see keras.initializers.TruncatedNormal
 */
export const TruncatedNormal: Constructible<typeof TruncatedNormalInitializer> =
  /* @__PURE__ */ constructible(TruncatedNormalInitializer);
/**
 * Numbers of variance `scale` (default 1) over the number of inputs (`mode` `"fan_in"`, default), outputs
 * (`"fan_out"`) or their mean (`"fan_avg"`), in the shape that it is called with, see `fans`. `distribution`
 * is `"truncated_normal"` by default.
 * @throws {ArgumentError} when scale is not positive, mode, distribution or an option is unknown, or it is
 *   called with a seed that is no 32-bit unsigned integer
 * @throws {DTypeError} when it is called for an integer dtype
 * @throws {LifetimeError} when it is called in a step that is being compiled, unless the seed is a number
 * @see keras.initializers.VarianceScaling
 */
export const VarianceScaling: Constructible<typeof VarianceScalingInitializer> =
  /* @__PURE__ */ constructible(VarianceScalingInitializer);
/**
 * Uniform numbers on ±√(6/(inputs + outputs)) in the shape that it is called with.
 * @throws {ArgumentError} when an option is unknown, or it is called with a seed that is no 32-bit unsigned
 *   integer
 * @throws {DTypeError} when it is called for an integer dtype
 * @throws {LifetimeError} when it is called in a step that is being compiled, unless the seed is a number
 * @see keras.initializers.GlorotUniform; Glorot & Bengio 2010,
 *   https://proceedings.mlr.press/v9/glorot10a.html
 */
export const GlorotUniform: Constructible<typeof GlorotUniformInitializer> =
  /* @__PURE__ */ constructible(GlorotUniformInitializer);
/**
 * Truncated normal numbers of variance 2/(inputs + outputs) in the shape that it is called with.
 * @throws {ArgumentError} when an option is unknown, or it is called with a seed that is no 32-bit unsigned
 *   integer
 * @throws {DTypeError} when it is called for an integer dtype
 * @throws {LifetimeError} when it is called in a step that is being compiled, unless the seed is a number
 * @see keras.initializers.GlorotNormal; Glorot & Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
 */
export const GlorotNormal: Constructible<typeof GlorotNormalInitializer> =
  /* @__PURE__ */ constructible(GlorotNormalInitializer);
/**
 * Uniform numbers on ±√(6/inputs) in the shape that it is called with.
 * @throws {ArgumentError} when an option is unknown, or it is called with a seed that is no 32-bit unsigned
 *   integer
 * @throws {DTypeError} when it is called for an integer dtype
 * @throws {LifetimeError} when it is called in a step that is being compiled, unless the seed is a number
 * @see keras.initializers.HeUniform; He et al. 2015, https://arxiv.org/abs/1502.01852
 */
export const HeUniform: Constructible<typeof HeUniformInitializer> =
  /* @__PURE__ */ constructible(HeUniformInitializer);
/**
 * Truncated normal numbers of variance 2/inputs in the shape that it is called with.
 * @throws {ArgumentError} when an option is unknown, or it is called with a seed that is no 32-bit unsigned
 *   integer
 * @throws {DTypeError} when it is called for an integer dtype
 * @throws {LifetimeError} when it is called in a step that is being compiled, unless the seed is a number
 * @see keras.initializers.HeNormal; He et al. 2015, https://arxiv.org/abs/1502.01852
 */
export const HeNormal: Constructible<typeof HeNormalInitializer> =
  /* @__PURE__ */ constructible(HeNormalInitializer);
/**
 * Uniform numbers on ±√(3/inputs) in the shape that it is called with.
 * @throws {ArgumentError} when an option is unknown, or it is called with a seed that is no 32-bit unsigned
 *   integer
 * @throws {DTypeError} when it is called for an integer dtype
 * @throws {LifetimeError} when it is called in a step that is being compiled, unless the seed is a number
 * @see keras.initializers.LecunUniform; LeCun et al. 1998, Efficient BackProp
 */
export const LecunUniform: Constructible<typeof LecunUniformInitializer> =
  /* @__PURE__ */ constructible(LecunUniformInitializer);
/**
 * Truncated normal numbers of variance 1/inputs in the shape that it is called with.
 * @throws {ArgumentError} when an option is unknown, or it is called with a seed that is no 32-bit unsigned
 *   integer
 * @throws {DTypeError} when it is called for an integer dtype
 * @throws {LifetimeError} when it is called in a step that is being compiled, unless the seed is a number
 * @see keras.initializers.LecunNormal; LeCun et al. 1998, Efficient BackProp
 */
export const LecunNormal: Constructible<typeof LecunNormalInitializer> =
  /* @__PURE__ */ constructible(LecunNormalInitializer);
