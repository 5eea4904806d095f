// Conversion between JavaScript values and elements of every dtype, 16-bit floats included.
import { DTypeError } from "../errors.js";
import { dtypeKind, itemSize, type DType, type TypedArray } from "./dtype.js";

/** Nested arrays of JavaScript values, or one value. */
export type TensorValue = number | bigint | boolean | readonly TensorValue[];

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

/** Value of 16 bits as IEEE binary16. Never throws. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** Nearest IEEE binary16 (ties to even) of a number, as 16 bits; from 65520 on infinity. Never throws. */
export function numberToFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const x = Math.abs(value);
  if (x >= 65520) return sign | 0x7c00;
  if (x < 2 ** -14) return sign | roundEven(x * 2 ** 24);
  let exponent = Math.floor(Math.log2(x));
  if (2 ** exponent > x) exponent--;
  else if (2 ** (exponent + 1) <= x) exponent++;
  const mantissa = roundEven((x / 2 ** exponent - 1) * 1024);
  return sign | (((exponent + 15) << 10) + mantissa);
}

/** Value of 16 bits as bfloat16. Never throws. */
export function bfloat16ToNumber(bits: number): number {
  u32[0] = bits << 16;
  return f32[0]!;
}

/** Nearest bfloat16 (ties to even, from float32) of a number, as 16 bits. Never throws. */
export function numberToBfloat16(value: number): number {
  f32[0] = value;
  const bits = u32[0]!;
  if (Number.isNaN(value)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function roundEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest > 0.5) return down + 1;
  if (rest < 0.5) return down;
  return down % 2 === 0 ? down : down + 1;
}

/**
 * Reads element `i` as a JavaScript value: bigint for 64-bit integers, boolean for bool, number otherwise.
 * Never throws, nor does the reader.
 */
export function elementReader(dtype: DType): (data: TypedArray, i: number) => number | bigint | boolean {
  switch (dtype) {
    case "bool":
      return (d, i) => d[i] !== 0;
    case "float16":
      return (d, i) => float16ToNumber(Number(d[i]));
    case "bfloat16":
      return (d, i) => bfloat16ToNumber(Number(d[i]));
    default:
      return (d, i) => d[i]!;
  }
}

/**
 * Writes a JavaScript value as element `i`. Bool takes the truth of it.
 * @throws {DTypeError} when the writer is given a fraction or a number that an integer dtype does not hold
 */
export function elementWriter(
  dtype: DType,
): (data: TypedArray, i: number, value: number | bigint | boolean) => void {
  switch (dtype) {
    case "bool":
      return (d, i, v) => void (d[i] = v ? 1 : 0);
    case "float16":
      return (d, i, v) => void (d[i] = numberToFloat16(Number(v)));
    case "bfloat16":
      return (d, i, v) => void (d[i] = numberToBfloat16(Number(v)));
    case "float32":
    case "float64":
      return (d, i, v) => void (d[i] = Number(v));
    default: {
      const [low, end] = rangeOf(dtype);
      const big = itemSize(dtype) === 8;
      const fits = integerRange(dtype);
      return (d, i, v) => {
        const n = typeof v === "boolean" ? Number(v) : v;
        if (typeof n === "number" && !Number.isInteger(n)) throw notAnInteger(dtype, n);
        if (!(n >= low && n < end)) fits(n);
        d[i] = big ? BigInt(n) : Number(n);
      };
    }
  }
}

/**
 * A value as an element of a dtype, converted as `cast` does: rounded, or cut off and saturated. NaN is 0 in
 * integers.
 * @throws {DTypeError} when `dtype` is not an element type
 */
export function storedValue(dtype: DType, value: number | bigint): number | bigint {
  switch (dtype) {
    case "bool":
      return Number(value) === 0 ? 0 : 1;
    case "float16":
      return float16ToNumber(numberToFloat16(Number(value)));
    case "bfloat16":
      return bfloat16ToNumber(numberToBfloat16(Number(value)));
    case "float32":
      return Math.fround(Number(value));
    case "float64":
      return Number(value);
    default: {
      const [low, end] = rangeOf(dtype);
      const near = typeof value === "bigint" ? value : Math.trunc(Math.min(Math.max(value || 0, low), end));
      const whole = BigInt(near < low ? low : near < end ? near : BigInt(end) - 1n);
      return itemSize(dtype) === 8 ? whole : Number(whole);
    }
  }
}

/** The least value of an integer dtype, and the one after its greatest. */
function rangeOf(dtype: DType): readonly [low: number, end: number] {
  const signed = dtypeKind(dtype) === "int";
  const end = 2 ** (8 * itemSize(dtype) - Number(signed));
  return [signed ? -end : 0, end];
}

/**
 * A function that passes on what lies in the range of an integer dtype.
 * @throws {DTypeError} from the result for another value
 */
export function integerRange(dtype: DType): <T extends number | bigint>(value: T) => T {
  const [low, end] = rangeOf(dtype);
  return (value) => {
    if (value >= low && value < end) return value;
    throw new DTypeError(`${value} does not fit ${dtype}`, {
      code: "dtype/overflow",
      hint: `${dtype} holds ${BigInt(low)} to ${BigInt(end) - 1n}; use a wider dtype`,
    });
  };
}

function notAnInteger(dtype: DType, value: number): DTypeError {
  return new DTypeError(`${value} is not an integer`, {
    code: "dtype/not-an-integer",
    hint: `round it, or use a float dtype instead of ${dtype}`,
  });
}
