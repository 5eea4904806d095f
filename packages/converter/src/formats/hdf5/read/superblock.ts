// Finds and reads the superblock: versions 0 to 3, with or without a user block.
import { ModelFormatError } from "@isoform/core";
import { truncated } from "../../bytes.js";
import { checkLimit, type Limits } from "../../limits.js";
import { malformed, unsafe } from "../errors.js";
import { lookup3 } from "../checksum.js";
import { H5Context, H5Reader, UNDEFINED_ADDRESS } from "./context.js";

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const SIZES = [2, 4, 8];

/** What the superblock tells. */
export interface Superblock {
  readonly context: H5Context;
  readonly version: number;
  /** Address of the root group's object header. */
  readonly root: number;
  /** Address of the superblock extension, or UNDEFINED_ADDRESS. */
  readonly extension: number;
}

/** Offset of the HDF5 signature in bytes (0, 512, 1024, 2048, …), or -1. Never throws. */
export function findSignature(bytes: Uint8Array): number {
  for (let at = 0; at + 8 <= bytes.byteLength; at = at === 0 ? 512 : at * 2) {
    if (SIGNATURE.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}

/**
 * Reads the superblock.
 * @throws {ModelFormatError} when there is none, it is damaged, or the file is cut off
 * @throws {UnsafeModelError} when the file is one part of a set of files
 * @throws {LimitExceededError} when the file is over `fileBytes`
 */
export function readSuperblock(given: Uint8Array, name: string, limits: Limits): Superblock {
  // A Node Buffer would make every slice a view; plain arrays behave the same everywhere.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  checkLimit(limits, "fileBytes", bytes.byteLength, name);
  const base = findSignature(bytes);
  if (base < 0)
    throw new ModelFormatError("not an HDF5 file", {
      code: "hdf5/signature",
      path: name,
      hint: "HDF5 files hold the bytes 89 48 44 46 0D 0A 1A 0A at offset 0, 512, 1024, …",
    });
  const probe = new H5Reader(bytes.subarray(base + 8), name, base + 8, 8, 8);
  const version = probe.u8();
  if (version > 3) throw malformed(`superblock version ${version} is unknown`, name, "hdf5/version");
  if (version < 2) probe.skip(4);
  const offsetSize = probe.u8();
  const lengthSize = probe.u8();
  if (!SIZES.includes(offsetSize) || !SIZES.includes(lengthSize))
    throw malformed(`addresses of ${offsetSize} and lengths of ${lengthSize} bytes are impossible`, name);
  const context = new H5Context(bytes, name, base, offsetSize, lengthSize, limits);
  const r = context.from(0);
  r.skip(version < 2 ? (version === 0 ? 24 : 28) : 12);
  const storedBase = r.address();
  const second = r.address();
  // The end counts from the start of the file; it moves along when the user block was changed afterwards.
  const end = r.address() - storedBase + base;
  if (storedBase < 0 || end <= base || end > bytes.byteLength)
    throw truncated(name, bytes.byteLength, Math.max(0, end - bytes.byteLength), bytes.byteLength);
  if (version < 2) {
    if (r.address() !== UNDEFINED_ADDRESS) throw driver(name);
    r.address();
    return { context, version, root: r.address(), extension: UNDEFINED_ADDRESS };
  }
  const root = r.address();
  const length = r.offset;
  if (r.u32() !== lookup3(context.region(0, length)))
    throw malformed("the superblock's checksum does not match", name, "hdf5/checksum");
  return { context, version, root, extension: second };
}

/** The error for files that are spread over several files by a driver. */
export function driver(name: string): Error {
  return unsafe("the file is one part of a set of files (driver information)", name, "hdf5/driver");
}
