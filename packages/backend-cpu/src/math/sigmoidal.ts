// tanh, the logistic function and erf of float32 lanes, and what is made of them: silu, gelu.
import { f32x4, i32x4, maddF32x4, nmaddF32x4, v128, type FunctionBuilder } from "../wasm/index.js";
import { poly32, select32, signOf, type V } from "./common.js";
import { MAGIC, clamp, expBounded } from "./exp.js";

// (tanh r - r) / r^3 in r^2 for |r| <= 0.266; error 4.6e-9 (tools/fit.mjs).
const TANH = [-0.33333203, 0.13321954, -0.051130883];
/** Up to 0.09 + ln2 / 4 = 0.263 tanh is its polynomial alone. */
const TANH_ALONE = 0.09;
// erf(x)/x - 1 in x^2 for |x| <= 1; error 1.3e-9.
const ERF = [0.12837917, -0.3761263, 0.11283618, -0.026855126, 0.0051907338, -0.00080307614, 0.00007920368];
// log(erfc(t)) for 1 <= t <= 4; error 2.4e-11 in erf.
const LOG_ERFC = [
  0.00018804024, -1.1295785, -0.63321972, -0.10841884, 0.025208455, -0.004204642, 0.00044135252,
  -0.000021688087,
];

/**
 * Hyperbolic tangent, within 2 ulp; +-1 from |x| = 9.02 on. |x| = r + n ln2 / 2, t = tanh r, S = 2^n; by the theorem of
 * addition the result is h / (h + 1 - t) with h = ((S + 1) t + S - 1) / 2, whose rounding errors mostly cancel.
 */
export function tanh(f: FunctionBuilder, x: V): V {
  const arg = f.let(x);
  const size = f.let(f32x4.pmin(f32x4.abs(arg), f32x4.const(10)));
  // With 126 the low bits are, moved to an exponent's place, S / 2.
  const magic = f32x4.const(MAGIC + 126);
  const rounded = f32x4.sub(size, f32x4.const(TANH_ALONE));
  const shifted = f.let(maddF32x4(rounded, f32x4.const(2 * Math.LOG2E), magic));
  const r = f.let(nmaddF32x4(f32x4.sub(shifted, magic), f32x4.const(Math.LN2 / 2), size));
  const square = f.let(f32x4.mul(r, r));
  const t = f.let(maddF32x4(f32x4.mul(r, square), poly32(square, TANH), r));
  const half = f32x4.const(0.5);
  const scale = f.let(i32x4.shl(shifted, 23));
  const h = f.let(maddF32x4(f32x4.add(scale, half), t, f32x4.sub(scale, half)));
  const quotient = f32x4.div(h, f32x4.add(h, f32x4.sub(f32x4.const(1), t)));
  return v128.or(quotient, signOf(arg));
}

/**
 * 1 / (2 e^-x), infinite from x = -89.1 down, at least for what sigmoid and silu divide by it: h with
 * sigmoid(x) = 0.5 / (0.5 + h).
 */
function halfExpOfNegative(f: FunctionBuilder, x: V): V {
  return expBounded(f, clamp(f32x4.neg(x), -30, 89.2), -1);
}

/** numerator / (1 + e^-x); 0 for x below -89.1 (and a finite numerator), within 2 ulp of numerator * sigmoid(x). */
function logistic(f: FunctionBuilder, numerator: V, x: V): V {
  const half = f32x4.const(0.5);
  return f32x4.div(f32x4.mul(numerator, half), f32x4.add(half, halfExpOfNegative(f, x)));
}

/** 1 / (1 + e^-x), within 2 ulp. */
export function sigmoid(f: FunctionBuilder, x: V): V {
  const half = f32x4.const(0.5);
  return f32x4.div(half, f32x4.add(half, halfExpOfNegative(f, x)));
}

/** x / (1 + e^-x), within 3 ulp; NaN at -Infinity. */
export function silu(f: FunctionBuilder, x: V): V {
  const arg = f.let(x);
  return logistic(f, arg, arg);
}

/** x (1 + erf(x / sqrt(2))) / 2. */
export function gelu(f: FunctionBuilder, x: V): V {
  const arg = f.let(x);
  const e = erf(f, f32x4.mul(arg, f32x4.const(Math.SQRT1_2)));
  return f32x4.mul(f32x4.mul(arg, f32x4.const(0.5)), f32x4.add(e, f32x4.const(1)));
}

/** x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 as x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)). */
export function geluTanh(f: FunctionBuilder, x: V): V {
  const arg = f.let(x);
  const scale = 2 * Math.sqrt(2 / Math.PI);
  const square = f32x4.mul(arg, arg);
  const factor = maddF32x4(square, f32x4.const(0.044715 * scale), f32x4.const(scale));
  return logistic(f, arg, f32x4.mul(arg, factor));
}

/** Error function, within 2 ulp; +-1 from |x| = 3.92 on. */
export function erf(f: FunctionBuilder, x: V): V {
  const arg = f.let(x);
  const size = f.let(f32x4.abs(arg));
  const square = f.let(f32x4.mul(arg, arg));
  const small = f.let(maddF32x4(arg, poly32(square, ERF), arg));
  const t = f.let(f32x4.pmin(size, f32x4.const(4)));
  const large = f32x4.sub(f32x4.const(1), expBounded(f, poly32(t, LOG_ERFC)));
  const signed = v128.or(large, signOf(arg));
  return f.let(select32(f32x4.lt(size, f32x4.const(1)), small, signed));
}
