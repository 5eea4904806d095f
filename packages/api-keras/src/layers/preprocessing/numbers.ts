// Preprocessing of numbers: Rescaling, Normalization, Discretization, CategoryEncoding.
import * as core from "@isoform/core";
import { ArgumentError, constructible, type Constructible } from "@isoform/core";
import { NUMBER, oneOrMore, requireValue, missing } from "../../config/values.js";
import type { Config } from "../../config/object.js";
import {
  REQUIRED,
  oneOf,
  type Defaults,
  type Resolved,
  type Settled,
  given,
  leading,
  positive,
} from "../../config/options.js";
import { knownSize } from "../../engine/input-spec.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";
import { toTensor, type TensorLike } from "../../tensor/like.js";
import { Variable } from "../../tensor/variable.js";

type Numbers = number | readonly number[];

interface RescalingConfig {
  readonly scale: Numbers;
  readonly offset?: Numbers;
}
interface RescalingLayer extends Resolved<RescalingConfig> {}
class RescalingLayer extends Layer {
  static override readonly className: string = "Rescaling";
  static override readonly positional: readonly string[] = ["scale"];
  constructor(scale: Numbers, options: { readonly offset?: Numbers } & LayerOptions = {}) {
    super(given(options, { scale }), { scale: REQUIRED, offset: 0 });
    requireValue(this.describe(), "scale", scale, oneOrMore(NUMBER));
    this.supportsMasking = true;
    this.inputSpec ??= {};
    this.built = true;
  }
  override call(x: core.Tensor): core.Tensor {
    const float = core.isFloat(x.dtype) ? x : core.cast(x, this.computeDtype);
    const value = (v: Numbers) => (typeof v === "number" ? v : core.tensor([...v], { dtype: float.dtype }));
    return core.add(core.mul(float, value(this.scale)), value(this.offset));
  }
}

/** Options of `Normalization`, Keras' names and defaults. */
export interface NormalizationOptions {
  /** Axes with statistics of their own, default the last; null for one mean and variance. */
  readonly axis?: number | readonly number[] | null;
  readonly mean?: unknown;
  readonly variance?: unknown;
  /** Undo the normalisation instead. */
  readonly invert?: boolean;
}
const NORMALIZATION: Defaults<NormalizationOptions> = { axis: -1, invert: false, mean: null, variance: null };
interface NormalizationLayer extends Settled<
  NormalizationOptions,
  {
    readonly axis: readonly number[] | null;
    readonly mean: TensorLike | null;
    readonly variance: TensorLike | null;
  }
> {}
class NormalizationLayer extends Layer {
  static override readonly className: string = "Normalization";
  /** Statistics by `adapt`, saved with the model; null when given as options. */
  adaptMean: Variable | null = null;
  adaptVariance: Variable | null = null;
  adaptCount: Variable | null = null;

  constructor(options: NormalizationOptions & LayerOptions = {}) {
    super(options, options?.axis === null ? { ...NORMALIZATION, axis: null } : NORMALIZATION);
    this.inputSpec = {};
    const axis = this.axis as number | readonly number[] | null;
    this.settle({ axis: axis === null ? null : typeof axis === "number" ? [axis] : [...axis] });
    if ((this.mean === null) !== (this.variance === null)) {
      throw new ArgumentError("mean and variance go together", {
        code: "argument/invalid",
        op: this.describe(),
        hint: "pass both, or none and call adapt(data)",
      });
    }
  }
  /** Sizes of the kept axes. */
  #kept(shape: SymbolicShape): number[] {
    const axes = (this.axis ?? []).map((a) => core.normalizeAxis(this.describe(), a, shape.length));
    return axes.map((a) => knownSize(this.describe(), shape, a));
  }
  override build(shape: SymbolicShape): void {
    const sizes = this.#kept(shape);
    if (this.mean !== null) return;
    const dtype = this.variableDtype;
    this.adaptMean = this.addWeight({
      name: "mean",
      shape: sizes,
      initializer: "zeros",
      trainable: false,
      dtype,
    });
    this.adaptVariance = this.addWeight({
      name: "variance",
      shape: sizes,
      initializer: "ones",
      trainable: false,
      dtype,
    });
    this.adaptCount = this.addWeight({
      name: "count",
      shape: [],
      dtype: "int32",
      initializer: "zeros",
      trainable: false,
    });
  }
  /**
   * Learns mean and variance (of the population) of data `[N, ...]`, one for each place on the kept axes.
   * @throws {ArgumentError} when mean and variance were given as options, or an axis is out of range
   * @throws {ShapeError} when the data is ragged or its kept axes have other sizes than those of the first
   *   call
   */
  adapt(data: TensorLike): void {
    if (this.mean !== null) {
      throw new ArgumentError("mean and variance were given", {
        code: "argument/invalid",
        op: this.describe(),
      });
    }
    core.scope(() => {
      const x = core.cast(toTensor(data), this.variableDtype);
      if (!this.built) this.build([null, ...x.shape.slice(1)]);
      const kept = (this.axis ?? []).map((a) => core.normalizeAxis(this.describe(), a, x.rank));
      const axes = x.shape.map((_, i) => i).filter((i) => !kept.includes(i));
      this.adaptMean!.assign(core.reshape(core.mean(x, axes), this.adaptMean!.shape));
      this.adaptVariance!.assign(
        core.reshape(core.variance(x, axes, { correction: 0 }), this.adaptVariance!.shape),
      );
      this.adaptCount!.assign(x.shape[0]!);
    });
  }
  override call(x: core.Tensor): core.Tensor {
    const float = core.cast(x, this.computeDtype);
    const kept = (this.axis ?? []).map((a) => core.normalizeAxis(this.describe(), a, x.rank));
    const shape = x.shape.map((n, i) => (kept.includes(i) ? n : 1));
    const spread = (given: TensorLike | null, learned: Variable | null) => {
      const t = core.cast(given === null ? learned! : toTensor(given), this.computeDtype);
      return core.reshape(
        t.size === 1
          ? core.broadcastTo(
              core.reshape(
                t,
                shape.map(() => 1),
              ),
              shape,
            )
          : t,
        shape,
      );
    };
    const mean = spread(this.mean, this.adaptMean);
    const deviation = core.maximum(core.sqrt(spread(this.variance, this.adaptVariance)), 1e-7);
    return this.invert
      ? core.add(core.mul(float, deviation), mean)
      : core.div(core.sub(float, mean), deviation);
  }
}

/** How integers become vectors. */
export type OutputMode = "int" | "one_hot" | "multi_hot" | "count";

/** Class numbers (one axis of them or single ones) as vectors. */
function encode(
  x: core.Tensor,
  depth: number,
  mode: OutputMode,
  dtype: core.DType,
  weights: core.Tensor | null,
): core.Tensor {
  const indices = core.isInteger(x.dtype) ? x : core.cast(x, "int32");
  const squeezed =
    mode === "one_hot" && x.rank > 1 && x.shape.at(-1) === 1 ? core.squeeze(indices, [-1]) : indices;
  const vectors = core.oneHot(squeezed, depth, { dtype });
  if (mode === "one_hot") return vectors;
  const axis = x.rank <= 1 ? null : -2;
  if (mode === "multi_hot") return axis === null ? vectors : core.max(vectors, axis);
  const weighted = weights ? core.mul(vectors, core.unsqueeze(core.cast(weights, dtype), [-1])) : vectors;
  return axis === null ? weighted : core.sum(weighted, axis);
}

interface CategoryEncodingConfig {
  readonly numTokens?: number | null;
  readonly outputMode?: Exclude<OutputMode, "int">;
}
interface CategoryEncodingLayer extends Resolved<CategoryEncodingConfig> {}
class CategoryEncodingLayer extends Layer {
  static override readonly className: string = "CategoryEncoding";
  constructor(
    first: number | (CategoryEncodingConfig & LayerOptions),
    more: CategoryEncodingConfig & LayerOptions = {},
  ) {
    super(leading("numTokens", first, more), { numTokens: REQUIRED, outputMode: "multi_hot" });
    positive(this.describe(), "numTokens", this.numTokens!);
    oneOf(this.describe(), "outputMode", this.outputMode, ["multi_hot", "one_hot", "count"]);
    this.autocast = false;
    this.inputSpec ??= {};
    this.built = true;
  }
  override call(x: core.Tensor, options: { readonly countWeights?: core.Tensor } = {}): core.Tensor {
    return encode(x, this.numTokens!, this.outputMode, this.computeDtype, options.countWeights ?? null);
  }
}

/** Options of `Discretization`, Keras' names and defaults. */
export interface DiscretizationOptions {
  /** Edges of the bins: n edges make n + 1 bins. */
  readonly binBoundaries?: readonly number[] | null;
  readonly numBins?: number | null;
  readonly epsilon?: number;
  readonly outputMode?: OutputMode;
}
const DISCRETIZATION: Defaults<DiscretizationOptions> = {
  binBoundaries: null,
  numBins: null,
  epsilon: 0.01,
  outputMode: "int",
};
interface DiscretizationLayer extends Resolved<DiscretizationOptions> {}
class DiscretizationLayer extends Layer {
  static override readonly className: string = "Discretization";
  constructor(
    first: readonly number[] | (DiscretizationOptions & LayerOptions) = {},
    more: DiscretizationOptions & LayerOptions = {},
  ) {
    super(leading("binBoundaries", first, more), DISCRETIZATION);
    oneOf(this.describe(), "outputMode", this.outputMode, ["int", "one_hot", "multi_hot", "count"]);
    if ((this.binBoundaries === null) === (this.numBins === null)) {
      throw new ArgumentError(
        `binBoundaries and numBins are ${this.numBins === null ? "missing" : "both given"}`,
        {
          code: "argument/invalid",
          op: this.describe(),
          hint: "pass one of the two",
        },
      );
    }
    this.autocast = false;
    this.inputSpec ??= {};
    this.built = true;
  }
  #edges(): readonly number[] {
    if (this.binBoundaries !== null) return this.binBoundaries;
    throw new ArgumentError("the layer has no bins yet", {
      code: "layer/not-adapted",
      op: this.describe(),
      hint: "pass binBoundaries, or call adapt(data)",
    });
  }
  /**
   * Learns edges of `numBins` bins with about equally many values from data of any shape. Reads from the
   * device.
   * @throws {ArgumentError} when `numBins` is missing or there are no data
   * @throws {ShapeError} when the data is ragged
   */
  async adapt(data: TensorLike): Promise<void> {
    const n = this.numBins;
    if (n === null) throw missing(this.describe(), "numBins");
    const sorted = Array.from(await toTensor(data).data(), Number).sort((a, b) => a - b);
    if (sorted.length === 0)
      throw missing(this.describe(), "data", "pass the numbers to learn the bins from");
    const edge = (i: number) => sorted[Math.min(sorted.length - 1, Math.floor((i * sorted.length) / n))]!;
    this.settle({ binBoundaries: Array.from({ length: n - 1 }, (_, i) => edge(i + 1)) });
  }
  override call(x: core.Tensor): core.Tensor {
    const edges = this.#edges();
    const float = core.isFloat(x.dtype) ? x : core.cast(x, "float32");
    const limits = core.tensor([...edges], { dtype: float.dtype, shape: [edges.length] });
    const above = core.cast(core.ge(core.unsqueeze(float, [-1]), limits), "int32");
    const bins = core.sum(above, -1);
    if (this.outputMode === "int") return bins;
    return encode(bins, edges.length + 1, this.outputMode, this.computeDtype, null);
  }
  override getConfig(): Config {
    const { trainable: _always, dtype: _policy, ...config } = super.getConfig();
    return { ...config, sparse: false, dtype: this.dtypePolicy.name };
  }
}

/**
 * x · scale + offset, e.g. `Rescaling(1 / 255)`: any shape; lists broadcast with the last axis. Integers
 * become floats.
 * @throws {ArgumentError} when an option is unknown or `scale` is missing
 * @throws {ShapeError} when a list does not broadcast with the input
 * @see keras.layers.Rescaling
 */
export const Rescaling: Constructible<typeof RescalingLayer> = /* @__PURE__ */ constructible(RescalingLayer);
/**
 * (x − mean) / √variance, with given statistics or those of `adapt(data)`; any shape, one mean and variance
 * for each place on `axis` (the last). Weights `mean`, `variance` and `count` unless the statistics are
 * given.
 * @throws {ArgumentError} when an option is unknown, only one of `mean` and `variance` is given, or an axis
 *   is out of range
 * @throws {ShapeError} when the size of an axis is unknown, or statistics and input do not fit
 * @see keras.layers.Normalization
 */
export const Normalization: Constructible<typeof NormalizationLayer> =
  /* @__PURE__ */ constructible(NormalizationLayer);
/**
 * Numbers to the index of their bin (int32, any shape), or its vector `[..., bins]`; n edges make n + 1 bins.
 * @throws {ArgumentError} when an option is unknown, `outputMode` is not one of its values, not one of
 *   `binBoundaries` and `numBins` is given, or the layer is called without bins
 * @see keras.layers.Discretization
 */
export const Discretization: Constructible<typeof DiscretizationLayer> =
  /* @__PURE__ */ constructible(DiscretizationLayer);
/**
 * Class numbers `[..., n]` to multi-hot or count vectors `[..., numTokens]`, or each to a one-hot vector.
 * Numbers outside 0…numTokens − 1 give zeros. `layer(x, { countWeights })` weights the counts.
 * @throws {ArgumentError} when an option is unknown, `numTokens` is missing, or `outputMode` is not one of
 *   its values
 * @throws {ShapeError} when `countWeights` does not fit the input
 * @see keras.layers.CategoryEncoding
 */
export const CategoryEncoding: Constructible<typeof CategoryEncodingLayer> =
  /* @__PURE__ */ constructible(CategoryEncodingLayer);
