// Backends in modules that someone names: an export, or a function that makes one.
import * as core from "@isoform/core";
import type { Backend } from "@isoform/core";

function property(value: unknown, key: string): unknown {
  return (typeof value === "object" && value !== null) || typeof value === "function"
    ? Reflect.get(value, key)
    : undefined;
}

function isBackend(value: unknown): value is Backend {
  return (
    typeof property(value, "name") === "string" &&
    typeof property(value, "contract") === "number" &&
    typeof property(value, "kernels") === "object" &&
    ["alloc", "free", "write", "read"].every((key) => typeof property(value, key) === "function")
  );
}

/**
 * The backend of a module: its export `name`, else its default export. A function is called, with the namespace of
 * `@isoform/core` where the module cannot import it (`withCore`), else without arguments; it may return a promise.
 * @param path What errors call the module
 * @throws {ArgumentError} when the module exports no backend; what its function throws passes through
 */
export async function backendOfModule(
  module: object,
  path: string,
  options: { readonly name?: string; readonly withCore?: boolean } = {},
): Promise<Backend> {
  const { name = "backend", withCore = false } = options;
  const exported = property(module, name) ?? property(module, "default");
  const made: unknown =
    typeof exported === "function"
      ? await Reflect.apply(exported, undefined, withCore ? [core] : [])
      : exported;
  if (isBackend(made)) return made;
  throw new core.ArgumentError("the module exports no backend", {
    code: "bench/no-backend",
    path,
    hint: `export a backend, or a function that gives one, as \`default\` or \`${name}\``,
  });
}
