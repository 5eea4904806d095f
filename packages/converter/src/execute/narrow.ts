// Element types that only files have: 8-, 6- and 4-bit floats and integers under a byte. Values are decoded exactly;
// encoding rounds to the nearest even (or as asked). Formats as defined by OCP MX, ONNX and Micikevicius et al. 2022.
import { ArgumentError } from "@isoform/core";
import { rawBits, rawTensor, type RawDType, type RawTensor } from "../formats/raw-tensor.js";

/** How a small float spends its bits and codes. */
interface FloatFormat {
  readonly exponent: number;
  readonly mantissa: number;
  readonly bias: number;
  /** `inf`: as IEEE; `nan`: all ones is NaN, no infinity; `zero`: the code of −0 is NaN; `finite`: neither. */
  readonly special: "inf" | "nan" | "zero" | "finite";
}

const FLOATS = new Map<RawDType, FloatFormat>([
  ["float8_e4m3fn", { exponent: 4, mantissa: 3, bias: 7, special: "nan" }],
  ["float8_e4m3fnuz", { exponent: 4, mantissa: 3, bias: 8, special: "zero" }],
  ["float8_e5m2", { exponent: 5, mantissa: 2, bias: 15, special: "inf" }],
  ["float8_e5m2fnuz", { exponent: 5, mantissa: 2, bias: 16, special: "zero" }],
  ["float6_e2m3fn", { exponent: 2, mantissa: 3, bias: 1, special: "finite" }],
  ["float6_e3m2fn", { exponent: 3, mantissa: 2, bias: 3, special: "finite" }],
  ["float4_e2m1fn", { exponent: 2, mantissa: 1, bias: 1, special: "finite" }],
]);

const INTEGERS = new Map<RawDType, readonly [number, number]>([
  ["int4", [-8, 7]],
  ["uint4", [0, 15]],
  ["int2", [-2, 1]],
  ["uint2", [0, 3]],
]);

/** True for types that this file converts. */
export function isNarrow(dtype: RawDType): boolean {
  return FLOATS.has(dtype) || INTEGERS.has(dtype) || dtype === "float8_e8m0fnu";
}

/** Least and greatest value of a narrow integer; null for other types. */
export function narrowLimits(dtype: RawDType): readonly [number, number] | null {
  return INTEGERS.get(dtype) ?? null;
}

function unknown(dtype: RawDType): ArgumentError {
  return new ArgumentError(`${dtype} has no values to compute with`, { code: "dtype/file-only" });
}

function decodeFloat(code: number, f: FloatFormat): number {
  const width = f.exponent + f.mantissa;
  const sign = code >> width ? -1 : 1;
  const e = (code >> f.mantissa) & (2 ** f.exponent - 1);
  const m = code & (2 ** f.mantissa - 1);
  const top = e === 2 ** f.exponent - 1;
  if (f.special === "inf" && top) return m === 0 ? sign * Infinity : NaN;
  if (f.special === "nan" && top && m === 2 ** f.mantissa - 1) return NaN;
  if (f.special === "zero" && code === 2 ** width) return NaN;
  const scale = 2 ** -f.mantissa;
  return e === 0 ? sign * m * scale * 2 ** (1 - f.bias) : sign * (1 + m * scale) * 2 ** (e - f.bias);
}

/** Codes of the finite non-negative values, ascending: code i has value i. */
function positiveValues(f: FloatFormat): number[] {
  const codes = 2 ** (f.exponent + f.mantissa);
  return Array.from({ length: codes }, (_, code) => decodeFloat(code, f)).filter((v) => Number.isFinite(v));
}

/** How numbers out of range are converted. */
export interface NarrowOptions {
  /** Out of range becomes the largest finite value (default) rather than infinity or NaN. */
  readonly saturate?: boolean;
  /** Rounding of float8_e8m0fnu: up (default), down, nearest. */
  readonly roundMode?: string;
}

function roundFloat(x: number, f: FloatFormat, { saturate = true }: NarrowOptions): number {
  if (Number.isNaN(x)) return f.special === "finite" ? 0 : NaN;
  const values = positiveValues(f);
  const largest = values[values.length - 1]!;
  const sign = x < 0 || Object.is(x, -0) ? -1 : 1;
  const size = Math.abs(x);
  const step = largest - values[values.length - 2]!;
  const over = size > largest + step / 2 || (size === largest + step / 2 && (values.length - 1) % 2 === 1);
  if (over || size === Infinity) {
    if (saturate || f.special === "finite") return sign * largest;
    return f.special === "inf" ? sign * Infinity : NaN;
  }
  let low = 0;
  let high = values.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= size) low = middle;
    else high = middle;
  }
  const [down, up] = [size - values[low]!, values[high]! - size];
  const code = down < up || (down === up && low % 2 === 0) ? low : high;
  const value = values[code]!;
  return value === 0 && f.special === "zero" ? 0 : sign * value;
}

/** Powers of two from 2^-127 to 2^127; NaN stays. */
function roundPower(x: number, { saturate = true, roundMode = "up" }: NarrowOptions): number {
  if (Number.isNaN(x) || x < 0) return NaN;
  if (x === 0) return 2 ** -127;
  const exact = Math.log2(x);
  const below = 2 ** Math.floor(exact) <= x ? Math.floor(exact) : Math.floor(exact) - 1;
  const isPower = 2 ** below === x;
  let e = below;
  if (!isPower && (roundMode === "up" || (roundMode === "nearest" && x >= 1.5 * 2 ** below))) e++;
  if (x === Infinity) e = 128;
  if (e > 127) return saturate ? 2 ** 127 : NaN;
  return 2 ** Math.max(e, -127);
}

/** A number as an element of a narrow type. Integers wrap as a cast of their low bits; floats truncate first. */
export function roundNarrow(dtype: RawDType, x: number, options: NarrowOptions = {}): number {
  const f = FLOATS.get(dtype);
  if (f) return roundFloat(x, f, options);
  if (dtype === "float8_e8m0fnu") return roundPower(x, options);
  const limits = INTEGERS.get(dtype);
  if (!limits) throw unknown(dtype);
  const [low, high] = limits;
  if (Number.isNaN(x)) return 0;
  const whole = Math.trunc(Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, x)));
  const size = high - low + 1;
  const wrapped = (((whole - low) % size) + size) % size;
  return wrapped + low;
}

/** Values of a narrow tensor. */
export function decodeNarrow(raw: RawTensor): number[] {
  const bits = rawBits(raw.dtype);
  const count = raw.shape.reduce((p, n) => p * n, 1);
  const codes = Array.from({ length: count }, (_, i) => {
    let code = 0;
    for (let b = 0; b < bits; b++) {
      const at = i * bits + b;
      code |= ((raw.data[at >> 3]! >> (at & 7)) & 1) << b;
    }
    return code;
  });
  const f = FLOATS.get(raw.dtype);
  if (f) return codes.map((c) => decodeFloat(c, f));
  if (raw.dtype === "float8_e8m0fnu") return codes.map((c) => (c === 255 ? NaN : 2 ** (c - 127)));
  const limits = INTEGERS.get(raw.dtype);
  if (!limits) throw unknown(raw.dtype);
  return codes.map((c) => (c > limits[1] ? c - 2 ** bits : c));
}

function encodeOne(dtype: RawDType, x: number): number {
  const f = FLOATS.get(dtype);
  if (f) {
    const width = f.exponent + f.mantissa;
    if (Number.isNaN(x)) return f.special === "zero" ? 2 ** width : 2 ** width - 1;
    const negative = x < 0 || Object.is(x, -0) ? 2 ** width : 0;
    if (!Number.isFinite(x)) return negative | ((2 ** f.exponent - 1) << f.mantissa);
    return negative | positiveValues(f).indexOf(Math.abs(x));
  }
  if (dtype === "float8_e8m0fnu") return Number.isNaN(x) ? 255 : Math.log2(x) + 127;
  return x < 0 ? x + 2 ** rawBits(dtype) : x;
}

/** A narrow tensor of values that the type has. */
export function encodeNarrow(
  dtype: RawDType,
  shape: readonly number[],
  values: readonly number[],
): RawTensor {
  const bits = rawBits(dtype);
  const out = new Uint8Array(Math.ceil((values.length * bits) / 8));
  values.forEach((x, i) => {
    const code = encodeOne(dtype, x);
    for (let b = 0; b < bits; b++) {
      const at = i * bits + b;
      out[at >> 3]! |= ((code >> b) & 1) << (at & 7);
    }
  });
  return rawTensor(dtype, shape, out);
}
