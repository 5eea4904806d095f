// tanh and erf of float32 lanes: an odd polynomial near 0, one minus an exponential beyond.
import { f32x4, v128, type FunctionBuilder } from "../wasm/index.js";
import { poly32, select32, signOf, type V } from "./common.js";
import { expBounded } from "./exp.js";

// (tanh x - x) / x^3 in x^2 for |x| <= 0.625; error 4.2e-9 (tools/fit.mjs).
const TANH = [-0.33333284, 0.13331486, -0.053743172, 0.020649709, -0.0057162028];
// erf(x)/x - 1 in x^2 for |x| <= 1; error 1.3e-9.
const ERF = [0.12837917, -0.3761263, 0.11283618, -0.026855126, 0.0051907338, -0.00080307614, 0.00007920368];
// log(erfc(t)) for 1 <= t <= 4; error 2.4e-11 in erf.
const LOG_ERFC = [
  0.00018804024, -1.1295785, -0.63321972, -0.10841884, 0.025208455, -0.004204642, 0.00044135252,
  -0.000021688087,
];

/** Hyperbolic tangent, within 2 ulp; +-1 from |x| = 9.02 on. */
export function tanh(f: FunctionBuilder, x: V): V {
  const arg = f.let(x);
  const size = f.let(f32x4.abs(arg));
  const square = f.let(f32x4.mul(arg, arg));
  const small = f.let(f32x4.add(size, f32x4.mul(f32x4.mul(size, square), poly32(square, TANH))));
  const e = expBounded(f, f32x4.mul(f32x4.pmin(size, f32x4.const(10)), f32x4.const(2)));
  const large = f32x4.sub(f32x4.const(1), f32x4.div(f32x4.const(2), f32x4.add(e, f32x4.const(1))));
  return v128.or(select32(f32x4.lt(size, f32x4.const(0.625)), small, large), signOf(arg));
}

/** Error function, within 2 ulp; +-1 from |x| = 3.92 on. */
export function erf(f: FunctionBuilder, x: V): V {
  const arg = f.let(x);
  const size = f.let(f32x4.abs(arg));
  const square = f.let(f32x4.mul(arg, arg));
  const small = f.let(f32x4.add(arg, f32x4.mul(arg, poly32(square, ERF))));
  const t = f.let(f32x4.pmin(size, f32x4.const(4)));
  const large = f32x4.sub(f32x4.const(1), expBounded(f, poly32(t, LOG_ERFC)));
  const signed = v128.or(large, signOf(arg));
  return f.let(select32(f32x4.lt(size, f32x4.const(1)), small, signed));
}
