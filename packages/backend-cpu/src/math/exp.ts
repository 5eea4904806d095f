// exp and expm1 of float32 lanes. x = n ln2 + r with |r| <= ln2/2 (Cody and Waite's split of ln2), e^r by polynomial.
import { f32x4, i32x4, type FunctionBuilder, type Local } from "../wasm/index.js";
import { keepTiny, poly32, pow2, type V } from "./common.js";

const LOG2E = Math.LOG2E;
const LN2_HIGH = 0.693359375;
const LN2_LOW = Math.LN2 - LN2_HIGH;
/** 1.5 * 2^23: adding it rounds to an integer, which then sits in the low bits. */
const MAGIC = 12582912;
const MAGIC_BITS = 0x4b400000;

// (e^r - 1 - r) / r^2; errors 3.1e-9 and 4.2e-10 relative to the result (tools/fit.mjs).
const EXP = [0.49999994, 0.16666521, 0.04166826, 0.008368669, 0.0013821363];
const EXPM1 = [0.5, 0.16666667, 0.04166649, 0.008333207, 0.0013932663, 0.00019945107];

interface Reduced {
  readonly n: Local<"v128">;
  readonly r: Local<"v128">;
}

function reduce(f: FunctionBuilder, x: V): Reduced {
  const clamped = f.let(x);
  const shifted = f.let(f32x4.add(f32x4.mul(clamped, f32x4.const(LOG2E)), f32x4.const(MAGIC)));
  const n = f.let(f32x4.sub(shifted, f32x4.const(MAGIC)));
  const high = f32x4.sub(clamped, f32x4.mul(n, f32x4.const(LN2_HIGH)));
  const r = f.let(f32x4.sub(high, f32x4.mul(n, f32x4.const(LN2_LOW))));
  return { n: f.let(i32x4.sub(shifted, i32x4.const(MAGIC_BITS))), r };
}

/** NaN stays NaN, as the first operand of pmin and pmax. */
function clamp(x: V, low: number, high: number): V {
  return f32x4.pmax(f32x4.pmin(x, f32x4.const(high)), f32x4.const(low));
}

function expReduced(f: FunctionBuilder, r: Local<"v128">): Local<"v128"> {
  const tail = f32x4.mul(f32x4.mul(r, r), poly32(r, EXP));
  return f.let(f32x4.add(f32x4.const(1), f32x4.add(r, tail)));
}

/** e^x, within 1 ulp; denormal results too, overflow to Infinity above 88.73, 0 below -103.98. */
export function exp(f: FunctionBuilder, x: V): V {
  const { n, r } = reduce(f, clamp(x, -104, 89));
  const half = f.let(i32x4.shrS(n, 1));
  return f32x4.mul(f32x4.mul(expReduced(f, r), pow2(half)), pow2(i32x4.sub(n, half)));
}

/** e^x where the caller knows -87 <= x <= 88 (or NaN): one scaling less. */
export function expBounded(f: FunctionBuilder, x: V): V {
  const { n, r } = reduce(f, x);
  return f32x4.mul(expReduced(f, r), pow2(n));
}

/** e^x - 1 without cancellation, within 2 ulp. */
export function expm1(f: FunctionBuilder, x: V): V {
  const arg = f.let(x);
  const { n, r } = reduce(f, clamp(arg, -20, 89));
  const p = f.let(f32x4.add(r, f32x4.mul(f32x4.mul(r, r), poly32(r, EXPM1))));
  const halfScale = f.let(pow2(i32x4.sub(n, i32x4.const(1))));
  const halfResult = f32x4.add(f32x4.mul(halfScale, p), f32x4.sub(halfScale, f32x4.const(0.5)));
  return keepTiny(f, arg, f32x4.mul(halfResult, f32x4.const(2)));
}
