// Rectifiers: relu, relu6, leakyRelu, prelu, thresholdedRelu.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { broadcastShapes, sameShape } from "../../../tensor/view.js";
import { promoteAll } from "../../broadcast.js";
import { requireFloat, requireOneDType, shapeError } from "../../infer.js";
import { and, maximum, minimum, mul } from "../../prims/binary.js";
import { gt, le, lt } from "../../prims/compare.js";
import { where } from "../../prims/select.js";
import { defineOp, type Op } from "../../table.js";
import { requireNumber } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { floatLike, numericLike } from "../common/infer.js";
import { sumTo } from "../common/shapes.js";

declare module "../../table.js" {
  interface OpTable {
    relu: UnaryEntry;
    relu6: UnaryEntry;
    leakyRelu: UnaryEntry<{ readonly slope: number }>;
    prelu: { readonly tier: "comp"; readonly in: readonly ["x", "slope"]; readonly attrs: object };
    thresholdedRelu: UnaryEntry<{ readonly threshold: number; readonly value: number }>;
  }
}

/** The `relu` composite. */
export const reluOp: Op<"relu"> = defineOp("relu", {
  saves: "outputs",
  infer: numericLike("relu"),
  decompose: ([x]) => [maximum(x, 0)],
  vjp: ({ outputs: [y], grads: [g] }) => [g && where(le(y, 0), 0, g)],
});

/** The `relu6` composite. */
export const relu6Op: Op<"relu6"> = defineOp("relu6", {
  saves: "outputs",
  infer: numericLike("relu6"),
  decompose: ([x]) => [minimum(maximum(x, 0), 6)],
  vjp: ({ outputs: [y], grads: [g] }) => [g && where(and(gt(y, 0), lt(y, 6)), g, 0)],
});

/** The `leakyRelu` composite. */
export const leakyReluOp: Op<"leakyRelu"> = defineOp("leakyRelu", {
  saves: "inputs",
  infer: floatLike("leakyRelu"),
  decompose: ([x], { slope }) => [where(gt(x, 0), x, mul(x, slope))],
  vjp: ({ inputs: [x], attrs: { slope }, grads: [g] }) => [g && where(gt(x, 0), g, mul(g, slope))],
});

/** The `prelu` composite. */
export const preluOp: Op<"prelu"> = defineOp("prelu", {
  saves: "inputs",
  infer: ([x, slope]) => {
    requireFloat("prelu", x);
    requireOneDType("prelu", [x, slope]);
    const shape = broadcastShapes(x.shape, slope.shape);
    if (shape === null || !sameShape(shape, x.shape)) {
      const hint = "slope's sizes must be 1 or x's, from the last axis; slopes per channel are [C, 1, 1]";
      throw shapeError("prelu", "slope cannot be broadcast to x", [x, slope], hint);
    }
    return [x];
  },
  decompose: ([x, slope]) => [where(gt(x, 0), x, mul(x, slope))],
  vjp: ({ inputs: [x, slope], grads: [g], needs }) => {
    if (g === null) return [null, null];
    const right = gt(x, 0);
    return [
      needs[0] ? where(right, g, mul(g, slope)) : null,
      needs[1] ? sumTo(where(right, 0, mul(g, x)), slope.shape) : null,
    ];
  },
});

/** The `thresholdedRelu` composite. */
export const thresholdedReluOp: Op<"thresholdedRelu"> = defineOp("thresholdedRelu", {
  saves: "inputs",
  infer: floatLike("thresholdedRelu"),
  decompose: ([x], { threshold, value }) => [where(le(x, threshold), value, x)],
  vjp: ({ inputs: [x], attrs: { threshold }, grads: [g] }) => [g && where(le(x, threshold), 0, g)],
});

/**
 * max(x, 0), elementwise, any shape. The derivative at 0 is 0; NaN stays NaN.
 * @throws {DTypeError} when x is bool
 * @see torch.nn.functional.relu, ONNX Relu
 */
export function relu(x: Tensor): Tensor {
  return bind(reluOp, [x], {})[0];
}

/**
 * min(max(x, 0), 6), as in MobileNet, elementwise, any shape. The derivative at 0 and 6 is 0.
 * @throws {DTypeError} when x is bool
 * @see torch.nn.functional.relu6, keras.ops.relu6
 */
export function relu6(x: Tensor): Tensor {
  return bind(relu6Op, [x], {})[0];
}

/**
 * x above 0, `slope`·x elsewhere, elementwise, any shape. The default slope is PyTorch's and ONNX's; Keras's
 * is 0.3 in its layer. The derivative at 0 is `slope`.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when `slope` is NaN or not a number
 * @see torch.nn.functional.leaky_relu, ONNX LeakyRelu
 */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return bind(leakyReluOp, [x], { slope: requireNumber("leakyRelu", "slope", slope) })[0];
}

/**
 * x above 0, `slope`·x elsewhere, where `slope` is a learned tensor that broadcasts to x (NumPy's rule); both
 * are promoted to one dtype. The derivative at 0 is `slope`.
 * @throws {ShapeError} when `slope` does not broadcast to x's shape
 * @throws {DTypeError} unless the dtype is a float
 * @see He et al. 2015, https://arxiv.org/abs/1502.01852, ONNX PRelu
 */
export function prelu(x: Tensor, slope: Tensor): Tensor {
  const [a, b] = promoteAll("prelu", [x, slope]) as [Tensor, Tensor];
  return bind(preluOp, [a, b], {})[0];
}

/**
 * x above `threshold` (default 1), `value` (default 0) elsewhere, elementwise, any shape. The derivative at
 * the threshold is 0.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when `threshold` or `value` is NaN or not a number
 * @see torch.nn.functional.threshold, ONNX ThresholdedRelu
 */
export function thresholdedRelu(x: Tensor, threshold = 1, value = 0): Tensor {
  requireNumber("thresholdedRelu", "threshold", threshold);
  requireNumber("thresholdedRelu", "value", value);
  return bind(thresholdedReluOp, [x], { threshold, value })[0];
}
