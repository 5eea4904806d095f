// Elementwise ops from their definitions: floats in float64, integers as bigints of any size, then wrapped.
import { dtypeKind, type BinaryFn, type CompareFn, type DType, type UnaryFn } from "@isoform/core";
import { integerRange, wrap, type NDArray, type Value } from "./ndarray.js";

/** 2/√π ∫₀ˣ e^(−t²) dt by Simpson's rule. */
export function erfByIntegration(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const end = Math.min(Math.abs(x), 6);
  const n = 2048;
  const h = end / n;
  let total = 1 + Math.exp(-end * end);
  for (let i = 1; i < n; i++) total += (i % 2 === 1 ? 4 : 2) * Math.exp(-((i * h) ** 2));
  return Math.sign(x) * Math.min(1, ((2 / Math.sqrt(Math.PI)) * (total * h)) / 3);
}

function nearestEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

const floatUnary: Readonly<Record<Exclude<UnaryFn, "not">, (x: number) => number>> = {
  neg: (x) => 0 - x,
  abs: (x) => (x < 0 ? -x : x),
  sign: (x) => (x > 0 ? 1 : x < 0 ? -1 : x),
  exp: (x) => Math.exp(x),
  expm1: (x) => Math.expm1(x),
  log: (x) => Math.log(x),
  log1p: (x) => Math.log1p(x),
  sqrt: (x) => Math.sqrt(x),
  rsqrt: (x) => 1 / Math.sqrt(x),
  sin: (x) => Math.sin(x),
  cos: (x) => Math.cos(x),
  atan: (x) => Math.atan2(x, 1),
  tanh: (x) => Math.tanh(x),
  erf: erfByIntegration,
  floor: (x) => Math.floor(x),
  ceil: (x) => -Math.floor(-x),
  round: nearestEven,
};

function integerUnary(fn: UnaryFn, x: bigint): bigint {
  switch (fn) {
    case "neg":
      return -x;
    case "abs":
      return x < 0n ? -x : x;
    case "sign":
      return x > 0n ? 1n : x < 0n ? -1n : 0n;
    case "not":
      return -x - 1n;
    default:
      return x;
  }
}

/** A function of one argument on every element. */
export function unary(fn: UnaryFn, x: NDArray): NDArray {
  const one = (v: Value): Value => {
    if (x.dtype === "bool") return v ? 0 : 1;
    if (dtypeKind(x.dtype) !== "float") return wrap(x.dtype, integerUnary(fn, BigInt(v)));
    return fn === "not" ? NaN : floatUnary[fn](Number(v));
  };
  return { ...x, data: x.data.map(one) };
}

function floatBinary(fn: BinaryFn, a: number, b: number): number {
  switch (fn) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "div":
      return a / b;
    case "pow":
      return a === 1 || (a === -1 && !Number.isFinite(b) && !Number.isNaN(b)) ? 1 : Math.pow(a, b);
    case "max":
      return Number.isNaN(a) || Number.isNaN(b) ? NaN : a > b ? a : b;
    case "min":
      return Number.isNaN(a) || Number.isNaN(b) ? NaN : a < b ? a : b;
    case "rem":
      return a % b;
    default:
      return NaN;
  }
}

function integerBinary(fn: BinaryFn, dtype: DType, a: bigint, b: bigint): bigint {
  const [low, high] = integerRange(dtype);
  const bits = BigInt((high - low + 1n).toString(2).length - 1);
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
      return b === 0n ? 0n : a - b * (a / b);
    case "pow":
      if (b >= 0n) return a ** b;
      return a === 1n ? 1n : a === -1n ? (b % 2n === 0n ? 1n : -1n) : 0n;
    case "max":
      return a > b ? a : b;
    case "min":
      return a < b ? a : b;
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "shl":
      return b < 0n || b >= bits ? 0n : a * 2n ** b;
    case "shr":
      return b < 0n || b >= bits ? (a < 0n ? -1n : 0n) : a >> b;
  }
}

/** A function of two arguments on every pair. */
export function binary(fn: BinaryFn, a: NDArray, b: NDArray): NDArray {
  const float = dtypeKind(a.dtype) === "float";
  const data = a.data.map((v, i): Value => {
    const w = b.data[i]!;
    if (float) return floatBinary(fn, Number(v), Number(w));
    return wrap(a.dtype, integerBinary(fn, a.dtype, BigInt(v), BigInt(w)));
  });
  return { ...a, data: a.dtype === "bool" ? data.map((v) => (v ? 1 : 0)) : data };
}

/** A comparison of every pair. */
export function compare(fn: CompareFn, a: NDArray, b: NDArray): NDArray {
  const data = a.data.map((v, i) => {
    const w = b.data[i]!;
    const holds = fn === "eq" ? v === w : fn === "lt" ? v < w : v <= w;
    return holds ? 1 : 0;
  });
  return { shape: a.shape, dtype: "bool", data };
}

/** Elements of `a` where the condition holds, else of `b`. */
export function where(cond: NDArray, a: NDArray, b: NDArray): NDArray {
  return { ...a, data: cond.data.map((c, i) => (c ? a.data[i]! : b.data[i]!)) };
}

/** Conversion: float to integer truncates and saturates, NaN gives 0; integers wrap; bool is "not zero". */
export function cast(x: NDArray, dtype: DType): NDArray {
  const from = dtypeKind(x.dtype);
  const to = dtypeKind(dtype);
  const one = (v: Value): Value => {
    if (to === "bool") return v === 0 || v === 0n ? 0 : 1;
    if (to === "float") return Number(v);
    if (from !== "float") return wrap(dtype, BigInt(v));
    const x_ = Number(v);
    const [low, high] = integerRange(dtype);
    if (Number.isNaN(x_)) return wrap(dtype, 0n);
    if (x_ === Infinity) return wrap(dtype, high);
    if (x_ === -Infinity) return wrap(dtype, low);
    const whole = BigInt(Math.trunc(x_));
    return wrap(dtype, whole > high ? high : whole < low ? low : whole);
  };
  return { shape: x.shape, dtype, data: x.data.map(one) };
}
