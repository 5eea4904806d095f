// What the functions of one and two arguments mean, for floats, integers up to 32 bits, bool and 64-bit integers.
// Results are rounded or wrapped when they are stored; see elements.ts.
import {
  dtypeKind,
  itemSize,
  UnsupportedOpError,
  type BinaryFn,
  type DType,
  type UnaryFn,
} from "@isoform/core";
import { erf } from "./erf.js";

type Unary<T> = Readonly<Partial<Record<UnaryFn, (x: T) => T>>>;
type Binary<T> = Readonly<Partial<Record<BinaryFn, (a: T, b: T) => T>>>;

function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest < 0.5) return down;
  if (rest > 0.5) return Math.ceil(x);
  return down % 2 === 0 ? down : Math.ceil(x);
}

/** C's `pow`: unlike JavaScript's, 1 to any power and −1 to ±∞ are 1. */
function power(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return a ** b;
}

const floatUnary: Required<Omit<Unary<number>, "not">> = {
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
};

const same = <T>(x: T): T => x;

const intUnary: Unary<number> = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  floor: same,
  ceil: same,
  round: same,
  not: (x) => ~x,
};

const boolUnary: Unary<number> = { not: (x) => (x === 0 ? 1 : 0) };

const bigUnary: Unary<bigint> = {
  neg: (x) => -x,
  abs: (x) => (x < 0n ? -x : x),
  sign: (x) => (x < 0n ? -1n : x > 0n ? 1n : 0n),
  floor: same,
  ceil: same,
  round: same,
  not: (x) => ~x,
};

const floatBinary: Binary<number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: power,
  max: Math.max,
  min: Math.min,
  rem: (a, b) => a % b,
};

/** Square and multiply modulo 2³²; a negative exponent gives the truncated reciprocal. */
function intPower(base: number, exponent: number): number {
  if (exponent < 0) return base === 1 ? 1 : base === -1 ? (exponent % 2 === 0 ? 1 : -1) : 0;
  let out = 1;
  let square = base;
  for (let e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) out = Math.imul(out, square);
    square = Math.imul(square, square);
  }
  return out;
}

const boolBinary: Binary<number> = {
  max: Math.max,
  min: Math.min,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};

/** Shifts by less than 0 or by the width and more move every bit out. */
function intBinary(bits: number, signed: boolean): Binary<number> {
  const inside = (b: number) => b >= 0 && b < bits;
  return {
    add: (a, b) => (a + b) | 0,
    sub: (a, b) => (a - b) | 0,
    mul: Math.imul,
    div: (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
    pow: intPower,
    max: Math.max,
    min: Math.min,
    rem: (a, b) => (b === 0 ? 0 : a % b),
    and: (a, b) => a & b,
    or: (a, b) => a | b,
    xor: (a, b) => a ^ b,
    shl: (a, b) => (inside(b) ? a << b : 0),
    shr: signed ? (a, b) => a >> (inside(b) ? b : bits - 1) : (a, b) => (inside(b) ? a >>> b : 0),
  };
}

function bigPower(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) return base === 1n ? 1n : base === -1n ? (exponent % 2n === 0n ? 1n : -1n) : 0n;
  let out = 1n;
  let square = base;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) out = BigInt.asIntN(64, out * square);
    square = BigInt.asIntN(64, square * square);
  }
  return out;
}

const inside64 = (b: bigint): boolean => b >= 0n && b < 64n;

function bigBinary(signed: boolean): Binary<bigint> {
  return {
    add: (a, b) => BigInt.asIntN(64, a + b),
    sub: (a, b) => a - b,
    mul: (a, b) => BigInt.asIntN(64, a * b),
    div: (a, b) => (b === 0n ? 0n : a / b),
    pow: bigPower,
    max: (a, b) => (a < b ? b : a),
    min: (a, b) => (b < a ? b : a),
    rem: (a, b) => (b === 0n ? 0n : a % b),
    and: (a, b) => a & b,
    or: (a, b) => a | b,
    xor: (a, b) => a ^ b,
    shl: (a, b) => (inside64(b) ? a << b : 0n),
    shr: signed ? (a, b) => a >> (inside64(b) ? b : 63n) : (a, b) => (inside64(b) ? a >> b : 0n),
  };
}

function found<F>(f: F | undefined, fn: string, dtype: DType): F {
  if (f !== undefined) return f;
  throw new UnsupportedOpError(`${fn} is not defined on ${dtype}`, {
    code: "kernel/dtype",
    op: fn,
    hint: "a defect: please report it with op and shapes",
  });
}

/** A function of one number in a dtype that is computed in float64. */
export function numberUnary(fn: UnaryFn, dtype: DType): (x: number) => number {
  const kind = dtypeKind(dtype);
  const table: Unary<number> = kind === "float" ? floatUnary : kind === "bool" ? boolUnary : intUnary;
  return found(table[fn], fn, dtype);
}

/** A function of one 64-bit integer. */
export function bigintUnary(fn: UnaryFn, dtype: DType): (x: bigint) => bigint {
  return found(bigUnary[fn], fn, dtype);
}

/** A function of two numbers in a dtype that is computed in float64. */
export function numberBinary(fn: BinaryFn, dtype: DType): (a: number, b: number) => number {
  const kind = dtypeKind(dtype);
  if (kind === "float") return found(floatBinary[fn], fn, dtype);
  if (kind === "bool") return found(boolBinary[fn], fn, dtype);
  return found(intBinary(itemSize(dtype) * 8, kind === "int")[fn], fn, dtype);
}

/** A function of two 64-bit integers. */
export function bigintBinary(fn: BinaryFn, dtype: DType): (a: bigint, b: bigint) => bigint {
  return found(bigBinary(dtype === "int64")[fn], fn, dtype);
}
