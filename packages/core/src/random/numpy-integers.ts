// NumPy's legacy bounded integers: masked rejection, and small types cut out of one 32-bit word.
import { ArgumentError } from "../errors.js";
import type { MT19937 } from "./mt19937.js";
import { join64 } from "./word64.js";

/** The array each element type of `randint` gives. */
export interface NumpyIntegerArrays {
  bool: Uint8Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
}

/** Element types of `randint`. */
export type NumpyInteger = keyof NumpyIntegerArrays;

interface IntegerType<A> {
  readonly bits: number;
  readonly low: bigint;
  readonly high: bigint;
  make(n: number): A;
}

const TYPES: { readonly [D in NumpyInteger]: IntegerType<NumpyIntegerArrays[D]> } = {
  bool: { bits: 1, low: 0n, high: 1n, make: (n) => new Uint8Array(n) },
  int8: { bits: 8, low: -128n, high: 127n, make: (n) => new Int8Array(n) },
  uint8: { bits: 8, low: 0n, high: 255n, make: (n) => new Uint8Array(n) },
  int16: { bits: 16, low: -32768n, high: 32767n, make: (n) => new Int16Array(n) },
  uint16: { bits: 16, low: 0n, high: 65535n, make: (n) => new Uint16Array(n) },
  int32: { bits: 32, low: -2147483648n, high: 2147483647n, make: (n) => new Int32Array(n) },
  uint32: { bits: 32, low: 0n, high: 4294967295n, make: (n) => new Uint32Array(n) },
  int64: {
    bits: 64,
    low: -9223372036854775808n,
    high: 9223372036854775807n,
    make: (n) => new BigInt64Array(n),
  },
  uint64: { bits: 64, low: 0n, high: 18446744073709551615n, make: (n) => new BigUint64Array(n) },
};

/**
 * A zeroed array of an element type.
 * @throws {ArgumentError} when the type is not one of `randint`
 */
export function newIntegers<D extends NumpyInteger>(dtype: D, n: number): NumpyIntegerArrays[D] {
  if (!Object.hasOwn(TYPES, dtype)) {
    throw rangeError(
      `${String(dtype)} is not an integer type`,
      `use one of ${Object.keys(TYPES).join(", ")}`,
    );
  }
  return TYPES[dtype].make(n);
}

/**
 * Fills with integers in [low, high).
 * @throws {ArgumentError} when low >= high or the type does not hold both ends, unless there is nothing to fill
 */
export function fillBounded(
  out: NumpyIntegerArrays[NumpyInteger],
  dtype: NumpyInteger,
  engine: MT19937,
  low: number | bigint,
  high: number | bigint,
): void {
  // As NumPy: what draws nothing has no range.
  if (out.length === 0) return;
  const type = TYPES[dtype];
  const from = integer(low);
  const last = integer(high) - 1n;
  if (from > last) throw rangeError(`low ${low} is not below high ${high}`, "high is exclusive");
  if (from < type.low || last > type.high) {
    throw rangeError(`[${low}, ${high}) does not fit ${dtype}`, `${dtype} holds ${type.low} to ${type.high}`);
  }
  const span = last - from;
  // A single possible value costs no draw.
  const draw =
    span === 0n ? () => 0 : span <= 0xffffffffn ? narrow(engine, type.bits, Number(span)) : undefined;
  if (draw !== undefined && !isBig(out)) {
    const base = Number(from);
    for (let i = 0; i < out.length; i++) out[i] = base + draw();
    return;
  }
  if (isBig(out)) {
    const next = draw ? () => BigInt(draw()) : wide(engine, span);
    for (let i = 0; i < out.length; i++) out[i] = from + next();
  }
}

function isBig(out: NumpyIntegerArrays[NumpyInteger]): out is BigInt64Array | BigUint64Array {
  return out instanceof BigInt64Array || out instanceof BigUint64Array;
}

/** Draws in [0, span]; types below 32 bits take their next bits of the word drawn last, low bits first. */
function narrow(engine: MT19937, bits: number, span: number): () => number {
  const mask = 0xffffffff >>> Math.clz32(span);
  const perWord = bits < 32 ? 32 / bits : 1;
  let word = 0;
  let left = 0;
  return () => {
    for (;;) {
      if (left === 0) {
        word = engine.next32();
        left = perWord;
      } else {
        word >>>= bits;
      }
      left--;
      const value = (word & mask) >>> 0;
      if (value <= span) return value;
    }
  };
}

/** 64-bit draws in [0, span]. */
function wide(engine: MT19937, span: bigint): () => bigint {
  const mask = (1n << BigInt(span.toString(2).length)) - 1n;
  return () => {
    for (;;) {
      const high = engine.next32();
      const value = join64(high, engine.next32()) & mask;
      if (value <= span) return value;
    }
  };
}

function integer(value: number | bigint): bigint {
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return BigInt(value);
  throw rangeError(`${String(value)} is not an integer`, "pass an integer (a bigint above 2^53)");
}

function rangeError(problem: string, hint: string): ArgumentError {
  return new ArgumentError(problem, { code: "random/range", op: "NumpyRandomState.randint", hint });
}
