// Keys: unsigned numbers, u32 or vec2<u32>, in the order of the elements of a dtype. What compares elements compares these.
import { dtypeKind, type DType } from "@isoform/core";
import { isWide } from "./dtypes.js";

/** WGSL type of a dtype's keys. */
export function keyType(dtype: DType): "u32" | "vec2<u32>" {
  return isWide(dtype) ? "vec2<u32>" : "u32";
}

/** The key of a value; NaN has the greatest of all. */
export function keyOf(dtype: DType, x: string): string {
  const kind = dtypeKind(dtype);
  if (kind === "float") return `f_key(${x})`;
  if (kind !== "int") return isWide(dtype) ? x : `u32(${x})`;
  return isWide(dtype) ? `((${x}) ^ vec2<u32>(0u, 0x80000000u))` : `(bitcast<u32>(${x}) ^ 0x80000000u)`;
}

/** The key in descending order, but for NaN, which keeps the greatest. */
export function minKeyOf(dtype: DType, x: string): string {
  const key = `(~${keyOf(dtype, x)})`;
  return dtypeKind(dtype) === "float" ? `select(${key}, 0xffffffffu, is_nan(${x}))` : key;
}

/** Whether key `a` is less than `b`. */
export function keyLess(type: "u32" | "vec2<u32>", a: string, b: string): string {
  return type === "u32" ? `(${a} < ${b})` : `w_ult(${a}, ${b})`;
}

/** Whether two keys are equal. */
export function keyEqual(type: "u32" | "vec2<u32>", a: string, b: string): string {
  return type === "u32" ? `(${a} == ${b})` : `w_eq(${a}, ${b})`;
}
