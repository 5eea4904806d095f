// Copies file bytes into an aligned typed array in the machine's (little-endian) order.
import { itemSize, typedArrayView } from "@isoform/core";
import type { DType } from "@isoform/core";
import type { DTypeArrays } from "../arrays/nd-array.js";

/** A copy of `bytes` as elements of `dtype`; `bytes.length` must be a multiple of the element size. */
export function elementsFromBytes<D extends DType>(
  dtype: D,
  bytes: Uint8Array,
  bigEndian: boolean,
): DTypeArrays[D] {
  const copy = bytes.slice();
  const size = itemSize(dtype);
  if (bigEndian && size > 1) {
    for (let at = 0; at < copy.length; at += size) copy.subarray(at, at + size).reverse();
  }
  return typedArrayView(dtype, copy.buffer, 0, copy.length / size) as DTypeArrays[D];
}
