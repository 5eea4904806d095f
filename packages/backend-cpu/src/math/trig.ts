// sin, cos and atan of float32 lanes. Arguments of sin and cos are reduced by pi/2 in float64.
import {
  call,
  f32,
  f32x4,
  f64,
  f64x2,
  i32x4,
  maddF32x4,
  maddF64x2,
  nmaddF32x4,
  nmaddF64x2,
  shuffle32,
  v128,
  type FunctionBuilder,
  type Local,
} from "../wasm/index.js";
import { poly32, select32, signOf, xorSign, type Guarded, type HostMath, type V } from "./common.js";

/** Above this |x| the quotient by pi/2 no longer fits the exact product below, and the host's function is used. */
const VECTOR_LIMIT = 1e6;
/** The first 33 bits of pi/2, so that its products with integers below 2^20 are exact, and the rest. */
const HALF_PI_HIGH = 1.5707963267341256;
const HALF_PI_LOW = 6.077100506506192e-11;
/** 1.5 * 2^52: adding it rounds to an integer, which then sits in the low 32 bits. */
const MAGIC = 6755399441055744;

// (sin r - r) / r^3 and (cos r - 1 + r^2/2) / r^4 in r^2; errors 1.6e-10 and 1.1e-10 (tools/fit.mjs).
const SIN = [-0.16666667, 0.00833338, -0.00019853513, 0.0000028375428];
const COS = [0.041666646, -0.0013887301, 0.000024430661];
// (atan t - t) / t^3 in t^2; error 2.3e-9.
const ATAN = [
  -0.333333, 0.1999863, -0.14265151, 0.10957102, -0.08418121, 0.058212325, -0.031434141, 0.011053138,
  -0.0018247393,
];

interface Quadrant {
  /** Remainder in float32 lanes, |r| <= pi/4. */
  readonly r: Local<"v128">;
  /** Number of quarter turns; only its two low bits matter. */
  readonly turns: Local<"v128">;
}

function reduce(f: FunctionBuilder, x: Local<"v128">): Quadrant {
  const half = (lanes: V): { rest: Local<"v128">; shifted: Local<"v128"> } => {
    const wide = f.let(f64x2.promoteLowF32x4(lanes));
    const shifted = f.let(maddF64x2(wide, f64x2.const(2 / Math.PI), f64x2.const(MAGIC)));
    const n = f.let(f64x2.sub(shifted, f64x2.const(MAGIC)));
    const high = nmaddF64x2(n, f64x2.const(HALF_PI_HIGH), wide);
    const rest = nmaddF64x2(n, f64x2.const(HALF_PI_LOW), high);
    return { rest: f.let(f32x4.demoteF64x2Zero(rest)), shifted };
  };
  const low = half(x);
  const high = half(shuffle32(x, x, [2, 3, 2, 3]));
  return {
    r: f.let(shuffle32(low.rest, high.rest, [0, 1, 4, 5])),
    turns: f.let(shuffle32(low.shifted, high.shifted, [0, 2, 4, 6])),
  };
}

/** Lanes beyond `VECTOR_LIMIT`, infinities too. */
function outside([x]: readonly Local<"v128">[]): V {
  return f32x4.gt(f32x4.abs(x!), f32x4.const(VECTOR_LIMIT));
}

/** The lanes beyond `VECTOR_LIMIT` one by one through the host's function. */
function hostLanes(f: FunctionBuilder, x: Local<"v128">, result: Local<"v128">, host: HostMath["sin"]): void {
  for (let lane = 0; lane < 4; lane++) {
    const value = f.let(f32x4.extract(x, lane));
    f.if(f32.gt(f32.abs(value), VECTOR_LIMIT), () => {
      f.set(result, f32x4.replace(result, lane, f32.demoteF64(call(host, f64.promoteF32(value)))));
    });
  }
}

function sinOfQuadrant(f: FunctionBuilder, r: Local<"v128">, turns: Local<"v128">): Local<"v128"> {
  const square = f.let(f32x4.mul(r, r));
  const sine = maddF32x4(f32x4.mul(r, square), poly32(square, SIN), r);
  const tail = f32x4.mul(f32x4.mul(square, square), poly32(square, COS));
  const cosine = f32x4.add(f32x4.const(1), nmaddF32x4(square, f32x4.const(0.5), tail));
  const odd = i32x4.shrS(i32x4.shl(turns, 31), 31);
  return f.let(xorSign(select32(odd, cosine, sine), i32x4.shl(turns, 30)));
}

/** Sine, within 1.5 ulp for |x| <= 1e6; larger arguments take the host's (float64) function. */
export const sin: Guarded = {
  fast: (f, [x]) => {
    const { r, turns } = reduce(f, x!);
    return f.let(select32(f32x4.eq(x!, f32x4.const(0)), x!, sinOfQuadrant(f, r, turns)));
  },
  outside,
  fix: (f, [x], result, host) => hostLanes(f, x!, result, host.sin),
};

/** Cosine, within 1.5 ulp for |x| <= 1e6; larger arguments take the host's (float64) function. */
export const cos: Guarded = {
  fast: (f, [x]) => {
    const { r, turns } = reduce(f, x!);
    return sinOfQuadrant(f, r, f.let(i32x4.add(turns, i32x4.const(1))));
  },
  outside,
  fix: (f, [x], result, host) => hostLanes(f, x!, result, host.cos),
};

/** Arc tangent, within 2 ulp. */
export function atan(f: FunctionBuilder, x: V): V {
  const arg = f.let(x);
  const size = f.let(f32x4.abs(arg));
  const inverted = f.let(f32x4.gt(size, f32x4.const(1)));
  const t = f.let(select32(inverted, f32x4.div(f32x4.const(1), size), size));
  const square = f.let(f32x4.mul(t, t));
  const small = f.let(maddF32x4(f32x4.mul(t, square), poly32(square, ATAN), t));
  const large = f32x4.sub(f32x4.const(Math.PI / 2), small);
  return v128.or(select32(inverted, large, small), signOf(arg));
}
