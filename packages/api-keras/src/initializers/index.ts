// keras.initializers: all initializers, and their names in options and configs.
import type { DType, Tensor as CoreTensor } from "@isoform/core";
import {
  camelKeys,
  isObjectConfig,
  lookUp,
  notNamed,
  objectConfig,
  type ObjectConfig,
} from "../config/object.js";
import { lookUpClass, lookUpCustom } from "../config/custom.js";
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
 * An initializer (a function of a shape) by name, instance, function or record of a config; null
 * stays null.
 * @throws {ArgumentError} with a suggestion when there is no such initializer, it is none of these, or a config has an unknown
 *   option
 * @see keras.initializers.get
 */
export function get(like: InitializerLike): InitializerFn;
export function get(like: InitializerLike | null | undefined): InitializerFn | null;
export function get(like: InitializerLike | null | undefined): InitializerFn | null {
  if (like === null || like === undefined) return null;
  if (typeof like === "string")
    return lookUpCustom(like, isFunction) ?? make(lookUp("initializer", like, table()), {});
  if (isObjectConfig(like)) {
    const custom = lookUpClass(like, isClass);
    return make(custom ?? lookUp("initializer", like.class_name, table()), camelKeys(like.config));
  }
  if (typeof like === "function") return like;
  throw notNamed("initializer", like);
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
 * The record of an initializer (a function of a shape) for a config; the name of another function; null stays null.
 * @throws {ArgumentError} when it is none of these
 * @see keras.initializers.serialize
 */
export function serialize(initializer: InitializerFn): ObjectConfig | string;
export function serialize(initializer: InitializerFn | null): ObjectConfig | string | null;
export function serialize(initializer: InitializerFn | null): ObjectConfig | string | null {
  if (initializer === null) return null;
  if (typeof initializer !== "function") throw notNamed("initializer", initializer);
  return initializer instanceof Initializer
    ? objectConfig(initializer, "keras.initializers")
    : initializer.name;
}
