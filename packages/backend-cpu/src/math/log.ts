// log and log1p of float32 lanes. x = 2^e m with sqrt(1/2) <= m < sqrt(2); log(m) = log(1 + f) by polynomial.
import {
  f32x4,
  i32x4,
  maddF32x4,
  nmaddF32x4,
  v128,
  type FunctionBuilder,
  type Local,
} from "../wasm/index.js";
import { keepTiny, LN2_HIGH, LN2_LOW, poly32, pow2, select32, type Guarded, type V } from "./common.js";

/** Bits of sqrt(1/2): subtracting them puts the exponent of m's range into the top bits. */
const SQRT_HALF_BITS = 0x3f3504f3;

// (log(1 + f) - f + f^2/2) / f^3; error 5.9e-9 relative to the result (tools/fit.mjs).
const LOG = [
  0.33333316, -0.2500081, 0.20002301, -0.16624558, 0.14180948, -0.13128504, 0.12882942, -0.078616634,
];

function exponentOf(f: FunctionBuilder, x: V): Local<"v128"> {
  return f.let(i32x4.shrS(i32x4.sub(x, i32x4.const(SQRT_HALF_BITS)), 23));
}

/** log(1 + g) + e ln2, summed smallest first. */
function assemble(f: FunctionBuilder, g: Local<"v128">, e: V): Local<"v128"> {
  const exponent = f.let(f32x4.convertI32x4S(e));
  const square = f.let(f32x4.mul(g, g));
  const cubic = f32x4.mul(f32x4.mul(square, g), poly32(g, LOG));
  const low = maddF32x4(exponent, f32x4.const(LN2_LOW), cubic);
  const small = nmaddF32x4(square, f32x4.const(0.5), low);
  return f.let(maddF32x4(exponent, f32x4.const(LN2_HIGH), f32x4.add(small, g)));
}

/** Lanes that need care: those up to `least`, below which a logarithm is not defined, Infinity and NaN. */
function outside(x: Local<"v128">, least: number): V {
  return v128.not(
    v128.and(f32x4.gt(x, f32x4.const(least)), f32x4.lt(x, f32x4.const(Number.POSITIVE_INFINITY))),
  );
}

/** Puts log's values at 0 (-Infinity), Infinity, negative numbers and NaN (NaN) into `result`. */
function fixLog(f: FunctionBuilder, x: Local<"v128">, result: Local<"v128">): void {
  const special = f32x4.sub(f32x4.sqrt(x), f32x4.div(f32x4.const(1), f32x4.abs(x)));
  f.set(result, select32(outside(x, 0), special, result));
}

/** Natural logarithm, within 1 ulp; denormal arguments too. log(0) = -Infinity, log(x < 0) = NaN. */
export const log: Guarded = {
  fast: (f, [x]) => {
    const arg = x!;
    const tiny = f.let(f32x4.lt(arg, f32x4.const(2 ** -126)));
    const normal = f.let(select32(tiny, f32x4.mul(arg, f32x4.const(2 ** 23)), arg));
    const e = exponentOf(f, normal);
    const m = i32x4.sub(normal, i32x4.shl(e, 23));
    const g = f.let(f32x4.sub(m, f32x4.const(1)));
    return assemble(f, g, i32x4.sub(e, v128.and(tiny, i32x4.const(23))));
  },
  outside: ([x]) => outside(x!, 0),
  fix: (f, [x], result) => fixLog(f, x!, result),
};

/** log(1 + x), within 2 ulp: the rounding error of 1 + x is carried into the polynomial's argument. */
export const log1p: Guarded = {
  fast: (f, [x]) => {
    const arg = x!;
    const one = f32x4.const(1);
    const u = f.let(f32x4.add(one, arg));
    const large = f32x4.gt(arg, one);
    const lost = f.let(select32(large, f32x4.sub(one, f32x4.sub(u, arg)), f32x4.sub(arg, f32x4.sub(u, one))));
    const e = exponentOf(f, u);
    const m = i32x4.sub(u, i32x4.shl(e, 23));
    const scaled = f32x4.mul(lost, pow2(i32x4.neg(i32x4.minS(e, i32x4.const(126)))));
    const g = f.let(f32x4.add(f32x4.sub(m, one), scaled));
    return keepTiny(f, arg, assemble(f, g, e));
  },
  outside: ([x]) => outside(x!, -1),
  fix: (f, [x], result) => fixLog(f, f.let(f32x4.add(f32x4.const(1), x!)), result),
};
