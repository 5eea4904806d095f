// Activations of torch.nn.functional. Each keeps its input's shape.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { numbersOf, type Numbers } from "../../options.js";
import { checkOptions, checkValue, FLAG, NUMBER, oneOf } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

type Fn = (x: CoreTensor) => Tensor;

/** A function of real numbers: of integers and bool in float32, as in PyTorch. @throws {ArgumentError} */
function ofReal(op: string, fn: (x: CoreTensor) => CoreTensor, x: CoreTensor): Tensor {
  checkTensors(op, { x });
  if (core.isFloat(x.dtype)) return asTensor(fn(x));
  return core.scope(() => asTensor(fn(core.cast(x, "float32"))));
}

/**
 * max(x, 0); any shape, elementwise, in x's dtype.
 * @throws {DTypeError} when x is bool.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.relu
 */
export const relu: Fn = (x) => asTensor(core.relu(x));
/**
 * min(max(x, 0), 6); any shape, elementwise, in x's dtype.
 * @throws {DTypeError} when x is bool.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.relu6
 */
export const relu6: Fn = (x) => asTensor(core.relu6(x));
/**
 * Logistic function 1/(1 + e⁻ˣ); any shape, elementwise, integers and bool become float32.
 * @throws {ArgumentError} when x is no tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.sigmoid
 */
export const sigmoid: Fn = (x) => ofReal("sigmoid", core.sigmoid, x);
/**
 * log(sigmoid(x)), also for large negative x; any shape, elementwise.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.logsigmoid
 */
export const logsigmoid: Fn = (x) => asTensor(core.logSigmoid(x));
/**
 * Hyperbolic tangent; any shape, elementwise, integers and bool become float32.
 * @throws {ArgumentError} when x is no tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.tanh
 */
export const tanh: Fn = (x) => ofReal("tanh", core.tanh, x);
/**
 * x·sigmoid(x), also known as swish; any shape, elementwise.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.silu, Elfwing et al. 2017, https://arxiv.org/abs/1702.03118
 */
export const silu: Fn = (x) => asTensor(core.silu(x));
/**
 * x·tanh(softplus(x)); any shape, elementwise.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.mish, Misra 2019, https://arxiv.org/abs/1908.08681
 */
export const mish: Fn = (x) => asTensor(core.mish(x));
/**
 * x·relu6(x + 3)/6; any shape, elementwise.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.hardswish, Howard et al. 2019, https://arxiv.org/abs/1905.02244
 */
export const hardswish: Fn = (x) => asTensor(core.hardSwish(x));
/**
 * relu6(x + 3)/6; any shape, elementwise.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.hardsigmoid
 */
export const hardsigmoid: Fn = (x) => asTensor(core.hardSigmoid(x));
/**
 * x/(1 + |x|); any shape, elementwise, integers and bool become float32.
 * @throws {ArgumentError} when x is no tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.softsign
 */
export const softsign: Fn = (x) => ofReal("softsign", core.softsign, x);
/**
 * x − tanh(x); any shape, elementwise, integers and bool become float32.
 * @throws {ArgumentError} when x is no tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.tanhshrink
 */
export const tanhshrink: Fn = (x) => ofReal("tanhshrink", core.tanhShrink, x);
/**
 * Self-normalising ELU 1.0507·elu(x, 1.67326); any shape, elementwise.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.selu, Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
 */
export const selu: Fn = (x) => asTensor(core.selu(x));

/**
 * x above 0, `negativeSlope`·x (default 0.01) elsewhere; any shape, elementwise.
 * @throws {ArgumentError} when the slope is not a number, an option is unknown, or there are more numbers.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.leaky_relu
 */
export function leakyRelu(x: CoreTensor, ...given: Numbers<"negativeSlope">): Tensor {
  const { negativeSlope } = numbersOf("leakyRelu", given, { negativeSlope: 0.01 });
  return asTensor(core.leakyRelu(x, negativeSlope));
}
/**
 * x above 0, `alpha`·(eˣ − 1) (default 1) elsewhere; any shape, elementwise.
 * @throws {ArgumentError} when `alpha` is not a number, an option is unknown, or there are more numbers.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.elu, Clevert et al. 2015, https://arxiv.org/abs/1511.07289
 */
export function elu(x: CoreTensor, ...given: Numbers<"alpha">): Tensor {
  return asTensor(core.elu(x, numbersOf("elu", given, { alpha: 1 }).alpha));
}
/**
 * x above 0, `alpha`·(e^(x/`alpha`) − 1) (default 1) elsewhere; any shape, elementwise.
 * @throws {ArgumentError} when `alpha` is 0 or not a number, an option is unknown, or there are more numbers.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.celu, Barron 2017, https://arxiv.org/abs/1704.07483
 */
export function celu(x: CoreTensor, ...given: Numbers<"alpha">): Tensor {
  return asTensor(core.celu(x, numbersOf("celu", given, { alpha: 1 }).alpha));
}
/**
 * Gaussian error linear unit x·Φ(x), exact (`approximate` 'none', default) or by tanh ('tanh'); any shape,
 * elementwise.
 * @throws {ArgumentError} when `approximate` is something else or another option is given.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.gelu, Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415
 */
export function gelu(x: CoreTensor, options: { readonly approximate?: "none" | "tanh" } = {}): Tensor {
  checkOptions("gelu", options, { approximate: oneOf("none", "tanh") });
  return asTensor(core.gelu(x, { approximate: options.approximate ?? "none" }));
}
/**
 * log(1 + e^(βx))/β, x itself where βx > `threshold`; `beta` 1 and `threshold` 20 by default. Any shape,
 * elementwise.
 * @throws {ArgumentError} when `beta` is 0, a number is NaN, an option is unknown, or there are more than 2
 * numbers.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.softplus
 */
export function softplus(x: CoreTensor, ...given: Numbers<"beta" | "threshold">): Tensor {
  return asTensor(core.softplus(x, numbersOf("softplus", given, { beta: 1, threshold: 20 })));
}
/**
 * x moved toward 0 by `lambd` (default 0.5), 0 within ±`lambd`; any shape, elementwise.
 * @throws {ArgumentError} when `lambd` is negative, an option is unknown, or there are more numbers.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.softshrink
 */
export function softshrink(x: CoreTensor, ...given: Numbers<"lambd">): Tensor {
  return asTensor(core.softShrink(x, numbersOf("softshrink", given, { lambd: 0.5 }).lambd));
}
/**
 * x outside ±`lambd` (default 0.5), 0 within; any shape, elementwise.
 * @throws {ArgumentError} when `lambd` is negative, an option is unknown, or there are more numbers.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.hardshrink
 */
export function hardshrink(x: CoreTensor, ...given: Numbers<"lambd">): Tensor {
  return asTensor(core.hardShrink(x, numbersOf("hardshrink", given, { lambd: 0.5 }).lambd));
}
/**
 * x limited to `minVal` … `maxVal` (default −1 … 1); any shape, elementwise, in x's dtype.
 * @throws {ArgumentError} when `minVal` is above `maxVal`, an option is unknown, or there are more than 2
 * numbers.
 * @throws {DTypeError} when x is bool.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.hardtanh
 */
export function hardtanh(x: CoreTensor, ...given: Numbers<"minVal" | "maxVal">): Tensor {
  const { minVal, maxVal } = numbersOf("hardtanh", given, { minVal: -1, maxVal: 1 });
  return asTensor(core.hardTanh(x, minVal, maxVal));
}
/**
 * x above `limit`, `value` elsewhere; any shape, elementwise.
 * @throws {ArgumentError} when `limit` or `value` is NaN.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.threshold
 */
export function threshold(x: CoreTensor, limit: number, value: number): Tensor {
  checkValue("threshold", "limit", limit, NUMBER);
  checkValue("threshold", "value", value, NUMBER);
  return asTensor(core.thresholdedRelu(x, limit, value));
}

/** An axis: `f(x, 1)` or `f(x, { dim: 1 })`. */
export type DimArgument = number | { readonly dim: number };

/** @throws {ArgumentError} when no axis is given */
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

/**
 * eˣ / Σ eˣ along the axis `dim`, which may count from the end; x's shape. A row of −∞ gives NaN.
 * @throws {ArgumentError} when `dim` is missing or x has no such axis.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.softmax
 */
export function softmax(x: CoreTensor, dim: DimArgument): Tensor {
  checkTensors("softmax", { x });
  return asTensor(core.softmax(x, axisOf("softmax", dim)));
}
/**
 * log(softmax(x)) along the axis `dim`, which may count from the end; x's shape.
 * @throws {ArgumentError} when `dim` is missing or x has no such axis.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.log_softmax
 */
export function logSoftmax(x: CoreTensor, dim: DimArgument): Tensor {
  checkTensors("logSoftmax", { x });
  return asTensor(core.logSoftmax(x, axisOf("logSoftmax", dim)));
}
/**
 * softmax(−x) along the axis `dim`, which may count from the end; x's shape.
 * @throws {ArgumentError} when `dim` is missing or x has no such axis.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.softmin
 */
export function softmin(x: CoreTensor, dim: DimArgument): Tensor {
  checkTensors("softmin", { x });
  return asTensor(core.softmax(core.neg(x), axisOf("softmin", dim)));
}
/**
 * First half times sigmoid of the second half along the axis `dim` (default −1): `[…, 2n, …] -> […, n, …]`.
 * @throws {ShapeError} when the axis has odd size.
 * @throws {ArgumentError} when x has no such axis.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.glu, Dauphin et al. 2016, https://arxiv.org/abs/1612.08083
 */
export function glu(x: CoreTensor, dim: DimArgument = -1): Tensor {
  checkTensors("glu", { x });
  return asTensor(core.glu(x, axisOf("glu", dim)));
}
/**
 * x above 0, weight·x elsewhere; x of any shape, `weight` `[1]` or `[C]`: one value per channel (axis 1; axis
 * 0 of a vector). Gives x's shape, in the promoted dtype.
 * @throws {ShapeError} when `weight` has neither 1 value nor one per channel, or x is a scalar.
 * @throws {DTypeError} when neither is a float tensor.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.prelu, He et al. 2015, https://arxiv.org/abs/1502.01852
 */
export function prelu(x: CoreTensor, weight: CoreTensor): Tensor {
  checkTensors("prelu", { x, weight });
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
/**
 * Leaky ReLU with the mean slope of `lower` (default 1/8) and `upper` (1/3), as `rrelu` outside training; any
 * shape, elementwise.
 * @throws {UnsupportedOpError} when `training` (default false) is true: random slopes are not available.
 * @throws {ArgumentError} when an option is unknown or the mean slope is NaN.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.rrelu, Xu et al. 2015, https://arxiv.org/abs/1505.00853
 */
export function rrelu(
  x: CoreTensor,
  options: { readonly lower?: number; readonly upper?: number; readonly training?: boolean } = {},
): Tensor {
  checkTensors("rrelu", { x });
  checkOptions("rrelu", options, { lower: NUMBER, upper: NUMBER, training: FLAG });
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
