// Reading and writing strided views: every kernel loads dense row-major inputs and stores a dense result.
// Numbers of all dtypes up to 32 bits and all floats are computed in float64, 64-bit integers as bigints.
import {
  bfloat16ToNumber,
  float16ToNumber,
  isContiguous,
  itemSize,
  numberToBfloat16,
  numberToFloat16,
  numbersOf,
  rowMajor,
  sizeOf,
  typedArrayView,
  type BufferView,
  type DType,
  type TypedArray,
} from "@isoform/core";

/** Where a buffer handle's bytes are. */
export interface Place {
  readonly buffer: ArrayBufferLike;
  /** Bytes from the start of `buffer` to the first element, a multiple of 8. */
  readonly byteOffset: number;
}
/** Finds a buffer's bytes; asked anew in every kernel call, since memory may grow and move. */
export type Resolve<B> = (buffer: B) => Place;

type WordArray = Uint8Array | Uint16Array | Uint32Array;

/**
 * A view as unsigned words of 1, 2 or 4 bytes, so that copies keep every bit; 8-byte elements are word pairs.
 */
export interface Words {
  readonly data: WordArray;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Dense 64-bit integers. */
export type BigArray = BigInt64Array | BigUint64Array;

/** True for the dtypes that are computed as bigints. */
export function isBig(dtype: DType): boolean {
  return dtype === "int64" || dtype === "uint64";
}

/** One past the greatest element index that a view touches. */
function reachOf(view: BufferView<unknown>): number {
  let last = view.offset;
  for (let i = 0; i < view.shape.length; i++) {
    if (view.shape[i] === 0) return 0;
    const step = view.strides[i]!;
    if (step > 0) last += (view.shape[i]! - 1) * step;
  }
  return last + 1;
}

function wordsOver(place: Place, bytes: number, size: number): WordArray {
  if (bytes === 1) return new Uint8Array(place.buffer, place.byteOffset, size);
  if (bytes === 2) return new Uint16Array(place.buffer, place.byteOffset, size);
  return new Uint32Array(place.buffer, place.byteOffset, size);
}

/** Copies between two views of one shape and word size. */
export function copyWords(from: Words, to: Words): void {
  const rank = from.shape.length;
  if (rank === 0) {
    to.data[to.offset] = from.data[from.offset]!;
    return;
  }
  if (sizeOf(from.shape) === 0) return;
  const last = rank - 1;
  const n = from.shape[last]!;
  const fromStep = from.strides[last]!;
  const toStep = to.strides[last]!;
  const rows = sizeOf(from.shape) / n;
  const index = new Int32Array(last);
  let f = from.offset;
  let t = to.offset;
  for (let row = 0; row < rows; row++) {
    copyRow(from.data, f, fromStep, to.data, t, toStep, n);
    for (let axis = last - 1; axis >= 0; axis--) {
      f += from.strides[axis]!;
      t += to.strides[axis]!;
      if (++index[axis]! < from.shape[axis]!) break;
      f -= from.strides[axis]! * from.shape[axis]!;
      t -= to.strides[axis]! * from.shape[axis]!;
      index[axis] = 0;
    }
  }
}

function copyRow(
  from: WordArray,
  fromAt: number,
  fromStep: number,
  to: WordArray,
  toAt: number,
  toStep: number,
  n: number,
): void {
  if (fromStep === 1 && toStep === 1 && n > 32) {
    to.set(from.subarray(fromAt, fromAt + n), toAt);
    return;
  }
  let f = fromAt;
  let t = toAt;
  for (let i = 0; i < n; i++) {
    to[t] = from[f]!;
    f += fromStep;
    t += toStep;
  }
}

/** Access to the memory behind a backend's buffer handles. */
export class Access<B> {
  readonly #resolve: Resolve<B>;
  readonly #halves = new Map<DType, Float64Array>();

  constructor(resolve: Resolve<B>) {
    this.#resolve = resolve;
  }

  /** The view as words; shares the memory. */
  words(view: BufferView<B>): Words {
    const bytes = itemSize(view.dtype);
    const place = this.#resolve(view.buffer);
    const reach = reachOf(view);
    const { shape, strides, offset } = view;
    if (bytes < 8) return { data: wordsOver(place, bytes, reach), shape, strides, offset };
    return {
      data: wordsOver(place, 4, reach * 2),
      shape: [...shape, 2],
      strides: [...strides.map((s) => s * 2), 1],
      offset: offset * 2,
    };
  }

  /** The elements in row-major order. Shares the memory when the view is contiguous: only read it. */
  dense(view: BufferView<B>): TypedArray {
    const size = sizeOf(view.shape);
    const bytes = itemSize(view.dtype);
    if (isContiguous(view)) {
      const { buffer, byteOffset } = this.#resolve(view.buffer);
      return typedArrayView(view.dtype, buffer, byteOffset + (size === 0 ? 0 : view.offset * bytes), size);
    }
    const from = this.words(view);
    const buffer = new ArrayBuffer(size * bytes);
    const data = wordsOver({ buffer, byteOffset: 0 }, Math.min(bytes, 4), sizeOf(from.shape));
    copyWords(from, { data, shape: from.shape, strides: rowMajor(from.shape), offset: 0 });
    return typedArrayView(view.dtype, buffer, 0, size);
  }

  /** The elements as float64; exact for every dtype but the 64-bit integers. Only read it. */
  numbers(view: BufferView<B>): Float64Array {
    const data = this.dense(view);
    if (data instanceof Float64Array) return data;
    if (view.dtype === "float16" || view.dtype === "bfloat16") {
      const table = this.#halfTable(view.dtype);
      const out = new Float64Array(data.length);
      const bits = data as Uint16Array;
      for (let i = 0; i < out.length; i++) out[i] = table[bits[i]!]!;
      return out;
    }
    return new Float64Array(numbersOf(data));
  }

  /** The elements of a 64-bit integer view. Only read it. */
  bigints(view: BufferView<B>): BigArray {
    return this.dense(view) as BigArray;
  }

  /** Writes a dense result: floats round to nearest even, integers wrap. `out` is row-major. */
  storeNumbers(out: BufferView<B>, data: Float64Array): void {
    const target = this.dense(out);
    if (target instanceof BigInt64Array || target instanceof BigUint64Array) {
      for (let i = 0; i < data.length; i++) target[i] = BigInt(data[i]!);
    } else if (out.dtype === "float16") {
      for (let i = 0; i < data.length; i++) target[i] = numberToFloat16(data[i]!);
    } else if (out.dtype === "bfloat16") {
      for (let i = 0; i < data.length; i++) target[i] = numberToBfloat16(data[i]!);
    } else target.set(data);
  }

  /** Writes a dense result of 64-bit integers; wraps. `out` is row-major. */
  storeBigints(out: BufferView<B>, data: BigArray): void {
    (this.dense(out) as BigArray).set(data);
  }

  /** Values of all 65,536 bit patterns of a 16-bit float. */
  #halfTable(dtype: "float16" | "bfloat16"): Float64Array {
    let table = this.#halves.get(dtype);
    if (table === undefined) {
      const decode = dtype === "float16" ? float16ToNumber : bfloat16ToNumber;
      table = new Float64Array(65536);
      for (let i = 0; i < 65536; i++) table[i] = decode(i);
      this.#halves.set(dtype, table);
    }
    return table;
  }
}

/** For every element of `shape` in row-major order, Σ index·strides. */
export function offsets(shape: readonly number[], strides: readonly number[]): Int32Array {
  let out = new Int32Array([0]);
  for (let axis = 0; axis < shape.length; axis++) {
    const n = shape[axis]!;
    const step = strides[axis]!;
    const next = new Int32Array(out.length * n);
    for (let i = 0, at = 0; i < out.length; i++) {
      for (let j = 0; j < n; j++) next[at++] = out[i]! + j * step;
    }
    out = next;
  }
  return out;
}

/** A shape seen from one axis: `outer` blocks of `n` rows of `inner` elements. */
export interface AxisSplit {
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
}

/** Splits a shape at an axis. */
export function splitAt(shape: readonly number[], axis: number): AxisSplit {
  return { outer: sizeOf(shape.slice(0, axis)), n: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) };
}
