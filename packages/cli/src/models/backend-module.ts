// A backend of the user's: a package, file or folder named on the command line, imported because the user names it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ArgumentError, closest, IsoformError, type Backend } from "@isoform/core";
import { UsageError } from "../errors.js";
import type { OpenFiles } from "../files/input.js";
import { kindOf } from "../files/paths.js";
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
  files: OpenFiles,
  choice: BackendChoice,
  own: readonly string[],
): Promise<() => Backend> {
  const exports = new Map<string, unknown>(Object.entries(await importBackend(name, files, own)));
  if (choice.export !== undefined) return namedMaker(exports, choice.export, name, choice.options);
  const failures: string[] = [];
  const makers = [...new Set(exports.values())].flatMap((value) => {
    const key = [...exports].find(([, v]) => v === value)?.[0] ?? "";
    const make = makerOf(value, choice.options, (why) => failures.push(`${key} says: ${why}`));
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
      : `a backend module exports a function that returns a backend; exports are ${all}${failures.map((f) => `; ${f}`).join("")}`,
  });
}

function importBackend(name: string, files: OpenFiles, own: readonly string[]): Promise<object> {
  const find = (): string => {
    const url = locate(name, files);
    if (url === null) throw unknown(name, files.cwd, own);
    return url;
  };
  return importModule(find, {
    code: "backend/module",
    path: name,
    hint: "build it first (npm run build); it must be JavaScript that can import @isoform/core",
  });
}

function unknown(name: string, cwd: string, own: readonly string[]): UsageError {
  if (isPath(name)) return absent(name, cwd);
  const installed = installedBackends(cwd);
  const near = closest(name, [...own, ...installed]);
  const plain = /^[a-z][a-z0-9-]*$/.test(name);
  const here = kindOf(resolve(cwd, name)) !== "absent";
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

/** A path that leads to no module. */
function absent(name: string, cwd: string): UsageError {
  const path = resolve(cwd, name);
  const [why, hint] = kindOf(path, name) === "folder" ? unusable(path) : noFile(name, path);
  return new UsageError(`there is no backend ${JSON.stringify(name)}: ${why}`, {
    code: "usage/backend",
    path: name,
    hint,
  });
}

type Reason = readonly [why: string, hint: string];

function noFile(name: string, path: string): Reason {
  const near = closest(basename(path), namesIn(dirname(path)));
  const start = name.slice(0, name.length - basename(name).length);
  return [
    "there is no such file",
    near === undefined ? "name the JavaScript file of a backend" : `did you mean ${start}${near}?`,
  ];
}

/** Why the package in a folder cannot be imported, and what to do. */
function unusable(folder: string): Reason {
  const file = join(folder, "package.json");
  if (kindOf(file) !== "file")
    return [
      "the folder has no package.json",
      "name the folder of a package, or the JavaScript file of a backend",
    ];
  const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
  const wanted = 'a backend\'s package.json has a "name", and "exports" that lead to a JavaScript file';
  if (!isObject(manifest) || typeof manifest["name"] !== "string")
    return ["its package.json has no name", wanted];
  const entry = entryOf(manifest["exports"] ?? manifest["main"]);
  if (entry === undefined) return ["its package.json has no exports that lead to a file", wanted];
  const { scripts } = manifest;
  const builds = isObject(scripts) && typeof scripts["build"] === "string";
  return [
    `its package.json leads to ${entry}, which is not there`,
    builds ? "build it first: npm run build" : `build it first, or mend "exports" in its package.json`,
  ];
}

/** The file that the exports of a package lead to, as far as a message needs it. */
function entryOf(exports: unknown): string | undefined {
  if (typeof exports === "string") return exports;
  if (!isObject(exports)) return undefined;
  for (const key of [".", "node", "import", "default"]) {
    const found = key in exports ? entryOf(exports[key]) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

const isObject = (v: unknown): v is Readonly<Record<string, unknown>> => typeof v === "object" && v !== null;

/** Packages in `node_modules` here and above that look like backends. */
function installedBackends(cwd: string): string[] {
  const found = new Set<string>();
  for (let folder = cwd; ; folder = resolve(folder, "..")) {
    const modules = join(folder, "node_modules");
    for (const entry of namesIn(modules)) {
      const names = entry.startsWith("@")
        ? namesIn(join(modules, entry)).map((n) => `${entry}/${n}`)
        : [entry];
      for (const n of names) if (/(^|\/)(isoform-)?backend-|\/isoform-backend/.test(n)) found.add(n);
    }
    if (resolve(folder, "..") === folder) break;
  }
  return [...found].filter((n) => /isoform|backend-/.test(n)).sort();
}

function namesIn(path: string): string[] {
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
      const made: unknown = applied(
        () => Reflect.apply(value, undefined, options === undefined ? [] : [options]),
        `${name} --export ${key}`,
      );
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

/** What a maker gives. @throws {ArgumentError} in place of an error that is none of ours */
function applied(make: () => unknown, path: string): unknown {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof IsoformError) throw cause;
    throw new ArgumentError(
      `making the backend failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      { code: "backend/module", path, hint: "mend the module, or give it other --options", cause },
    );
  }
}

/** What makes a backend of an export, if it does: it is tried once. */
function makerOf(
  value: unknown,
  options: object | undefined,
  onFailure: (why: string) => void,
): (() => Backend) | null {
  if (isBackend(value)) return () => value;
  if (typeof value !== "function") return null;
  let made: unknown;
  try {
    made = Reflect.apply(value, undefined, options === undefined ? [] : [options]);
  } catch (error) {
    onFailure(error instanceof Error ? error.message : String(error));
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
