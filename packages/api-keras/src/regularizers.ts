// keras.regularizers: penalties on weights and activations, added to the loss.
import * as core from "@isoform/core";
import { ShapeError, constructible, type Constructible } from "@isoform/core";
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
import { oneOf } from "./config/options.js";
import { lookUpClass } from "./config/custom.js";
import { between, requireValue } from "./config/values.js";
import { asTensor, toTensor, type TensorLike } from "./tensor/like.js";
import { floating, type Tensor } from "./tensor/tensor.js";

/** A regularizer is called like a function. */
export interface Regularizer {
  (x: core.Tensor): Tensor;
}

/**
 * Base class: a scalar penalty of a tensor of any shape.
 * @see keras.regularizers.Regularizer
 */
export abstract class Regularizer implements Configurable {
  constructor() {
    return core.callableInstance<Regularizer>(new.target.prototype, (self, [x]) =>
      core.scope(() => asTensor(self.penalty(floats(x)))),
    );
  }
  /**
   * The penalty, one element.
   * @throws {DTypeError} when x is bool
   * @throws {ShapeError} when the regularizer takes matrices and x is none
   */
  abstract penalty(x: core.Tensor): core.Tensor;
  /** `<L2 l2=0.01>`. */
  toString(): string {
    return objectText(this);
  }
  /** The options, with Keras' names. */
  abstract getConfig(): Config;
}

/** Weights or activations as floats. */
const floats = (x: unknown) => floating(toTensor(x as TensorLike));

class L1L2Regularizer extends Regularizer {
  static readonly className: string = "L1L2";
  readonly l1: number;
  readonly l2: number;
  constructor(options: { readonly l1?: number; readonly l2?: number } = {}) {
    super();
    checkOptions("L1L2", options, ["l1", "l2"]);
    this.l1 = options.l1 ?? 0;
    this.l2 = options.l2 ?? 0;
  }
  override penalty(x: core.Tensor): core.Tensor {
    const first = this.l1 === 0 ? null : core.mul(core.sum(core.abs(x)), this.l1);
    const second = this.l2 === 0 ? null : core.mul(core.sum(core.square(x)), this.l2);
    if (first && second) return core.add(first, second);
    return first ?? second ?? core.zeros([], x.dtype);
  }
  override getConfig(): Config {
    return { l1: this.l1, l2: this.l2 };
  }
}

class L1Regularizer extends L1L2Regularizer {
  static override readonly className: string = "L1";
  constructor(options: { readonly l1?: number } | number = {}) {
    checkOptions("L1", typeof options === "number" ? { l1: options } : options, ["l1"]);
    super({ l1: typeof options === "number" ? options : (options.l1 ?? 0.01) });
  }
  override getConfig(): Config {
    return { l1: this.l1 };
  }
}

class L2Regularizer extends L1L2Regularizer {
  static override readonly className: string = "L2";
  constructor(options: { readonly l2?: number } | number = {}) {
    checkOptions("L2", typeof options === "number" ? { l2: options } : options, ["l2"]);
    super({ l2: typeof options === "number" ? options : (options.l2 ?? 0.01) });
  }
  override getConfig(): Config {
    return { l2: this.l2 };
  }
}

class OrthogonalRegularizerClass extends Regularizer {
  static readonly className: string = "OrthogonalRegularizer";
  readonly factor: number;
  readonly mode: "rows" | "columns";
  constructor(options: { readonly factor?: number; readonly mode?: "rows" | "columns" } = {}) {
    super();
    checkOptions("OrthogonalRegularizer", options, ["factor", "mode"]);
    this.factor = requireValue(
      "OrthogonalRegularizer",
      "factor",
      options.factor ?? 0.01,
      between(0, Infinity),
    );
    this.mode = oneOf("OrthogonalRegularizer", "mode", options.mode ?? "rows", ["rows", "columns"]);
  }
  override penalty(x: core.Tensor): core.Tensor {
    if (x.rank !== 2) {
      throw new ShapeError("the tensor is not a matrix", {
        code: "shape/rank",
        op: "OrthogonalRegularizer",
        inputs: [core.describe(x)],
      });
    }
    const m = this.mode === "rows" ? x : core.transpose(x);
    const squares = core.sum(core.square(m), 1, { keepDims: true });
    const unit = core.mul(m, core.rsqrt(core.maximum(squares, 1e-12)));
    const n = m.shape[0]!;
    if (n < 2) {
      throw new ShapeError(`there are no two ${this.mode} to compare`, {
        code: "shape/empty",
        op: "OrthogonalRegularizer",
        inputs: [core.describe(x)],
        hint: `use it for weights with at least two ${this.mode}`,
      });
    }
    const products = core.mul(core.matmul(unit, core.transpose(unit)), core.sub(1, core.eye(n, n, x.dtype)));
    return core.mul(core.sum(core.abs(products)), (this.factor * 0.5) / ((n * (n - 1)) / 2));
  }
  override getConfig(): Config {
    return { factor: this.factor, mode: this.mode };
  }
}

/**
 * l1·Σ|x|, a scalar; `L1(0.01)` or `L1({ l1: 0.01 })`, 0.01 by default.
 * @throws {ArgumentError} when an option is unknown or a factor is negative
 * @throws {DTypeError} when it is called with a bool tensor
 * @see keras.regularizers.L1
 */
export const L1: Constructible<typeof L1Regularizer> = /* @__PURE__ */ constructible(L1Regularizer);
/**
 * l2·Σx², a scalar; `L2(0.01)` or `L2({ l2: 0.01 })`, 0.01 by default.
 * @throws {ArgumentError} when an option is unknown or a factor is negative
 * @throws {DTypeError} when it is called with a bool tensor
 * @see keras.regularizers.L2
 */
export const L2: Constructible<typeof L2Regularizer> = /* @__PURE__ */ constructible(L2Regularizer);
/**
 * l1·Σ|x| + l2·Σx², a scalar; both are 0 by default.
 * @throws {ArgumentError} when an option is unknown or a factor is negative
 * @throws {DTypeError} when it is called with a bool tensor and a factor is not 0
 * @see keras.regularizers.L1L2
 */
export const L1L2: Constructible<typeof L1L2Regularizer> = /* @__PURE__ */ constructible(L1L2Regularizer);
/**
 * `factor` (default 0.01) times the mean |cosine| of pairs of rows (`mode` `"rows"`, default) or columns of a
 * matrix, a scalar.
 * @throws {ShapeError} when it is called with anything but a matrix
 * @throws {ArgumentError} when an option is unknown or `factor` is negative
 * @throws {DTypeError} when it is called with a bool tensor
 * @see keras.regularizers.OrthogonalRegularizer
 */
export const OrthogonalRegularizer: Constructible<typeof OrthogonalRegularizerClass> =
  /* @__PURE__ */ constructible(OrthogonalRegularizerClass);

/** A function that gives a penalty. */
export type RegularizerFn = (x: core.Tensor) => Tensor;
/** A regularizer: a name (`"l2"`), an instance, a function, a record of a config, or null. */
export type RegularizerLike = string | Regularizer | RegularizerFn | ObjectConfig | null;
type RegularizerClass = new (options?: never) => Regularizer;

function table(): Readonly<Record<string, RegularizerClass>> {
  return { L1, L2, L1L2, l1_l2: L1L2, OrthogonalRegularizer };
}

/**
 * A regularizer (a function that gives a scalar) by name, instance, function or record; null stays null.
 * @throws {ArgumentError} with a suggestion when there is no such regularizer, it is none of these, or a config has an unknown
 *   option
 * @see keras.regularizers.get
 */
export function get(like: RegularizerLike): RegularizerFn | null {
  if (like === null || like === undefined) return null;
  if (typeof like === "string") return make(lookUp("regularizer", like, table()), {});
  if (isObjectConfig(like)) {
    const custom = lookUpClass(like, isClass);
    return make(custom ?? lookUp("regularizer", like.class_name, table()), camelKeys(like.config));
  }
  if (typeof like === "function") return like;
  throw notNamed("regularizer", like);
}

function make(Class: RegularizerClass, options: Record<string, unknown>): Regularizer {
  return Reflect.construct(Class, [options]) as Regularizer;
}

function isClass(value: unknown): value is RegularizerClass {
  return typeof value === "function" && value.prototype instanceof Regularizer;
}

/**
 * The record of a regularizer (a function that gives a scalar) for a config; the name of another function.
 *
 * @throws {ArgumentError} when it is neither a function nor null
 * @see keras.regularizers.serialize
 */
export function serialize(regularizer: RegularizerFn | null): ObjectConfig | string | null {
  if (regularizer === null || regularizer === undefined) return null;
  if (typeof regularizer !== "function") throw notNamed("regularizer", regularizer);
  return regularizer instanceof Regularizer
    ? objectConfig(regularizer, "keras.regularizers")
    : regularizer.name;
}
