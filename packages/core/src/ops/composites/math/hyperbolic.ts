// Hyperbolic functions beside the primitive tanh: sinh, cosh, asinh, acosh, atanh.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { add, div, mul, sub } from "../../prims/binary.js";
import { gt } from "../../prims/compare.js";
import { where } from "../../prims/select.js";
import { abs, exp, expm1, log, log1p, neg, rsqrt, sign, sqrt } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import type { UnaryEntry } from "../common/entries.js";
import { floatLike } from "../common/infer.js";
import { inFloat32, inFloat32Pair } from "../common/precision.js";

declare module "../../table.js" {
  interface OpTable {
    sinh: UnaryEntry;
    cosh: UnaryEntry;
    asinh: UnaryEntry;
    acosh: UnaryEntry;
    atanh: UnaryEntry;
  }
}

/** e^|x|/2 as the product of two roots, so that it overflows only where the result does. */
function halfExp(x: Tensor): Tensor {
  const root = exp(mul(abs(x), 0.5));
  return mul(mul(root, 0.5), root);
}

/** Above this, sinh and cosh are e^|x|/2 in every float dtype. */
const FAR = 40;

function sinhOf(x: Tensor): Tensor {
  const t = expm1(abs(x));
  const near = mul(add(t, div(t, add(t, 1))), 0.5);
  return mul(sign(x), where(gt(abs(x), FAR), halfExp(x), near));
}

function coshOf(x: Tensor): Tensor {
  const half = halfExp(x);
  return add(half, div(0.25, half));
}

/** Above this, x² + 1 is x² in float32 and float64 and the logarithm of 2x is the whole result. */
const LARGE = 2 ** 28;

function asinhOf(x: Tensor): Tensor {
  const a = abs(x);
  const square = mul(a, a);
  const near = log1p(add(a, div(square, add(sqrt(add(square, 1)), 1))));
  return mul(sign(x), where(gt(a, LARGE), add(log(a), Math.LN2), near));
}

function acoshOf(x: Tensor): Tensor {
  const t = sub(x, 1);
  const near = log1p(add(t, sqrt(mul(t, add(t, 2)))));
  return where(gt(x, LARGE), add(log(x), Math.LN2), near);
}

/** The `sinh` composite. */
export const sinhOp: Op<"sinh"> = defineOp("sinh", {
  saves: "inputs",
  infer: floatLike("sinh"),
  decompose: ([x]) => [inFloat32(x, sinhOf)],
  vjp: ({ inputs: [x], grads: [g] }) => [g && mul(g, cosh(x))],
});

/** The `cosh` composite. */
export const coshOp: Op<"cosh"> = defineOp("cosh", {
  saves: "inputs",
  infer: floatLike("cosh"),
  decompose: ([x]) => [inFloat32(x, coshOf)],
  vjp: ({ inputs: [x], grads: [g] }) => [g && mul(g, sinh(x))],
});

/** The `asinh` composite. */
export const asinhOp: Op<"asinh"> = defineOp("asinh", {
  saves: "inputs",
  infer: floatLike("asinh"),
  decompose: ([x]) => [inFloat32(x, asinhOf)],
  vjp: ({ inputs: [x], grads: [g] }) => [
    g && inFloat32Pair(g, x, (h, v) => mul(h, rsqrt(add(mul(v, v), 1)))),
  ],
});

/** The `acosh` composite. */
export const acoshOp: Op<"acosh"> = defineOp("acosh", {
  saves: "inputs",
  infer: floatLike("acosh"),
  decompose: ([x]) => [inFloat32(x, acoshOf)],
  vjp: ({ inputs: [x], grads: [g] }) => [
    g && inFloat32Pair(g, x, (h, v) => mul(h, mul(rsqrt(sub(v, 1)), rsqrt(add(v, 1))))),
  ],
});

/** The `atanh` composite. */
export const atanhOp: Op<"atanh"> = defineOp("atanh", {
  saves: "inputs",
  infer: floatLike("atanh"),
  decompose: ([x]) => [inFloat32(x, (v) => mul(sub(log1p(v), log1p(neg(v))), 0.5))],
  vjp: ({ inputs: [x], grads: [g] }) => [
    g && inFloat32Pair(g, x, (h, v) => div(h, mul(sub(1, v), add(v, 1)))),
  ],
});

/**
 * Hyperbolic sine, accurate near 0, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.sinh, ONNX Sinh
 */
export function sinh(x: Tensor): Tensor {
  return bind(sinhOp, [x], {})[0];
}

/**
 * Hyperbolic cosine, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.cosh, ONNX Cosh
 */
export function cosh(x: Tensor): Tensor {
  return bind(coshOp, [x], {})[0];
}

/**
 * Inverse hyperbolic sine, accurate near 0 and without overflow, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.asinh, ONNX Asinh
 */
export function asinh(x: Tensor): Tensor {
  return bind(asinhOp, [x], {})[0];
}

/**
 * Inverse hyperbolic cosine, accurate near 1, elementwise, any shape; NaN below 1. The derivative at 1 is ∞.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.acosh, ONNX Acosh
 */
export function acosh(x: Tensor): Tensor {
  return bind(acoshOp, [x], {})[0];
}

/**
 * Inverse hyperbolic tangent, accurate near 0, elementwise, any shape; ±∞ at ±1, NaN beyond.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.atanh, ONNX Atanh
 */
export function atanh(x: Tensor): Tensor {
  return bind(atanhOp, [x], {})[0];
}
