// Shrinkage: tanhShrink, softShrink, hardShrink; and softsign.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { add, div, maximum, minimum, mul, sub } from "../../prims/binary.js";
import { le } from "../../prims/compare.js";
import { where } from "../../prims/select.js";
import { abs, tanh } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import { requireNonNegativeNumber } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { floatLike } from "../common/infer.js";
import { inFloat32, inFloat32Pair } from "../common/precision.js";

declare module "../../table.js" {
  interface OpTable {
    tanhShrink: UnaryEntry;
    softShrink: UnaryEntry<{ readonly lambda: number }>;
    hardShrink: UnaryEntry<{ readonly lambda: number }>;
    softsign: UnaryEntry;
  }
}

/** The `tanhShrink` composite. */
export const tanhShrinkOp: Op<"tanhShrink"> = defineOp("tanhShrink", {
  saves: "inputs",
  infer: floatLike("tanhShrink"),
  decompose: ([x]) => [inFloat32(x, (v) => sub(v, tanh(v)))],
  vjp: ({ inputs: [x], grads: [g] }) => [
    g &&
      inFloat32Pair(g, x, (h, v) => {
        const t = tanh(v);
        return mul(h, mul(t, t));
      }),
  ],
});

/** The `softShrink` composite. */
export const softShrinkOp: Op<"softShrink"> = defineOp("softShrink", {
  saves: "inputs",
  infer: floatLike("softShrink"),
  decompose: ([x], { lambda }) => [sub(x, minimum(maximum(x, -lambda), lambda))],
  vjp: ({ inputs: [x], attrs: { lambda }, grads: [g] }) => [g && where(le(abs(x), lambda), 0, g)],
});

/** The `hardShrink` composite. */
export const hardShrinkOp: Op<"hardShrink"> = defineOp("hardShrink", {
  saves: "inputs",
  infer: floatLike("hardShrink"),
  decompose: ([x], { lambda }) => [where(le(abs(x), lambda), 0, x)],
  vjp: ({ inputs: [x], attrs: { lambda }, grads: [g] }) => [g && where(le(abs(x), lambda), 0, g)],
});

/** The `softsign` composite. */
export const softsignOp: Op<"softsign"> = defineOp("softsign", {
  saves: "inputs",
  infer: floatLike("softsign"),
  decompose: ([x]) => [inFloat32(x, (v) => div(v, add(abs(v), 1)))],
  vjp: ({ inputs: [x], grads: [g] }) => [
    g &&
      inFloat32Pair(g, x, (h, v) => {
        const d = add(abs(v), 1);
        return div(h, mul(d, d));
      }),
  ],
});

/**
 * x − tanh(x), elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.nn.functional.tanhshrink
 */
export function tanhShrink(x: Tensor): Tensor {
  return bind(tanhShrinkOp, [x], {})[0];
}

/**
 * x moved toward 0 by `lambda`, 0 within ±`lambda`, elementwise, any shape. The derivative at ±`lambda` is 0.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when `lambda` is negative or NaN
 * @see torch.nn.functional.softshrink, ONNX Shrink
 */
export function softShrink(x: Tensor, lambda = 0.5): Tensor {
  return bind(softShrinkOp, [x], { lambda: requireNonNegativeNumber("softShrink", "lambda", lambda) })[0];
}

/**
 * x outside ±`lambda`, 0 within, elementwise, any shape. The derivative at ±`lambda` is 0.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when `lambda` is negative or NaN
 * @see torch.nn.functional.hardshrink, ONNX Shrink
 */
export function hardShrink(x: Tensor, lambda = 0.5): Tensor {
  return bind(hardShrinkOp, [x], { lambda: requireNonNegativeNumber("hardShrink", "lambda", lambda) })[0];
}

/**
 * x / (1 + |x|), elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.nn.functional.softsign, ONNX Softsign
 */
export function softsign(x: Tensor): Tensor {
  return bind(softsignOp, [x], {})[0];
}
