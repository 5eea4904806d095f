// Elements of views as JavaScript values, in row-major order: numbers for floats, bigints for integers and bool.
import { dtypeKind, itemSize, type DType } from "@isoform/core";
import type { DeviceView } from "./device.js";

/** An element: a number of a float dtype, a bigint of an integer dtype or bool. */
export type Value = number | bigint;

/** Whether the values of a dtype are numbers. */
export const isFloat = (dtype: DType): boolean => dtypeKind(dtype) === "float";

/** Product of the sizes. */
export const count = (shape: readonly number[]): number => shape.reduce((p, n) => p * n, 1);

/** Row-major strides. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** For every index of a shape in row-major order, Σ index·strides + start. */
export function places(shape: readonly number[], strides: readonly number[], start = 0): number[] {
  let out = [start];
  shape.forEach((n, axis) => {
    const step = strides[axis]!;
    out = out.flatMap((at) => Array.from({ length: n }, (_, i) => at + i * step));
  });
  return out;
}

/** All indices of a shape in row-major order. */
export function indices(shape: readonly number[]): number[][] {
  let out: number[][] = [[]];
  for (const n of shape) out = out.flatMap((index) => Array.from({ length: n }, (_, i) => [...index, i]));
  return out;
}

/** The elements of a view. */
export function load(v: DeviceView): Value[] {
  const float = isFloat(v.dtype);
  return places(v.shape, v.strides, v.offset).map((at) => {
    const raw = v.data[at];
    if (raw === undefined) throw new RangeError(`element ${at} is outside the memory of ${v.data.length}`);
    return float ? Number(raw) : BigInt(raw);
  });
}

/** Writes the elements of a view: floats are rounded, integers wrap, bool is "not zero". */
export function store(out: DeviceView, values: readonly Value[]): void {
  const { data, dtype } = out;
  const bits = itemSize(dtype) * 8;
  const kind = dtypeKind(dtype);
  const convert = (v: Value): Value => {
    if (kind === "float") return Number(v);
    // NaN is not zero.
    if (kind === "bool") return v === 0 || v === 0n ? 0 : 1;
    const whole = kind === "int" ? BigInt.asIntN(bits, BigInt(v)) : BigInt.asUintN(bits, BigInt(v));
    return bits === 64 ? whole : Number(whole);
  };
  places(out.shape, out.strides, out.offset).forEach((at, i) => {
    data[at] = convert(values[i]!);
  });
}

/** Least and greatest value of a dtype. */
export function rangeOf(dtype: DType): readonly [Value, Value] {
  const bits = BigInt(itemSize(dtype) * 8);
  switch (dtypeKind(dtype)) {
    case "float":
      return [-Infinity, Infinity];
    case "bool":
      return [0n, 1n];
    case "int":
      return [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
    case "uint":
      return [0n, 2n ** bits - 1n];
  }
}

/** Arithmetic of the values of a dtype. */
export interface Arithmetic {
  readonly zero: Value;
  readonly one: Value;
  add(a: Value, b: Value): Value;
  mul(a: Value, b: Value): Value;
}

const FLOAT: Arithmetic = {
  zero: 0,
  one: 1,
  add: (a, b) => Number(a) + Number(b),
  mul: (a, b) => Number(a) * Number(b),
};
const INTEGER: Arithmetic = {
  zero: 0n,
  one: 1n,
  add: (a, b) => BigInt(a) + BigInt(b),
  mul: (a, b) => BigInt(a) * BigInt(b),
};

/** Arithmetic of a dtype; integers have any size until they are stored. */
export const arithmeticOf = (dtype: DType): Arithmetic => (isFloat(dtype) ? FLOAT : INTEGER);

/** The greater of two, where NaN wins. */
export const greater = (a: Value, b: Value): Value => (Number.isNaN(a) || a >= b ? a : b);
/** The lesser of two, where NaN wins. */
export const lesser = (a: Value, b: Value): Value => (Number.isNaN(a) || a <= b ? a : b);

/** The index of the first greatest or least of some values; the first NaN, if there is one. */
export function firstExtreme(kind: "max" | "min", values: readonly Value[]): number {
  const nan = values.findIndex((v) => Number.isNaN(v));
  if (nan >= 0) return nan;
  let best = 0;
  values.forEach((v, i) => {
    if (kind === "max" ? v > values[best]! : v < values[best]!) best = i;
  });
  return best;
}
