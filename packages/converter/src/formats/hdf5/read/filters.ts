// Undoes the filters of a chunk: gzip, shuffle and Fletcher-32. Everything else is refused by number and name.
import { inflateSync } from "fflate";
import { adler32, fletcher32 } from "../checksum.js";
import { malformed, unsupported } from "../errors.js";
import type { Filter } from "./layout.js";

const DEFLATE = 1;
const SHUFFLE = 2;
const FLETCHER32 = 3;
const KNOWN = [DEFLATE, SHUFFLE, FLETCHER32];
const NAMES: Readonly<Record<number, string>> = { 4: "szip", 5: "nbit", 6: "scaleoffset", 32000: "lzf" };

/** @throws {UnsupportedOpError} (`hdf5/filter`) for a filter that is not known */
export function checkFilters(filters: readonly Filter[], path: string): void {
  for (const filter of filters) {
    if (KNOWN.includes(filter.id)) continue;
    const name = NAMES[filter.id] ?? (filter.name || "unnamed");
    throw unsupported(
      `the compression filter ${filter.id} (${name}) is not read`,
      path,
      "hdf5/filter",
      "save the dataset uncompressed or with compression='gzip'",
    );
  }
}

/**
 * The bytes of one chunk before filtering.
 * @param mask Bit i set = filter i was skipped for this chunk.
 * @param expected Bytes of a whole chunk; nothing larger is ever allocated.
 * @throws {ModelFormatError} for a damaged stream, a wrong checksum or another length
 */
export function unfilter(
  stored: Uint8Array,
  filters: readonly Filter[],
  mask: number,
  expected: number,
  elementSize: number,
  path: string,
): Uint8Array {
  let data = stored;
  for (let i = filters.length - 1; i >= 0; i--) {
    const filter = filters[i];
    if (!filter || (mask >>> i) & 1) continue;
    if (filter.id === DEFLATE) data = inflate(data, expected + 4 * filters.length, path);
    else if (filter.id === SHUFFLE) data = unshuffle(data, filter.values[0] ?? elementSize);
    else data = checkFletcher(data, path);
  }
  if (data.byteLength !== expected)
    throw malformed(`a chunk has ${data.byteLength} bytes instead of ${expected}`, path, "hdf5/chunk-size");
  return data;
}

function inflate(data: Uint8Array, most: number, path: string): Uint8Array {
  const header = ((data[0] ?? 0) << 8) | (data[1] ?? 0);
  if (data.length < 6 || ((header >> 8) & 15) !== 8 || header % 31 !== 0 || header & 0x20)
    throw malformed("a compressed chunk is not a zlib stream", path, "hdf5/zlib");
  let plain: Uint8Array;
  try {
    // fflate never grows a buffer that it was given; the spare byte shows when there is more.
    plain = inflateSync(data.subarray(2, -4), { out: new Uint8Array(most + 1) });
  } catch (cause) {
    throw malformed(`a compressed chunk is damaged (${String(cause)})`, path, "hdf5/zlib");
  }
  if (plain.length > most)
    throw malformed("a compressed chunk is larger than declared", path, "hdf5/chunk-size");
  const tail = new DataView(data.buffer, data.byteOffset + data.byteLength - 4, 4);
  if (tail.getUint32(0) !== adler32(plain))
    throw malformed("the checksum of a compressed chunk does not match", path, "hdf5/checksum");
  return plain;
}

function unshuffle(data: Uint8Array, size: number): Uint8Array {
  const count = Math.floor(data.length / Math.max(1, size));
  if (size <= 1 || count <= 1) return data;
  const out = new Uint8Array(data.length);
  for (let byte = 0; byte < size; byte++) {
    const from = byte * count;
    for (let i = 0; i < count; i++) out[i * size + byte] = data[from + i] ?? 0;
  }
  out.set(data.subarray(count * size), count * size);
  return out;
}

function checkFletcher(data: Uint8Array, path: string): Uint8Array {
  if (data.length < 4) throw malformed("a chunk has no room for its checksum", path, "hdf5/checksum");
  const plain = data.subarray(0, -4);
  const stored = new DataView(data.buffer, data.byteOffset + plain.length, 4).getUint32(0, true);
  if (fletcher32(plain) !== stored)
    throw malformed("the checksum of a chunk does not match", path, "hdf5/checksum");
  return plain;
}
