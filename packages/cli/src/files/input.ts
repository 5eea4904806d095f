// Files that the user named, opened for reading by ranges; and the files that a model refers to, kept to its folder.
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ArgumentError, closest, UnsafeModelError } from "@isoform/core";
import { inRange, truncated, type ByteSource } from "@isoform/converter";
import { UsageError } from "../errors.js";
import { kindOf, onFile, realPath, refuseStream } from "./paths.js";

const CHUNK = 1 << 24;

/** A file that is to be written: where it lies, and as the user would type it. */
export interface Planned {
  readonly path: string;
  readonly typed: string;
}

/** The files of one command: opens those to read, remembers them, and keeps them from being replaced. */
export class OpenFiles {
  private readonly descriptors: number[] = [];
  /** What was read, by the path behind all links. */
  private readonly reads: Map<string, string> = new Map();
  /** Folder that relative paths start from. */
  readonly cwd: string;

  constructor(cwd: string) {
    this.cwd = cwd;
  }

  /** The absolute path of a path that the user typed. */
  path(typed: string): string {
    return resolve(this.cwd, typed);
  }

  /** Remembers a file that is read without being opened here: a module, a package's manifest. */
  note(path: string, typed: string): void {
    const real = realPath(path);
    if (real !== null && !this.reads.has(real)) this.reads.set(real, typed);
  }

  /**
   * Checks that none of the files to be written is one that was read. Every command that writes calls this when all
   * is read and nothing is computed yet.
   * @throws {UsageError} (`usage/same-file`)
   */
  keep(planned: readonly Planned[]): void {
    for (const { path, typed } of planned) {
      const read = this.reads.get(realPath(path) ?? "");
      if (read === undefined) continue;
      const other = read === typed ? "" : `, which is ${typed}`;
      throw new UsageError(`the result would replace a file that is read: ${read}${other}`, {
        code: "usage/same-file",
        path: typed,
        hint: "name another file to write",
      });
    }
  }

  /**
   * Opens a file that the user named.
   * @throws {ArgumentError} (`file/not-found`, `file/not-a-file`) with the nearest name in the folder
   */
  open(typed: string): ByteSource {
    refuseStream(typed);
    const path = this.path(typed);
    const kind = kindOf(path, typed);
    if (kind === "absent") throw notFound(typed, path);
    if (kind !== "file") {
      throw new ArgumentError(kind === "folder" ? "it is a folder" : "it is not a plain file", {
        code: "file/not-a-file",
        path: typed,
      });
    }
    this.note(path, typed);
    return this.source(
      onFile(typed, () => openSync(path, "r")),
      typed,
    );
  }

  /** The files beside and below the file `typed`, for ONNX external data. */
  beside(typed: string): ReadonlyMap<string, ByteSource> {
    return new FolderFiles(dirname(this.path(typed)), (path, name) => {
      this.note(path, name);
      const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);
      return this.source(
        onFile(name, () => openSync(path, flags)),
        name,
      );
    });
  }

  /** Closes all files. Sources made here give nothing afterwards. */
  close(): void {
    for (const d of this.descriptors.splice(0)) closeSync(d);
  }

  private source(descriptor: number, name: string): ByteSource {
    this.descriptors.push(descriptor);
    const { size } = fstatSync(descriptor);
    return {
      name,
      size,
      read(offset: number, length: number): Promise<Uint8Array> {
        if (!inRange(offset, length, size)) return Promise.reject(truncated(name, offset, length, size));
        // A plain Uint8Array on its own buffer: a Buffer may lie in Node's pool, and its slice() is a view.
        const bytes = new Uint8Array(length);
        for (let at = 0; at < length;) {
          const from = at;
          const got = onFile(name, () =>
            readSync(descriptor, bytes, from, Math.min(CHUNK, length - from), offset + from),
          );
          if (got === 0) return Promise.reject(truncated(name, offset, length, offset + at));
          at += got;
        }
        return Promise.resolve(bytes);
      },
    };
  }
}

function notFound(typed: string, path: string): ArgumentError {
  const folder = dirname(path);
  const near = kindOf(folder) === "folder" ? closest(basename(path), namesIn(folder)) : undefined;
  return new ArgumentError("there is no such file", {
    code: "file/not-found",
    path: typed,
    ...(near === undefined ? {} : { hint: `did you mean ${join(dirname(typed), near)}?` }),
  });
}

/** Names in a folder; none where it cannot be looked into. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Opens files of one folder when they are asked for, and nothing outside it: no links, no parent folders. */
class FolderFiles extends Map<string, ByteSource> {
  private readonly folder: string;
  private readonly opener: (path: string, name: string) => ByteSource;

  constructor(folder: string, opener: (path: string, name: string) => ByteSource) {
    super();
    this.folder = folder;
    this.opener = opener;
  }

  override has(location: string): boolean {
    return this.get(location) !== undefined;
  }

  override get(location: string): ByteSource | undefined {
    const known = super.get(location);
    if (known) return known;
    const parts = location.split("/");
    if (parts.some((part) => part === "" || part === "." || part === ".." || /[\\:]/.test(part)))
      return undefined;
    let path = this.folder;
    for (const [i, part] of parts.entries()) {
      path = join(path, part);
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (!found) return undefined;
      const last = i === parts.length - 1;
      if (last ? !found.isFile() || found.nlink > 1 : !found.isDirectory()) throw linked(location);
    }
    const source = this.opener(path, location);
    this.set(location, source);
    return source;
  }
}

function linked(location: string): UnsafeModelError {
  return new UnsafeModelError("external data is not a plain file", {
    code: "file/linked",
    path: location,
    hint: "links are not followed; copy the file itself beside the model",
  });
}
