// Shared by the vector functions: polynomial evaluation, powers of two, and the host's scalar functions.
import {
  f32x4,
  f64x2,
  i32x4,
  maddF32x4,
  maddF64x2,
  v128,
  type Expr,
  type Func,
  type FunctionBuilder,
  type HostFunction,
  type Local,
  type ModuleBuilder,
} from "../wasm/index.js";

/** The greater part of ln 2: multiples of it by integers below 2^13 are exact. */
export const LN2_HIGH = 0.693359375;
/** The rest of ln 2. */
export const LN2_LOW: number = Math.LN2 - LN2_HIGH;

/** A vector expression. */
export type V = Expr<"v128">;

/** Float64 functions of the JavaScript engine, for the rare arguments the vector code leaves to them. */
export interface HostMath {
  readonly sin: Func<readonly ["f64"], "f64">;
  readonly cos: Func<readonly ["f64"], "f64">;
  readonly pow: Func<readonly ["f64", "f64"], "f64">;
  readonly fmod: Func<readonly ["f64", "f64"], "f64">;
}

/** C's `pow`: unlike JavaScript's, 1 to any power and -1 to an infinite one are 1. */
function pow(x: number, y: number): number {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}

/** What a module using `HostMath` is instantiated with. */
export const HOST_MATH: Readonly<Record<keyof HostMath, HostFunction>> = {
  sin: Math.sin,
  cos: Math.cos,
  pow,
  fmod: (x: number, y: number) => x % y,
};

/** Imports the host's functions into a module; before its first function. */
export function importHostMath(m: ModuleBuilder): HostMath {
  return {
    sin: m.importFunc("sin", ["f64"], "f64"),
    cos: m.importFunc("cos", ["f64"], "f64"),
    pow: m.importFunc("pow", ["f64", "f64"], "f64"),
    fmod: m.importFunc("fmod", ["f64", "f64"], "f64"),
  };
}

/**
 * A function whose vector code leaves some arguments aside. `fast` is right in the lanes that `outside` does not mark;
 * `fix` then puts the marked ones right. Apart, so that a loop over several vectors can ask once for all.
 */
export interface Guarded {
  fast(f: FunctionBuilder, args: readonly Local<"v128">[]): Local<"v128">;
  outside(args: readonly Local<"v128">[]): V;
  fix(f: FunctionBuilder, args: readonly Local<"v128">[], result: Local<"v128">, host: HostMath): void;
}

/** The whole of a guarded function. */
export function complete(
  f: FunctionBuilder,
  g: Guarded,
  args: readonly Local<"v128">[],
  host: HostMath,
): Local<"v128"> {
  const result = g.fast(f, args);
  f.if(v128.anyTrue(g.outside(args)), () => g.fix(f, args, result, host));
  return result;
}

/** Horner's scheme in float32 lanes, lowest coefficient first. */
export function poly32(x: Local<"v128">, coefficients: readonly number[]): V {
  return coefficients.map((c): V => f32x4.const(c)).reduceRight((high, low) => maddF32x4(x, high, low));
}

/** Horner's scheme in float64 lanes, lowest coefficient first. */
export function poly64(x: Local<"v128">, coefficients: readonly number[]): V {
  return coefficients.map((c): V => f64x2.const(c)).reduceRight((high, low) => maddF64x2(x, high, low));
}

/** 2^n in float32 lanes for integer lanes n from -126 to 127. */
export function pow2(n: V): V {
  return i32x4.shl(i32x4.add(n, i32x4.const(127)), 23);
}

/** Lanes of `x` where |x| is below the normal range (0 too), else lanes of `y`: keeps -0 and denormals. */
export function keepTiny(f: FunctionBuilder, x: Local<"v128">, y: V): Local<"v128"> {
  return f.let(select32(f32x4.lt(f32x4.abs(x), f32x4.const(2 ** -126)), x, y));
}

/** Lanes of `a` where the mask is set, else of `b`. */
export function select32(mask: V, a: V, b: V): V {
  return v128.bitselect(a, b, mask);
}

const SIGN = -0x80000000;

/** `x` with its sign bits flipped where `signs` has them set. */
export function xorSign(x: V, signs: V): V {
  return v128.xor(x, signOf(signs));
}
/** The sign bits alone. */
export function signOf(x: V): V {
  return v128.and(x, i32x4.const(SIGN));
}
