// exp and expm1 of float32 lanes. x = n ln2 + r with |r| <= ln2/2 (Cody and Waite's split of ln2), e^r by polynomial.
import {
  f32x4,
  i32,
  i32x4,
  maddF32x4,
  nmaddF32x4,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
} from "../wasm/index.js";
import { keepTiny, LN2_HIGH, LN2_LOW, poly32, type V } from "./common.js";

const LOG2E = Math.LOG2E;
/** 1.5 * 2^23: adding it rounds to an integer, which then sits in the low bits. */
export const MAGIC = 12582912;
const EXPONENT_BITS = 0x7f800000;

// (e^r - 1 - r) / r^2; errors 3.1e-9 and 4.2e-10 relative to the result (tools/fit.mjs).
const EXP = [0.49999994, 0.16666521, 0.04166826, 0.008368669, 0.0013821363];
const EXPM1 = [0.5, 0.16666667, 0.04166649, 0.008333207, 0.0013932663, 0.00019945107];

interface Reduced {
  /** n + bias in the low bits; shifted left by 23, the float 2^(n + bias - 127). */
  readonly shifted: Local<"v128">;
  readonly r: Local<"v128">;
}

function reduce(f: FunctionBuilder, x: V, bias: number): Reduced {
  const arg = f.let(x);
  const magic = f32x4.const(MAGIC + bias);
  const shifted = f.let(maddF32x4(arg, f32x4.const(LOG2E), magic));
  const n = f.let(f32x4.sub(shifted, magic));
  const high = nmaddF32x4(n, f32x4.const(LN2_HIGH), arg);
  return { shifted, r: f.let(nmaddF32x4(n, f32x4.const(LN2_LOW), high)) };
}

/** NaN stays NaN, as the first operand of pmin and pmax. */
export function clamp(x: V, low: number, high: number): V {
  return f32x4.pmax(f32x4.pmin(x, f32x4.const(high)), f32x4.const(low));
}

function expReduced(r: Local<"v128">): V {
  return f32x4.add(f32x4.const(1), maddF32x4(f32x4.mul(r, r), poly32(r, EXP), r));
}

/** e^x, within 1 ulp; denormal results too, overflow to Infinity above 88.73, 0 below -103.98. */
export function exp(f: FunctionBuilder, x: V): V {
  const { shifted, r } = reduce(f, clamp(x, -104, 89), 254);
  const low = f.let(v128.and(i32x4.shl(shifted, 22), i32x4.const(EXPONENT_BITS)));
  const high = i32x4.sub(i32x4.shl(shifted, 23), low);
  return f32x4.mul(f32x4.mul(expReduced(r), low), high);
}

/** 2^power e^x where the caller knows that the result is a normal float (or NaN): one scaling less than `exp`. */
export function expBounded(f: FunctionBuilder, x: V, power = 0): V {
  const { shifted, r } = reduce(f, x, 127 + power);
  return f32x4.mul(expReduced(r), i32x4.shl(shifted, 23));
}

/** e^x - 1 without cancellation, within 2 ulp. */
export function expm1(f: FunctionBuilder, x: V): V {
  const arg = f.let(x);
  const { shifted, r } = reduce(f, clamp(arg, -20, 89), 126);
  const p = f.let(maddF32x4(f32x4.mul(r, r), poly32(r, EXPM1), r));
  const halfScale = f.let(i32x4.shl(shifted, 23));
  const halfResult = maddF32x4(halfScale, p, f32x4.sub(halfScale, f32x4.const(0.5)));
  return keepTiny(f, arg, f32x4.mul(halfResult, f32x4.const(2)));
}

// 2^r for |r| <= 1/2; error 9.3e-8 relative to the result (tools/fit.mjs).
const EXP2 = [1, 0.693147, 0.24022247, 0.055507112, 0.009671294, 0.0013269406];

/** The power of two that terms of a sum of exponentials are times: those down to e^-104 of the largest are normal. */
export const DIFFERENCE_POWER = 80;

/**
 * 2^DIFFERENCE_POWER e^d for d <= 0 in a sum whose largest term is e^0: d log2(e) may be rounded to float32, so the error is
 * up to (3.6 + 1.5 |d|) 2^-24 of the result, as the difference of floats that d is may already be wrong by |d| 2^-24.
 */
export function expOfDifference(f: FunctionBuilder, d: V): V {
  const { power, shifted } = exp2Reduced(f, f.let(f32x4.pmax(d, f32x4.const(-104.7))), 127);
  return f32x4.mul(power, i32x4.shl(shifted, 23));
}

/** A term of a sum of exponentials, and x log2(e) rounded to an integer, which tells whether the term is right. */
export interface PlainExp {
  readonly value: V;
  readonly rounded: Local<"v128">;
}

/**
 * 2^DIFFERENCE_POWER e^x, for x that are plain: between -11.4 and 10.7, where there is no difference to take and no bound to
 * keep. The error is as for `expOfDifference`, of x.
 */
export function expPlain(f: FunctionBuilder, x: V): PlainExp {
  const { power, shifted } = exp2Reduced(f, f.let(x), 0);
  return { value: i32x4.add(power, i32x4.shl(shifted, 23)), rounded: shifted };
}

/** Whether numbers were plain, given what was `rounded` of all of them, joined by `and` and by `or`. */
export function isPlain(and: Local<"v128">, or: Local<"v128">): Expr<"i32"> {
  const upper = i32x4.const(PLAIN_BITS);
  const differs = v128.or(v128.xor(and, upper), v128.xor(or, upper));
  return i32.eqz(v128.anyTrue(v128.and(differs, i32x4.const(-32))));
}

/** What integers from -16 to 15 have in common: the bits of MAGIC + DIFFERENCE_POWER - 16, five zeros at their end. */
const PLAIN_BITS = 0x4b400000 + DIFFERENCE_POWER - 16;

/** 2^(x log2(e) - n), and the integer n = round(x log2(e)) with DIFFERENCE_POWER and `bias` added in the low bits of a float. */
function exp2Reduced(
  f: FunctionBuilder,
  x: Local<"v128">,
  bias: number,
): { power: V; shifted: Local<"v128"> } {
  const magic = f32x4.const(MAGIC + bias + DIFFERENCE_POWER);
  const log2e = f32x4.const(LOG2E);
  const shifted = f.let(maddF32x4(x, log2e, magic));
  const r = f.let(maddF32x4(x, log2e, f32x4.sub(magic, shifted)));
  return { power: poly32(r, EXP2), shifted };
}
