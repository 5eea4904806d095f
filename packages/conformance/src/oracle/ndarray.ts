// Plain row-major arrays of JavaScript values: what the oracle computes with. Shares no code with any backend.
import { dtypeKind, itemSize, type DType } from "@isoform/core";

/** bigint for int64 and uint64, number otherwise; bool is 0 or 1. */
export type Value = number | bigint;

/** A dense array of a shape. */
export interface NDArray {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: readonly Value[];
}

/** Number of elements. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((p, n) => p * n, 1);
}

/** Every index of a shape in row-major order. The array is reused: copy it to keep it. */
export function* indices(shape: readonly number[]): Generator<number[]> {
  const index = shape.map(() => 0);
  for (let left = countOf(shape); left > 0; left--) {
    yield index;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** An array whose element at an index is `f(index)`. */
export function build(
  shape: readonly number[],
  dtype: DType,
  f: (index: readonly number[]) => Value,
): NDArray {
  const data: Value[] = [];
  for (const index of indices(shape)) data.push(f(index));
  return { shape: [...shape], dtype, data };
}

/** The element at an index. */
export function at(x: NDArray, index: readonly number[]): Value {
  let place = 0;
  for (let i = 0; i < x.shape.length; i++) place = place * x.shape[i]! + index[i]!;
  return x.data[place]!;
}

/** The element at an index as a number. */
export function numberAt(x: NDArray, index: readonly number[]): number {
  return Number(at(x, index));
}

/** True for dtypes whose values are bigints. */
export function holdsBigints(dtype: DType): boolean {
  return dtype === "int64" || dtype === "uint64";
}

/** An integer of any size reduced to a dtype's range modulo 2^bits. */
export function wrap(dtype: DType, x: bigint): Value {
  const bits = itemSize(dtype) * 8;
  const inside = dtypeKind(dtype) === "int" ? BigInt.asIntN(bits, x) : BigInt.asUintN(bits, x);
  return holdsBigints(dtype) ? inside : Number(inside);
}

/** Least and greatest integer of a dtype. */
export function integerRange(dtype: DType): readonly [bigint, bigint] {
  if (dtype === "bool") return [0n, 1n];
  const bits = BigInt(itemSize(dtype) * 8);
  return dtypeKind(dtype) === "int" ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] : [0n, 2n ** bits - 1n];
}

/** Nearest value of a float dtype, ties to even; bfloat16 by way of float32. */
export function roundFloat(dtype: DType, x: number): number {
  switch (dtype) {
    case "float64":
      return x;
    case "float32":
      return Math.fround(x);
    case "bfloat16":
      return roundTo(Math.fround(x), 8, -126, 2 ** 127 * (2 - 2 ** -7));
    default:
      return roundTo(x, 11, -14, 65504);
  }
}

/** Rounds to `digits` binary digits with exponents from `least`; beyond `greatest` half a step up is infinite. */
function roundTo(x: number, digits: number, least: number, greatest: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  let exponent = Math.max(least, Math.floor(Math.log2(Math.abs(x))));
  if (Math.abs(x) >= 2 ** (exponent + 1)) exponent++;
  if (exponent > least && Math.abs(x) < 2 ** exponent) exponent--;
  const step = 2 ** (exponent - digits + 1);
  const scaled = x / step;
  const down = Math.floor(scaled);
  const rest = scaled - down;
  const up = rest > 0.5 || (rest === 0.5 && down % 2 !== 0);
  const rounded = (up ? down + 1 : down) * step;
  return Math.abs(rounded) > greatest ? Math.sign(x) * Infinity : rounded;
}

/** A number or bigint as a value of a dtype: floats round, integers wrap. */
export function toDType(dtype: DType, x: Value): Value {
  if (dtypeKind(dtype) === "float") return roundFloat(dtype, Number(x));
  return wrap(dtype, BigInt(x));
}
