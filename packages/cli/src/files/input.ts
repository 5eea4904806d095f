// Files that the user named, opened for reading by ranges; and the files that a model refers to, kept to its folder.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ArgumentError, closest, UnsafeModelError } from "@isoform/core";
import { inRange, truncated, type ByteSource } from "@isoform/converter";

const CHUNK = 1 << 24;

/** Open files of one command; `close` ends them all. */
export class OpenFiles {
  private readonly descriptors: number[] = [];
  private readonly cwd: string;

  constructor(cwd: string) {
    this.cwd = cwd;
  }

  /** The absolute path of a path that the user typed. */
  path(typed: string): string {
    return resolve(this.cwd, typed);
  }

  /**
   * Opens a file that the user named.
   * @throws {ArgumentError} (`file/not-found`, `file/not-a-file`) with the nearest name in the folder
   */
  open(typed: string): ByteSource {
    const path = this.path(typed);
    const kind = kindOf(path);
    if (kind === "absent") throw notFound(typed, path);
    if (kind !== "file") {
      throw new ArgumentError(kind === "folder" ? "it is a folder" : "it is not a plain file", {
        code: "file/not-a-file",
        path: typed,
      });
    }
    return this.source(openSync(path, "r"), typed);
  }

  /** The files beside and below the file `typed`, for ONNX external data. */
  beside(typed: string): ReadonlyMap<string, ByteSource> {
    return new FolderFiles(dirname(this.path(typed)), (path, name) =>
      this.source(openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)), name),
    );
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
          const got = readSync(descriptor, bytes, at, Math.min(CHUNK, length - at), offset + at);
          if (got === 0) return Promise.reject(truncated(name, offset, length, offset + at));
          at += got;
        }
        return Promise.resolve(bytes);
      },
    };
  }
}

/** What lies at a path; links are followed. */
export function kindOf(path: string): "file" | "folder" | "other" | "absent" {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return "absent";
  return found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
}

function notFound(typed: string, path: string): ArgumentError {
  const folder = dirname(path);
  const near = kindOf(folder) === "folder" ? closest(basename(path), readdirSync(folder)) : undefined;
  return new ArgumentError("there is no such file", {
    code: "file/not-found",
    path: typed,
    ...(near === undefined ? {} : { hint: `did you mean ${join(dirname(typed), near)}?` }),
  });
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
