// keras.losses: all losses, and their names in options and configs.
import { lookUpClass, lookUpCustom } from "../config/custom.js";
import {
  camelKeys,
  functionNameOf,
  isObjectConfig,
  lookUp,
  notNamed,
  objectConfig,
  tableName,
  type ObjectConfig,
} from "../config/object.js";
import type { TensorLike } from "../tensor/like.js";
import type { Tensor } from "../tensor/tensor.js";
import * as classes from "./classes.js";
import * as functions from "./functions.js";
import { Loss, LossFunctionWrapper } from "./loss.js";

export * from "./classes.js";
export * from "./functions.js";
export { Loss, type LossOptions } from "./loss.js";
export type { Reduction } from "./reduce.js";

/** A function of targets and predictions to losses, one per sample or reduced. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;
/** A loss: a name (`"mse"`), an instance, a function or a record of a config. */
export type LossLike = string | Loss | LossFunction | ObjectConfig;

type LossClass = new (options?: never) => Loss;
type AnyFn = (yTrue: TensorLike, yPred: TensorLike) => Tensor;

function functionTable(): Readonly<Record<string, AnyFn>> {
  const f = functions;
  return {
    mean_squared_error: f.meanSquaredError,
    mse: f.meanSquaredError,
    mean_absolute_error: f.meanAbsoluteError,
    mae: f.meanAbsoluteError,
    mean_absolute_percentage_error: f.meanAbsolutePercentageError,
    mape: f.meanAbsolutePercentageError,
    mean_squared_logarithmic_error: f.meanSquaredLogarithmicError,
    msle: f.meanSquaredLogarithmicError,
    cosine_similarity: f.cosineSimilarity,
    huber: f.huber,
    huber_loss: f.huber,
    log_cosh: f.logCosh,
    hinge: f.hinge,
    squared_hinge: f.squaredHinge,
    categorical_hinge: f.categoricalHinge,
    kl_divergence: f.klDivergence,
    kld: f.klDivergence,
    poisson: f.poisson,
    binary_crossentropy: f.binaryCrossentropy,
    bce: f.binaryCrossentropy,
    binary_focal_crossentropy: f.binaryFocalCrossentropy,
    categorical_crossentropy: f.categoricalCrossentropy,
    categorical_focal_crossentropy: f.categoricalFocalCrossentropy,
    sparse_categorical_crossentropy: f.sparseCategoricalCrossentropy,
    dice: f.dice,
    tversky: f.tversky,
  };
}

/**
 * A loss by name, instance, class, function or record.
 * @throws {ArgumentError} when the name (with a suggestion) or an option of the record is unknown, or the
 *   value is not a loss
 * @see keras.losses.get
 */
export function get(like: LossLike): Loss {
  if (like instanceof Loss) return like;
  if (isClass(like)) return construct(like, {});
  if (typeof like === "function")
    return new LossFunctionWrapper(like as AnyFn, { name: like.name || "loss" });
  if (typeof like === "string") {
    const custom = lookUpCustom(like, isFunction);
    if (custom) return get(custom);
    const table = classTable();
    const Class = Object.hasOwn(table, like) ? table[like] : undefined;
    return Class
      ? construct(Class, {})
      : new LossFunctionWrapper(lookUp("loss", like, functionTable()), { name: like });
  }
  if (isObjectConfig(like)) {
    const custom = lookUpClass(like, isClass);
    return construct(custom ?? lookUp("loss", like.class_name, classTable()), camelKeys(like.config));
  }
  throw notNamed("loss", like);
}

function classTable(): Readonly<Record<string, LossClass>> {
  return { ...classes };
}

function construct(Class: LossClass, options: Record<string, unknown>): Loss {
  return Reflect.construct(Class, [options]) as Loss;
}
function isClass(value: unknown): value is LossClass {
  return typeof value === "function" && value.prototype instanceof Loss;
}
function isFunction(value: unknown): value is LossFunction {
  return typeof value === "function";
}

/**
 * The record of a loss for a config; names and functions by their name. Never throws.
 * @see keras.losses.serialize
 */
export function serialize(loss: LossLike): ObjectConfig | string {
  if (typeof loss === "string") return loss;
  if (loss instanceof LossFunctionWrapper && !Object.hasOwn(loss.constructor, "className")) return loss.name;
  if (loss instanceof Loss) return objectConfig(loss, "keras.losses");
  if (isClass(loss)) return serialize(construct(loss, {}));
  if (typeof loss === "function") return tableName(loss, functionTable()) ?? functionNameOf(loss);
  if (typeof loss === "string" || isObjectConfig(loss)) return loss;
  throw notNamed("loss", loss);
}
