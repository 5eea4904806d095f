// softplus and mish.
import { bind } from "../../../dispatch/bind.js";
import { ArgumentError, checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { add, div, maximum, mul, sub } from "../../prims/binary.js";
import { gt } from "../../prims/compare.js";
import { where } from "../../prims/select.js";
import { abs, exp, log1p, neg, tanh } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import { requireNumber } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { floatLike } from "../common/infer.js";
import { inFloat32, inFloat32Pair } from "../common/precision.js";
import { sigmoid } from "./sigmoid.js";

declare module "../../table.js" {
  interface OpTable {
    softplus: UnaryEntry<{ readonly beta: number; readonly threshold: number | null }>;
    mish: UnaryEntry;
  }
}

/** log(1 + eˣ) without overflow. */
const plain = (x: Tensor): Tensor => add(maximum(x, 0), log1p(exp(neg(abs(x)))));

/** The `softplus` composite. */
export const softplusOp: Op<"softplus"> = defineOp("softplus", {
  saves: "inputs",
  infer: floatLike("softplus"),
  decompose: ([x], { beta, threshold }) => [
    inFloat32(x, (v) => {
      if (beta === 1 && threshold === null) return plain(v);
      const scaled = mul(v, beta);
      const soft = div(plain(scaled), beta);
      return threshold === null ? soft : where(gt(scaled, threshold), v, soft);
    }),
  ],
  vjp: ({ inputs: [x], attrs: { beta, threshold }, grads: [g] }) => [
    g &&
      inFloat32Pair(g, x, (h, v) => {
        const scaled = mul(v, beta);
        const soft = mul(h, sigmoid(scaled));
        return threshold === null ? soft : where(gt(scaled, threshold), h, soft);
      }),
  ],
});

/** The `mish` composite. */
export const mishOp: Op<"mish"> = defineOp("mish", {
  saves: "inputs",
  infer: floatLike("mish"),
  decompose: ([x]) => [inFloat32(x, (v) => mul(v, tanh(plain(v))))],
  vjp: ({ inputs: [x], grads: [g] }) => [
    g &&
      inFloat32Pair(g, x, (h, v) => {
        const t = tanh(softplus(v));
        return mul(h, add(t, mul(mul(v, sigmoid(v)), sub(1, mul(t, t)))));
      }),
  ],
});

/**
 * log(1 + e^(βx)) / β, without overflow, elementwise, any shape; β is 1 by default. With a `threshold`, x
 * itself where βx is above it (PyTorch: 20; null, the default here: the exact form everywhere, as Keras and
 * ONNX).
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when β is 0 or NaN, `threshold` is NaN, or an option is unknown
 * @see torch.nn.functional.softplus, keras.ops.softplus, ONNX Softplus
 */
export function softplus(
  x: Tensor,
  options: { readonly beta?: number; readonly threshold?: number | null } = {},
): Tensor {
  checkOptions("softplus", options, ["beta", "threshold"]);
  const beta = requireNumber("softplus", "beta", options.beta ?? 1);
  if (beta === 0) {
    throw new ArgumentError("beta is 0", {
      code: "argument/invalid",
      op: "softplus",
      hint: "use a beta other than 0",
    });
  }
  const threshold = options.threshold ?? null;
  if (threshold !== null) requireNumber("softplus", "threshold", threshold);
  return bind(softplusOp, [x], { beta, threshold })[0];
}

/**
 * x · tanh(softplus(x)), elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see Misra 2019, https://arxiv.org/abs/1908.08681, torch.nn.functional.mish, ONNX Mish
 */
export function mish(x: Tensor): Tensor {
  return bind(mishOp, [x], {})[0];
}
