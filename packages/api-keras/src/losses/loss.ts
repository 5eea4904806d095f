// Base of loss objects, and the wrapper of a function as one.
import * as core from "@isoform/core";
import { UnsupportedOpError } from "@isoform/core";
import { filled } from "../config/options.js";
import { classNameOf, snakeKeys, type Config, type Configurable } from "../config/object.js";
import { toSnakeCase } from "../names.js";
import { uniquify } from "../session.js";
import { asTensor, toTensor, type TensorLike } from "../tensor/like.js";
import { Tensor } from "../tensor/tensor.js";
import type { LossFn } from "./functions.js";
import { reduceWeighted, standardizeReduction, type Reduction } from "./reduce.js";

/** Options of every loss. */
export interface LossOptions {
  readonly reduction?: Reduction;
  readonly name?: string | null;
  readonly dtype?: core.DType | null;
}

/** Defaults of every loss. */
export const LOSS: Required<LossOptions> = { reduction: "sum_over_batch_size", name: null, dtype: null };

/** A loss is called like a function. */
export interface Loss {
  (yTrue: TensorLike, yPred: TensorLike, options?: { readonly sampleWeight?: TensorLike | null }): Tensor;
}

/**
 * Base class of losses. Subclasses define `call(yTrue, yPred)` with one loss per sample; calling the object
 * reduces them, by default to their mean, a scalar.
 * @throws {ArgumentError} when an option, or one of a call, is unknown, or `reduction` is not one of its values
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.Loss
 */
export class Loss implements Configurable {
  static readonly className?: string;
  declare readonly name: string;
  declare readonly reduction: Reduction;

  constructor(options: LossOptions = {}) {
    const self = core.callableInstance<Loss>(new.target.prototype, (loss, [yTrue, yPred, rest]) =>
      loss.reduced(
        yTrue as TensorLike,
        yPred as TensorLike,
        rest as { sampleWeight?: TensorLike | null } | undefined,
      ),
    );
    const className = new.target.className ?? new.target.name;
    const given = filled(className, options, LOSS);
    const name = given.name ?? uniquify(toSnakeCase(className));
    const reduction = standardizeReduction(className, given.reduction);
    Object.defineProperty(self, "name", { value: name, writable: true });
    Object.defineProperty(self, "reduction", { value: reduction });
    return self;
  }

  /**
   * One loss per sample: targets and predictions `[N, ...]` to `[N]` (or `[N, ...]` without the last axis).
   * @throws {UnsupportedOpError} unless a subclass defines it
   */
  call(_yTrue: Tensor, _yPred: Tensor): core.Tensor {
    throw new UnsupportedOpError("no call() is defined", {
      code: "loss/no-call",
      op: classNameOf(this),
      hint: "define call(yTrue, yPred) in the class",
    });
  }

  /**
   * @internal What calling the object does: the losses per sample, weighted and reduced, a scalar by default.
   * @throws {ArgumentError} when an option is unknown
   * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
   */
  reduced(
    yTrue: TensorLike,
    yPred: TensorLike,
    options: { readonly sampleWeight?: TensorLike | null } = {},
  ): Tensor {
    const { sampleWeight } = filled(classNameOf(this), options, { sampleWeight: null as TensorLike | null });
    return core.scope(() => {
      const prediction = toTensor(yPred);
      const losses = toTensor(perSample(this, toTensor(yTrue), prediction));
      const weight = sampleWeight;
      const own = losses instanceof Tensor ? losses.kerasMask : null;
      const given = prediction.kerasMask;
      const mask = own && given ? core.and(own, given) : (own ?? given);
      const result = reduceWeighted(losses, weight === null ? null : toTensor(weight), mask, this.reduction);
      own?.dispose();
      return asTensor(result);
    });
  }

  /** `<MeanSquaredError name=mean_squared_error>`. */
  toString(): string {
    return `<${classNameOf(this)} name=${this.name}>`;
  }
  /** The options, with Keras' names. */
  getConfig(): Config {
    return { name: this.name, reduction: this.reduction };
  }
}

/** As `call`; an error of the formula says of which loss, and which shape is the target's. */
function perSample(loss: Loss, yTrue: Tensor, yPred: Tensor): core.Tensor {
  try {
    return loss.call(yTrue, yPred);
  } catch (error) {
    if (!(error instanceof core.ShapeError)) throw error;
    throw new core.ShapeError("the targets do not fit the predictions", {
      code: "shape/loss",
      op: `loss ${JSON.stringify(loss.name)}`,
      inputs: [`targets ${core.describe(yTrue)}`, `predictions ${core.describe(yPred)}`],
      hint: error.code === "shape/loss" ? error.hint : "give targets of the shape that the model predicts",
      cause: error,
    });
  }
}

/** A loss made of a function and its options. */
export class LossFunctionWrapper extends Loss {
  declare readonly fn: LossFn;
  declare readonly fnOptions: Readonly<Record<string, unknown>>;

  constructor(fn: LossFn, options: LossOptions, fnOptions: Readonly<Record<string, unknown>> = {}) {
    super(options);
    Object.defineProperty(this, "fn", { value: fn });
    Object.defineProperty(this, "fnOptions", { value: fnOptions });
  }
  override call(yTrue: Tensor, yPred: Tensor): core.Tensor {
    return this.fn(yTrue, yPred);
  }
  override getConfig(): Config {
    return { ...super.getConfig(), ...snakeKeys(this.fnOptions) };
  }
}
