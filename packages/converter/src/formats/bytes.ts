// Random access to the bytes of a file, and a bounded little-endian reader. No parsing of any format here.
import { ModelFormatError } from "@isoform/core";

/** A file or blob that is read by ranges, all offsets and lengths in bytes. */
export interface ByteSource {
  /** Name used in messages, e.g. `model.pt`. Never used as a path. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /**
   * Bytes `offset … offset + length - 1`, exactly `length` of them; the result may be a view and must not be
   * written to.
   * @throws {ModelFormatError} when the range is not inside the file (the promise rejects)
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/**
 * The error for `length` bytes at `offset` that a file of `size` bytes does not have. Makes it; never throws.
 */
export function truncated(name: string, offset: number, length: number, size: number): ModelFormatError {
  return new ModelFormatError(`needs ${length} bytes at offset ${offset}, but the file has ${size}`, {
    code: "format/truncated",
    path: `${name}@${offset}`,
    attrs: { offset, length, size },
    hint: "the file is cut off or damaged; download it again",
  });
}

/**
 * True when `offset … offset + length` lies inside `size` bytes; false for fractions, negative and unsafe
 * numbers. Never throws.
 */
export function inRange(offset: number, length: number, size: number): boolean {
  return (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size
  );
}

/**
 * A source over bytes in memory; reads are views. Never throws; `read` rejects with ModelFormatError outside
 * the bytes.
 * @param name Name in messages.
 */
export function bytesSource(data: Uint8Array, name = "bytes"): ByteSource {
  // A Node Buffer is a Uint8Array whose slice() does not copy; readers must never see one.
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return {
    name,
    size: bytes.byteLength,
    read(offset: number, length: number): Promise<Uint8Array> {
      if (!inRange(offset, length, bytes.byteLength))
        return Promise.reject(truncated(name, offset, length, bytes.byteLength));
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
}

/** The part of the web `Blob` that is used; a `File` or a Node `Blob` fits. */
export interface BlobLike {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/**
 * A source over a Blob or File; only the ranges asked for are loaded. Never throws; `read` rejects with
 * ModelFormatError outside the bytes, and with the Blob's own error when the file has gone or changed.
 * @param name Name in messages.
 */
export function blobSource(blob: BlobLike, name = "blob"): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset: number, length: number): Promise<Uint8Array> {
      if (!inRange(offset, length, blob.size)) throw truncated(name, offset, length, blob.size);
      const bytes = new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
      if (bytes.byteLength !== length) throw truncated(name, offset, length, offset + bytes.byteLength);
      return bytes;
    },
  };
}

/**
 * A source over the range `offset … offset + length`, in bytes, of another one.
 * @throws {ModelFormatError} when the range is not inside `source`; `read` rejects with it outside the range
 */
export function sliceSource(
  source: ByteSource,
  offset: number,
  length: number,
  name: string = source.name,
): ByteSource {
  if (!inRange(offset, length, source.size)) throw truncated(source.name, offset, length, source.size);
  return {
    name,
    size: length,
    read(at: number, count: number): Promise<Uint8Array> {
      if (!inRange(at, count, length)) return Promise.reject(truncated(name, at, count, length));
      return source.read(offset + at, count);
    },
  };
}

/**
 * Decodes UTF-8; a byte order mark stays in the text.
 * @param offset Place of `bytes` in the file in bytes, for the message.
 * @throws {ModelFormatError} when the bytes are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array, name: string, offset = 0): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ModelFormatError("text is not UTF-8", {
      code: "format/utf8",
      path: `${name}@${offset}`,
      cause,
    });
  }
}

/**
 * Reads little-endian numbers from `bytes` front to back. Making one never throws; every read is
 * bounds-checked: it throws ModelFormatError, and passes over nothing, when there are not enough bytes left.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly name: string;
  /** Index of the next byte. */
  offset = 0;
  readonly #view: DataView;
  readonly #base: number;

  /** @param base Offset of `bytes` inside the file in bytes, for messages. Never throws. */
  constructor(bytes: Uint8Array, name: string, base = 0) {
    this.bytes = bytes;
    this.name = name;
    this.#base = base;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes left. */
  get remaining(): number {
    return this.bytes.byteLength - this.offset;
  }
  /** Offset in the file, for messages. */
  get position(): number {
    return this.#base + this.offset;
  }
  /** Place in the file, for messages: `name@offset`. */
  get place(): string {
    return `${this.name}@${this.position}`;
  }

  #take(length: number): number {
    if (!inRange(this.offset, length, this.bytes.byteLength))
      throw truncated(this.name, this.position, length, this.#base + this.bytes.byteLength);
    const at = this.offset;
    this.offset += length;
    return at;
  }

  /** An unsigned 8-bit integer. @throws {ModelFormatError} when no byte is left */
  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }
  /** An unsigned 16-bit integer, little-endian. @throws {ModelFormatError} when under 2 bytes are left */
  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }
  /** An unsigned 32-bit integer, little-endian. @throws {ModelFormatError} when under 4 bytes are left */
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }
  /** A signed 32-bit integer, little-endian. @throws {ModelFormatError} when under 4 bytes are left */
  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }
  /** An unsigned 64-bit integer, little-endian. @throws {ModelFormatError} when under 8 bytes are left */
  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }
  /** A signed 64-bit integer, little-endian. @throws {ModelFormatError} when under 8 bytes are left */
  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }
  /** An IEEE 754 float of 32 bits, little-endian. @throws {ModelFormatError} when under 4 bytes are left */
  f32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }
  /**
   * An IEEE 754 float of 64 bits.
   * @throws {ModelFormatError} when under 8 bytes are left
   */
  f64(littleEndian = true): number {
    return this.#view.getFloat64(this.#take(8), littleEndian);
  }
  /** An unsigned 64-bit count as a number. @throws {ModelFormatError} when cut off or over 2^53 - 1 */
  size64(): number {
    const place = this.place;
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new ModelFormatError(`the count ${value} is impossible`, { code: "format/count", path: place });
    return Number(value);
  }
  /** A view of the next `length` bytes. @throws {ModelFormatError} when fewer are left */
  take(length: number): Uint8Array {
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }
  /**
   * The bytes before the next newline, which is passed over.
   * @throws {ModelFormatError} when there is no newline or the line is longer than `maxLength` bytes (65,536
   * unless given)
   */
  line(maxLength = 65_536): Uint8Array {
    const end = this.bytes.indexOf(10, this.offset);
    const length = end - this.offset;
    if (end < 0)
      throw truncated(this.name, this.position, this.remaining + 1, this.#base + this.bytes.byteLength);
    if (length > maxLength)
      throw new ModelFormatError(`a line of ${length} bytes is too long`, {
        code: "format/line",
        path: this.place,
      });
    const line = this.take(length);
    this.offset++;
    return line;
  }
  /** UTF-8 text of `length` bytes. @throws {ModelFormatError} when fewer are left or they are not UTF-8 */
  text(length: number): string {
    const at = this.position;
    return decodeUtf8(this.take(length), this.name, at);
  }
}
