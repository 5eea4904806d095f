// Activations of torch.nn.functional. Each keeps its input's shape.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { numbersOf, type Numbers } from "../../options.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

type Fn = (x: CoreTensor) => Tensor;

/** max(x, 0). */
export const relu: Fn = (x) => asTensor(core.relu(x));
/** min(max(x, 0), 6). */
export const relu6: Fn = (x) => asTensor(core.relu6(x));
/** Logistic function. */
export const sigmoid: Fn = (x) => asTensor(core.sigmoid(x));
/** log(sigmoid(x)). */
export const logsigmoid: Fn = (x) => asTensor(core.logSigmoid(x));
/** Hyperbolic tangent. */
export const tanh: Fn = (x) => asTensor(core.tanh(x));
/** x·sigmoid(x). */
export const silu: Fn = (x) => asTensor(core.silu(x));
/** x·tanh(softplus(x)) (Misra 2019). */
export const mish: Fn = (x) => asTensor(core.mish(x));
/** x·relu6(x + 3)/6. */
export const hardswish: Fn = (x) => asTensor(core.hardSwish(x));
/** relu6(x + 3)/6. */
export const hardsigmoid: Fn = (x) => asTensor(core.hardSigmoid(x));
/** x/(1 + |x|). */
export const softsign: Fn = (x) => asTensor(core.softsign(x));
/** x − tanh(x). */
export const tanhshrink: Fn = (x) => asTensor(core.tanhShrink(x));
/** Self-normalising ELU (Klambauer et al. 2017). */
export const selu: Fn = (x) => asTensor(core.selu(x));

/** x above 0, slope·x below. */
export function leakyRelu(x: CoreTensor, ...given: Numbers<"negativeSlope">): Tensor {
  const { negativeSlope } = numbersOf("leakyRelu", given, { negativeSlope: 0.01 });
  return asTensor(core.leakyRelu(x, negativeSlope));
}
/** α(eˣ − 1) below 0. */
export function elu(x: CoreTensor, ...given: Numbers<"alpha">): Tensor {
  return asTensor(core.elu(x, numbersOf("elu", given, { alpha: 1 }).alpha));
}
/** α(e^(x/α) − 1) below 0. */
export function celu(x: CoreTensor, ...given: Numbers<"alpha">): Tensor {
  return asTensor(core.celu(x, numbersOf("celu", given, { alpha: 1 }).alpha));
}
/** Gaussian error linear unit, exact or by tanh (Hendrycks & Gimpel 2016). */
export function gelu(x: CoreTensor, options: { readonly approximate?: "none" | "tanh" } = {}): Tensor {
  core.checkOptions("gelu", options, ["approximate"]);
  return asTensor(core.gelu(x, { approximate: options.approximate ?? "none" }));
}
/** log(1 + e^(βx))/β, linear above `threshold`/β. */
export function softplus(x: CoreTensor, ...given: Numbers<"beta" | "threshold">): Tensor {
  return asTensor(core.softplus(x, numbersOf("softplus", given, { beta: 1, threshold: 20 })));
}
/** Shrinks toward 0 by λ. */
export function softshrink(x: CoreTensor, ...given: Numbers<"lambd">): Tensor {
  return asTensor(core.softShrink(x, numbersOf("softshrink", given, { lambd: 0.5 }).lambd));
}
/** 0 within ±λ. */
export function hardshrink(x: CoreTensor, ...given: Numbers<"lambd">): Tensor {
  return asTensor(core.hardShrink(x, numbersOf("hardshrink", given, { lambd: 0.5 }).lambd));
}
/** Limits to [minVal, maxVal]. */
export function hardtanh(x: CoreTensor, ...given: Numbers<"minVal" | "maxVal">): Tensor {
  const { minVal, maxVal } = numbersOf("hardtanh", given, { minVal: -1, maxVal: 1 });
  return asTensor(core.hardTanh(x, minVal, maxVal));
}
/** x above the threshold, `value` elsewhere. */
export function threshold(x: CoreTensor, limit: number, value: number): Tensor {
  return asTensor(core.thresholdedRelu(x, limit, value));
}

/** An axis: `f(x, 1)` or `f(x, { dim: 1 })`. */
export type DimArgument = number | { readonly dim: number };

/** @throws ArgumentError when no axis is given */
function axisOf(op: string, given: DimArgument): number {
  if (typeof given === "number") return given;
  if (typeof given === "object" && given !== null) {
    core.checkOptions(op, given, ["dim"]);
    if (typeof given.dim === "number") return given.dim;
  }
  throw new core.ArgumentError("dim is missing", {
    code: "argument/missing",
    op,
    hint: "pass the axis, e.g. -1 for the last one",
  });
}

/** Softmax along `dim`. */
export function softmax(x: CoreTensor, dim: DimArgument): Tensor {
  return asTensor(core.softmax(x, axisOf("softmax", dim)));
}
/** Logarithm of softmax along `dim`. */
export function logSoftmax(x: CoreTensor, dim: DimArgument): Tensor {
  return asTensor(core.logSoftmax(x, axisOf("logSoftmax", dim)));
}
/** Softmax of −x along `dim`. */
export function softmin(x: CoreTensor, dim: DimArgument): Tensor {
  return asTensor(core.softmax(core.neg(x), axisOf("softmin", dim)));
}
/** First half times sigmoid of the second half along `dim`. */
export function glu(x: CoreTensor, dim: DimArgument = -1): Tensor {
  return asTensor(core.glu(x, axisOf("glu", dim)));
}
/** x above 0, weight·x below; `weight` has 1 value or one per channel (axis 1). */
export function prelu(x: CoreTensor, weight: CoreTensor): Tensor {
  if (weight.size === 1) return asTensor(core.prelu(x, weight));
  const axis = x.rank === 1 ? 0 : 1;
  if (weight.size !== x.shape[axis]) {
    throw core.shapeError(
      "prelu",
      "the slopes do not fit the channels",
      [x, weight],
      "give one, or one per channel",
    );
  }
  const shape = x.shape.map((_, i) => (i === axis ? weight.size : 1));
  return asTensor(core.prelu(x, core.reshape(weight, shape)));
}
/** Leaky ReLU with the mean slope of the range, as `rrelu` outside training. */
export function rrelu(
  x: CoreTensor,
  options: { readonly lower?: number; readonly upper?: number; readonly training?: boolean } = {},
): Tensor {
  core.checkOptions("rrelu", options, ["lower", "upper", "training"]);
  const { lower = 1 / 8, upper = 1 / 3, training = false } = options;
  if (training) {
    throw new core.UnsupportedOpError("random slopes in training are not available", {
      code: "op/training-unsupported",
      op: "rrelu",
      hint: "call eval(), or use leakyRelu",
    });
  }
  return asTensor(core.leakyRelu(x, (lower + upper) / 2));
}
