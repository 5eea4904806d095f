// Indices along an axis, of any integer dtype, as places.
import type { DType } from "@isoform/core";
import { computeType } from "../../wgsl/dtypes.js";

/** An index as a u32; what is negative, or too large for a u32, is 0xffffffff or at least above every size. */
export function placeOf(dtype: DType, x: string): string {
  switch (computeType(dtype)) {
    case "vec2<u32>":
      return `select(0xffffffffu, ${x}.x, ${x}.y == 0u)`;
    case "i32":
      return `bitcast<u32>(${x})`;
    default:
      return `u32(${x})`;
  }
}
