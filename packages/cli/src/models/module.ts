// Modules that the user names on the command line: where the names lead, and importing them. They are run because the user
// names them; no file content ever leads here.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ArgumentError, IsoformError } from "@isoform/core";
import type { OpenFiles } from "../files/input.js";
import { kindOf } from "../files/paths.js";

/**
 * Imports the module at a URL that `find` gives.
 * @throws {ArgumentError} with what is given, when it cannot be found or imported; what `find` throws of ours
 */
export async function importModule(
  find: () => string,
  failure: { readonly code: string; readonly path: string; readonly hint: string },
): Promise<object> {
  try {
    const module: object = await import(/* @vite-ignore */ find());
    return module;
  } catch (cause) {
    if (cause instanceof IsoformError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ArgumentError(`the module cannot be imported: ${why}`, { ...failure, cause });
  }
}

/** Whether a name is one of a file or folder, and never of a package. */
export const isPath = (name: string): boolean => name.startsWith(".") || isAbsolute(name);

/**
 * The URL of a module: a file, the package in a folder, or one that is installed where the user is or this command is; null
 * when there is none. What is found is remembered as read.
 * @throws {SyntaxError} when the package.json of a folder is none
 */
export function locate(name: string, files: OpenFiles): string | null {
  const path = files.path(name);
  if (isPath(name) && kindOf(path) === "folder")
    files.note(join(path, "package.json"), join(name, "package.json"));
  const url = urlOf(name, path, files.cwd);
  if (url?.startsWith("file:") === true) files.note(fileURLToPath(url), name);
  return url;
}

/** Remembers as read what a name leads to, before it is imported. What is wrong with it is said then. */
export function noteModule(name: string, files: OpenFiles): void {
  try {
    locate(name, files);
  } catch {}
}

function urlOf(name: string, path: string, cwd: string): string | null {
  if (/^(file|data):/.test(name)) return name;
  const kind = isPath(name) || /\.[cm]?[jt]s$/.test(name) ? kindOf(path) : "absent";
  if (kind === "file") return pathToFileURL(path).href;
  if (kind === "folder") return packageEntry(path);
  return isPath(name) ? null : fromNodeModules(name, cwd);
}

/** The entry of the package in a folder: what importing it by its own name gives. */
function packageEntry(folder: string): string | null {
  const file = join(folder, "package.json");
  if (kindOf(file) !== "file") return null;
  const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (typeof manifest !== "object" || manifest === null || !("name" in manifest)) return null;
  return resolved(file, String(manifest.name));
}

function fromNodeModules(name: string, cwd: string): string | null {
  if (!/^(@[\w.-]+\/)?[\w.-]+(\/[\w./-]+)?$/.test(name)) return null;
  return resolved(join(cwd, "package.json"), name) ?? resolved(import.meta.url, name);
}

function resolved(from: string, name: string): string | null {
  try {
    return pathToFileURL(createRequire(from).resolve(name)).href;
  } catch {
    return null;
  }
}
