// pow and rem (C fmod) of float32 lanes, computed two lanes at a time in float64.
import {
  call,
  f32,
  f32x4,
  f64,
  f64x2,
  i32x4,
  i64x2,
  maddF64x2,
  shuffle32,
  v128,
  type Func,
  type FunctionBuilder,
  type Local,
} from "../wasm/index.js";
import { poly64, select32, xorSign, type Guarded, type V } from "./common.js";

/** 2/ln2 atanh(s)/s in s^2: the Taylor series, exact to 1e-13 for |s| <= 0.172. */
const LOG2 = Array.from({ length: 8 }, (_, k) => 2 / (Math.LN2 * (2 * k + 1)));
/** 2^t for |t| <= 1/2; error 4.1e-11 (tools/fit.mjs). */
const EXP2 = [
  0.9999999999595504, 0.6931471805350288, 0.2402265121358252, 0.05550410976100134, 0.009618025604265994,
  0.0013333422653113494, 0.00015469731633284672, 0.00001531645987641921,
];
const MAGIC = 6755399441055744;
const SQRT_HALF_HIGH_BITS = 0x3fe6a09en << 32n;
const ONE_BITS = 0x3ff0000000000000n;

type Halves = (lanes: Local<"v128">, other: Local<"v128">) => V;

/** Applies a float64 function to the lower and the upper lanes of two float32 vectors. */
function byHalves(f: FunctionBuilder, a: Local<"v128">, b: Local<"v128">, body: Halves): Local<"v128"> {
  const half = (x: V, y: V): V =>
    f.let(f32x4.demoteF64x2Zero(body(f.let(f64x2.promoteLowF32x4(x)), f.let(f64x2.promoteLowF32x4(y)))));
  const low = half(a, b);
  const high = half(shuffle32(a, a, [2, 3, 2, 3]), shuffle32(b, b, [2, 3, 2, 3]));
  return f.let(shuffle32(low, high, [0, 1, 4, 5]));
}

/** Replaces the lanes where `special` is set by the host's function. */
function hostLanes(
  f: FunctionBuilder,
  special: Local<"v128">,
  a: V,
  b: V,
  result: Local<"v128">,
  host: Func<readonly ["f64", "f64"], "f64">,
): void {
  for (let lane = 0; lane < 4; lane++) {
    f.if(i32x4.extract(special, lane), () => {
      const x = f64.promoteF32(f32x4.extract(a, lane));
      const y = f64.promoteF32(f32x4.extract(b, lane));
      f.set(result, f32x4.replace(result, lane, f32.demoteF64(call(host, x, y))));
    });
  }
}

/** 2^(y log2|x|) in float64 lanes; x normal. */
function powWide(f: FunctionBuilder, x: Local<"v128">, y: Local<"v128">): V {
  const shifted = f.let(i64x2.shrU(i64x2.sub(x, i64x2.const(SQRT_HALF_HIGH_BITS)), 52));
  const exponentBits = f.let(i64x2.shl(shifted, 52));
  const m = f.let(i64x2.sub(x, exponentBits));
  // The exponent is the 12-bit number in `shifted`, signed; sign-extend its low 32 bits and convert.
  const low = shuffle32(shifted, shifted, [0, 2, 0, 2]);
  const e = f64x2.convertLowI32x4S(i32x4.shrS(i32x4.shl(low, 20), 20));
  const s = f.let(f64x2.div(f64x2.sub(m, f64x2.const(1)), f64x2.add(m, f64x2.const(1))));
  const square = f.let(f64x2.mul(s, s));
  const log2 = maddF64x2(s, poly64(square, LOG2), e);
  const product = f.let(f64x2.pmax(f64x2.pmin(f64x2.mul(y, log2), f64x2.const(300)), f64x2.const(-300)));
  const rounded = f.let(f64x2.add(product, f64x2.const(MAGIC)));
  const fraction = f.let(f64x2.sub(product, f64x2.sub(rounded, f64x2.const(MAGIC))));
  return f64x2.mul(poly64(fraction, EXP2), i64x2.add(i64x2.shl(rounded, 52), i64x2.const(ONE_BITS)));
}

const isFinite = (size: V): V => f32x4.lt(size, f32x4.const(Number.POSITIVE_INFINITY));

/** Lanes with zero, denormal or non-finite operands. */
function leftToHost(x: Local<"v128">, y: Local<"v128">): V {
  const size = f32x4.abs(x);
  const normal = v128.and(f32x4.ge(size, f32x4.const(2 ** -126)), isFinite(size));
  return v128.not(v128.and(normal, isFinite(f32x4.abs(y))));
}

/**
 * x^y within 1 ulp. A negative base gives NaN unless y is an integer. Lanes with zero, denormal or non-finite
 * operands take the host's function, which follows C's `pow` (x^0 = 1 and 1^y = 1 even for NaN).
 */
export const pow: Guarded = {
  fast: (f, [x, y]) => byHalves(f, f.let(f32x4.abs(x!)), y!, (a, b) => powWide(f, a, b)),
  outside: ([x, y]) => v128.or(f32x4.lt(x!, f32x4.const(0)), leftToHost(x!, y!)),
  fix: (f, [x, y], result, host) => {
    const base = x!;
    const power = y!;
    const halfPower = f.let(f32x4.mul(power, f32x4.const(0.5)));
    const even = f.let(f32x4.eq(halfPower, f32x4.trunc(halfPower)));
    const integer = f32x4.eq(power, f32x4.trunc(power));
    const flipped = xorSign(result, v128.andnot(base, even));
    const signed = select32(integer, flipped, f32x4.const(Number.NaN));
    f.set(result, select32(f32x4.lt(base, f32x4.const(0)), signed, result));
    const special = f.let(leftToHost(base, power));
    f.if(v128.anyTrue(special), () => hostLanes(f, special, base, power, result, host.pow));
  },
};

/** Lanes whose quotient is 2^28 or more, or whose operands are not finite. */
function outsideOfRem([x, y]: readonly Local<"v128">[]): V {
  const size = f32x4.abs(x!);
  const step = f32x4.abs(y!);
  const small = f32x4.lt(size, f32x4.mul(step, f32x4.const(2 ** 28)));
  return v128.not(v128.and(small, v128.and(isFinite(size), isFinite(step))));
}

/** Remainder with the sign of the dividend, exact. Quotients of 2^28 and more take the host's function. */
export const rem: Guarded = {
  fast: (f, [x, y]) => {
    const result = byHalves(f, f.let(f32x4.abs(x!)), f.let(f32x4.abs(y!)), (a, b) => {
      const quotient = f64x2.trunc(f64x2.div(a, b));
      const rest = f.let(f64x2.sub(a, f64x2.mul(quotient, b)));
      return f64x2.add(rest, v128.and(b, f64x2.lt(rest, f64x2.const(0))));
    });
    return f.let(xorSign(result, x!));
  },
  outside: outsideOfRem,
  fix: (f, args, result, host) =>
    hostLanes(f, f.let(outsideOfRem(args)), args[0]!, args[1]!, result, host.fmod),
};
