// cumsum and cumprod: the primitive `cumulative` under the names of the frameworks.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxis, requireNumeric } from "../../infer.js";
import { cumulative } from "../../prims/reduce.js";
import { defineOp, type Op, type TensorSpec } from "../../table.js";
import type { UnaryEntry } from "../common/entries.js";

interface ScanAttrs {
  readonly axis: number;
  /** Leave out the element itself. */
  readonly exclusive: boolean;
  readonly reverse: boolean;
}
declare module "../../table.js" {
  interface OpTable {
    cumsum: UnaryEntry<ScanAttrs>;
    cumprod: UnaryEntry<ScanAttrs>;
  }
}

function inferScan(op: string): (inputs: readonly [TensorSpec], attrs: ScanAttrs) => readonly [TensorSpec] {
  return ([x], { axis }) => {
    requireNumeric(op, x);
    normalizeAxis(op, axis, x.shape.length);
    return [x];
  };
}

/** The `cumsum` composite. */
export const cumsumOp: Op<"cumsum"> = defineOp("cumsum", {
  infer: inferScan("cumsum"),
  decompose: ([x], attrs) => [cumulative(x, { ...attrs, kind: "sum" })],
});

/** The `cumprod` composite. */
export const cumprodOp: Op<"cumprod"> = defineOp("cumprod", {
  infer: inferScan("cumprod"),
  decompose: ([x], attrs) => [cumulative(x, { ...attrs, kind: "prod" })],
});

/** Options of `cumsum` and `cumprod`. */
export interface ScanOptions {
  /** Leave out the element itself; the first result is 0 or 1. */
  readonly exclusive?: boolean;
  /** From the end to the start. */
  readonly reverse?: boolean;
}

function attrsOf(op: string, x: Tensor, axis: number, options: ScanOptions): ScanAttrs {
  checkOptions(op, options, ["exclusive", "reverse"]);
  const { exclusive = false, reverse = false } = options;
  return { axis: normalizeAxis(op, axis, x.rank), exclusive, reverse };
}

/**
 * Running sum along an axis, in x's shape and dtype.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when there is no such axis, or an option is unknown
 * @see torch.cumsum, ONNX CumSum
 */
export function cumsum(x: Tensor, axis: number, options: ScanOptions = {}): Tensor {
  return bind(cumsumOp, [x], attrsOf("cumsum", x, axis, options))[0];
}

/**
 * Running product along an axis, in x's shape and dtype. The gradient is right where elements are 0 and takes
 * O(n log n) memory along an axis of n; it overflows where the product of all that follows an element does.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when there is no such axis, or an option is unknown
 * @see torch.cumprod
 */
export function cumprod(x: Tensor, axis: number, options: ScanOptions = {}): Tensor {
  return bind(cumprodOp, [x], attrsOf("cumprod", x, axis, options))[0];
}
