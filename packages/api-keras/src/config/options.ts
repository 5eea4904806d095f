// Options of layers as data: defaults in Keras' order, resolved on construction, written and read without a word per layer.
import { ArgumentError, shown } from "@isoform/core";
import * as activations from "../activations.js";
import * as constraints from "../constraints.js";
import * as initializers from "../initializers/index.js";
import { camelToSnake, snakeToCamel } from "../names.js";
import { isPlainObject } from "../engine/structure.js";
import * as regularizers from "../regularizers.js";
import type { Config } from "./object.js";
import { nearest } from "./nearest.js";
import { checkValue, missing } from "./values.js";

export { oneOf, positive, sizes } from "./values.js";

/** Marks an option without a default. */
export const REQUIRED: unique symbol = Symbol("required");

/** What an option holds once resolved, by its name: `…Initializer`, `…Regularizer`, `…Constraint`, `activation`. */
export type ResolvedValue<K, V> = K extends `${string}Initializer`
  ? initializers.InitializerFn
  : K extends `${string}Regularizer`
    ? regularizers.RegularizerFn | null
    : K extends `${string}Constraint`
      ? constraints.ConstraintFn | null
      : K extends "activation" | `${string}Activation`
        ? activations.ActivationFn
        : V;
/** All options, resolved. */
export type Resolved<O> = { readonly [K in keyof O]-?: ResolvedValue<K, Exclude<O[K], undefined>> };
/** Resolved options of which some hold settled values of other types. */
export type Settled<O, P> = Resolved<Omit<O, keyof P> & P>;
/** A default, or `REQUIRED`, for every option, in the order of Keras' config. */
export type Defaults<O> = { readonly [K in keyof O]-?: Exclude<O[K], undefined> | typeof REQUIRED };
/** `Defaults` of unknown options. */
export type AnyDefaults = Readonly<Record<string, unknown>>;

interface Kind {
  read(value: unknown): unknown;
  write(value: unknown): unknown;
}

const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [
    /Initializer$/,
    {
      read: (v) => initializers.get(v as initializers.InitializerLike),
      write: (v) => initializers.serialize(v as initializers.InitializerFn),
    },
  ],
  [
    /Regularizer$/,
    {
      read: (v) => regularizers.get(v as regularizers.RegularizerLike),
      write: (v) => regularizers.serialize(v as regularizers.RegularizerFn | null),
    },
  ],
  [
    /Constraint$/,
    {
      read: (v) => constraints.get(v as constraints.ConstraintLike),
      write: (v) => constraints.serialize(v as constraints.ConstraintFn | null),
    },
  ],
  [
    /^activation$|Activation$/,
    {
      read: (v) => activations.get(v as activations.ActivationLike),
      write: (v) => activations.serialize(v as activations.ActivationFn),
    },
  ],
];

function kindOf(key: string): Kind | undefined {
  return KINDS.find(([pattern]) => pattern.test(key))?.[1];
}

/**
 * Options with defaults filled in and names turned into functions. Errors of values name `place`.
 * @throws {ArgumentError} when the options are no object, a key is unknown (with a suggestion), a required one
 *   is missing, a name is unknown, or a value is of another kind than the default
 * @throws {DTypeError} when a dtype is unknown
 */
export function resolveOptions(
  owner: string,
  defaults: AnyDefaults,
  given: object,
  extra: readonly string[] = [],
  place: string | (() => string) = owner,
): Record<string, unknown> {
  const known = [...Object.keys(defaults), ...extra];
  requireRecord(owner, given, defaults);
  for (const key of Object.keys(given)) if (!known.includes(key)) throw unknownOption(owner, key, known);
  const values = given as Readonly<Record<string, unknown>>;
  const resolved: Record<string, unknown> = {};
  for (const [key, fallback] of Object.entries(defaults)) {
    const value = values[key] === undefined ? fallback : values[key];
    if (value === REQUIRED) throw missing(owner, key);
    if (fallback === REQUIRED && isPlainObject(value) && key in value) throw positional(owner, [key]);
    const kind = kindOf(key);
    if (kind === undefined) checkValue(place, key, value, fallback);
    resolved[key] = kind?.read(value) ?? value;
  }
  return resolved;
}

/**
 * Options of a metric, loss, optimizer, schedule or callback with defaults filled in.
 * @throws {ArgumentError} when the options are no object, a key is unknown (with a suggestion), or a value is
 *   of another kind than the default
 * @throws {DTypeError} when a dtype is unknown
 */
export function filled<O extends object>(owner: string, given: object, defaults: O): O {
  return resolveOptions(owner, defaults as AnyDefaults, given) as O;
}

/** Refuses what holds no options. @throws {ArgumentError} when it is no object */
function requireRecord(owner: string, given: unknown, defaults: AnyDefaults): void {
  if (isOptions(given)) return;
  throw new ArgumentError(`the options are ${shown(given)}`, {
    code: "argument/options",
    op: owner,
    hint: `pass options by name: { ${optionFor(given, defaults)} }`,
  });
}

/** The option that a value given in place of the options may be meant for, as one writes it. */
function optionFor(value: unknown, defaults: AnyDefaults): string {
  const entries = Object.entries(defaults).filter(([, fallback]) => fallback !== REQUIRED);
  const has = (key: string) => entries.some(([k]) => k === key);
  if (typeof value === "string") {
    if (has("padding") && ["same", "valid", "causal"].includes(value)) return `padding: ${shown(value)}`;
    if (has("activation")) return `activation: ${shown(value)}`;
  }
  const alike = value === null ? undefined : entries.find(([, fallback]) => typeof fallback === typeof value);
  return alike === undefined ? `${entries[0]?.[0] ?? "name"}: …` : `${alike[0]}: ${shown(value)}`;
}

/** True for objects that hold options by name, rather than data. */
export function isOptions(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(Symbol.iterator in value);
}

/** The options of a constructor and what it got by position. Options that are no object are left to be refused. */
export function given<O extends object>(options: object, own: object): O {
  return (isOptions(options) ? { ...options, ...own } : options) as O;
}

/** The options of a constructor whose first argument is an object of options, or the value of the option `key`. */
export function leading<O extends object>(key: string, first: unknown, more: object): O {
  return isPlainObject(first) ? given(first, given(more, {})) : given(more, { [key]: first });
}

/** The error for arguments that are given as options and belong before them. */
export function positional(owner: string, names: readonly string[]): ArgumentError {
  const list = names.join(", ");
  return new ArgumentError(
    `${list} ${names.length === 1 ? "is given as an option" : "are given as options"}`,
    {
      code: "argument/positional",
      op: owner,
      hint: `arguments without a default come first: ${owner}(${list}, { … })`,
    },
  );
}

/** The error for an option nobody knows. */
export function unknownOption(owner: string, key: string, known: readonly string[]): ArgumentError {
  if (key === "0") {
    return new ArgumentError("the options are not an object", {
      code: "argument/options",
      op: owner,
      hint: `pass options by name: { ${known[0] ?? "name"}: … }`,
    });
  }
  const camel = snakeToCamel(key);
  const near = known.includes(camel) ? camel : nearest(key, known);
  return new ArgumentError(`unknown option ${JSON.stringify(key)}`, {
    code: "argument/unknown-option",
    op: owner,
    hint: near ? `did you mean \`${near}\`?` : `options are: ${known.join(", ")}`,
  });
}

/** Resolved options as a config: Keras' keys in the order of `defaults`. `write` handles values of other kinds. */
export function writeOptions(
  defaults: AnyDefaults,
  resolved: Readonly<Record<string, unknown>>,
  write: (key: string, value: unknown) => unknown,
): Config {
  const config: Config = {};
  for (const key of Object.keys(defaults)) {
    const value = resolved[key];
    config[camelToSnake(key)] = kindOf(key)?.write(value) ?? write(key, value) ?? null;
  }
  return config;
}
