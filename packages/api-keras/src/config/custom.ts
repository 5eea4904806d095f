// Classes and functions of users that configs may name: registered ones, and those of a running load.
import { ArgumentError } from "@isoform/core";
import { isPlainObject } from "../engine/structure.js";
import { checkOptions, invalid } from "./arguments.js";
import { session } from "../session.js";

/** Classes and functions by the name that configs give them. */
export type CustomObjects = Readonly<Record<string, unknown>>;

/**
 * Registers a class or function so that configs with it can be read. It is stored as `package>name`; the
 * package is `Custom` and the name that of the object by default. Pass a name where the program is minified:
 * files hold it, and minifiers change the names of classes.
 * @throws {ArgumentError} when there is no name, the object is none or frozen, or an option is unknown
 * @see keras.saving.register_keras_serializable
 */
export function registerKerasSerializable<T extends object>(
  object: T,
  options: { readonly package?: string; readonly name?: string } = {},
): T {
  checkOptions("registerKerasSerializable", options, ["package", "name"]);
  const isObject = (typeof object === "object" && object !== null) || typeof object === "function";
  if (!isObject || !Object.isExtensible(object)) {
    throw invalid(
      "registerKerasSerializable",
      "the object",
      object,
      "a class or function that is not frozen",
    );
  }
  const own = (object as { readonly name?: string }).name;
  const name = options.name ?? own;
  if (!name) {
    throw new ArgumentError("the object has no name", {
      code: "argument/missing",
      op: "registerKerasSerializable",
      hint: "pass { name: 'MyLayer' }",
    });
  }
  const registered = `${options.package ?? "Custom"}>${name}`;
  Object.defineProperty(object, "registeredName", { value: registered, configurable: true });
  session.customObjects.set(registered, object);
  return object;
}

/**
 * Runs `fn` with `objects` known by name, and gives its result. Synchronous only.
 * @throws {ArgumentError} when `objects` is no plain object, or `fn` no function
 * @throws {Error} when `fn` throws: its error passes through
 * @see keras.saving.custom_object_scope
 */
export function customObjectScope<T>(objects: CustomObjects, fn: () => T): T {
  if (!isPlainObject(objects))
    throw invalid("customObjectScope", "the first argument", objects, "an object of names");
  if (typeof fn !== "function") throw invalid("customObjectScope", "fn", fn, "a function");
  const before = new Map(session.customObjects);
  for (const [name, object] of Object.entries(objects)) session.customObjects.set(name, object);
  try {
    return fn();
  } finally {
    session.customObjects.clear();
    for (const [name, object] of before) session.customObjects.set(name, object);
  }
}

/** The class of a record that passes `test`: by the name it was registered under, or by its own; or undefined. */
export function lookUpClass<T>(
  record: { readonly class_name: string; readonly registered_name?: string | null },
  test: (value: unknown) => value is T,
): T | undefined {
  return lookUpCustom(record.registered_name, test) ?? lookUpCustom(record.class_name, test);
}

/** The registered object of a name that passes `test`, or undefined. */
export function lookUpCustom<T>(
  name: string | null | undefined,
  test: (value: unknown) => value is T,
): T | undefined {
  if (!name) return undefined;
  for (const key of [name, `Custom>${name}`]) {
    const found = session.customObjects.get(key);
    if (test(found)) return found;
  }
  return undefined;
}
