// Piecewise linear forms: hardSigmoid, hardSwish, hardTanh.
import { bind } from "../../../dispatch/bind.js";
import { ArgumentError, checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { add, and, div, maximum, minimum, mul } from "../../prims/binary.js";
import { gt, lt } from "../../prims/compare.js";
import { where } from "../../prims/select.js";
import { defineOp, type Op } from "../../table.js";
import { requireNumber } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { floatLike, numericLike } from "../common/infer.js";
import { inFloat32, inFloat32Pair } from "../common/precision.js";

declare module "../../table.js" {
  interface OpTable {
    hardSigmoid: UnaryEntry<{ readonly alpha: number; readonly beta: number }>;
    hardSwish: UnaryEntry;
    hardTanh: UnaryEntry<{ readonly min: number; readonly max: number }>;
  }
}

const unit = (x: Tensor): Tensor => minimum(maximum(x, 0), 1);

/** The `hardSigmoid` composite. */
export const hardSigmoidOp: Op<"hardSigmoid"> = defineOp("hardSigmoid", {
  saves: "outputs",
  infer: floatLike("hardSigmoid"),
  decompose: ([x], { alpha, beta }) => [inFloat32(x, (v) => unit(add(mul(v, alpha), beta)))],
  vjp: ({ outputs: [y], attrs: { alpha }, grads: [g] }) => [
    g && where(and(gt(y, 0), lt(y, 1)), mul(g, alpha), 0),
  ],
});

/** The `hardSwish` composite. */
export const hardSwishOp: Op<"hardSwish"> = defineOp("hardSwish", {
  saves: "inputs",
  infer: floatLike("hardSwish"),
  decompose: ([x]) => [inFloat32(x, (v) => div(mul(v, minimum(maximum(add(v, 3), 0), 6)), 6))],
  vjp: ({ inputs: [x], grads: [g] }) => [
    g &&
      inFloat32Pair(g, x, (h, v) => {
        const middle = mul(h, add(div(v, 3), 0.5));
        return where(lt(v, 3), where(gt(v, -3), middle, 0), h);
      }),
  ],
});

/** The `hardTanh` composite. */
export const hardTanhOp: Op<"hardTanh"> = defineOp("hardTanh", {
  saves: "outputs",
  infer: numericLike("hardTanh"),
  decompose: ([x], { min, max }) => [minimum(maximum(x, min), max)],
  vjp: ({ outputs: [y], attrs: { min, max }, grads: [g] }) => [g && where(and(gt(y, min), lt(y, max)), g, 0)],
});

/**
 * clip(`alpha`·x + `beta`, 0, 1), elementwise, any shape. Defaults 1/6 and ½ as in PyTorch and Keras 3; Keras
 * 2 and ONNX use 0.2 and ½. The derivative is 0 where the result is 0 or 1.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when `alpha` or `beta` is NaN or not a number, or an option is unknown
 * @see torch.nn.functional.hardsigmoid, ONNX HardSigmoid
 */
export function hardSigmoid(
  x: Tensor,
  options: { readonly alpha?: number; readonly beta?: number } = {},
): Tensor {
  checkOptions("hardSigmoid", options, ["alpha", "beta"]);
  const alpha = requireNumber("hardSigmoid", "alpha", options.alpha ?? 1 / 6);
  const beta = requireNumber("hardSigmoid", "beta", options.beta ?? 0.5);
  return bind(hardSigmoidOp, [x], { alpha, beta })[0];
}

/**
 * x · clip(x/6 + ½, 0, 1), elementwise, any shape. The derivative is 0 at −3 and 1 at 3.
 * @throws {DTypeError} unless x is of a float dtype
 * @see Howard et al. 2019, https://arxiv.org/abs/1905.02244, torch.nn.functional.hardswish, ONNX HardSwish
 */
export function hardSwish(x: Tensor): Tensor {
  return bind(hardSwishOp, [x], {})[0];
}

/**
 * x limited to [`min`, `max`], by default [−1, 1], elementwise, any shape; the derivative at and beyond the
 * limits is 0.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when a limit is NaN or not a number, or `min` is above `max`
 * @see torch.nn.functional.hardtanh
 */
export function hardTanh(x: Tensor, min = -1, max = 1): Tensor {
  requireNumber("hardTanh", "min", min);
  requireNumber("hardTanh", "max", max);
  if (min > max) {
    throw new ArgumentError(`min ${min} is above max ${max}`, {
      code: "argument/invalid",
      op: "hardTanh",
      hint: "swap them",
    });
  }
  return bind(hardTanhOp, [x], { min, max })[0];
}
