// Attributes and inference shared by composites that reduce axes.
import { isFloat } from "../../../tensor/dtype.js";
import type { DType } from "../../../tensor/dtype.js";
import { dtypeError, normalizeAxes } from "../../infer.js";
import type { TensorSpec } from "../../table.js";
import type { UnaryEntry } from "../common/entries.js";
import { reducedShape } from "../common/shapes.js";

/** Attributes of reductions: sorted, distinct, non-negative axes. */
export interface ReductionAttrs {
  readonly axes: readonly number[];
  /** Keep reduced axes with size 1. */
  readonly keepDims: boolean;
}

/** Table entry of a reduction. */
export type ReductionEntry<A extends object = object> = UnaryEntry<ReductionAttrs & A>;

/** Shape after a reduction, in x's dtype or a given one. */
export function inferReduction(
  op: string,
  x: TensorSpec,
  attrs: ReductionAttrs,
  dtype: DType = x.dtype,
): TensorSpec {
  const axes = normalizeAxes(op, attrs.axes, x.shape.length);
  return { shape: reducedShape(x.shape, axes, attrs.keepDims), dtype };
}

/**
 * Shape after a reduction of floats.
 * @throws {DTypeError} unless x is of a float dtype
 */
export function inferFloatReduction(op: string, x: TensorSpec, attrs: ReductionAttrs): TensorSpec {
  if (!isFloat(x.dtype)) throw dtypeError(op, [x], "cast it to a float dtype first, e.g. float32");
  return inferReduction(op, x, attrs);
}
