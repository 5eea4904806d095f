// Keras objects on disk: `{module, class_name, config, registered_name}`, and what classes need to be written and read so.
import { ArgumentError, ModelFormatError, shown } from "@isoform/core";
import { nearest } from "./nearest.js";
import { camelToSnake, snakeToCamel, toSnakeCase } from "../names.js";

/** A config as Keras writes it: snake_case keys, plain JSON values. */
export type Config = Record<string, unknown>;

/** A serialised Keras object. */
export interface ObjectConfig {
  readonly module: string | null;
  readonly class_name: string;
  readonly config: Config;
  readonly registered_name?: string | null;
  readonly build_config?: Config | null;
  readonly compile_config?: Config | null;
}

/** An instance that can be written as a config. */
export interface Configurable {
  getConfig(): Config;
}

/** A class whose instances are `Configurable`. */
export interface KerasClass<T extends Configurable> {
  /** Keras' name of the class; the JavaScript name may be changed by a minifier. */
  readonly className?: string;
  readonly name: string;
  /** Package of `registerKerasSerializable`. */
  readonly registeredName?: string;
  readonly prototype: T;
}

interface NamedClass {
  readonly className?: string;
  readonly registeredName?: string;
  readonly name: string;
}

/** Keras' name of an instance's class: its `className`, the name it was registered under, or that of JavaScript. */
export function classNameOf(instance: object): string {
  const Class = instance.constructor as NamedClass;
  if (Object.hasOwn(Class, "className") && Class.className !== undefined) return Class.className;
  return registeredNameOf(Class)?.split(">").at(-1) ?? Class.name;
}

/** The name that `registerKerasSerializable` gave, `package>name`, or null. */
export function registeredNameOf(object: object): string | null {
  const { registeredName } = object as { readonly registeredName?: string };
  return Object.hasOwn(object, "registeredName") ? (registeredName ?? null) : null;
}

/** How files call a function of the user: as it was registered, or by its name. */
export function functionNameOf(fn: object): string {
  return registeredNameOf(fn) ?? ((fn as { readonly name?: string }).name || "<lambda>");
}

/** The full record of an instance. */
export function objectConfig(instance: Configurable, module: string): ObjectConfig {
  const registered = registeredNameOf(instance.constructor);
  return {
    module: registered === null ? module : (registered.split(">")[0] ?? module),
    class_name: classNameOf(instance),
    config: instance.getConfig(),
    registered_name: registered,
  };
}

/** `<L2 l2=0.01>`: class and options, as `String(…)` shows them. */
export function objectText(instance: Configurable): string {
  const options = Object.entries(instance.getConfig()).map(([k, v]) => `${k}=${shown(v)}`);
  return `<${[classNameOf(instance), options.join(", ")].filter((t) => t !== "").join(" ")}>`;
}

/** True for `{class_name, config}` records. */
export function isObjectConfig(value: unknown): value is ObjectConfig {
  return (
    typeof value === "object" &&
    value !== null &&
    "class_name" in value &&
    typeof value.class_name === "string" &&
    "config" in value &&
    typeof value.config === "object" &&
    value.config !== null
  );
}

/** Options of a config: keys in camelCase. */
export function camelKeys(config: Config): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([k, v]) => [snakeToCamel(k), v]));
}

/** A config of options: keys in snake_case. */
export function snakeKeys(options: object): Config {
  return Object.fromEntries(Object.entries(options).map(([k, v]) => [camelToSnake(k), v]));
}

/**
 * The entry of a table by name. Names may be snake_case, camelCase or class names.
 * @throws {ArgumentError} with the nearest name when there is none
 */
export function lookUp<T>(kind: string, name: string, table: Readonly<Record<string, T>>): T {
  if (Object.hasOwn(table, name)) return table[name]!;
  const wanted = name.toLowerCase();
  const spellings = wanted.includes("_")
    ? (k: string) => [k.toLowerCase(), toSnakeCase(k)]
    : (k: string) => [k.toLowerCase().replaceAll("_", "")];
  const key = Object.keys(table).find((k) => spellings(k).includes(wanted));
  if (key !== undefined) return table[key]!;
  const near = nearest(name, Object.keys(table));
  throw new ArgumentError(`no ${kind} ${JSON.stringify(name)}`, {
    code: `argument/unknown-${kind.replaceAll(" ", "-")}`,
    op: `keras.${kind}`,
    hint: near ? `did you mean "${near}"?` : `known: ${Object.keys(table).join(", ")}`,
  });
}

/** The first name of a value in a table, in Keras' spelling, or undefined. */
export function tableName(value: unknown, table: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(table).find((name) => table[name] === value);
}

/** The error for what is none of a kind: no name, no record of a config, no function. */
export function notNamed(kind: string, value: unknown): ArgumentError {
  const module = `keras.${kind}${kind.endsWith("s") ? "es" : "s"}`;
  return new ArgumentError(`${shown(value)} is no ${kind}`, {
    code: "argument/invalid",
    op: module,
    hint: `pass a name, an object of ${module} or a function`,
  });
}

/** A config problem at a place in a model. */
export function configError(problem: string, path: string, hint?: string): ModelFormatError {
  return new ModelFormatError(problem, { code: "keras/config", path, hint });
}
