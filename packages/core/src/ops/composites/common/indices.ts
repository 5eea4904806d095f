// The dtype of index arithmetic: int32 where it suffices, since int64 is slow or missing on many devices.
import { itemSize, type DType } from "../../../tensor/dtype.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { cast } from "../../prims/select.js";
import { clip } from "../math/clip.js";

/** Dtype that holds every place among `size` elements. */
export function placeDType(size: number): DType {
  return size < 2 ** 31 ? "int32" : "int64";
}

/** Indices into an axis of size n as `dtype`. Those far outside are brought to just outside first, so that none wraps. */
export function indicesAs(indices: Tensor, n: number, dtype: DType): Tensor {
  const { dtype: from } = indices;
  if (from === dtype || itemSize(from) < 4 || dtype === "int64") return cast(indices, dtype);
  const unsigned = from === "uint32" || from === "uint64";
  return from === "int32" ? indices : cast(clip(indices, unsigned ? null : -n - 1, n), dtype);
}
