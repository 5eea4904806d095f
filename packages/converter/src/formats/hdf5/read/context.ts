// The bytes of an HDF5 file with its address sizes, and a reader that knows them.
import { ByteReader, inRange, truncated } from "../../bytes.js";
import type { Limits } from "../../limits.js";
import { lookup3 } from "../checksum.js";
import { malformed, tooMuchWork } from "../errors.js";

/** The address that means "nowhere". */
export const UNDEFINED_ADDRESS = -1;

/** Reads the variable-width numbers of HDF5. */
export class H5Reader extends ByteReader {
  readonly #offsetSize: number;
  readonly #lengthSize: number;

  constructor(bytes: Uint8Array, name: string, base: number, offsetSize: number, lengthSize: number) {
    super(bytes, name, base);
    this.#offsetSize = offsetSize;
    this.#lengthSize = lengthSize;
  }

  /** An unsigned number of `size` bytes. @throws {ModelFormatError} when it is over 2^53 - 1 */
  uint(size: number): number {
    const place = this.place;
    const bytes = this.take(size);
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (bytes[i] ?? 0);
    if (!Number.isSafeInteger(value)) throw malformed(`the number ${value} is impossible`, place);
    return value;
  }

  /** A file address, or UNDEFINED_ADDRESS. */
  address(): number {
    const start = this.offset;
    const bytes = this.take(this.#offsetSize);
    if (bytes.every((byte) => byte === 255)) return UNDEFINED_ADDRESS;
    this.offset = start;
    return this.uint(this.#offsetSize);
  }

  /** A length. */
  length(): number {
    return this.uint(this.#lengthSize);
  }

  /** A dimension; Infinity when unlimited or over 2^53 - 1. */
  extent(): number {
    const bytes = this.take(this.#lengthSize);
    let value = 0;
    for (let i = bytes.length - 1; i >= 0; i--) value = value * 256 + (bytes[i] ?? 0);
    const unlimited = bytes.every((byte) => byte === 255);
    return unlimited || !Number.isSafeInteger(value) ? Infinity : value;
  }

  /** Passes over `count` bytes. */
  skip(count: number): void {
    this.take(count);
  }

  /** Requires the four letters `text`. */
  signature(text: string): void {
    const place = this.place;
    const bytes = this.take(4);
    if (String.fromCharCode(...bytes) !== text)
      throw malformed(`expected the structure "${text}"`, place, "hdf5/signature");
  }

  /** Requires the version `version` of a structure. */
  version(what: string, version: number): void {
    const place = this.place;
    const found = this.u8();
    if (found !== version) throw malformed(`${what} has the unknown version ${found}`, place, "hdf5/version");
  }
}

/** One open file: bytes, address sizes, limits, and a budget of structural reads. */
export class H5Context {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly base: number;
  readonly offsetSize: number;
  readonly lengthSize: number;
  readonly limits: Limits;
  #budget: number;
  #textBudget: number;

  constructor(
    bytes: Uint8Array,
    name: string,
    base: number,
    offsetSize: number,
    lengthSize: number,
    limits: Limits,
  ) {
    this.bytes = bytes;
    this.name = name;
    this.base = base;
    this.offsetSize = offsetSize;
    this.lengthSize = lengthSize;
    this.limits = limits;
    // A structural read costs one unit and 1/64 of its bytes; honest files need far less than this.
    this.#budget = 5_000_000 + bytes.byteLength / 8;
    this.#textBudget = 1_000_000 + bytes.byteLength * 4;
  }

  /** Counts work. @throws {LimitExceededError} (`limit/hdf5-work`). */
  spend(units: number): void {
    this.#budget -= units;
    if (this.#budget < 0) throw tooMuchWork(this.name);
  }

  /** Counts bytes of text, of which many elements may share one copy. @throws {LimitExceededError} */
  spendText(bytes: number): void {
    this.#textBudget -= bytes;
    if (this.#textBudget < 0) throw tooMuchWork(this.name);
  }

  /** The bytes `address … address + length`. @throws {ModelFormatError} (`format/truncated`). */
  region(address: number, length: number): Uint8Array {
    const at = this.base + address;
    if (address < 0) throw malformed("an address is undefined where data is needed", this.name);
    if (!inRange(at, length, this.bytes.byteLength))
      throw truncated(this.name, at, length, this.bytes.byteLength);
    return this.bytes.subarray(at, at + length);
  }

  /** A reader of `length` bytes at `address`. */
  at(address: number, length: number): H5Reader {
    this.spend(1 + (length >>> 6));
    return this.over(this.region(address, length), this.base + address);
  }

  /** A reader from `address` to the end of the file. */
  from(address: number): H5Reader {
    this.spend(1);
    const length = Math.max(0, this.bytes.byteLength - this.base - address);
    return this.over(this.region(address, length), this.base + address);
  }

  /** A reader over bytes already taken from the file. */
  over(bytes: Uint8Array, position: number): H5Reader {
    return new H5Reader(bytes, this.name, position, this.offsetSize, this.lengthSize);
  }

  /** `name@address`, for messages. */
  place(address: number): string {
    return `${this.name}@${this.base + address}`;
  }

  /**
   * Checks the lookup3 checksum that follows the first `length` bytes at `address`.
   * @throws {ModelFormatError} (`hdf5/checksum`).
   */
  verify(address: number, length: number): void {
    const data = this.at(address, length + 4);
    const sum = lookup3(data.take(length));
    if (data.u32() !== sum)
      throw malformed("a checksum does not match", this.place(address), "hdf5/checksum");
  }
}
