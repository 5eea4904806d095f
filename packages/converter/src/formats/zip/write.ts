// Writes zip archives of our own: entries stored, in order, without dates of the day.
import { ArgumentError, checkOptions, LimitExceededError, UnsafeModelError } from "@isoform/core";
import { zipSync, type Zippable } from "fflate";

/** One file of a new archive. */
export interface ZipOutputEntry {
  /** Relative path with forward slashes. */
  readonly name: string;
  readonly data: Uint8Array;
}

/** Options of `writeZip`. */
export interface ZipWriteOptions {
  /**
   * Start the data of every entry at a multiple of this many bytes, at most 32,768 (default 1, no padding).
   * PyTorch uses 64.
   */
  readonly alignment?: number;
  /** Compress with deflate (default false: stored). */
  readonly deflate?: boolean;
}

/** The padding must fit an extra field of at most 65,535 bytes. */
const MAX_ALIGNMENT = 32_768;
/** Extra-field id under which PyTorch hides its alignment padding. */
const PADDING_FIELD = 0x4246;
const LOCAL_HEADER = 30;
const CENTRAL_HEADER = 46;

/**
 * A zip archive in one piece. Equal entries give equal bytes: dates are 1980-01-01.
 * @throws {ArgumentError} when an option is unknown or `alignment` is not an integer from 1 to 32,768
 * @throws {LimitExceededError} when there are 65,535 entries or 4 GiB and more, which need zip64
 * @throws {UnsafeModelError} when a name is there twice, is not a plain relative path or is a whole number
 */
export function writeZip(entries: readonly ZipOutputEntry[], options: ZipWriteOptions = {}): Uint8Array {
  checkOptions("writeZip", options, ["alignment", "deflate"]);
  const { alignment = 1, deflate = false } = options;
  if (!Number.isInteger(alignment) || alignment < 1 || alignment > MAX_ALIGNMENT)
    throw new ArgumentError(`alignment ${alignment} cannot be written`, {
      code: "argument/out-of-range",
      op: "writeZip",
      hint: `choose an integer from 1 to ${MAX_ALIGNMENT}`,
    });
  const files = new Map<string, Zippable[string]>();
  const date = new Date(1980, 0, 1);
  let offset = 0;
  let directory = 0;
  for (const { name, data } of entries) {
    checkOutputName(name, files);
    const nameLength = new TextEncoder().encode(name).byteLength;
    const start = offset + LOCAL_HEADER + nameLength;
    const padding = alignment > 1 ? (2 * alignment - ((start + 4) % alignment)) % alignment : 0;
    const extra = alignment > 1 ? { [PADDING_FIELD]: new Uint8Array(padding) } : {};
    files.set(name, [data, { level: deflate ? 6 : 0, mtime: date, extra }]);
    const extraLength = alignment > 1 ? 4 + padding : 0;
    offset = start + extraLength + data.byteLength;
    directory += CENTRAL_HEADER + nameLength + extraLength;
  }
  if (files.size >= 0xffff || offset + directory >= 0xffffffff)
    throw new LimitExceededError(
      `${files.size} entries of ${offset} bytes do not fit a zip archive without zip64`,
      {
        code: "limit/zip",
        hint: "write safetensors instead, which has no such limit",
      },
    );
  return zipSync(Object.fromEntries(files));
}

function checkOutputName(name: string, files: ReadonlyMap<string, unknown>): void {
  const parts = name.split("/");
  const unsafe = parts.some((part) => part === "" || part === "." || part === "..") || /[\\:]/.test(name);
  // Integer-like keys would be moved to the front by the object handed to fflate.
  const reordered = /^\d+$/.test(name) || name === "__proto__";
  if (!unsafe && !reordered && !files.has(name)) return;
  throw new UnsafeModelError(`cannot write an archive entry named ${JSON.stringify(name)}`, {
    code: "unsafe/path",
    hint: "use unique relative names with forward slashes",
  });
}
