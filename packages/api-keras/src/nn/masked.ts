// What attention and masked softmax put in place of scores that are left out.
import type { DType } from "@isoform/core";

/** A score so small that its share is 0, and that `dtype` holds: −1e9, or −3e4 in float16. */
export function leftOut(dtype: DType): number {
  return dtype === "float16" ? -3e4 : -1e9;
}
