// keras.constraints: projections of weights after each update.
import * as core from "@isoform/core";
import { constructible, type Constructible } from "@isoform/core";
import { checkOptions } from "./config/arguments.js";
import {
  camelKeys,
  isObjectConfig,
  lookUp,
  notNamed,
  objectConfig,
  objectText,
  type Config,
  type Configurable,
  type ObjectConfig,
} from "./config/object.js";
import { lookUpClass } from "./config/custom.js";
import { session } from "./session.js";
import { asTensor, toTensor, type TensorLike } from "./tensor/like.js";
import { floating, type Tensor } from "./tensor/tensor.js";

/** A constraint is called like a function. */
export interface Constraint {
  (w: core.Tensor): Tensor;
}

/**
 * Base class: the allowed value nearest to a weight, in the shape of the weight.
 * @see keras.constraints.Constraint
 */
export abstract class Constraint implements Configurable {
  constructor() {
    return core.callableInstance<Constraint>(new.target.prototype, (self, [w]) =>
      core.scope(() => asTensor(self.project(floats(w)))),
    );
  }
  /**
   * The projected weight, same shape.
   * @throws {ArgumentError} when `w` lacks an axis of the constraint
   * @throws {DTypeError} when `w` is no float
   */
  abstract project(w: core.Tensor): core.Tensor;
  /** `<MaxNorm max_value=2, axis=0>`. */
  toString(): string {
    return objectText(this);
  }
  /** The options, with Keras' names. */
  getConfig(): Config {
    return {};
  }
}

type Axis = number | readonly number[];

/** Weights as floats. */
const floats = (w: unknown) => floating(toTensor(w as TensorLike));
const norms = (w: core.Tensor, axis: Axis) => core.sqrt(core.sum(core.square(w), axis, { keepDims: true }));

class MaxNormConstraint extends Constraint {
  static readonly className: string = "MaxNorm";
  readonly maxValue: number;
  readonly axis: Axis;
  constructor(options: { readonly maxValue?: number; readonly axis?: Axis } | number = {}) {
    super();
    if (typeof options !== "number") checkOptions("MaxNorm", options, ["maxValue", "axis"]);
    const o = typeof options === "number" ? { maxValue: options } : options;
    this.maxValue = o.maxValue ?? 2;
    this.axis = "axis" in o ? (o.axis ?? 0) : 0;
  }
  override project(w: core.Tensor): core.Tensor {
    const n = norms(w, this.axis);
    return core.mul(w, core.div(core.clip(n, 0, this.maxValue), core.add(n, session.epsilon)));
  }
  override getConfig(): Config {
    return { max_value: this.maxValue, axis: this.axis };
  }
}

class MinMaxNormConstraint extends Constraint {
  static readonly className: string = "MinMaxNorm";
  readonly minValue: number;
  readonly maxValue: number;
  readonly rate: number;
  readonly axis: Axis;
  constructor(
    options: {
      readonly minValue?: number;
      readonly maxValue?: number;
      readonly rate?: number;
      readonly axis?: Axis;
    } = {},
  ) {
    super();
    checkOptions("MinMaxNorm", options, ["minValue", "maxValue", "rate", "axis"]);
    this.minValue = options.minValue ?? 0;
    this.maxValue = options.maxValue ?? 1;
    this.rate = options.rate ?? 1;
    this.axis = options.axis ?? 0;
  }
  override project(w: core.Tensor): core.Tensor {
    const n = norms(w, this.axis);
    const limited = core.mul(core.clip(n, this.minValue, this.maxValue), this.rate);
    const desired = core.add(limited, core.mul(n, 1 - this.rate));
    return core.mul(w, core.div(desired, core.add(n, session.epsilon)));
  }
  override getConfig(): Config {
    return { min_value: this.minValue, max_value: this.maxValue, rate: this.rate, axis: this.axis };
  }
}

class NonNegConstraint extends Constraint {
  static readonly className: string = "NonNeg";
  constructor(options: object = {}) {
    super();
    checkOptions("NonNeg", options, []);
  }
  override project(w: core.Tensor): core.Tensor {
    return core.maximum(w, 0);
  }
}

class UnitNormConstraint extends Constraint {
  static readonly className: string = "UnitNorm";
  readonly axis: Axis;
  constructor(options: { readonly axis?: Axis } = {}) {
    super();
    checkOptions("UnitNorm", options, ["axis"]);
    this.axis = options.axis ?? 0;
  }
  override project(w: core.Tensor): core.Tensor {
    return core.div(w, core.add(norms(w, this.axis), session.epsilon));
  }
  override getConfig(): Config {
    return { axis: this.axis };
  }
}

/**
 * Weights scaled so that norms along `axis` (default 0) are at most `maxValue` (default 2):
 * `MaxNorm({ axis: 1 })` or `MaxNorm(3)`. Same shape.
 * @throws {ArgumentError} when an option is unknown, or it is called with a weight that lacks an axis
 * @throws {DTypeError} when the weight is no float
 * @see keras.constraints.MaxNorm
 */
export const MaxNorm: Constructible<typeof MaxNormConstraint> =
  /* @__PURE__ */ constructible(MaxNormConstraint);
/**
 * Weights scaled so that norms along `axis` (default 0) are between `minValue` (0) and `maxValue` (1), moved
 * there by `rate` (1). Same shape.
 * @throws {ArgumentError} when an option is unknown, or it is called with a weight that lacks an axis
 * @throws {DTypeError} when the weight is no float
 * @see keras.constraints.MinMaxNorm
 */
export const MinMaxNorm: Constructible<typeof MinMaxNormConstraint> =
  /* @__PURE__ */ constructible(MinMaxNormConstraint);
/**
 * Weights without negative elements, which become 0. Same shape.
 * @throws {ArgumentError} when it is called with no tensor
 * @see keras.constraints.NonNeg
 */
export const NonNeg: Constructible<typeof NonNegConstraint> = /* @__PURE__ */ constructible(NonNegConstraint);
/**
 * Weights scaled so that norms along `axis` (default 0) are 1. Same shape.
 * @throws {ArgumentError} when an option is unknown, or it is called with a weight that lacks an axis
 * @throws {DTypeError} when the weight is no float
 * @see keras.constraints.UnitNorm
 */
export const UnitNorm: Constructible<typeof UnitNormConstraint> =
  /* @__PURE__ */ constructible(UnitNormConstraint);

/** A function that projects a weight. */
export type ConstraintFn = (w: core.Tensor) => Tensor;
/** A constraint: a name (`"non_neg"`), an instance, a function, a record of a config, or null. */
export type ConstraintLike = string | Constraint | ConstraintFn | ObjectConfig | null;
type ConstraintClass = new (options?: never) => Constraint;

function table(): Readonly<Record<string, ConstraintClass>> {
  return { MaxNorm, MinMaxNorm, NonNeg, UnitNorm };
}

/**
 * A constraint (a function that keeps the shape of a weight) by name, instance, function or record; null
 * stays null.
 * @throws {ArgumentError} with a suggestion when there is no such constraint, it is none of these, or a config has an unknown
 *   option
 * @see keras.constraints.get
 */
export function get(like: ConstraintLike): ConstraintFn | null {
  if (like === null || like === undefined) return null;
  if (typeof like === "string") return make(lookUp("constraint", like, table()), {});
  if (isObjectConfig(like)) {
    const custom = lookUpClass(like, isClass);
    return make(custom ?? lookUp("constraint", like.class_name, table()), camelKeys(like.config));
  }
  if (typeof like === "function") return like;
  throw notNamed("constraint", like);
}

function make(Class: ConstraintClass, options: Record<string, unknown>): Constraint {
  return Reflect.construct(Class, [options]) as Constraint;
}

function isClass(value: unknown): value is ConstraintClass {
  return typeof value === "function" && value.prototype instanceof Constraint;
}

/**
 * The record of a constraint (a function that keeps the shape of a weight) for a config; the name of another
 * function.
 * @throws {ArgumentError} when it is neither a function nor null
 * @see keras.constraints.serialize
 */
export function serialize(constraint: ConstraintFn | null): ObjectConfig | string | null {
  if (constraint === null || constraint === undefined) return null;
  if (typeof constraint !== "function") throw notNamed("constraint", constraint);
  return constraint instanceof Constraint ? objectConfig(constraint, "keras.constraints") : constraint.name;
}
