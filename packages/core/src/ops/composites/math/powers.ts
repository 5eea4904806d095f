// square, reciprocal, and powers and logarithms of base 2 and 10.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { div, mul, pow } from "../../prims/binary.js";
import { eq } from "../../prims/compare.js";
import { where } from "../../prims/select.js";
import { log, neg, round } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import type { UnaryEntry } from "../common/entries.js";
import { floatLike, numericLike } from "../common/infer.js";
import { inFloat32, inFloat32Pair } from "../common/precision.js";

declare module "../../table.js" {
  interface OpTable {
    square: UnaryEntry;
    reciprocal: UnaryEntry;
    exp2: UnaryEntry;
    log2: UnaryEntry;
    log10: UnaryEntry;
  }
}

/** The `square` composite. */
export const squareOp: Op<"square"> = defineOp("square", {
  saves: "inputs",
  infer: numericLike("square"),
  decompose: ([x]) => [mul(x, x)],
  vjp: ({ inputs: [x], grads: [g] }) => [g && mul(mul(g, x), 2)],
});

/** The `reciprocal` composite. */
export const reciprocalOp: Op<"reciprocal"> = defineOp("reciprocal", {
  saves: "outputs",
  infer: floatLike("reciprocal"),
  decompose: ([x]) => [div(1, x)],
  vjp: ({ outputs: [y], grads: [g] }) => [g && neg(mul(g, mul(y, y)))],
});

/** The `exp2` composite. */
export const exp2Op: Op<"exp2"> = defineOp("exp2", {
  saves: "outputs",
  infer: floatLike("exp2"),
  // pow(2, x) is exact at integers; exp(x·ln 2) is not.
  decompose: ([x]) => [pow(2, x)],
  vjp: ({ outputs: [y], grads: [g] }) => [g && mul(g, mul(y, Math.LN2))],
});

/** log x / ln base, corrected to the whole number where x is an exact power of the base. */
function logBase(x: Tensor, base: number): Tensor {
  return inFloat32(x, (v) => {
    const y = mul(log(v), 1 / Math.log(base));
    const whole = round(y);
    return where(eq(pow(base, whole), v), whole, y);
  });
}

const logSlope = (g: Tensor, x: Tensor, base: number): Tensor =>
  inFloat32Pair(g, x, (h, v) => div(h, mul(v, Math.log(base))));

/** The `log2` composite. */
export const log2Op: Op<"log2"> = defineOp("log2", {
  saves: "inputs",
  infer: floatLike("log2"),
  decompose: ([x]) => [logBase(x, 2)],
  vjp: ({ inputs: [x], grads: [g] }) => [g && logSlope(g, x, 2)],
});

/** The `log10` composite. */
export const log10Op: Op<"log10"> = defineOp("log10", {
  saves: "inputs",
  infer: floatLike("log10"),
  decompose: ([x]) => [logBase(x, 10)],
  vjp: ({ inputs: [x], grads: [g] }) => [g && logSlope(g, x, 10)],
});

/**
 * x², elementwise, any shape; integers wrap.
 * @throws {DTypeError} when x is bool
 * @see torch.square
 */
export function square(x: Tensor): Tensor {
  return bind(squareOp, [x], {})[0];
}

/**
 * 1 / x, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.reciprocal, ONNX Reciprocal
 */
export function reciprocal(x: Tensor): Tensor {
  return bind(reciprocalOp, [x], {})[0];
}

/**
 * 2ˣ, exact at integers, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.exp2, numpy.exp2
 */
export function exp2(x: Tensor): Tensor {
  return bind(exp2Op, [x], {})[0];
}

/**
 * Logarithm of base 2, exact at powers of two, elementwise, any shape; −∞ at 0, NaN below.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.log2, numpy.log2
 */
export function log2(x: Tensor): Tensor {
  return bind(log2Op, [x], {})[0];
}

/**
 * Logarithm of base 10, exact at powers of ten, elementwise, any shape; −∞ at 0, NaN below.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.log10, numpy.log10
 */
export function log10(x: Tensor): Tensor {
  return bind(log10Op, [x], {})[0];
}
