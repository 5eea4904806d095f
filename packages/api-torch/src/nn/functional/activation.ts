// Activations of torch.nn.functional. Each keeps its input's shape.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
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
export function leakyRelu(x: CoreTensor, negativeSlope = 0.01): Tensor {
  return asTensor(core.leakyRelu(x, negativeSlope));
}
/** α(eˣ − 1) below 0. */
export function elu(x: CoreTensor, alpha = 1): Tensor {
  return asTensor(core.elu(x, alpha));
}
/** α(e^(x/α) − 1) below 0. */
export function celu(x: CoreTensor, alpha = 1): Tensor {
  return asTensor(core.celu(x, alpha));
}
/** Gaussian error linear unit, exact or by tanh (Hendrycks & Gimpel 2016). */
export function gelu(x: CoreTensor, options: { readonly approximate?: "none" | "tanh" } = {}): Tensor {
  return asTensor(core.gelu(x, { approximate: options.approximate ?? "none" }));
}
/** log(1 + e^(βx))/β, linear above `threshold`/β. */
export function softplus(
  x: CoreTensor,
  options: { readonly beta?: number; readonly threshold?: number } = {},
): Tensor {
  return asTensor(core.softplus(x, { beta: options.beta ?? 1, threshold: options.threshold ?? 20 }));
}
/** Shrinks toward 0 by λ. */
export function softshrink(x: CoreTensor, lambd = 0.5): Tensor {
  return asTensor(core.softShrink(x, lambd));
}
/** 0 within ±λ. */
export function hardshrink(x: CoreTensor, lambd = 0.5): Tensor {
  return asTensor(core.hardShrink(x, lambd));
}
/** Limits to [minVal, maxVal]. */
export function hardtanh(x: CoreTensor, minVal = -1, maxVal = 1): Tensor {
  return asTensor(core.hardTanh(x, minVal, maxVal));
}
/** x above the threshold, `value` elsewhere. */
export function threshold(x: CoreTensor, limit: number, value: number): Tensor {
  return asTensor(core.thresholdedRelu(x, limit, value));
}
/** Softmax along `dim`. */
export function softmax(x: CoreTensor, dim: number): Tensor {
  return asTensor(core.softmax(x, dim));
}
/** Logarithm of softmax along `dim`. */
export function logSoftmax(x: CoreTensor, dim: number): Tensor {
  return asTensor(core.logSoftmax(x, dim));
}
/** Softmax of −x along `dim`. */
export function softmin(x: CoreTensor, dim: number): Tensor {
  return asTensor(core.softmax(core.neg(x), dim));
}
/** First half times sigmoid of the second half along `dim`. */
export function glu(x: CoreTensor, dim = -1): Tensor {
  return asTensor(core.glu(x, dim));
}
/** x above 0, weight·x below; `weight` has 1 value or one per channel (axis 1). */
export function prelu(x: CoreTensor, weight: CoreTensor): Tensor {
  const shape = x.shape.map((_, i) => (i === 1 || x.rank === 1 ? weight.size : 1));
  return asTensor(core.prelu(x, weight.size === 1 ? weight : core.reshape(weight, shape)));
}
/** Leaky ReLU with the mean slope of the range: RReLU in inference. */
export function rreluEval(x: CoreTensor, lower: number = 1 / 8, upper: number = 1 / 3): Tensor {
  return asTensor(core.leakyRelu(x, (lower + upper) / 2));
}
