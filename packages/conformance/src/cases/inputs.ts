// Deterministic inputs of a dtype: random values in a range, extremes, specials.
import { dtypeKind, type DType } from "@isoform/core";
import { countOf, holdsBigints, integerRange, toDType, type NDArray, type Value } from "../oracle/ndarray.js";

/** Makes an input of the dtype under test (or of a dtype of its own). */
export type Input = (dtype: DType) => NDArray;

/** Makes each array once per dtype. */
function remembered(make: Input): Input {
  const made = new Map<DType, NDArray>();
  return (dtype) => {
    const found = made.get(dtype);
    if (found) return found;
    const x = make(dtype);
    made.set(dtype, x);
    return x;
  };
}

/** mulberry32: a small seeded generator of numbers in [0, 1). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Range of random values: `float` for floats, `int` (clipped to the dtype) for integers, ends included. */
export interface Range {
  readonly float?: readonly [number, number];
  readonly int?: readonly [number, number];
}

/** Random values of the dtype under test. Defaults: floats in ±3, integers in ±20. */
export function random(shape: readonly number[], seed: number, range: Range = {}): Input {
  const [low, high] = range.float ?? [-3, 3];
  const [least, most] = range.int ?? [-20, 20];
  return remembered((dtype) => {
    const next = generator(seed * 7919 + countOf(shape));
    const one = (): Value => {
      if (dtype === "bool") return next() < 0.5 ? 0 : 1;
      if (dtypeKind(dtype) === "float") return toDType(dtype, low + (high - low) * next());
      const from = dtypeKind(dtype) === "uint" ? Math.max(0, least) : Math.max(-128, least);
      const to = Math.min(127, most);
      return toDType(dtype, BigInt(from + Math.floor((to - from + 1) * next())));
    };
    return { shape, dtype, data: Array.from({ length: countOf(shape) }, one) };
  });
}

/** Values given as numbers, rounded or clipped to the dtype under test. */
export function given(shape: readonly number[], data: readonly number[]): Input {
  return (dtype) => {
    const kind = dtypeKind(dtype);
    const one = (x: number): Value => {
      if (kind === "float") return toDType(dtype, x);
      if (kind === "bool") return x === 0 || Number.isNaN(x) ? 0 : 1;
      const [low, high] = integerRange(dtype);
      const whole = Number.isNaN(x)
        ? 0n
        : x === Infinity
          ? high
          : x === -Infinity
            ? low
            : BigInt(Math.trunc(x));
      return toDType(dtype, whole < low ? low : whole > high ? high : whole);
    };
    return { shape, dtype, data: data.map(one) };
  };
}

/** Values of a fixed dtype: indices, keys, conditions. */
export function fixed(dtype: DType, shape: readonly number[], data: readonly number[]): Input {
  return () => ({ shape, dtype, data: data.map((v) => (holdsBigints(dtype) ? BigInt(v) : v)) });
}

/** Random bools, whatever the dtype under test. */
export function flags(shape: readonly number[], seed: number): Input {
  return () => random(shape, seed)("bool");
}

/** The same array repeated along a new first axis: what a broadcast view holds. */
export function repeated(times: number, input: Input): Input {
  return (dtype) => {
    const x = input(dtype);
    return { ...x, shape: [times, ...x.shape], data: Array.from({ length: times }, () => x.data).flat() };
  };
}

const FLOAT_SPECIALS: readonly number[] = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2.5,
  -3.5,
  1e-3,
];

/** Specials of a dtype: NaN, infinities and halves of floats; ends and neighbours of zero of integers. */
export function specials(dtype: DType): Value[] {
  if (dtype === "bool") return [0, 1];
  if (dtypeKind(dtype) === "float") return FLOAT_SPECIALS.map((x) => toDType(dtype, x));
  const [low, high] = integerRange(dtype);
  const list = [low, low + 1n, 0n, 1n, 2n, 3n, high / 2n, high - 1n, high, ...(low < 0n ? [-1n, -2n] : [])];
  return list.map((x) => toDType(dtype, x));
}

/** All specials, 1-d. */
export const specialValues: Input = (dtype) => {
  const data = specials(dtype);
  return { shape: [data.length], dtype, data };
};

/** Every pair of specials, as the two inputs of a binary op. */
export const specialPairs: readonly [Input, Input] = [
  (dtype) => {
    const list = specials(dtype);
    return { shape: [list.length, list.length], dtype, data: list.flatMap((a) => list.map(() => a)) };
  },
  (dtype) => {
    const list = specials(dtype);
    return { shape: [list.length, list.length], dtype, data: list.flatMap(() => list) };
  },
];
