// any, all and countNonZero over axes.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxes } from "../../infer.js";
import { max, min, sum, type Axes, type ReduceOptions } from "../../prims/reduce.js";
import { cast } from "../../prims/select.js";
import { defineOp, type Op } from "../../table.js";
import { inferReduction, type ReductionAttrs, type ReductionEntry } from "./entries.js";

declare module "../../table.js" {
  interface OpTable {
    any: ReductionEntry;
    all: ReductionEntry;
    countNonZero: ReductionEntry;
  }
}

/** The `any` composite. */
export const anyOp: Op<"any"> = defineOp("any", {
  infer: ([x], attrs) => [inferReduction("any", x, attrs, "bool")],
  decompose: ([x], { axes, keepDims }) => [max(cast(x, "bool"), axes, { keepDims })],
});

/** The `all` composite. */
export const allOp: Op<"all"> = defineOp("all", {
  infer: ([x], attrs) => [inferReduction("all", x, attrs, "bool")],
  decompose: ([x], { axes, keepDims }) => [min(cast(x, "bool"), axes, { keepDims })],
});

/** The `countNonZero` composite. */
export const countNonZeroOp: Op<"countNonZero"> = defineOp("countNonZero", {
  infer: ([x], attrs) => [inferReduction("countNonZero", x, attrs, "int64")],
  decompose: ([x], { axes, keepDims }) => [sum(cast(cast(x, "bool"), "int64"), axes, { keepDims })],
});

function attrsOf(op: string, x: Tensor, axes: Axes, options: ReduceOptions): ReductionAttrs {
  return { axes: normalizeAxes(op, axes, x.rank), keepDims: options.keepDims ?? false };
}

/**
 * True where some element over the axes (default: all) is not 0; NaN counts as true. Empty: false. Any dtype.
 * @throws {ArgumentError} when an axis does not exist or is named twice
 * @see numpy.any, torch.any
 */
export function any(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return bind(anyOp, [x], attrsOf("any", x, axes, options))[0];
}

/**
 * True where no element over the axes (default: all) is 0; NaN counts as true. Empty: true. Any dtype.
 * @throws {ArgumentError} when an axis does not exist or is named twice
 * @see numpy.all, torch.all
 */
export function all(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return bind(allOp, [x], attrsOf("all", x, axes, options))[0];
}

/**
 * Number of elements over the axes (default: all) that are not 0, int64. Any dtype.
 * @throws {ArgumentError} when an axis does not exist or is named twice
 * @see numpy.count_nonzero, torch.count_nonzero
 */
export function countNonZero(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return bind(countNonZeroOp, [x], attrsOf("countNonZero", x, axes, options))[0];
}
