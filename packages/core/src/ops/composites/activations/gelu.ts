// gelu: the Gaussian error linear unit, exact and by tanh.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { add, mul, sub } from "../../prims/binary.js";
import { erf, exp, tanh } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import { requireOneOf } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { floatLike } from "../common/infer.js";
import { inFloat32, inFloat32Pair } from "../common/precision.js";

/** Form of `gelu`: exact, or the approximation by tanh. */
export type GeluApproximation = "none" | "tanh";

declare module "../../table.js" {
  interface OpTable {
    gelu: UnaryEntry<{ readonly approximate: GeluApproximation }>;
  }
}

const CUBIC = 0.044715;
const SCALE = Math.sqrt(2 / Math.PI);

/** √(2/π)·(x + 0.044715·x³). */
const inner = (x: Tensor): Tensor => mul(mul(x, add(mul(mul(x, x), CUBIC), 1)), SCALE);

function exactSlope(x: Tensor): Tensor {
  const below = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
  const density = mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return add(below, mul(x, density));
}

function tanhSlope(x: Tensor): Tensor {
  const t = tanh(inner(x));
  const slope = mul(add(mul(mul(x, x), 3 * CUBIC), 1), SCALE);
  return mul(add(add(t, 1), mul(mul(x, sub(1, mul(t, t))), slope)), 0.5);
}

/** The `gelu` composite. */
export const geluOp: Op<"gelu"> = defineOp("gelu", {
  saves: "inputs",
  infer: floatLike("gelu"),
  decompose: ([x], { approximate }) => [
    inFloat32(x, (v) => {
      const t = approximate === "tanh" ? tanh(inner(v)) : erf(mul(v, Math.SQRT1_2));
      return mul(mul(v, 0.5), add(t, 1));
    }),
  ],
  vjp: ({ inputs: [x], attrs: { approximate }, grads: [g] }) => [
    g && inFloat32Pair(g, x, (h, v) => mul(h, approximate === "tanh" ? tanhSlope(v) : exactSlope(v))),
  ],
});

/**
 * x · Φ(x) with the normal distribution function Φ, elementwise, any shape; `approximate: "tanh"` for the
 * form ½x(1 + tanh(√(2/π)(x + 0.044715x³))). Exact by default, as in PyTorch and ONNX.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when `approximate` is neither none nor tanh, or an option is unknown
 * @see Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415, torch.nn.functional.gelu, ONNX Gelu
 */
export function gelu(x: Tensor, options: { readonly approximate?: GeluApproximation } = {}): Tensor {
  checkOptions("gelu", options, ["approximate"]);
  const approximate = requireOneOf("gelu", "approximate", options.approximate ?? "none", ["none", "tanh"]);
  return bind(geluOp, [x], { approximate })[0];
}
