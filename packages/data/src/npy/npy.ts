// npy files (NEP 1, versions 1.0 to 3.0): one array each.
import { ModelFormatError, itemSize, newTypedArray } from "@isoform/core";
import type { DType } from "@isoform/core";
import { ndArray } from "../arrays/nd-array.js";
import type { DTypeArrays, NdArray } from "../arrays/nd-array.js";
import { elementsFromBytes } from "../loading/endian.js";
import { checkLimit, resolveOptions } from "../loading/options.js";
import type { ReadOptions } from "../loading/options.js";
import { formatNpyHeader, parseNpyHeader } from "./header.js";

const MAGIC: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Reads an npy file of version 1.0 to 3.0, of any shape. The result is in C order and the machine's byte
 * order whatever the file's; the data is a copy.
 * @throws {ModelFormatError} when it is not an npy file, is cut off or has more bytes than the shape needs
 * @throws {UnsafeModelError} when it holds Python objects
 * @throws {DTypeError} when the element type has no counterpart (complex, strings, dates, records)
 * @throws {LimitExceededError} when it is over `fileBytes`, `headerBytes` or `arrayBytes`
 * @throws {ArgumentError} when an option is unknown or a limit is not a positive number
 * @see numpy.load, https://numpy.org/neps/nep-0001-npy-format.html
 */
export function readNpy(bytes: Uint8Array, options: ReadOptions = {}): NdArray {
  const { name, limits } = resolveOptions("readNpy", options, "npy");
  checkLimit(limits, "fileBytes", bytes.byteLength, name);
  if (bytes.byteLength < 10 || !MAGIC.every((byte, i) => bytes[i] === byte)) {
    throw bad("does not begin with the mark of an npy file", name);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6] as number;
  if (version < 1 || version > 3 || bytes[7] !== 0) {
    throw bad(`has the version ${version}.${String(bytes[7])}; 1.0, 2.0 and 3.0 are read`, name);
  }
  const start = version === 1 ? 10 : 12;
  if (bytes.byteLength < start) throw bad("is cut off in the header", name);
  const headerLength = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  checkLimit(limits, "headerBytes", headerLength, name);
  const end = start + headerLength;
  if (bytes.byteLength < end) throw bad("is cut off in the header", name);
  const header = parseNpyHeader(decode(bytes.subarray(start, end), version === 3, name), name);
  const { dtype, shape } = header;
  const size = shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, itemSize(dtype));
  checkLimit(limits, "arrayBytes", size, name);
  if (bytes.byteLength - end !== size) {
    throw bad(
      `has ${bytes.byteLength - end} bytes of data where ${dtype} [${shape.join(", ")}] needs ${size}`,
      name,
    );
  }
  const data = elementsFromBytes(dtype, bytes.subarray(end), header.bigEndian);
  if (dtype === "bool" && data.some((v: number | bigint) => v > 1))
    throw bad("has a bool that is not 0 or 1", name);
  return ndArray(dtype, shape, header.fortranOrder ? toRowMajor(dtype, shape, data) : data);
}

/**
 * The bytes of an npy file in C order, version 1.0 (2.0 for a very long shape).
 * @throws {DTypeError} when the dtype is bfloat16, which npy cannot name, or `data` is not the dtype's typed
 * array
 * @throws {ShapeError} when `shape` and `data` have different numbers of elements
 * @see numpy.save
 */
export function writeNpy(array: NdArray): Uint8Array {
  const { dtype, shape, data } = ndArray(array.dtype, array.shape, array.data);
  const text = formatNpyHeader(dtype, shape);
  const version = text.length + 64 < 65536 ? 1 : 2;
  const start = version === 1 ? 10 : 12;
  // NumPy pads with spaces so that the data begins at a multiple of 64.
  const end = Math.ceil((start + text.length + 1) / 64) * 64;
  const out = new Uint8Array(end + data.byteLength);
  out.set([...MAGIC, version, 0]);
  const view = new DataView(out.buffer);
  if (version === 1) view.setUint16(8, end - start, true);
  else view.setUint32(8, end - start, true);
  out.set(new TextEncoder().encode(`${text.padEnd(end - start - 1)}\n`), start);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), end);
  return out;
}

function decode(bytes: Uint8Array, utf8: boolean, name: string): string {
  try {
    return new TextDecoder(utf8 ? "utf-8" : "latin1", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ModelFormatError("has a header that is not text", { code: "format/npy", path: name, cause });
  }
}

/** A copy in C order of data in Fortran order (first index fastest). */
function toRowMajor<D extends DType>(
  dtype: D,
  shape: readonly number[],
  data: DTypeArrays[D],
): DTypeArrays[D] {
  const out = newTypedArray(dtype, data.length) as DTypeArrays[D];
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from] as never;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      from -= (strides[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
  return out;
}

function bad(problem: string, path: string): ModelFormatError {
  return new ModelFormatError(problem, { code: "format/npy", path });
}
