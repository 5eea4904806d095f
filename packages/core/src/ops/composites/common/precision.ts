// Arithmetic of 16-bit floats: composites of several steps compute in float32 and round once, as PyTorch does.
import { promoteTypes, type DType } from "../../../tensor/dtype.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { cast } from "../../prims/select.js";

/** The dtype in which a composite computes: float32 for 16-bit floats, else the dtype itself. */
export function wideDType(dtype: DType): DType {
  return dtype === "float16" || dtype === "bfloat16" ? "float32" : dtype;
}

/** The dtype in which several tensors are computed with: their promotion, at least float32 for floats. */
export function commonWide(tensors: readonly ({ readonly dtype: DType } | null)[]): DType {
  let dtype: DType | null = null;
  for (const t of tensors) if (t) dtype = dtype === null ? t.dtype : promoteTypes(dtype, t.dtype);
  return wideDType(dtype ?? "float32");
}

/** x in its computing dtype; x itself when that is its own. */
export function wide(x: Tensor): Tensor {
  return cast(x, wideDType(x.dtype));
}

/** `fn` of x, computed in at least float32 and rounded to x's dtype. */
export function inFloat32(x: Tensor, fn: (x: Tensor) => Tensor): Tensor {
  return cast(fn(wide(x)), x.dtype);
}

/** `fn` of two tensors of one dtype, computed in at least float32 and rounded to that dtype. */
export function inFloat32Pair(a: Tensor, b: Tensor, fn: (a: Tensor, b: Tensor) => Tensor): Tensor {
  return cast(fn(wide(a), wide(b)), a.dtype);
}
