// Activation layers: Activation, ReLU, LeakyReLU, ELU, PReLU, Softmax.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import { between, requireValue } from "../../config/values.js";
import * as activations from "../../activations.js";
import {
  REQUIRED,
  type Defaults,
  type Resolved,
  type Settled,
  given,
  leading,
} from "../../config/options.js";
import type { ConstraintLike } from "../../constraints.js";
import { knownSize } from "../../engine/input-spec.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, type CallOptions, type LayerOptions } from "../../engine/layer.js";
import type { InitializerLike } from "../../initializers/index.js";
import type { RegularizerLike } from "../../regularizers.js";
import type { Variable } from "../../tensor/variable.js";
import { leftOut } from "../../nn/masked.js";

interface ActivationLayer extends Resolved<{ readonly activation: activations.ActivationLike }> {}
class ActivationLayer extends Layer {
  static override readonly className: string = "Activation";
  static override readonly positional: readonly string[] = ["activation"];
  constructor(activation: activations.ActivationLike, options: LayerOptions = {}) {
    super(given(options, { activation }), { activation: REQUIRED });
    this.supportsMasking = true;
    this.inputSpec ??= {};
    this.built = true;
  }
  override call(x: core.Tensor): core.Tensor {
    return this.activation(x);
  }
}

/** Options of `ReLU`, Keras' names and defaults. */
export interface ReLUOptions {
  readonly maxValue?: number | null;
  readonly negativeSlope?: number;
  readonly threshold?: number;
}
const RELU: Defaults<ReLUOptions> = { maxValue: null, negativeSlope: 0, threshold: 0 };
interface ReLULayer extends Resolved<ReLUOptions> {}
class ReLULayer extends Layer {
  static override readonly className: string = "ReLU";
  constructor(first: number | (ReLUOptions & LayerOptions) = {}, more: ReLUOptions & LayerOptions = {}) {
    super(leading("maxValue", first, more), RELU);
    requireValue(this.describe(), "threshold", this.threshold, between(0, Infinity));
    this.supportsMasking = true;
    this.inputSpec ??= {};
    this.built = true;
  }
  override call(x: core.Tensor): core.Tensor {
    const { negativeSlope, maxValue, threshold } = this;
    return activations.relu(x, { negativeSlope, maxValue, threshold });
  }
}

interface LeakyReLULayer extends Resolved<{ readonly negativeSlope?: number }> {}
class LeakyReLULayer extends Layer {
  static override readonly className: string = "LeakyReLU";
  constructor(
    first: number | ({ readonly negativeSlope?: number } & LayerOptions) = {},
    more: LayerOptions = {},
  ) {
    super(leading("negativeSlope", first, more), { negativeSlope: 0.3 });
    this.supportsMasking = true;
    this.inputSpec ??= {};
    this.built = true;
  }
  override call(x: core.Tensor): core.Tensor {
    return activations.leakyRelu(x, { negativeSlope: this.negativeSlope });
  }
}

interface ELULayer extends Resolved<{ readonly alpha?: number }> {}
class ELULayer extends Layer {
  static override readonly className: string = "ELU";
  constructor(first: number | ({ readonly alpha?: number } & LayerOptions) = {}, more: LayerOptions = {}) {
    super(leading("alpha", first, more), { alpha: 1 });
    this.supportsMasking = true;
    this.inputSpec ??= {};
    this.built = true;
  }
  override call(x: core.Tensor): core.Tensor {
    return activations.elu(x, { alpha: this.alpha });
  }
}

/** Options of `PReLU`, Keras' names and defaults. */
export interface PReLUOptions {
  readonly alphaInitializer?: InitializerLike;
  readonly alphaRegularizer?: RegularizerLike;
  readonly alphaConstraint?: ConstraintLike;
  /** Axes along which one slope serves all positions, e.g. `[1, 2]` for images. */
  readonly sharedAxes?: number | readonly number[] | null;
}
const PRELU: Defaults<PReLUOptions> = {
  alphaInitializer: "zeros",
  alphaRegularizer: null,
  alphaConstraint: null,
  sharedAxes: null,
};
interface PReLULayer extends Settled<PReLUOptions, { readonly sharedAxes: readonly number[] | null }> {}
class PReLULayer extends Layer {
  static override readonly className: string = "PReLU";
  alpha!: Variable;
  constructor(options: PReLUOptions & LayerOptions = {}) {
    super(options, PRELU);
    const shared = this.sharedAxes as number | readonly number[] | null;
    this.inputSpec = {};
    this.settle({ sharedAxes: typeof shared === "number" ? [shared] : shared });
    this.supportsMasking = true;
  }
  override build(shape: SymbolicShape): void {
    const shared = (this.sharedAxes ?? []).map((a) =>
      core.normalizeAxis(`${this.describe()}: sharedAxes`, a, shape.length),
    );
    const size = shape
      .slice(1)
      .map((_, i) => (shared.includes(i + 1) ? 1 : knownSize(this.describe(), shape, i + 1)));
    this.alpha = this.addWeight({
      name: "alpha",
      shape: size,
      initializer: this.alphaInitializer,
      regularizer: this.alphaRegularizer,
      constraint: this.alphaConstraint,
    });
    const axes = Object.fromEntries(size.flatMap((n, i) => (shared.includes(i + 1) ? [] : [[i + 1, n]])));
    this.inputSpec = { ndim: shape.length, axes };
  }
  override call(x: core.Tensor): core.Tensor {
    return core.prelu(x, this.alpha);
  }
}

interface SoftmaxLayer extends Resolved<{ readonly axis?: number | readonly number[] }> {}
class SoftmaxLayer extends Layer {
  static override readonly className: string = "Softmax";
  constructor(
    first: number | ({ readonly axis?: number | readonly number[] } & LayerOptions) = {},
    more: LayerOptions = {},
  ) {
    super(leading("axis", first, more), { axis: -1 });
    this.supportsMasking = true;
    this.inputSpec ??= {};
    this.built = true;
  }
  /** `mask` (true = use) leaves positions out. */
  override call(x: core.Tensor, { mask }: CallOptions): core.Tensor {
    if (!(mask instanceof core.Tensor)) return this.#softmax(x);
    const used = core.cast(mask, "bool");
    const least = leftOut(x.dtype);
    return core.where(used, this.#softmax(core.where(used, x, least)), 0);
  }
  #softmax(x: core.Tensor): core.Tensor {
    const { axis } = this;
    if (typeof axis === "number") return activations.softmax(x, { axis });
    if (axis.length === 1) return activations.softmax(x, { axis: axis[0]! });
    return core.exp(core.sub(x, core.logSumExp(x, axis, { keepDims: true })));
  }
}

/**
 * An activation by name or function, as a layer: any shape, elementwise unless the activation has an axis.
 * @throws {ArgumentError} when an option is unknown or the activation is missing or of an unknown name
 * @throws {DTypeError} when the activation does not take the dtype of the input
 * @see keras.layers.Activation
 */
export const Activation: Constructible<typeof ActivationLayer> =
  /* @__PURE__ */ constructible(ActivationLayer);
/**
 * max(x, 0) with a limit, a slope below the threshold and a threshold, elementwise. `ReLU(6)` limits at 6.
 * @throws {ArgumentError} when an option is unknown
 * @throws {DTypeError} when the input is bool, or an integer with a slope
 * @see keras.layers.ReLU
 */
export const ReLU: Constructible<typeof ReLULayer> = /* @__PURE__ */ constructible(ReLULayer);
/**
 * x, or slope · x below 0, elementwise; slope 0.3 by default.
 * @throws {ArgumentError} when an option is unknown
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.LeakyReLU
 */
export const LeakyReLU: Constructible<typeof LeakyReLULayer> = /* @__PURE__ */ constructible(LeakyReLULayer);
/**
 * x, or alpha · (eˣ − 1) below 0, elementwise; alpha 1 by default.
 * @throws {ArgumentError} when an option is unknown
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.ELU
 */
export const ELU: Constructible<typeof ELULayer> = /* @__PURE__ */ constructible(ELULayer);
/**
 * x, or a learned slope · x below 0 (He et al. 2015), any shape. Weight `alpha` of the shape of a sample, 1
 * along `sharedAxes`.
 * @throws {ArgumentError} when an option is unknown or names an unknown initializer, regularizer or
 *   constraint
 * @throws {ShapeError} when an axis that is not shared is unknown or not that of the first call
 * @see keras.layers.PReLU
 * @see He et al. 2015, https://arxiv.org/abs/1502.01852
 */
export const PReLU: Constructible<typeof PReLULayer> = /* @__PURE__ */ constructible(PReLULayer);
/**
 * Softmax along an axis (or several), the last by default; same shape. `mask` (true = use) broadcasts with
 * the input.
 * @throws {ArgumentError} when an option is unknown or an axis is out of range
 * @throws {ShapeError} when the mask does not broadcast with the input
 * @throws {DTypeError} when the input is not of a float dtype
 * @see keras.layers.Softmax
 */
export const Softmax: Constructible<typeof SoftmaxLayer> = /* @__PURE__ */ constructible(SoftmaxLayer);
