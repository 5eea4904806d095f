// Dense: a fully connected layer.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import type { ActivationLike } from "../../activations.js";
import { REQUIRED, positive, type Defaults, type Resolved, given } from "../../config/options.js";
import type { ConstraintLike } from "../../constraints.js";
import { knownSize } from "../../engine/input-spec.js";
import type { SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";
import type { InitializerLike } from "../../initializers/index.js";
import type { RegularizerLike } from "../../regularizers.js";
import type { Variable } from "../../tensor/variable.js";

/** Options of `Dense`, Keras' names and defaults. */
export interface DenseOptions {
  readonly activation?: ActivationLike;
  readonly useBias?: boolean;
  readonly kernelInitializer?: InitializerLike;
  readonly biasInitializer?: InitializerLike;
  readonly kernelRegularizer?: RegularizerLike;
  readonly biasRegularizer?: RegularizerLike;
  readonly kernelConstraint?: ConstraintLike;
  readonly biasConstraint?: ConstraintLike;
  readonly quantizationConfig?: null;
}
interface DenseConfig extends DenseOptions {
  readonly units: number;
}
const DEFAULTS: Defaults<DenseConfig> = {
  units: REQUIRED,
  activation: null,
  useBias: true,
  kernelInitializer: "glorot_uniform",
  biasInitializer: "zeros",
  kernelRegularizer: null,
  biasRegularizer: null,
  kernelConstraint: null,
  biasConstraint: null,
  quantizationConfig: null,
};

/** See `Dense`. */
export interface DenseLayer extends Resolved<DenseConfig> {}
/** See `Dense`. */
export class DenseLayer extends Layer {
  static override readonly className: string = "Dense";
  static override readonly positional: readonly string[] = ["units"];
  /** `[inputs, units]`. */
  kernel!: Variable;
  /** `[units]`, or null. */
  bias: Variable | null = null;

  constructor(units: number, options: DenseOptions & LayerOptions = {}) {
    super(given(options, { units }), DEFAULTS);
    positive("Dense", "units", units);
    this.inputSpec = { minNdim: 2 };
    this.supportsMasking = true;
  }

  override build(shape: SymbolicShape): void {
    const inputs = knownSize(this.describe(), shape, -1);
    this.kernel = this.addWeight({
      name: "kernel",
      shape: [inputs, this.units],
      initializer: this.kernelInitializer,
      regularizer: this.kernelRegularizer,
      constraint: this.kernelConstraint,
    });
    if (this.useBias) {
      this.bias = this.addWeight({
        name: "bias",
        shape: [this.units],
        initializer: this.biasInitializer,
        regularizer: this.biasRegularizer,
        constraint: this.biasConstraint,
      });
    }
    this.inputSpec = { minNdim: 2, axes: { [-1]: inputs } };
  }

  override call(x: core.Tensor): core.Tensor {
    const dtype = this.computeDtype;
    const kernel = core.transpose(core.cast(this.kernel, dtype));
    return this.activation(core.linear(x, kernel, this.bias && core.cast(this.bias, dtype)));
  }
}

/**
 * activation(x·kernel + bias) over the last axis: `[..., inputs] x [inputs, units] -> [..., units]`. Weights
 * `kernel` `[inputs, units]` and `bias` `[units]`.
 * @throws {ArgumentError} when an option, or a name given for one, is unknown, or `units` is not a positive
 *   integer
 * @throws {ShapeError} when the input has fewer than 2 axes, or its last one is unknown or not that of the
 *   first call
 * @see keras.layers.Dense
 */
export const Dense: Constructible<typeof DenseLayer> = /* @__PURE__ */ constructible(DenseLayer);
export type Dense = DenseLayer;
