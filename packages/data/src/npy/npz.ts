// npz archives: zip files of npy files, as numpy.savez and savez_compressed write them. Nothing is extracted to disk.
import {
  ArgumentError,
  IsoformError,
  LimitExceededError,
  ModelFormatError,
  checkOptions,
} from "@isoform/core";
import { ZipReader } from "@zip.js/zip.js/lib/zip-core-reader.js";
import type { FileEntry, Reader } from "@zip.js/zip.js/lib/zip-core-reader.js";
import { zipSync } from "fflate";
import type { Zippable } from "fflate";
import type { NdArray } from "../arrays/nd-array.js";
import { readAll } from "../loading/bytes.js";
import type { BinarySource } from "../loading/bytes.js";
import { checkLimit, checkRatio, resolveOptions } from "../loading/options.js";
import type { LoadOptions, Resolved } from "../loading/options.js";
import { readNpy, writeNpy } from "./npy.js";

/** Options of `readNpz`. */
export interface NpzReadOptions extends LoadOptions {
  /** Read only these arrays, in this order; all unless given. */
  readonly names?: readonly string[];
}

/** Options of `writeNpz`. */
export interface NpzWriteOptions {
  /** Deflate the arrays, as `savez_compressed`; false unless given. */
  readonly compress?: boolean;
}

/**
 * Reads the arrays of an npz archive, by name (without `.npy`), in the archive's order or that of `names`.
 * When `signal` is aborted, the promise rejects with its reason.
 * @throws {ModelFormatError} when the archive or an array is damaged, an entry is not npy, is encrypted or is
 * there twice, or a name in `names` is missing
 * @throws {UnsafeModelError} when an array that is read holds Python objects
 * @throws {DTypeError} when the element type of one has no counterpart (complex, strings, dates, records)
 * @throws {LimitExceededError} when the file or all entries together are over `fileBytes`, one array is over
 * `arrayBytes`, there are more than `entries`, one unpacks to more than `ratio` times its size, or there is
 * no memory for it
 * @throws {ArgumentError} when an option is unknown, a limit is not a positive number or the source is none
 * @see numpy.load
 */
export async function readNpz(
  source: BinarySource,
  options: NpzReadOptions = {},
): Promise<Map<string, NdArray>> {
  const resolved = resolveOptions("readNpz", options, "npz", ["names"]);
  const bytes = await readAll(source, resolved);
  const entries = await listEntries(bytes, resolved);
  const names = options.names ?? [...entries.keys()];
  const wanted = names.map((name) => {
    const entry = entries.get(name);
    if (entry) return { name, entry };
    throw bad(`has no array ${JSON.stringify(name)}`, resolved.name);
  });
  const total = wanted.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
  const out = new Map<string, NdArray>();
  let done = 0;
  for (const { name, entry } of wanted) {
    resolved.signal?.throwIfAborted();
    const path = `${resolved.name}: ${name}`;
    out.set(name, readNpy(await unpack(entry, path), { name: path, limits: resolved.limits }));
    done += entry.uncompressedSize;
    resolved.onProgress?.({ task: "load", phase: "unpack", done, total, unit: "bytes", label: name });
  }
  return out;
}

/**
 * The bytes of an npz archive, arrays of any shape. Names may hold `/`. The same arrays give the same bytes.
 * @throws {ArgumentError} when a name is not a plain relative path or an option is unknown
 * @throws {DTypeError} when a dtype is bfloat16, which npy cannot name, or `data` is not the dtype's typed
 * array
 * @throws {ShapeError} when `shape` and `data` of an array have different numbers of elements
 * @throws {LimitExceededError} when the arrays take over 4 GiB less 1 MiB
 * @see numpy.savez, numpy.savez_compressed
 */
export function writeNpz(
  arrays: ReadonlyMap<string, NdArray> | Readonly<Record<string, NdArray>>,
  options: NpzWriteOptions = {},
): Uint8Array {
  checkOptions("writeNpz", options, ["compress"]);
  const files: Zippable = {};
  let total = 0;
  // The earliest date zip can hold, at noon so that no time zone moves it below.
  const settings = { level: options.compress ? 6 : 0, mtime: new Date(1980, 0, 2, 12) } as const;
  for (const [name, array] of arrays instanceof Map ? arrays : Object.entries(arrays)) {
    if (!isPlainPath(name)) {
      throw new ArgumentError(`${JSON.stringify(name)} is not a name for an array`, {
        code: "argument/name",
        op: "writeNpz",
        hint: "use a relative path without empty, . or .. parts, backslashes or control characters",
      });
    }
    const bytes = writeNpy(array);
    total += bytes.byteLength;
    if (total > 2 ** 32 - 2 ** 20) {
      throw new LimitExceededError(`the arrays take over 4 GiB`, { code: "limit/fileBytes", op: "writeNpz" });
    }
    files[`${name}.npy`] = [bytes, settings];
  }
  return zipSync(files);
}

async function listEntries(bytes: Uint8Array, options: Resolved): Promise<Map<string, FileEntry>> {
  const reader = new ZipReader(bytesReader(bytes), {
    strictness: "strict",
    // Names are keys here, and names of variables hold colons.
    filenameValidation: "balanced",
    checkOverlappingEntry: true,
    checkCrc32: true,
    useWebWorkers: false,
  });
  const found = new Map<string, FileEntry>();
  let total = 0;
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      const path = `${options.name}: ${entry.filename}`;
      if (entry.directory || !entry.filename.endsWith(".npy")) throw bad("is not an npy file", path);
      const name = entry.filename.slice(0, -4);
      if (found.has(name)) throw bad("is there twice", path);
      checkEntry(entry, path);
      checkLimit(options.limits, "entries", found.size + 1, options.name);
      checkLimit(options.limits, "arrayBytes", entry.uncompressedSize, path);
      checkRatio(options.limits, entry.compressedSize, entry.uncompressedSize, path);
      total += entry.uncompressedSize;
      checkLimit(options.limits, "fileBytes", total, options.name);
      found.set(name, entry);
    }
  } catch (error) {
    throw asFormatError(error, options.name);
  }
  return found;
}

/** What zip.js reads from, over bytes in memory. */
function bytesReader(bytes: Uint8Array): Reader<Uint8Array> {
  const createReadable = (range: { offset?: number; size?: number } = {}): ReadableStream<Uint8Array> => {
    const from = range.offset ?? 0;
    const part = bytes.slice(from, range.size === undefined ? undefined : from + range.size);
    return new Blob([part]).stream();
  };
  return {
    size: bytes.byteLength,
    createReadable,
    get readable() {
      return createReadable();
    },
    readUint8Array: (offset, length) => Promise.resolve(bytes.slice(offset, offset + length)),
  };
}

function checkEntry(entry: FileEntry, path: string): void {
  const { compressionMethod, compressedSize, uncompressedSize } = entry;
  if (entry.encrypted) throw bad("is encrypted", path);
  if (compressionMethod !== 0 && compressionMethod !== 8) {
    throw bad(`uses the compression method ${compressionMethod}; stored (0) and deflate (8) are read`, path);
  }
  if (compressionMethod === 0 && compressedSize !== uncompressedSize) {
    throw bad(`is stored, but its sizes are ${compressedSize} and ${uncompressedSize}`, path);
  }
}

/** Unpacks an entry into exactly the bytes it declares. */
async function unpack(entry: FileEntry, path: string): Promise<Uint8Array> {
  let out: Uint8Array;
  try {
    out = new Uint8Array(entry.uncompressedSize);
  } catch (cause) {
    throw new LimitExceededError(`there is no memory for ${entry.uncompressedSize} bytes`, {
      code: "limit/memory",
      path,
      cause,
    });
  }
  let at = 0;
  const sink = new WritableStream<Uint8Array>({
    write(chunk) {
      if (at + chunk.byteLength > out.byteLength) throw bad("unpacks to more bytes than it declares", path);
      out.set(chunk, at);
      at += chunk.byteLength;
    },
  });
  try {
    await entry.getData(sink);
  } catch (error) {
    throw asFormatError(error, path);
  }
  if (at !== out.byteLength) throw bad(`unpacks to ${at} of ${out.byteLength} bytes`, path);
  return out;
}

function asFormatError(error: unknown, path: string): IsoformError {
  if (error instanceof IsoformError) return error;
  return bad(error instanceof Error ? error.message : String(error), path, error);
}

function isPlainPath(name: string): boolean {
  const plain = [...name].every((c) => c >= " " && c !== "\u007f" && c !== "\\");
  return plain && name.split("/").every((part) => !["", ".", ".."].includes(part));
}

function bad(problem: string, path: string, cause?: unknown): ModelFormatError {
  return new ModelFormatError(problem, { code: "format/npz", path, cause });
}
