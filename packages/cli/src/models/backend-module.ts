// A backend of the user's: a package, file or folder named on the command line, imported because the user names it.
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { closest, type Backend } from "@isoform/core";
import { UsageError } from "../errors.js";
import { kindOf } from "../files/input.js";
import type { BackendChoice } from "./backend.js";
import { importModule, isPath, locate } from "./module.js";

/**
 * Imports a module and finds what makes its backend.
 * @param own Names of the backends that come with the command, for the message.
 * @throws {ArgumentError} when it cannot be imported
 * @throws {UsageError} when there is no such module, none or several of its exports make a backend, or the one that is named does not
 */
export async function backendModule(
  name: string,
  cwd: string,
  choice: BackendChoice,
  own: readonly string[],
): Promise<() => Backend> {
  const exports = new Map<string, unknown>(Object.entries(await importBackend(name, cwd, own)));
  if (choice.export !== undefined) return namedMaker(exports, choice.export, name, choice.options);
  const makers = [...new Set(exports.values())].flatMap((value) => {
    const make = makerOf(value, choice.options);
    const key = [...exports].find(([, v]) => v === value)?.[0] ?? "";
    return make ? [{ key, make }] : [];
  });
  const chosen = makers.filter(({ key }) => key === "default");
  const [first, second] = chosen.length > 0 ? chosen : makers;
  if (first && !second) return first.make;
  const all = [...exports.keys()].join(", ") || "none";
  throw new UsageError(first ? "several exports make a backend" : "no export makes a backend", {
    code: "usage/backend-export",
    path: name,
    hint: first
      ? `name one: --export ${makers.map(({ key }) => key).join(" or --export ")}`
      : `a backend module exports a function that returns a backend; exports are ${all}. Name it with --export to see its error`,
  });
}

function importBackend(name: string, cwd: string, own: readonly string[]): Promise<object> {
  const find = (): string => {
    const url = locate(name, cwd);
    if (url === null) throw unknown(name, cwd, own);
    return url;
  };
  return importModule(find, {
    code: "backend/module",
    path: name,
    hint: "build it first (npm run build); it must be JavaScript that can import @isoform/core",
  });
}

function unknown(name: string, cwd: string, own: readonly string[]): UsageError {
  const installed = installedBackends(cwd);
  const near = closest(name, [...own, ...installed]);
  const plain = /^[a-z][a-z0-9-]*$/.test(name);
  const here = !isPath(name) && kindOf(resolve(cwd, name)) !== "absent";
  let add = `install it: npm install ${plain ? `@isoform/backend-${name}` : name}`;
  if (/^https?:/.test(name))
    add = "modules are not imported over the network: install the package, or save the file";
  else if (here) add = `what lies in this folder is ./${name}`;
  return new UsageError(`there is no backend ${JSON.stringify(name)}`, {
    code: "usage/backend",
    path: name,
    hint:
      `${near ? `did you mean ${near}? ` : ""}the command has ${own.join(", ")}; ` +
      `installed here: ${installed.join(", ") || "no other"}; ${add}`,
  });
}

/** Packages in `node_modules` here and above that look like backends. */
function installedBackends(cwd: string): string[] {
  const found = new Set<string>();
  for (let folder = cwd; ; folder = resolve(folder, "..")) {
    const modules = join(folder, "node_modules");
    for (const entry of foldersIn(modules)) {
      const names = entry.startsWith("@")
        ? foldersIn(join(modules, entry)).map((n) => `${entry}/${n}`)
        : [entry];
      for (const n of names) if (/(^|\/)(isoform-)?backend-|\/isoform-backend/.test(n)) found.add(n);
    }
    if (resolve(folder, "..") === folder) break;
  }
  return [...found].filter((n) => /isoform|backend-/.test(n)).sort();
}

function foldersIn(path: string): string[] {
  return existsSync(path) && kindOf(path) === "folder" ? readdirSync(path) : [];
}

function namedMaker(
  exports: ReadonlyMap<string, unknown>,
  key: string,
  name: string,
  options: object | undefined,
): () => Backend {
  const value = exports.get(key);
  if (isBackend(value)) return () => value;
  if (typeof value === "function") {
    return () => {
      const made: unknown = Reflect.apply(value, undefined, options === undefined ? [] : [options]);
      if (isBackend(made)) return made;
      throw new UsageError(`the export ${key} makes no backend`, {
        code: "usage/backend-export",
        path: name,
      });
    };
  }
  const near = closest(key, exports.keys());
  throw new UsageError(`the module does not export a backend or function ${JSON.stringify(key)}`, {
    code: "usage/backend-export",
    path: name,
    hint: near ? `did you mean --export ${near}?` : `exports are ${[...exports.keys()].join(", ") || "none"}`,
  });
}

/** What makes a backend of an export, if it does: it is tried once. */
function makerOf(value: unknown, options: object | undefined): (() => Backend) | null {
  if (isBackend(value)) return () => value;
  if (typeof value !== "function") return null;
  let made: unknown;
  try {
    made = Reflect.apply(value, undefined, options === undefined ? [] : [options]);
  } catch {
    return null;
  }
  if (!isBackend(made)) return null;
  const backend = made;
  return () => backend;
}

function isBackend(value: unknown): value is Backend {
  if (typeof value !== "object" || value === null) return false;
  return ["name", "contract", "capabilities", "kernels", "alloc"].every((key) => key in value);
}
