// How element types lie in storage buffers and what shaders compute in. Every buffer is an array of 32-bit words:
// 8- and 16-bit elements are parts of a word, 64-bit integers are two (low word first).
import { dtypeKind, itemSize, type DType } from "@isoform/core";

/** WGSL types that elements are computed in: bool is a u32 of 0 or 1, a 64-bit integer a vec2<u32> of low and high word. */
export type ComputeType = "f32" | "i32" | "u32" | "vec2<u32>";

/** All element types that WGSL can carry; float64 it cannot. */
export const GPU_DTYPES: readonly DType[] = [
  "bool",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "uint64",
  "int64",
  "float16",
  "bfloat16",
  "float32",
];

/** True for int64 and uint64. */
export function isWide(dtype: DType): boolean {
  return dtype === "int64" || dtype === "uint64";
}

/** What elements of a dtype are computed in. */
export function computeType(dtype: DType): ComputeType {
  if (isWide(dtype)) return "vec2<u32>";
  const kind = dtypeKind(dtype);
  return kind === "float" ? "f32" : kind === "int" ? "i32" : "u32";
}

/** Elements in one word: 4, 2 or 1; a 64-bit integer is one element in two words. */
export function perWord(dtype: DType): 1 | 2 | 4 {
  const bytes = itemSize(dtype);
  return bytes === 1 ? 4 : bytes === 2 ? 2 : 1;
}

/** Expression of element `index` (a u32 expression) of the word array `array`, as its compute type. */
export function loadElement(dtype: DType, array: string, index: string): string {
  switch (dtype) {
    case "float32":
      return `bitcast<f32>(${array}[${index}])`;
    case "uint32":
      return `${array}[${index}]`;
    case "int32":
      return `bitcast<i32>(${array}[${index}])`;
    case "int64":
    case "uint64":
      return `vec2<u32>(${array}[2u * (${index})], ${array}[2u * (${index}) + 1u])`;
    case "float16":
      return `f16_value(half_of(${array}[(${index}) >> 1u], ${index}))`;
    case "bfloat16":
      return `bitcast<f32>(half_of(${array}[(${index}) >> 1u], ${index}) << 16u)`;
    case "uint16":
      return `half_of(${array}[(${index}) >> 1u], ${index})`;
    case "int16":
      return `(bitcast<i32>(half_of(${array}[(${index}) >> 1u], ${index}) << 16u) >> 16u)`;
    case "bool":
    case "uint8":
      return `byte_of(${array}[(${index}) >> 2u], ${index})`;
    case "int8":
      return `(bitcast<i32>(byte_of(${array}[(${index}) >> 2u], ${index}) << 24u) >> 24u)`;
    case "float64":
      return "0.0";
  }
}

/**
 * Expression of the bits of a value, in the low bits of a u32; for 64-bit integers the vec2<u32> itself. Integers wrap,
 * floats round to nearest even.
 */
export function bitsOf(dtype: DType, value: string): string {
  switch (dtype) {
    case "float32":
    case "int32":
      return `bitcast<u32>(${value})`;
    case "float16":
      return `f16_bits(${value})`;
    case "bfloat16":
      return `bf16_bits(${value})`;
    case "int8":
      return `(bitcast<u32>(${value}) & 0xffu)`;
    case "int16":
      return `(bitcast<u32>(${value}) & 0xffffu)`;
    case "uint8":
      return `((${value}) & 0xffu)`;
    case "uint16":
      return `((${value}) & 0xffffu)`;
    default:
      return `(${value})`;
  }
}

/** Statement that writes element `index` of a dtype of 4 or 8 bytes. */
export function storeElement(dtype: DType, array: string, index: string, value: string): string {
  if (isWide(dtype)) {
    return `{ let w = ${value}; let at = 2u * (${index}); ${array}[at] = w.x; ${array}[at + 1u] = w.y; }`;
  }
  return `${array}[${index}] = ${bitsOf(dtype, value)};`;
}

/** The least float32 that is not subnormal. */
const LEAST_NORMAL = 2 ** -126;

/**
 * A number as a WGSL literal of a compute type; infinities and NaN through their bits, which constants may not be, and so -0 and
 * subnormal numbers, which compilers make 0.
 */
export function literalOf(dtype: DType, value: number | bigint): string {
  switch (computeType(dtype)) {
    case "f32": {
      const x = Math.fround(Number(value));
      if (Number.isNaN(x)) return "nan()";
      if (!Number.isFinite(x)) return x > 0 ? "inf()" : "(-inf())";
      if (Math.abs(x) < LEAST_NORMAL && !Object.is(x, 0)) {
        const bits = new Uint32Array(Float32Array.of(x).buffer)[0]!;
        return `from_bits(0x${bits.toString(16)}u)`;
      }
      const text = /[.e]/.test(String(x)) ? String(x) : `${x}.0`;
      return x < 0 ? `(${text}f)` : `${text}f`;
    }
    case "i32":
      return `bitcast<i32>(${Number(BigInt.asUintN(32, BigInt(value)))}u)`;
    case "u32":
      return `${Number(BigInt.asUintN(32, BigInt(value)))}u`;
    case "vec2<u32>": {
      const bits = BigInt.asUintN(64, BigInt(value));
      return `vec2<u32>(${bits & 0xffffffffn}u, ${bits >> 32n}u)`;
    }
  }
}
