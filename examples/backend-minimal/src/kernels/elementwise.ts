// unary, binary, compare, where, cast, fill, iota, copy, randomBits.
import type { BinaryFn, CompareFn, DType, UnaryFn } from "@isoform/core";
import type { DeviceView } from "../device.js";
import { greater, isFloat, lesser, load, places, rangeOf, store, type Value } from "../elements.js";

/** 2/√π·e^(−x²)·Σ 2ⁿx^(2n+1)/(1·3·…·(2n+1)): every term is positive, so nothing cancels. */
function erf(x: number): number {
  if (Number.isNaN(x) || Math.abs(x) > 6) return Number.isNaN(x) ? x : Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}

const FLOAT_UNARY: Readonly<Record<UnaryFn, (x: number) => number>> = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  sin: Math.sin,
  cos: Math.cos,
  atan: Math.atan,
  tanh: Math.tanh,
  erf,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  not: () => NaN,
};

function integerUnary(fn: UnaryFn, x: bigint, isBool: boolean): bigint {
  switch (fn) {
    case "neg":
      return -x;
    case "abs":
      return x < 0n ? -x : x;
    case "sign":
      return x > 0n ? 1n : x < 0n ? -1n : 0n;
    case "not":
      return isBool ? 1n - x : ~x;
    default:
      return x;
  }
}

export function unary(fn: UnaryFn, x: DeviceView, out: DeviceView): void {
  const float = isFloat(x.dtype);
  const one = (v: Value): Value =>
    float ? FLOAT_UNARY[fn](Number(v)) : integerUnary(fn, BigInt(v), x.dtype === "bool");
  store(out, load(x).map(one));
}

/** JavaScript's power, but for 1^y and (−1)^±∞, which are 1 in C. */
function power(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return Math.pow(a, b);
}

function floatBinary(fn: BinaryFn, a: number, b: number): Value {
  switch (fn) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "div":
      return a / b;
    case "rem":
      return a % b;
    case "pow":
      return power(a, b);
    case "max":
      return greater(a, b);
    case "min":
      return lesser(a, b);
    default:
      return NaN;
  }
}

function integerBinary(fn: BinaryFn, dtype: DType, a: bigint, b: bigint): Value {
  const bits = dtype === "int64" ? 64n : 32n;
  const outside = b < 0n || b >= bits;
  switch (fn) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "div":
      return b === 0n ? 0n : a / b;
    case "rem":
      return b === 0n ? 0n : a % b;
    case "pow":
      if (b >= 0n) return a ** b;
      return a === 1n ? 1n : a === -1n ? (b % 2n === 0n ? 1n : -1n) : 0n;
    case "max":
      return greater(a, b);
    case "min":
      return lesser(a, b);
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "shl":
      return outside ? 0n : a << b;
    case "shr":
      return outside ? (a < 0n ? -1n : 0n) : a >> b;
  }
}

export function binary(fn: BinaryFn, a: DeviceView, b: DeviceView, out: DeviceView): void {
  const second = load(b);
  const one = isFloat(a.dtype)
    ? (x: Value, y: Value) => floatBinary(fn, Number(x), Number(y))
    : (x: Value, y: Value) => integerBinary(fn, a.dtype, BigInt(x), BigInt(y));
  store(
    out,
    load(a).map((x, i) => one(x, second[i]!)),
  );
}

export function compare(fn: CompareFn, a: DeviceView, b: DeviceView, out: DeviceView): void {
  const second = load(b);
  store(
    out,
    load(a).map((x, i) => {
      const y = second[i]!;
      return (fn === "eq" ? x === y : fn === "lt" ? x < y : x <= y) ? 1n : 0n;
    }),
  );
}

export function where(cond: DeviceView, a: DeviceView, b: DeviceView, out: DeviceView): void {
  const [yes, no] = [load(a), load(b)];
  store(
    out,
    load(cond).map((c, i) => (c ? yes[i]! : no[i]!)),
  );
}

/** A value as one of another dtype: floats become integers toward zero, inside the range, NaN becomes 0. */
function converted(v: Value, dtype: DType): Value {
  if (isFloat(dtype) || dtype === "bool" || typeof v === "bigint") return v;
  const [low, high] = rangeOf(dtype);
  if (Number.isNaN(v)) return 0n;
  if (v <= low) return low;
  return v >= high ? high : BigInt(Math.trunc(v));
}

export function cast(x: DeviceView, out: DeviceView): void {
  store(
    out,
    load(x).map((v) => converted(v, out.dtype)),
  );
}

export function fill(out: DeviceView, value: number | bigint): void {
  const one = converted(value, out.dtype);
  store(
    out,
    places(out.shape, out.strides).map(() => one),
  );
}

export function iota(out: DeviceView, axis: number): void {
  const steps = out.shape.map((_, i) => (i === axis ? 1 : 0));
  store(out, places(out.shape, steps).map(BigInt));
}

export function copy(x: DeviceView, out: DeviceView): void {
  const from = places(x.shape, x.strides, x.offset);
  places(out.shape, out.strides, out.offset).forEach((at, i) => {
    out.data[at] = x.data[from[i]!]!;
  });
}

const WORD = 2n ** 32n;

/** One block of Philox4x32-10. */
function philox(keys: readonly [bigint, bigint], counter: bigint): bigint[] {
  let [k0, k1] = keys;
  let [a, b, c, d] = [0n, 32n, 64n, 96n].map((bits) => (counter >> bits) % WORD) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  for (let round = 0; round < 10; round++) {
    const [left, right] = [0xd2511f53n * a, 0xcd9e8d57n * c];
    [a, b, c, d] = [(right / WORD) ^ b ^ k0, right % WORD, (left / WORD) ^ d ^ k1, left % WORD];
    k0 = (k0 + 0x9e3779b9n) % WORD;
    k1 = (k1 + 0xbb67ae85n) % WORD;
  }
  return [a, b, c, d];
}

export function randomBits(key: DeviceView, out: DeviceView): void {
  const [k0, k1, c0, c1] = load(key).map(BigInt) as [bigint, bigint, bigint, bigint];
  const words: bigint[] = [];
  const wanted = places(out.shape, out.strides).length;
  for (let i = 0n; words.length < wanted; i++) words.push(...philox([k0, k1], c0 + c1 * WORD + i));
  store(out, words);
}
