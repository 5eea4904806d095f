// Normalisation of each sample: LayerNormalization, GroupNormalization, RMSNormalization, UnitNormalization.
import * as core from "@isoform/core";
import { ArgumentError, constructible, type Constructible } from "@isoform/core";
import { type Defaults, type Resolved, type Settled, leading, positive } from "../../config/options.js";
import type { ConstraintLike } from "../../constraints.js";
import { knownSize } from "../../engine/input-spec.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";
import type { InitializerLike } from "../../initializers/index.js";
import type { RegularizerLike } from "../../regularizers.js";
import type { Variable } from "../../tensor/variable.js";

type Axes = number | readonly number[];
const listOf = (axis: Axes): readonly number[] => (typeof axis === "number" ? [axis] : axis);

/** Options of scale and offset. */
interface AffineOptions {
  readonly center?: boolean;
  readonly scale?: boolean;
  readonly betaInitializer?: InitializerLike;
  readonly gammaInitializer?: InitializerLike;
  readonly betaRegularizer?: RegularizerLike;
  readonly gammaRegularizer?: RegularizerLike;
  readonly betaConstraint?: ConstraintLike;
  readonly gammaConstraint?: ConstraintLike;
}
const AFFINE: Defaults<AffineOptions> = {
  center: true,
  scale: true,
  betaInitializer: "zeros",
  gammaInitializer: "ones",
  betaRegularizer: null,
  gammaRegularizer: null,
  betaConstraint: null,
  gammaConstraint: null,
};

interface AffineLayer extends Resolved<AffineOptions> {}
abstract class AffineLayer extends Layer {
  gamma: Variable | null = null;
  beta: Variable | null = null;
  protected affineWeights(shape: readonly number[], always = false): void {
    if (this.scale || always) {
      this.gamma = this.addWeight({
        name: "gamma",
        shape,
        initializer: this.gammaInitializer,
        regularizer: this.gammaRegularizer,
        constraint: this.gammaConstraint,
      });
    }
    if (this.center && !always) {
      this.beta = this.addWeight({
        name: "beta",
        shape,
        initializer: this.betaInitializer,
        regularizer: this.betaRegularizer,
        constraint: this.betaConstraint,
      });
    }
  }
}

/** Options of `LayerNormalization`, Keras' names and defaults. */
export interface LayerNormalizationOptions extends AffineOptions {
  /** Axis or axes to standardise over, default the last. */
  readonly axis?: Axes;
  readonly epsilon?: number;
  /** Divide by the root mean square instead, without a mean (older files). */
  readonly rmsScaling?: boolean;
}
const LAYER: Defaults<LayerNormalizationOptions> = { axis: -1, epsilon: 1e-3, ...AFFINE, rmsScaling: false };

class LayerNormalizationLayer extends AffineLayer {
  static override readonly className: string = "LayerNormalization";
  declare readonly axis: readonly number[];
  declare readonly epsilon: number;
  declare readonly rmsScaling: boolean;
  constructor(options: LayerNormalizationOptions & LayerOptions = {}) {
    super(options, LAYER);
    this.settle({ axis: listOf(this.axis as Axes) });
    this.supportsMasking = true;
    this.inputSpec = {};
  }
  override build(shape: SymbolicShape): void {
    const axes = core.normalizeAxes(this.describe(), this.axis, shape.length);
    this.affineWeights(
      axes.map((a) => knownSize(this.describe(), shape, a)),
      this.rmsScaling,
    );
  }
  override call(x: core.Tensor): core.Tensor {
    if (this.rmsScaling) return rmsByVariance(x, this.gamma!, this.axis, this.epsilon);
    return core.layerNorm(x, this.gamma, this.beta, { axes: this.axis, eps: this.epsilon });
  }
}

/** x / √(variance + eps) · gamma: what Keras calls RMS scaling. */
function rmsByVariance(
  x: core.Tensor,
  gamma: core.Tensor,
  axis: readonly number[],
  eps: number,
): core.Tensor {
  const spread = core.variance(x, axis, { keepDims: true, correction: 0 });
  const axes = core.normalizeAxes("LayerNormalization", axis, x.rank);
  const shape = x.shape.map((n, i) => (axes.includes(i) ? n : 1));
  return core.mul(core.mul(x, core.rsqrt(core.add(spread, eps))), core.reshape(gamma, shape));
}

/** Options of `GroupNormalization`, Keras' names and defaults. */
export interface GroupNormalizationOptions extends AffineOptions {
  /** Number of groups, default 32; -1 puts each channel in a group of its own. */
  readonly groups?: number;
  readonly axis?: number;
  readonly epsilon?: number;
}
const GROUP: Defaults<GroupNormalizationOptions> = { groups: 32, axis: -1, epsilon: 1e-3, ...AFFINE };

class GroupNormalizationLayer extends AffineLayer {
  static override readonly className: string = "GroupNormalization";
  declare readonly groups: number;
  declare readonly axis: number;
  declare readonly epsilon: number;
  constructor(
    first: number | (GroupNormalizationOptions & LayerOptions) = {},
    more: GroupNormalizationOptions & LayerOptions = {},
  ) {
    super(leading("groups", first, more), GROUP);
    if (this.groups !== -1) positive(this.describe(), "groups", this.groups);
    this.supportsMasking = true;
    this.inputSpec = {};
  }
  override build(shape: SymbolicShape): void {
    const channels = knownSize(this.describe(), shape, this.axis);
    const groups = this.groups === -1 ? channels : this.groups;
    if (channels % groups !== 0) {
      throw new ArgumentError(`${channels} channels do not split into ${groups} groups`, {
        code: "argument/invalid",
        op: this.describe(),
        hint: "use a divisor of the number of channels",
      });
    }
    this.affineWeights([channels]);
    this.inputSpec = { ndim: shape.length, axes: { [this.axis]: channels } };
  }
  override call(x: core.Tensor): core.Tensor {
    const axis = core.normalizeAxis(this.describe(), this.axis, x.rank);
    const groups = this.groups === -1 ? x.shape[axis]! : this.groups;
    const moved = core.moveaxis(x, axis, 1);
    return core.moveaxis(
      core.groupNorm(moved, this.gamma, this.beta, { groups, eps: this.epsilon }),
      1,
      axis,
    );
  }
}

/** Options of `RMSNormalization`. */
export interface RMSNormalizationOptions {
  readonly axis?: Axes;
  readonly epsilon?: number;
}
const RMS: Defaults<RMSNormalizationOptions> = { axis: -1, epsilon: 1e-6 };

interface RMSNormalizationLayer extends Settled<
  RMSNormalizationOptions,
  { readonly axis: readonly number[] }
> {}
class RMSNormalizationLayer extends Layer {
  static override readonly className: string = "RMSNormalization";
  scale!: Variable;
  constructor(options: RMSNormalizationOptions & LayerOptions = {}) {
    super(options, RMS);
    this.settle({ axis: listOf(this.axis) });
    this.supportsMasking = true;
    this.inputSpec = {};
  }
  override build(shape: SymbolicShape): void {
    const axes = core.normalizeAxes(this.describe(), this.axis, shape.length);
    const sizes = axes.map((a) => knownSize(this.describe(), shape, a));
    this.scale = this.addWeight({ name: "scale", shape: sizes, initializer: "ones" });
  }
  override call(x: core.Tensor): core.Tensor {
    return core.rmsNorm(x, this.scale, { axes: this.axis, eps: this.epsilon });
  }
}

/** Options of `UnitNormalization`. */
export interface UnitNormalizationOptions {
  readonly axis?: Axes;
}
interface UnitNormalizationLayer extends Resolved<UnitNormalizationOptions> {}
class UnitNormalizationLayer extends Layer {
  static override readonly className: string = "UnitNormalization";
  constructor(options: UnitNormalizationOptions & LayerOptions = {}) {
    super(options, { axis: -1 });
    this.supportsMasking = true;
    this.inputSpec = {};
    this.built = true;
  }
  override call(x: core.Tensor): core.Tensor {
    const squares = core.sum(core.square(x), this.axis, { keepDims: true });
    return core.mul(x, core.rsqrt(core.maximum(squares, 1e-12)));
  }
}

/**
 * Each sample standardised over the last (or given) axes (Ba et al. 2016); same shape. Weights `gamma`,
 * `beta` of the sizes of these axes.
 * @throws {ArgumentError} when an option is unknown, or an axis is out of range or named twice
 * @throws {ShapeError} when the size of an axis is unknown or not that of the first call
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.LayerNormalization
 * @see Ba et al. 2016, https://arxiv.org/abs/1607.06450
 */
export const LayerNormalization: Constructible<typeof LayerNormalizationLayer> =
  /* @__PURE__ */ constructible(LayerNormalizationLayer);
/**
 * Each sample standardised over groups of channels (Wu and He 2018); same shape. Weights `gamma`, `beta`
 * `[channels]`.
 * @throws {ArgumentError} when an option is unknown or `groups` does not divide the channels
 * @throws {ShapeError} when there is no such axis, or its size is unknown or not that of the first call
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.GroupNormalization
 * @see Wu and He 2018, https://arxiv.org/abs/1803.08494
 */
export const GroupNormalization: Constructible<typeof GroupNormalizationLayer> =
  /* @__PURE__ */ constructible(GroupNormalizationLayer);
/**
 * x divided by its root mean square over the last (or given) axes (Zhang and Sennrich 2019); same shape.
 * Weight `scale` of the sizes of these axes.
 * @throws {ArgumentError} when an option is unknown, or an axis is out of range or named twice
 * @throws {ShapeError} when the size of an axis is unknown or not that of the first call
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.RMSNormalization
 * @see Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467
 */
export const RMSNormalization: Constructible<typeof RMSNormalizationLayer> =
  /* @__PURE__ */ constructible(RMSNormalizationLayer);
/**
 * x divided by its length along the last (or given) axes; same shape.
 * @throws {ArgumentError} when an option is unknown, or an axis is out of range or named twice
 * @throws {DTypeError} when the input is bool
 * @see keras.layers.UnitNormalization
 */
export const UnitNormalization: Constructible<typeof UnitNormalizationLayer> =
  /* @__PURE__ */ constructible(UnitNormalizationLayer);
