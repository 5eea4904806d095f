// BatchNormalization.
import * as core from "@isoform/core";
import { ArgumentError, constructible, type Constructible } from "@isoform/core";
import type { Defaults, Resolved } from "../../config/options.js";
import type { ConstraintLike } from "../../constraints.js";
import { knownSize } from "../../engine/input-spec.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, type CallOptions, type LayerOptions } from "../../engine/layer.js";
import type { InitializerLike } from "../../initializers/index.js";
import type { RegularizerLike } from "../../regularizers.js";
import type { Variable } from "../../tensor/variable.js";

/** Options of `BatchNormalization`, Keras' names and defaults. */
export interface BatchNormalizationOptions {
  /** Axis of the channels, default -1. */
  readonly axis?: number;
  /** Share of the old moving statistics that stays at each step. */
  readonly momentum?: number;
  readonly epsilon?: number;
  readonly center?: boolean;
  readonly scale?: boolean;
  readonly betaInitializer?: InitializerLike;
  readonly gammaInitializer?: InitializerLike;
  readonly movingMeanInitializer?: InitializerLike;
  readonly movingVarianceInitializer?: InitializerLike;
  readonly betaRegularizer?: RegularizerLike;
  readonly gammaRegularizer?: RegularizerLike;
  readonly betaConstraint?: ConstraintLike;
  readonly gammaConstraint?: ConstraintLike;
  readonly synchronized?: boolean;
  /** Not implemented: must be false. */
  readonly renorm?: boolean;
  readonly renormClipping?: null;
  readonly renormMomentum?: number;
}
const DEFAULTS: Defaults<BatchNormalizationOptions> = {
  axis: -1,
  momentum: 0.99,
  epsilon: 1e-3,
  center: true,
  scale: true,
  betaInitializer: "zeros",
  gammaInitializer: "ones",
  movingMeanInitializer: "zeros",
  movingVarianceInitializer: "ones",
  betaRegularizer: null,
  gammaRegularizer: null,
  betaConstraint: null,
  gammaConstraint: null,
  synchronized: false,
  renorm: false,
  renormClipping: null,
  renormMomentum: 0.99,
};

/** See `BatchNormalization`. */
export interface BatchNormalizationLayer extends Resolved<BatchNormalizationOptions> {}
/** See `BatchNormalization`. */
export class BatchNormalizationLayer extends Layer {
  static override readonly className: string = "BatchNormalization";
  gamma: Variable | null = null;
  beta: Variable | null = null;
  movingMean!: Variable;
  movingVariance!: Variable;

  constructor(options: BatchNormalizationOptions & LayerOptions = {}) {
    super(options, DEFAULTS);
    this.supportsMasking = true;
    this.inputSpec = {};
    if (this.renorm) {
      throw new ArgumentError("renorm is not supported", {
        code: "argument/unsupported",
        op: this.describe(),
        hint: "leave it out",
      });
    }
  }

  override build(shape: SymbolicShape): void {
    const size = knownSize(this.describe(), shape, this.axis);
    const weight = (name: string, initializer: InitializerLike, rest: object) =>
      this.addWeight({ name, shape: [size], initializer, ...rest });
    if (this.scale) {
      this.gamma = weight("gamma", this.gammaInitializer, {
        regularizer: this.gammaRegularizer,
        constraint: this.gammaConstraint,
      });
    }
    if (this.center) {
      this.beta = weight("beta", this.betaInitializer, {
        regularizer: this.betaRegularizer,
        constraint: this.betaConstraint,
      });
    }
    this.movingMean = weight("moving_mean", this.movingMeanInitializer, { trainable: false });
    this.movingVariance = weight("moving_variance", this.movingVarianceInitializer, { trainable: false });
    this.inputSpec = { ndim: shape.length, axes: { [this.axis]: size } };
  }

  override call(x: core.Tensor, { training, mask }: CallOptions): core.Tensor {
    const axis = core.normalizeAxis(this.describe(), this.axis, x.rank);
    const options = { eps: this.epsilon, axis };
    if (!training || !this.trainable) {
      return core.batchNorm(x, this.movingMean, this.movingVariance, this.gamma, this.beta, options);
    }
    if (mask instanceof core.Tensor) {
      const [mean, variance] = maskedMoments(x, mask, axis);
      this.#update(mean, variance);
      return core.batchNorm(x, mean, variance, this.gamma, this.beta, options);
    }
    const [y, mean, variance] = core.batchNormTrain(x, this.gamma, this.beta, options);
    this.#update(mean, variance);
    return y;
  }

  /** Moving statistics outside the recorded graph. Keras 3 keeps the biased variance. */
  #update(mean: core.Tensor, variance: core.Tensor): void {
    const m = this.momentum;
    core.noGrad(() => {
      for (const [moving, batch] of [
        [this.movingMean, mean],
        [this.movingVariance, variance],
      ] as const) {
        moving.assign(core.add(core.mul(moving, m), core.mul(core.cast(batch, moving.dtype), 1 - m)));
      }
    });
  }
}

/** Mean and variance over steps that count. */
function maskedMoments(x: core.Tensor, mask: core.Tensor, axis: number): readonly [core.Tensor, core.Tensor] {
  const axes = x.shape.map((_, i) => i).filter((i) => i !== axis);
  const missing = Array.from({ length: x.rank - mask.rank }, () => 1);
  const weight = core.broadcastTo(
    core.reshape(core.cast(mask, x.dtype), [...mask.shape, ...missing]),
    x.shape,
  );
  const total = core.add(core.sum(weight, axes, { keepDims: true }), 1e-7);
  const mean = core.div(core.sum(core.mul(x, weight), axes, { keepDims: true }), total);
  const squares = core.mul(core.square(core.sub(x, mean)), weight);
  const variance = core.div(core.sum(squares, axes, { keepDims: true }), total);
  return [core.reshape(mean, [-1]), core.reshape(variance, [-1])];
}

/**
 * Each channel standardised by the statistics of the batch in training, by moving ones in inference (Ioffe
 * and Szegedy 2015); same shape, channels on `axis` (−1). Weights `gamma`, `beta`, `movingMean`,
 * `movingVariance` `[channels]`. With `trainable = false` it runs in inference mode.
 * @throws {ArgumentError} when an option is unknown or `renorm` is true
 * @throws {ShapeError} when there is no such axis, or its size is unknown or not that of the first call
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.BatchNormalization
 * @see Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167
 */
export const BatchNormalization: Constructible<typeof BatchNormalizationLayer> =
  /* @__PURE__ */ constructible(BatchNormalizationLayer);
