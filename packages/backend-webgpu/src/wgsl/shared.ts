// Values of any compute type in `shared_words`, the f32 array of workgroup memory.
import { computeType, type ComputeType } from "./dtypes.js";
import type { DType } from "@isoform/core";

/** Words of one value. */
export function sharedWords(type: ComputeType): 1 | 2 {
  return type === "vec2<u32>" ? 2 : 1;
}

/** The type that values of a dtype are reduced in: 4 or 8 bytes, its compute type's. */
export function wideOf(dtype: DType): DType {
  switch (computeType(dtype)) {
    case "f32":
      return "float32";
    case "i32":
      return "int32";
    case "u32":
      return "uint32";
    case "vec2<u32>":
      return dtype;
  }
}

/** Expression of value `index`; the high words of `count` 64-bit values lie behind the low ones. */
export function sharedLoad(type: ComputeType, index: string, count: number): string {
  switch (type) {
    case "f32":
      return `shared_words[${index}]`;
    case "vec2<u32>":
      return `bitcast<vec2<u32>>(vec2<f32>(shared_words[${index}], shared_words[${index} + ${count}u]))`;
    default:
      return `bitcast<${type}>(shared_words[${index}])`;
  }
}

/** Statement that sets value `index`. */
export function sharedStore(type: ComputeType, index: string, count: number, value: string): string {
  switch (type) {
    case "f32":
      return `shared_words[${index}] = ${value};`;
    case "vec2<u32>":
      return `{ let pair = bitcast<vec2<f32>>(${value}); shared_words[${index}] = pair.x; shared_words[${index} + ${count}u] = pair.y; }`;
    default:
      return `shared_words[${index}] = bitcast<f32>(${value});`;
  }
}
