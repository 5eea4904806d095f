// keras.optimizers: all optimizers, and their names in options and configs.
import { ArgumentError } from "@isoform/core";
import { lookUpClass } from "../config/custom.js";
import { camelKeys, isObjectConfig, lookUp, objectConfig, type ObjectConfig } from "../config/object.js";
import { Adam, AdamW, Adamax, Lamb, Nadam } from "./adam.js";
import { Adadelta, Adagrad, Ftrl, Lion, RMSprop, SGD } from "./basic.js";
import { Optimizer } from "./optimizer.js";
import * as schedules from "./schedules.js";

export * from "./adam.js";
export * from "./basic.js";
export {
  Optimizer,
  type GradientPair,
  type LearningRate,
  type OptimizerArgument,
  type OptimizerOptions,
  type SlotGroup,
  type Slots,
} from "./optimizer.js";
export type { HostNumber, UpdateNumbers } from "./numbers.js";
export * as schedules from "./schedules.js";

/** An optimizer: a name (`"adam"`), an instance or a record of a config. */
export type OptimizerLike = string | Optimizer | ObjectConfig;
type OptimizerClass = new (options?: never) => Optimizer;

function table(): Readonly<Record<string, OptimizerClass>> {
  return { Adadelta, Adagrad, Adam, AdamW, Adamax, Ftrl, Lamb, Lion, Nadam, RMSprop, SGD };
}

/**
 * An optimizer by name, instance, class or record.
 * @throws {ArgumentError} when the name (with a suggestion) or an option of the record is unknown, or the
 *   value is not an optimizer
 * @see keras.optimizers.get
 */
export function get(like: OptimizerLike): Optimizer {
  if (like instanceof Optimizer) return like;
  if (isClass(like)) return construct(like, {});
  if (typeof like === "string") return construct(lookUp("optimizer", like, table()), {});
  if (isObjectConfig(like)) {
    const options = camelKeys(like.config);
    if (isObjectConfig(options["learningRate"]))
      options["learningRate"] = schedules.deserialize(options["learningRate"]);
    const custom = lookUpClass(like, isClass);
    return construct(custom ?? lookUp("optimizer", like.class_name, table()), options);
  }
  throw new ArgumentError("this is not an optimizer", {
    code: "argument/invalid",
    op: "keras.optimizers",
    hint: 'pass a name such as "adam", or keras.optimizers.Adam({ learningRate: 1e-3 })',
  });
}

function construct(Class: OptimizerClass, options: Record<string, unknown>): Optimizer {
  return Reflect.construct(Class, [options]) as Optimizer;
}
function isClass(value: unknown): value is OptimizerClass {
  return typeof value === "function" && value.prototype instanceof Optimizer;
}

/**
 * The record of an optimizer for a config. Never throws.
 * @see keras.optimizers.serialize
 */
export function serialize(optimizer: Optimizer): ObjectConfig {
  return objectConfig(optimizer, "keras.optimizers");
}
