// The logistic function and what is made of it: sigmoid, logSigmoid, silu.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { add, div, minimum, mul, sub } from "../../prims/binary.js";
import { abs, exp, expm1, log1p, neg } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import type { UnaryEntry } from "../common/entries.js";
import { floatLike } from "../common/infer.js";
import { inFloat32, inFloat32Pair } from "../common/precision.js";

declare module "../../table.js" {
  interface OpTable {
    sigmoid: UnaryEntry;
    logSigmoid: UnaryEntry;
    silu: UnaryEntry;
  }
}

/** The `sigmoid` composite. */
export const sigmoidOp: Op<"sigmoid"> = defineOp("sigmoid", {
  saves: "outputs",
  infer: floatLike("sigmoid"),
  decompose: ([x]) => [inFloat32(x, (v) => div(1, add(exp(neg(v)), 1)))],
  vjp: ({ outputs: [y], grads: [g] }) => [g && inFloat32Pair(g, y, (h, s) => mul(h, mul(s, sub(1, s))))],
});

/** The `logSigmoid` composite. */
export const logSigmoidOp: Op<"logSigmoid"> = defineOp("logSigmoid", {
  saves: "outputs",
  infer: floatLike("logSigmoid"),
  decompose: ([x]) => [inFloat32(x, (v) => sub(minimum(v, 0), log1p(exp(neg(abs(v))))))],
  // σ(−x) = 1 − e^y, without cancellation where y is small.
  vjp: ({ outputs: [y], grads: [g] }) => [g && inFloat32Pair(g, y, (h, s) => neg(mul(h, expm1(s))))],
});

/** The `silu` composite. */
export const siluOp: Op<"silu"> = defineOp("silu", {
  saves: "inputs",
  infer: floatLike("silu"),
  decompose: ([x]) => [inFloat32(x, (v) => div(v, add(exp(neg(v)), 1)))],
  vjp: ({ inputs: [x], grads: [g] }) => [
    g &&
      inFloat32Pair(g, x, (h, v) => {
        const s = sigmoid(v);
        return mul(h, mul(s, add(mul(v, sub(1, s)), 1)));
      }),
  ],
});

/**
 * 1 / (1 + e⁻ˣ), elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.sigmoid, ONNX Sigmoid
 */
export function sigmoid(x: Tensor): Tensor {
  return bind(sigmoidOp, [x], {})[0];
}

/**
 * log(sigmoid(x)) = −softplus(−x), without underflow for large negative x, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.nn.functional.logsigmoid
 */
export function logSigmoid(x: Tensor): Tensor {
  return bind(logSigmoidOp, [x], {})[0];
}

/**
 * x · sigmoid(x), also known as swish, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see Elfwing et al. 2017, https://arxiv.org/abs/1702.03118, torch.nn.functional.silu
 */
export function silu(x: Tensor): Tensor {
  return bind(siluOp, [x], {})[0];
}
