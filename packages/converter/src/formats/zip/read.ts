// Reads zip archives of untrusted origin in memory; nothing is ever extracted to disk.
import { IsoformError, LimitExceededError, ModelFormatError, UnsafeModelError } from "@isoform/core";
import { ZipReader, type FileEntry, type Reader } from "@zip.js/zip.js/lib/zip-core-reader.js";
import { sliceSource, type ByteSource } from "../bytes.js";
import { checkLimit, checkRatio, resolveLimits, type Limits } from "../limits.js";
import { hasControlCharacter } from "../strict-json.js";
import { hideRedundantZip64 } from "./torch-zip64.js";

/** One file of an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes once unpacked, as declared; checked against limits when the archive is opened. */
  readonly byteLength: number;
  /** Bytes in the archive. */
  readonly storedLength: number;
  /** True when the bytes are stored without compression. */
  readonly stored: boolean;
}

/** An open archive. Folder entries are not listed. */
export interface ZipArchive {
  readonly name: string;
  /** Files in directory order. */
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /**
   * The unpacked bytes, with CRC-32, size and overlap checked.
   * @throws {ModelFormatError} when the entry is missing or damaged
   * @throws {LimitExceededError} when there is no memory for it
   */
  read(entry: string): Promise<Uint8Array>;
  /**
   * Ranged access to an entry that is stored without compression, for data too large to hold. The CRC-32 is
   * not checked.
   * @throws {ModelFormatError} when the entry is compressed, missing or overlaps another
   */
  source(entry: string): Promise<ByteSource>;
}

/** Options of `openZip`. */
export interface ZipReadOptions {
  readonly limits?: Partial<Limits>;
}

/**
 * True when the file starts like a zip archive.
 * @throws {ModelFormatError} when its first 4 bytes cannot be read
 */
export async function looksLikeZip(source: ByteSource): Promise<boolean> {
  if (source.size < 22) return false;
  const head = await source.read(0, 4);
  const mark = String.fromCharCode(...head);
  return mark === "PK\u0003\u0004" || mark === "PK\u0005\u0006";
}

/**
 * Opens a zip archive strictly: no prepended, appended or hidden data, no duplicate, absolute, parent or
 * backslash names, no links, no encryption, methods stored and deflate only; per-entry, total and ratio
 * limits on the declared sizes, which unpacking then holds every entry to.
 * @throws {ModelFormatError} when the archive is not one, is damaged, ambiguous, encrypted or packed
 * otherwise
 * @throws {UnsafeModelError} when a name is absolute, a parent or no plain text, or an entry is a link
 * @throws {LimitExceededError} when the file, its directory, the number of entries, their unpacked bytes or
 * their ratio is over a limit
 * @throws {ArgumentError} when a limit is unknown or not a positive number
 * @see PKWARE APPNOTE.TXT, the .ZIP file format specification
 */
export async function openZip(source: ByteSource, options: ZipReadOptions = {}): Promise<ZipArchive> {
  const limits = resolveLimits(options.limits);
  checkLimit(limits, "fileBytes", source.size, source.name);
  const view = await hideRedundantZip64(source);
  const reader = new ZipReader(sourceReader(view, limits), {
    strictness: "strict",
    filenameValidation: "strict",
    checkCrc32: true,
    checkOverlappingEntry: true,
    useWebWorkers: false,
  });
  const files = new Map<string, FileEntry>();
  const entries = new Map<string, ZipEntry>();
  let total = 0;
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      const path = `${source.name}: ${entry.filename}`;
      checkName(entry.filename, path);
      if (entry.symlink) throw new UnsafeModelError("is a symbolic link", { code: "unsafe/link", path });
      if (entry.directory) continue;
      const info = describe(entry, path);
      checkLimit(limits, "entries", entries.size + 1, source.name);
      checkRatio(limits, info.storedLength, info.byteLength, path);
      total += info.byteLength;
      checkLimit(limits, "fileBytes", total, source.name);
      files.set(info.name, entry);
      entries.set(info.name, info);
    }
  } catch (error) {
    throw asFormatError(error, source.name);
  }
  const find = (name: string): FileEntry => {
    const entry = files.get(name);
    if (entry) return entry;
    throw bad(`there is no entry ${JSON.stringify(name)}`, source.name);
  };
  return {
    name: source.name,
    entries,
    read: async (name) => unpack(find(name), `${source.name}: ${name}`),
    async source(name) {
      const entry = find(name);
      const path = `${source.name}: ${name}`;
      if (entry.compressionMethod !== 0) throw bad("is compressed, so it cannot be read in parts", path);
      const offset = await dataOffset(entry, path);
      return sliceSource(source, offset, entry.uncompressedSize, path);
    },
  };
}

function bad(problem: string, path: string, cause?: unknown): ModelFormatError {
  return new ModelFormatError(problem, { code: "format/zip", path, cause });
}

function asFormatError(error: unknown, path: string): IsoformError {
  if (error instanceof IsoformError) return error;
  const problem = error instanceof Error ? error.message : String(error);
  const reason: unknown = error instanceof Error && "reason" in error ? error.reason : undefined;
  if (problem === "Unsafe filename")
    return new UnsafeModelError("an entry has an unsafe name", { code: "unsafe/path", path, cause: error });
  return bad(typeof reason === "string" ? `${problem}: ${reason}` : problem, path, error);
}

function checkName(name: string, path: string): void {
  if (!name.includes("\\") && !hasControlCharacter(name) && name !== "") return;
  throw new UnsafeModelError("an entry has an unsafe name", {
    code: "unsafe/path",
    path: JSON.stringify(path),
  });
}

function describe(entry: FileEntry, path: string): ZipEntry {
  const { compressionMethod, compressedSize, uncompressedSize } = entry;
  if (entry.encrypted) throw bad("is encrypted", path);
  if (compressionMethod !== 0 && compressionMethod !== 8)
    throw bad(
      `uses the compression method ${compressionMethod}; only stored (0) and deflate (8) are read`,
      path,
    );
  if (compressionMethod === 0 && compressedSize !== uncompressedSize)
    throw bad(`is stored, but its sizes are ${compressedSize} and ${uncompressedSize}`, path);
  return {
    name: entry.filename,
    byteLength: uncompressedSize,
    storedLength: compressedSize,
    stored: compressionMethod === 0,
  };
}

async function unpack(entry: FileEntry, path: string): Promise<Uint8Array> {
  let output: Uint8Array;
  try {
    output = new Uint8Array(entry.uncompressedSize);
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
      if (at + chunk.byteLength > output.byteLength) throw bad("unpacks to more bytes than declared", path);
      output.set(chunk, at);
      at += chunk.byteLength;
    },
  });
  try {
    await entry.getData(sink);
  } catch (error) {
    throw asFormatError(error, path);
  }
  if (at !== output.byteLength) throw bad(`unpacks to ${at} bytes instead of ${output.byteLength}`, path);
  return output;
}

/** Offset of the entry's data, after checking its local header and that it overlaps no other entry. */
async function dataOffset(entry: FileEntry, path: string): Promise<number> {
  try {
    await entry.getData(new WritableStream(), { checkOverlappingEntryOnly: true });
  } catch (error) {
    throw asFormatError(error, path);
  }
  const offset = entry.localDirectory?.dataOffset;
  if (offset === undefined) throw bad("has no data offset", path);
  return offset;
}

const CHUNK = 2 ** 20;

/** The view of `source` that zip.js reads from. Directory reads are held to the header limit. */
function sourceReader(source: ByteSource, limits: Limits): Reader<ByteSource> {
  const createReadable = (range: { offset?: number; size?: number } = {}): ReadableStream<Uint8Array> => {
    let at = range.offset ?? 0;
    const end = at + (range.size ?? source.size - at);
    return new ReadableStream({
      async pull(controller) {
        const length = Math.min(CHUNK, end - at);
        if (length > 0) controller.enqueue(await source.read(at, length));
        at += length;
        if (at >= end) controller.close();
      },
    });
  };
  return {
    size: source.size,
    createReadable,
    get readable() {
      return createReadable();
    },
    async readUint8Array(offset: number, length: number) {
      const clipped = Math.max(0, Math.min(length, source.size - offset));
      checkLimit(limits, "headerBytes", clipped, `${source.name}@${offset}`);
      return source.read(Math.min(offset, source.size), clipped);
    },
  };
}
