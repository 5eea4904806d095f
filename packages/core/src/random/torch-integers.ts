// PyTorch's integer draws into an array of any type: `random_()` and `random_(low, high)`.
import { ArgumentError, shown } from "../errors.js";
import type { TypedArray } from "../tensor/dtype.js";
import type { MT19937 } from "./mt19937.js";
import { join64, mod64, MOD64_LIMIT } from "./word64.js";

/** Number of values `random_()` draws from, and what the type can hold. */
interface IntegerRange {
  readonly natural: bigint;
  readonly low: bigint;
  readonly high: bigint;
}

function signed(bits: bigint): IntegerRange {
  const half = 2n ** (bits - 1n);
  return { natural: half, low: -half, high: half - 1n };
}

function unsigned(bits: bigint): IntegerRange {
  return { natural: 2n ** bits, low: 0n, high: 2n ** bits - 1n };
}

function float(digits: bigint): IntegerRange {
  return { natural: 2n ** digits + 1n, low: -(2n ** 63n), high: 2n ** 63n - 1n };
}

function rangeOf(out: TypedArray): IntegerRange {
  if (out instanceof Float64Array) return float(53n);
  if (out instanceof Float32Array) return float(24n);
  const bits = BigInt(out.BYTES_PER_ELEMENT * 8);
  const isSigned =
    out instanceof Int8Array ||
    out instanceof Int16Array ||
    out instanceof Int32Array ||
    out instanceof BigInt64Array;
  return isSigned ? signed(bits) : unsigned(bits);
}

/** `random_()`: two words per element for 64-bit types, else one. */
export function fillNatural(out: TypedArray, engine: MT19937): void {
  fillModulo(out, engine, rangeOf(out).natural, 0n, out.BYTES_PER_ELEMENT === 8);
}

/**
 * `random_(low, high)`: two words per element where the range is 2^28 or more.
 * @throws {ArgumentError} when low >= high, a bound is not an integer, or the type does not hold both ends
 */
export function fillIntegers(
  out: TypedArray,
  engine: MT19937,
  low: number | bigint,
  high: number | bigint,
): void {
  const from = toInteger("low", low);
  const to = toInteger("high", high);
  if (from >= to) {
    throw new ArgumentError(`low ${low} is not below high ${high}`, {
      code: "random/range",
      op: "random_",
      hint: "high is exclusive and must exceed low",
    });
  }
  const range = rangeOf(out);
  if (from < range.low || to - 1n > range.high) {
    throw new ArgumentError(`[${low}, ${high}) does not fit ${out.constructor.name}`, {
      code: "random/range",
      op: "random_",
      hint: `that type holds ${range.low} to ${range.high}`,
    });
  }
  fillModulo(out, engine, to - from, from, to - from >= 2n ** 28n);
}

function toInteger(name: string, value: number | bigint): bigint {
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return BigInt(value);
  throw new ArgumentError(`${name} ${shown(value)} is not an integer`, {
    code: "random/range",
    op: "random_",
    hint: "pass an integer (a bigint above 2^53)",
  });
}

/** out[i] = draw % range + base, the draw being one word or two. */
function fillModulo(out: TypedArray, engine: MT19937, range: bigint, base: bigint, wide: boolean): void {
  const big = out instanceof BigInt64Array || out instanceof BigUint64Array;
  const exact = range <= BigInt(MOD64_LIMIT) && base >= -(2n ** 52n) && base <= 2n ** 52n;
  const modulus = Number(range);
  const offset = Number(base);
  // Halves of 64-bit integers: a bigint is an object made per element.
  const halves = big ? new Int32Array(out.buffer, out.byteOffset, 2 * out.length) : null;
  for (let i = 0; i < out.length; i++) {
    const first = engine.next32();
    if (exact) {
      const value = (wide ? mod64(first, engine.next32(), modulus) : first % modulus) + offset;
      if (halves) {
        halves[2 * i] = value;
        halves[2 * i + 1] = Math.floor(value / 2 ** 32);
      } else out[i] = value;
    } else {
      const draw = wide ? join64(first, engine.next32()) : BigInt(first);
      const value = (draw % range) + base;
      out[i] = big ? value : Number(value);
    }
  }
}
