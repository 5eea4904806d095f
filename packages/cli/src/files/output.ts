// Writing results: under temporary names, then renamed all at once, so that a failure or an interrupt leaves nothing.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeSync,
} from "node:fs";
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ArgumentError } from "@isoform/core";
import type { Planned } from "./input.js";
import { checkWritable, kindOf, onFile, refuseStream } from "./paths.js";

/** A file to write; its parts are joined. */
export interface OutputFile {
  readonly path: string;
  /** As the user would type it, for errors. */
  readonly typed?: string;
  readonly parts: readonly Uint8Array[];
}

/**
 * Writes files so that either all are there, complete, or none has changed. Folders are made as needed. The whole
 * runs in one turn of the event loop: an interrupt is seen before or after it, never in between.
 * @throws {ArgumentError} when the system does not let them be written
 */
export function writeFiles(files: readonly OutputFile[]): void {
  const made: string[] = [];
  const staged: { readonly temporary: string; readonly path: string; readonly typed: string }[] = [];
  try {
    for (const { path, typed = path, parts } of files) {
      const folder = dirname(path);
      const first = onFile(typed, () => mkdirSync(folder, { recursive: true }));
      if (first !== undefined) made.push(...chain(first, folder));
      const temporary = join(folder, `.${basename(path)}.${process.pid}.${staged.length}.tmp`);
      staged.push({ temporary, path, typed });
      onFile(typed, () => stage(temporary, parts));
    }
    for (const { temporary, path, typed } of staged) onFile(typed, () => renameSync(temporary, path));
  } catch (error) {
    for (const { temporary } of staged) rmSync(temporary, { force: true });
    for (const folder of made.toReversed()) removeIfEmpty(folder);
    throw error;
  }
}

function stage(path: string, parts: readonly Uint8Array[]): void {
  const descriptor = openSync(path, "w");
  try {
    for (const part of parts) {
      for (let at = 0; at < part.byteLength;) {
        at += writeSync(descriptor, part, at, Math.min(1 << 28, part.byteLength - at));
      }
    }
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The folders from `first` down to `last`. */
function chain(first: string, last: string): string[] {
  const out = [last];
  for (let at = last; at !== first && dirname(at) !== at;) out.unshift((at = dirname(at)));
  return out;
}

function removeIfEmpty(folder: string): void {
  if (kindOf(folder) === "folder" && readdirSync(folder).length === 0) rmdirSync(folder);
}

/** The text that a model.py of isoform has in its first lines. */
const MARK = /converted by isoform/;

/** True for a program that isoform wrote. */
function isOurs(program: string): boolean {
  if (kindOf(program) !== "file") return false;
  return MARK.test(onFile(program, () => readFileSync(program, "utf8")).slice(0, 2000));
}

/**
 * Checks the files that are written beside a program: they are replaced with it, or with `--force`, and never when they
 * are somebody else's.
 * @throws {ArgumentError} (`file/in-use`)
 */
export function checkBeside(program: Planned, beside: readonly Planned[], force: boolean): void {
  if (force || isOurs(program.path)) return;
  const there = beside.filter(({ path }) => kindOf(path) !== "absent").map(({ typed }) => typed);
  if (there.length === 0) return;
  throw new ArgumentError(`the program's weights would replace ${there.join(" and ")}`, {
    code: "file/in-use",
    path: program.typed,
    hint: "name the program otherwise: net.py has net.state_dict.pt and net.safetensors beside it; or pass --force",
  });
}

/**
 * Checks a folder that a PyTorch program is to be written into.
 * @throws {ArgumentError} (`file/folder-in-use`) when it holds something that isoform did not write
 */
export function checkFolder(path: string, typed: string, force: boolean): void {
  const kind = kindOf(path, typed);
  if (kind === "absent") return;
  if (kind !== "folder") {
    throw new ArgumentError("a PyTorch program needs a folder, and this is a file", {
      code: "file/not-a-folder",
      path: typed,
      hint: "name another folder",
    });
  }
  if (force || onFile(typed, () => readdirSync(path)).length === 0 || isOurs(join(path, "model.py"))) return;
  throw new ArgumentError("the folder holds files that isoform did not write", {
    code: "file/folder-in-use",
    path: typed,
    hint: "name another folder, or pass --force: model.py, state_dict.pt and model.safetensors are then replaced, other files stay",
  });
}

/**
 * Checks a file that is to be written.
 * @throws {ArgumentError} when something else than a file is there
 * @throws {UsageError} when it is `-`
 */
export function checkFile(path: string, typed: string): void {
  refuseStream(typed);
  const kind = kindOf(path, typed);
  if (kind === "absent" || kind === "file") return;
  throw new ArgumentError(
    kind === "folder"
      ? "it is a folder, not a file, and cannot be replaced"
      : "it is not a file and cannot be replaced",
    { code: "file/not-a-file", path: typed, hint: "name a file" },
  );
}

/**
 * The file of an option like `--out`, checked before the work: it can be written.
 * @throws {ArgumentError} when it cannot
 * @throws {UsageError} when it is `-`
 */
export function plannedFile(path: string, typed: string): Planned {
  checkFile(path, typed);
  checkWritable(path, typed);
  return { path, typed };
}
