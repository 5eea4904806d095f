// Tests of float values: isNan, isInf, isFinite.
import { bind } from "../../../dispatch/bind.js";
import { isFloat } from "../../../tensor/dtype.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { eq, lt, ne } from "../../prims/compare.js";
import { abs } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import type { UnaryEntry } from "../common/entries.js";
import { predicate } from "../common/infer.js";

declare module "../../table.js" {
  interface OpTable {
    isNan: UnaryEntry;
    isInf: UnaryEntry;
    isFinite: UnaryEntry;
  }
}

/** The `isNan` composite. */
export const isNanOp: Op<"isNan"> = defineOp("isNan", {
  infer: predicate("isNan"),
  decompose: ([x]) => [ne(x, x)],
});

/** The `isInf` composite. */
export const isInfOp: Op<"isInf"> = defineOp("isInf", {
  infer: predicate("isInf"),
  decompose: ([x]) => [isFloat(x.dtype) ? eq(abs(x), Infinity) : ne(x, x)],
});

/** The `isFinite` composite. */
export const isFiniteOp: Op<"isFinite"> = defineOp("isFinite", {
  infer: predicate("isFinite"),
  decompose: ([x]) => [isFloat(x.dtype) ? lt(abs(x), Infinity) : eq(x, x)],
});

/**
 * True where x is NaN, elementwise, any shape; false for integers.
 * @throws {DTypeError} when x is bool
 * @see torch.isnan, ONNX IsNaN
 */
export function isNan(x: Tensor): Tensor {
  return bind(isNanOp, [x], {})[0];
}

/**
 * True where x is ∞ or −∞, elementwise, any shape; false for integers.
 * @throws {DTypeError} when x is bool
 * @see torch.isinf, ONNX IsInf
 */
export function isInf(x: Tensor): Tensor {
  return bind(isInfOp, [x], {})[0];
}

/**
 * True where x is neither NaN nor infinite, elementwise, any shape; true for integers.
 * @throws {DTypeError} when x is bool
 * @see torch.isfinite, numpy.isfinite
 */
export function isFinite(x: Tensor): Tensor {
  return bind(isFiniteOp, [x], {})[0];
}
