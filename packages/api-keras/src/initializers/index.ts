// keras.initializers: all initializers, and their names in options and configs.
import type { DType, Tensor as CoreTensor } from "@isoform/core";
import { camelKeys, isObjectConfig, lookUp, objectConfig, type ObjectConfig } from "../config/object.js";
import { lookUpCustom } from "../config/custom.js";
import { Constant, Identity, Ones, Zeros } from "./constant.js";
import { Initializer } from "./initializer.js";
import { Orthogonal } from "./orthogonal.js";
import {
  GlorotNormal,
  GlorotUniform,
  HeNormal,
  HeUniform,
  LecunNormal,
  LecunUniform,
  RandomNormal,
  RandomUniform,
  TruncatedNormal,
  VarianceScaling,
} from "./random.js";

export { Constant, Identity, Ones, Zeros } from "./constant.js";
export { Initializer, RandomInitializer, type SeedOptions } from "./initializer.js";
export { Orthogonal } from "./orthogonal.js";
export * from "./random.js";

/** A function that makes the value of a weight. */
export type InitializerFn = (shape: readonly number[], dtype?: DType) => CoreTensor;
/** An initializer: a name (`"glorot_uniform"`), an instance, a function or a record of a config. */
export type InitializerLike = string | Initializer | InitializerFn | ObjectConfig;

type InitializerClass = new (options?: never) => Initializer;

function table(): Readonly<Record<string, InitializerClass>> {
  return {
    Constant,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Identity,
    IdentityInitializer: Identity,
    LecunNormal,
    LecunUniform,
    Normal: RandomNormal,
    Ones,
    One: Ones,
    Orthogonal,
    OrthogonalInitializer: Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    Uniform: RandomUniform,
    VarianceScaling,
    Zeros,
    Zero: Zeros,
  };
}

/**
 * An initializer (a function of a shape) by name, instance, function or record of a config.
 * @throws {ArgumentError} with a suggestion when there is no such initializer, or a config has an unknown
 *   option
 * @see keras.initializers.get
 */
export function get(like: InitializerLike): InitializerFn {
  if (typeof like === "string")
    return lookUpCustom(like, isFunction) ?? make(lookUp("initializer", like, table()), {});
  if (isObjectConfig(like)) {
    const custom = lookUpCustom(like.registered_name, isClass);
    return make(custom ?? lookUp("initializer", like.class_name, table()), camelKeys(like.config));
  }
  return like;
}

function make(Class: InitializerClass, options: Record<string, unknown>): Initializer {
  return Reflect.construct(Class, [options]) as Initializer;
}

function isFunction(value: unknown): value is InitializerFn {
  return typeof value === "function" && !isClass(value);
}

function isClass(value: unknown): value is InitializerClass {
  return typeof value === "function" && value.prototype instanceof Initializer;
}

/**
 * The record of an initializer (a function of a shape) for a config; the name of another function.
 * Never throws for a function.
 * @see keras.initializers.serialize
 */
export function serialize(initializer: InitializerFn): ObjectConfig | string {
  return initializer instanceof Initializer
    ? objectConfig(initializer, "keras.initializers")
    : initializer.name;
}
