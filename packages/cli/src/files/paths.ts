// What is known of files before any is touched: errors of the operating system in our words, and what is read or written.
import { closeSync, openSync, realpathSync, rmSync, statSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ArgumentError, IsoformError } from "@isoform/core";
import { UsageError } from "../errors.js";

const REASONS: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  EACCES: [
    "the system does not allow it",
    "name another place, or change the permissions of the file or folder",
  ],
  EPERM: [
    "the system does not allow it",
    "name another place, or change the permissions of the file or folder",
  ],
  EROFS: ["nothing can be written there: the file system is read-only", "name a file in another folder"],
  ENOENT: ["nothing is there, and nothing can be made there", "name a file in another folder"],
  ENOTDIR: ["a part of the path is a file, not a folder", "name a path whose folders are folders"],
  EISDIR: ["it is a folder", "name a file"],
  EEXIST: ["a file is where a folder is needed", "name a path whose folders are folders"],
  ENOSPC: ["the disk is full", "make room, or name a file on another disk"],
  EDQUOT: ["your share of the disk is used up", "make room, or name a file on another disk"],
  EFBIG: ["the file would be larger than the system allows", "name a file on another disk"],
  ENAMETOOLONG: ["the name is too long", "name a shorter path"],
  ELOOP: ["its links lead in a circle", "name the file itself"],
  EMFILE: ["too many files are open", "close other programs, or raise the limit of open files (ulimit -n)"],
  EBUSY: ["another program uses it", "close that program, or name another file"],
  EIO: ["the disk does not answer", "check the disk, or name a file on another one"],
};

/** The code that the system gave an error, or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  return String(error.code);
}

/**
 * An error of the operating system as one of ours, with the name that the user knows; other errors as they are.
 * @param typed The path that the user named.
 */
export function fileError(error: unknown, typed: string): unknown {
  const code = systemCode(error);
  if (code === undefined || error instanceof IsoformError) return error;
  const [problem, hint] = REASONS[code] ?? [`the system says ${code}`, "name another file"];
  return new ArgumentError(problem, { code: `file/${code.toLowerCase()}`, path: typed, hint, cause: error });
}

/** What `work` gives. @throws {ArgumentError} in place of an error of the operating system */
export function onFile<T>(typed: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileError(error, typed);
  }
}

/**
 * What lies at a path; links are followed.
 * @param typed The path as the user typed it.
 * @throws {ArgumentError} when the system does not tell
 */
export function kindOf(path: string, typed: string = path): "file" | "folder" | "other" | "absent" {
  const found = onFile(typed, () => statsOf(path));
  if (!found) return "absent";
  return found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // Nothing is below a file.
    if (systemCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** The path behind all links, or null when nothing is there. */
export function realPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}

/** `-` is a stream elsewhere. @throws {UsageError} */
export function refuseStream(typed: string): void {
  if (typed !== "-") return;
  throw new UsageError("models and tensors are not read from or written to streams", {
    code: "usage/stream",
    path: typed,
    hint: "name a file; one that is called - is ./-",
  });
}

/**
 * Tries whether a file can be made where `path` is to be, by making one and taking it away again.
 * @throws {ArgumentError} when not
 */
export function checkWritable(path: string, typed: string): void {
  let folder = dirname(path);
  while (kindOf(folder) === "absent" && dirname(folder) !== folder) folder = dirname(folder);
  const trial = join(folder, `.${basename(path).slice(0, 100)}.${process.pid}.tmp`);
  onFile(typed, () => {
    closeSync(openSync(trial, "w"));
    rmSync(trial);
  });
}
