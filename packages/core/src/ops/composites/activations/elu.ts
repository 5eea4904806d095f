// Exponential linear units: elu, selu, celu.
import { bind } from "../../../dispatch/bind.js";
import { ArgumentError } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { div, minimum, mul } from "../../prims/binary.js";
import { gt } from "../../prims/compare.js";
import { where } from "../../prims/select.js";
import { exp, expm1 } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import { requireNumber } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { floatLike } from "../common/infer.js";
import { inFloat32, inFloat32Pair } from "../common/precision.js";

declare module "../../table.js" {
  interface OpTable {
    elu: UnaryEntry<{ readonly alpha: number }>;
    selu: UnaryEntry;
    celu: UnaryEntry<{ readonly alpha: number }>;
  }
}

/** Constants of Klambauer et al. 2017. */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** The part of x that is not above 0: keeps the exponential of the unused branch finite. */
const left = (x: Tensor): Tensor => minimum(x, 0);

/** The `elu` composite. */
export const eluOp: Op<"elu"> = defineOp("elu", {
  saves: "inputs",
  infer: floatLike("elu"),
  decompose: ([x], { alpha }) => [inFloat32(x, (v) => where(gt(v, 0), v, mul(expm1(left(v)), alpha)))],
  vjp: ({ inputs: [x], attrs: { alpha }, grads: [g] }) => [
    g && inFloat32Pair(g, x, (h, v) => where(gt(v, 0), h, mul(h, mul(exp(left(v)), alpha)))),
  ],
});

/** The `selu` composite. */
export const seluOp: Op<"selu"> = defineOp("selu", {
  saves: "inputs",
  infer: floatLike("selu"),
  decompose: ([x]) => [
    inFloat32(x, (v) => where(gt(v, 0), mul(v, SELU_SCALE), mul(expm1(left(v)), SELU_SCALE * SELU_ALPHA))),
  ],
  vjp: ({ inputs: [x], grads: [g] }) => [
    g &&
      inFloat32Pair(g, x, (h, v) =>
        where(gt(v, 0), mul(h, SELU_SCALE), mul(h, mul(exp(left(v)), SELU_SCALE * SELU_ALPHA))),
      ),
  ],
});

/** The `celu` composite. */
export const celuOp: Op<"celu"> = defineOp("celu", {
  saves: "inputs",
  infer: floatLike("celu"),
  decompose: ([x], { alpha }) => [
    inFloat32(x, (v) => where(gt(v, 0), v, mul(expm1(div(left(v), alpha)), alpha))),
  ],
  vjp: ({ inputs: [x], attrs: { alpha }, grads: [g] }) => [
    g && inFloat32Pair(g, x, (h, v) => where(gt(v, 0), h, mul(h, exp(div(left(v), alpha))))),
  ],
});

/**
 * x above 0, `alpha`·(eˣ − 1) elsewhere, elementwise, any shape. The derivative at 0 is `alpha`.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when `alpha` is NaN or not a number
 * @see Clevert et al. 2015, https://arxiv.org/abs/1511.07289, torch.nn.functional.elu, ONNX Elu
 */
export function elu(x: Tensor, alpha = 1): Tensor {
  return bind(eluOp, [x], { alpha: requireNumber("elu", "alpha", alpha) })[0];
}

/**
 * 1.0507 · elu(x, 1.67326), the self-normalising unit, elementwise, any shape. The derivative at 0 is 1.7581.
 * @throws {DTypeError} unless x is of a float dtype
 * @see Klambauer et al. 2017, https://arxiv.org/abs/1706.02515, torch.nn.functional.selu, ONNX Selu
 */
export function selu(x: Tensor): Tensor {
  return bind(seluOp, [x], {})[0];
}

/**
 * x above 0, `alpha`·(e^(x/alpha) − 1) elsewhere, elementwise, any shape. The derivative at 0 is 1.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when `alpha` is 0, NaN or not a number
 * @see Barron 2017, https://arxiv.org/abs/1704.07483, torch.nn.functional.celu, ONNX Celu
 */
export function celu(x: Tensor, alpha = 1): Tensor {
  if (requireNumber("celu", "alpha", alpha) === 0) {
    throw new ArgumentError("alpha is 0", {
      code: "argument/invalid",
      op: "celu",
      hint: "use an alpha other than 0",
    });
  }
  return bind(celuOp, [x], { alpha })[0];
}
