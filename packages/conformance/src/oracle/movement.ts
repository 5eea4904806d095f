// Movement, sources and bit patterns from their definitions.
import { dtypeKind, itemSize, type DType, type PadAttrs, type SliceAttrs } from "@isoform/core";
import { at, build, holdsBigints, integerRange, wrap, type NDArray, type Value } from "./ndarray.js";

/** The same elements in another shape. */
export function reshape(x: NDArray, shape: readonly number[]): NDArray {
  return { ...x, shape };
}

/** Axes in another order. */
export function transpose(x: NDArray, perm: readonly number[]): NDArray {
  const shape = perm.map((p) => x.shape[p]!);
  return build(shape, x.dtype, (index) => {
    const from = perm.map(() => 0);
    perm.forEach((p, i) => (from[p] = index[i]!));
    return at(x, from);
  });
}

/** Repetition by NumPy's rule. */
export function broadcastTo(x: NDArray, shape: readonly number[]): NDArray {
  const lead = shape.length - x.shape.length;
  return build(shape, x.dtype, (index) =>
    at(
      x,
      x.shape.map((n, i) => (n === 1 ? 0 : index[lead + i]!)),
    ),
  );
}

/** Every `step`th element from `start` to `end`. */
export function slice(x: NDArray, { starts, ends, steps }: SliceAttrs): NDArray {
  const shape = starts.map((s, i) => Math.ceil((ends[i]! - s) / steps[i]!));
  return build(shape, x.dtype, (index) =>
    at(
      x,
      index.map((j, i) => starts[i]! + j * steps[i]!),
    ),
  );
}

/** Some axes backward. */
export function flip(x: NDArray, axes: readonly number[]): NDArray {
  return build(x.shape, x.dtype, (index) =>
    at(
      x,
      index.map((j, i) => (axes.includes(i) ? x.shape[i]! - 1 - j : j)),
    ),
  );
}

/** A value around and between the elements. */
export function pad(x: NDArray, { low, high, interior, value }: PadAttrs): NDArray {
  const shape = x.shape.map((n, i) => low[i]! + n + Math.max(0, n - 1) * interior[i]! + high[i]!);
  return build(shape, x.dtype, (index) => {
    const from = index.map((j, i) => (j - low[i]!) / (interior[i]! + 1));
    const inside = from.every((j, i) => Number.isInteger(j) && j >= 0 && j < x.shape[i]!);
    return inside ? at(x, from) : constant(x.dtype, value);
  });
}

/** Arrays joined along an axis. */
export function concat(xs: readonly NDArray[], axis: number): NDArray {
  const first = xs[0]!;
  const total = xs.reduce((n, x) => n + x.shape[axis]!, 0);
  return build(first.shape.with(axis, total), first.dtype, (index) => {
    let j = index[axis]!;
    const owner = xs.find((x) => {
      if (j < x.shape[axis]!) return true;
      j -= x.shape[axis]!;
      return false;
    })!;
    return at(owner, index.with(axis, j));
  });
}

/** A number as a value of a dtype: floats to integers truncate and saturate. */
export function constant(dtype: DType, value: number | bigint): Value {
  if (dtype === "bool") return Number(value) === 0 ? 0 : 1;
  if (dtypeKind(dtype) === "float") return Number(value);
  if (typeof value === "bigint") return wrap(dtype, value);
  const [low, high] = integerRange(dtype);
  if (!Number.isFinite(value)) return wrap(dtype, value > 0 ? high : value < 0 ? low : 0n);
  const whole = BigInt(Math.trunc(value));
  return wrap(dtype, whole < low ? low : whole > high ? high : whole);
}

/** One value everywhere. */
export function full(shape: readonly number[], dtype: DType, value: number | bigint): NDArray {
  return build(shape, dtype, () => constant(dtype, value));
}

/** The index along an axis. */
export function iota(shape: readonly number[], dtype: DType, axis: number): NDArray {
  return build(shape, dtype, (index) => (holdsBigints(dtype) ? BigInt(index[axis]!) : index[axis]!));
}

/** The bits of every element, lowest first in memory, as an unsigned integer. */
function bitsOf(dtype: DType, v: Value): bigint {
  const view = new DataView(new ArrayBuffer(8));
  switch (dtype) {
    case "float64":
      view.setFloat64(0, Number(v), true);
      return view.getBigUint64(0, true);
    case "float32":
      view.setFloat32(0, Number(v), true);
      return BigInt(view.getUint32(0, true));
    case "bfloat16":
      view.setFloat32(0, Number(v), true);
      return BigInt(view.getUint32(0, true) >>> 16);
    case "float16":
      return BigInt(halfBits(Number(v)));
    default:
      return BigInt.asUintN(itemSize(dtype) * 8, BigInt(v));
  }
}

/** Bits of a number that float16 holds exactly. */
function halfBits(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const a = Math.abs(x);
  if (a === Infinity) return sign + 0x7c00;
  if (a < 2 ** -14) return sign + a * 2 ** 24;
  const exponent = Math.floor(Math.log2(a));
  return sign + (exponent + 15) * 1024 + (a / 2 ** exponent - 1) * 1024;
}

function fromBits(dtype: DType, bits: bigint): Value {
  const view = new DataView(new ArrayBuffer(8));
  switch (dtype) {
    case "float64":
      view.setBigUint64(0, bits, true);
      return view.getFloat64(0, true);
    case "float32":
      view.setUint32(0, Number(bits), true);
      return view.getFloat32(0, true);
    case "bfloat16":
      view.setUint32(0, Number(bits) * 65536, true);
      return view.getFloat32(0, true);
    case "float16":
      return halfValue(Number(bits));
    case "bool":
      return bits === 0n ? 0 : 1;
    default:
      return wrap(dtype, bits);
  }
}

function halfValue(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = Math.floor((bits % 0x8000) / 1024);
  const fraction = bits % 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The same bits read as another dtype. */
export function bitcast(x: NDArray, dtype: DType): NDArray {
  return { shape: x.shape, dtype, data: x.data.map((v) => fromBits(dtype, bitsOf(x.dtype, v))) };
}

const WORD = 2n ** 32n;

/** Philox4x32-10 as in Salmon et al. 2011, table 2, in exact integers. */
export function randomBits(key: NDArray, shape: readonly number[]): NDArray {
  const [k0, k1, c0, c1] = key.data.map(BigInt) as [bigint, bigint, bigint, bigint];
  let next = 0n;
  let block: bigint[] = [];
  return build(shape, "uint32", () => {
    if (block.length === 0) {
      block = philoxBlock([k0, k1], c0 + c1 * WORD + next);
      next += 1n;
    }
    return Number(block.shift()!);
  });
}

function philoxBlock(key: readonly [bigint, bigint], counter: bigint): bigint[] {
  let [k0, k1] = key;
  let words = [0n, 1n, 2n, 3n].map((i) => (counter >> (32n * i)) % WORD);
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * words[0]!;
    const p1 = 0xcd9e8d57n * words[2]!;
    words = [(p1 / WORD) ^ words[1]! ^ k0, p1 % WORD, (p0 / WORD) ^ words[3]! ^ k1, p0 % WORD];
    k0 = (k0 + 0x9e3779b9n) % WORD;
    k1 = (k1 + 0xbb67ae85n) % WORD;
  }
  return words;
}
