// IDX files, the format of MNIST: http://yann.lecun.com/exdb/mnist ("the IDX file format").
import { ModelFormatError, ShapeError, itemSize } from "@isoform/core";
import type { DType } from "@isoform/core";
import { ndArray, rowCount } from "../arrays/nd-array.js";
import type { NdArray } from "../arrays/nd-array.js";
import { gunzip, isGzip, readAll } from "../loading/bytes.js";
import type { BinarySource } from "../loading/bytes.js";
import { elementsFromBytes } from "../loading/endian.js";
import { checkLimit, resolveOptions } from "../loading/options.js";
import type { LoadOptions, ReadOptions } from "../loading/options.js";

const TYPES: ReadonlyMap<number, DType> = new Map<number, DType>([
  [0x08, "uint8"],
  [0x09, "int8"],
  [0x0b, "int16"],
  [0x0c, "int32"],
  [0x0d, "float32"],
  [0x0e, "float64"],
]);

/**
 * Reads an unpacked IDX file: two zero bytes, element type (uint8, int8, int16, int32, float32 or float64),
 * number of axes, sizes, big-endian data. Any shape; the data is a copy.
 * @throws {ModelFormatError} when it is not one, is cut off or too long
 * @throws {LimitExceededError} when it is over `fileBytes` or `arrayBytes`
 * @throws {ArgumentError} when an option is unknown or a limit is not a positive number
 * @see http://yann.lecun.com/exdb/mnist
 */
export function readIdx(bytes: Uint8Array, options: ReadOptions = {}): NdArray {
  const { name, limits } = resolveOptions("readIdx", options, "idx");
  const bad = (problem: string) => new ModelFormatError(problem, { code: "format/idx", path: name });
  checkLimit(limits, "fileBytes", bytes.byteLength, name);
  const dtype = TYPES.get(bytes[2] ?? 0);
  if (bytes.byteLength < 4 || bytes[0] !== 0 || bytes[1] !== 0 || dtype === undefined) {
    throw bad("does not begin with the mark of an IDX file");
  }
  const rank = bytes[3] as number;
  const start = 4 + 4 * rank;
  if (bytes.byteLength < start) throw bad("is cut off in the header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, itemSize(dtype));
  checkLimit(limits, "arrayBytes", size, name);
  if (bytes.byteLength - start !== size) {
    throw bad(
      `has ${bytes.byteLength - start} bytes of data where ${dtype} [${shape.join(", ")}] needs ${size}`,
    );
  }
  return ndArray(dtype, shape, elementsFromBytes(dtype, bytes.subarray(start), true));
}

/**
 * Loads an IDX file, packed with gzip or not, as `readIdx`. When `signal` is aborted, the promise rejects
 * with its reason.
 * @throws {ModelFormatError} when it is not one, is cut off or too long, or the gzip data is damaged
 * @throws {LimitExceededError} when it is over `fileBytes`, packed or not, or over `arrayBytes` or `ratio`
 * @throws {ArgumentError} when an option is unknown, a limit is not a positive number or the source is none
 */
export async function loadIdx(source: BinarySource, options: LoadOptions = {}): Promise<NdArray> {
  const resolved = resolveOptions("loadIdx", options, "idx");
  const bytes = await readAll(source, resolved);
  const plain = isGzip(bytes) ? await gunzip(bytes, resolved) : bytes;
  return readIdx(plain, { name: resolved.name, limits: resolved.limits });
}

/**
 * Loads the two files of an MNIST-like set: images [n, height, width], labels [n], uint8 in MNIST; others as
 * they are stored. When `signal` is aborted, the promise rejects with its reason.
 * @throws {ShapeError} when the labels are not 1-d or not as many as the images, or the images are 0-d
 * @throws {ModelFormatError} when a file is not IDX, is cut off or too long, or its gzip data is damaged
 * @throws {LimitExceededError} when a file is over `fileBytes`, `arrayBytes` or `ratio`
 * @throws {ArgumentError} when an option is unknown, a limit is not a positive number or a source is none
 */
export async function loadIdxPair(
  images: BinarySource,
  labels: BinarySource,
  options: LoadOptions = {},
): Promise<{ readonly x: NdArray; readonly y: NdArray }> {
  const name = options.name ?? "idx";
  const x = await loadIdx(images, { ...options, name: `${name} images` });
  const y = await loadIdx(labels, { ...options, name: `${name} labels` });
  if (y.shape.length !== 1 || rowCount(x) !== y.data.length) {
    throw new ShapeError(`images [${x.shape.join(", ")}] and labels [${y.shape.join(", ")}] do not match`, {
      code: "shape/mismatch",
      op: "loadIdxPair",
      path: name,
      hint: "pass the images first, then the labels of the same part",
    });
  }
  return { x, y };
}
