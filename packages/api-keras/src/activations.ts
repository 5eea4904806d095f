// Activation functions, and how layers name them in options and configs.
import * as core from "@isoform/core";
import { ArgumentError, type Tensor as CoreTensor } from "@isoform/core";
import { isObjectConfig, lookUp, type ObjectConfig } from "./config/object.js";
import { lookUpCustom } from "./config/custom.js";
import { session } from "./session.js";
import { asTensor } from "./tensor/like.js";
import type { Tensor } from "./tensor/tensor.js";

/** An activation as layers use it. */
export type ActivationFn = (x: CoreTensor) => CoreTensor;

/** An activation: a name (`"relu"`), a function, a record of a config, or null for linear. */
export type ActivationLike = string | ActivationFn | ObjectConfig | FunctionConfig | null;

const over =
  (f: (x: CoreTensor) => CoreTensor): ((x: CoreTensor) => Tensor) =>
  (x) =>
    asTensor(f(x));

/** max(x, 0), with Keras' leaky, capped and thresholded forms. */
export function relu(
  x: CoreTensor,
  options: {
    readonly negativeSlope?: number;
    readonly maxValue?: number | null;
    readonly threshold?: number;
  } = {},
): Tensor {
  core.checkOptions("activations.relu", options, ["negativeSlope", "maxValue", "threshold"]);
  const { negativeSlope = 0, maxValue = null, threshold = 0 } = options;
  if (threshold === 0 && maxValue === null) {
    return asTensor(negativeSlope === 0 ? core.relu(x) : core.leakyRelu(x, negativeSlope));
  }
  if (threshold === 0 && maxValue === 6 && negativeSlope === 0) return asTensor(core.relu6(x));
  const above = core.where(core.ge(x, threshold), x, core.mul(core.sub(x, threshold), negativeSlope));
  return asTensor(maxValue === null ? above : core.where(core.gt(above, maxValue), maxValue, above));
}
/** x. */
export function linear(x: CoreTensor): Tensor {
  return asTensor(x);
}
/** Leaky ReLU, slope 0.2 by default. */
export function leakyRelu(x: CoreTensor, options: { readonly negativeSlope?: number } = {}): Tensor {
  core.checkOptions("activations.leakyRelu", options, ["negativeSlope"]);
  return asTensor(core.leakyRelu(x, options.negativeSlope ?? 0.2));
}
/** Exponential linear unit. */
export function elu(x: CoreTensor, options: { readonly alpha?: number } = {}): Tensor {
  core.checkOptions("activations.elu", options, ["alpha"]);
  return asTensor(core.elu(x, options.alpha ?? 1));
}
/** Continuously differentiable exponential linear unit. */
export function celu(x: CoreTensor, options: { readonly alpha?: number } = {}): Tensor {
  core.checkOptions("activations.celu", options, ["alpha"]);
  return asTensor(core.celu(x, options.alpha ?? 1));
}
/** Gaussian error linear unit, exact unless `approximate`. */
export function gelu(x: CoreTensor, options: { readonly approximate?: boolean } = {}): Tensor {
  core.checkOptions("activations.gelu", options, ["approximate"]);
  return asTensor(core.gelu(x, { approximate: options.approximate ? "tanh" : "none" }));
}
/** Gated linear unit: the first half times the sigmoid of the second. */
export function glu(x: CoreTensor, options: { readonly axis?: number } = {}): Tensor {
  core.checkOptions("activations.glu", options, ["axis"]);
  return asTensor(core.glu(x, options.axis ?? -1));
}
/** Softmax along an axis. @throws ArgumentError for a tensor of one axis, as Keras */
export function softmax(x: CoreTensor, options: { readonly axis?: number } = {}): Tensor {
  core.checkOptions("activations.softmax", options, ["axis"]);
  const y = asTensor(core.softmax(x, options.axis ?? -1));
  if (session.compiledStep && (options.axis ?? -1) === -1)
    session.logits = { output: y, input: x, kind: "softmax" };
  return y;
}
/** Logarithm of softmax. */
export function logSoftmax(x: CoreTensor, options: { readonly axis?: number } = {}): Tensor {
  core.checkOptions("activations.logSoftmax", options, ["axis"]);
  return asTensor(core.logSoftmax(x, options.axis ?? -1));
}
/**
 * Sparsemax as Keras computes it: its threshold adds up the running sums of all supported entries, where Martins and
 * Astudillo (2016) take the last one, so rows with several supported entries do not sum to 1. The form of the paper is
 * `sparsemax` of @isoform/core.
 */
export function sparsemax(x: CoreTensor, options: { readonly axis?: number } = {}): Tensor {
  core.checkOptions("activations.sparsemax", options, ["axis"]);
  const axis = core.normalizeAxis("sparsemax", options.axis ?? -1, x.rank);
  const keep = { keepDims: true };
  return core.scope(() => {
    const sorted = core.sort(x, { axis, descending: true })[0];
    const running = core.cumulative(sorted, { kind: "sum", axis });
    const rank = core.add(core.iota(x.shape, axis, "float32"), 1);
    const supported = core.gt(core.sub(sorted, core.div(core.sub(running, 1), core.cast(rank, x.dtype))), 0);
    const count = core.sum(core.cast(supported, x.dtype), axis, keep);
    const tau = core.div(core.sub(core.sum(core.where(supported, running, 0), axis, keep), 1), count);
    return asTensor(core.maximum(core.sub(x, tau), 0));
  });
}
/** x outside ±threshold, 0 inside. */
export function hardShrink(x: CoreTensor, options: { readonly threshold?: number } = {}): Tensor {
  core.checkOptions("activations.hardShrink", options, ["threshold"]);
  return asTensor(core.hardShrink(x, options.threshold ?? 0.5));
}
/** x moved toward 0 by threshold. */
export function softShrink(x: CoreTensor, options: { readonly threshold?: number } = {}): Tensor {
  core.checkOptions("activations.softShrink", options, ["threshold"]);
  return asTensor(core.softShrink(x, options.threshold ?? 0.5));
}
/** (x + √(x² + b)) / 2. */
export function squareplus(x: CoreTensor, options: { readonly b?: number } = {}): Tensor {
  core.checkOptions("activations.squareplus", options, ["b"]);
  const { b = 4 } = options;
  return core.scope(() => asTensor(core.mul(core.add(x, core.sqrt(core.add(core.mul(x, x), b))), 0.5)));
}
/** x above `threshold`, else `defaultValue`. */
export function threshold(x: CoreTensor, limit: number, defaultValue: number): Tensor {
  return asTensor(core.where(core.gt(x, limit), x, defaultValue));
}
/** max(x, 0) up to 6. */
export const relu6: (x: CoreTensor) => Tensor = over((x) => core.relu6(x));
/** Logistic function. */
export function sigmoid(x: CoreTensor): Tensor {
  const y = asTensor(core.sigmoid(x));
  if (session.compiledStep) session.logits = { output: y, input: x, kind: "sigmoid" };
  return y;
}
/** log(sigmoid(x)). */
export const logSigmoid: (x: CoreTensor) => Tensor = over((x) => core.logSigmoid(x));
/** Hyperbolic tangent. */
export const tanh: (x: CoreTensor) => Tensor = over((x) => core.tanh(x));
/** eˣ. */
export const exponential: (x: CoreTensor) => Tensor = over((x) => core.exp(x));
/** x · sigmoid(x). */
export const silu: (x: CoreTensor) => Tensor = over((x) => core.silu(x));
/** Same as `silu`. */
export const swish: (x: CoreTensor) => Tensor = silu;
/** log(1 + eˣ). */
export const softplus: (x: CoreTensor) => Tensor = over((x) => core.softplus(x));
/** x / (1 + |x|). */
export const softsign: (x: CoreTensor) => Tensor = over((x) => core.softsign(x));
/** Scaled exponential linear unit. */
export const selu: (x: CoreTensor) => Tensor = over((x) => core.selu(x));
/** x/6 + 1/2 limited to [0, 1]: Keras 3's form (Keras 2 had 0.2x + 0.5). */
export const hardSigmoid: (x: CoreTensor) => Tensor = over((x) => core.hardSigmoid(x));
/** x · hardSigmoid(x). */
export const hardSilu: (x: CoreTensor) => Tensor = over((x) => core.hardSwish(x));
/** Same as `hardSilu`. */
export const hardSwish: (x: CoreTensor) => Tensor = hardSilu;
/** x limited to [−1, 1]. */
export const hardTanh: (x: CoreTensor) => Tensor = over((x) => core.hardTanh(x));
/** x · tanh(softplus(x)). */
export const mish: (x: CoreTensor) => Tensor = over((x) => core.mish(x));
/** x − tanh(x). */
export const tanhShrink: (x: CoreTensor) => Tensor = over((x) => core.tanhShrink(x));
/** 0 below −1, (x + 1)²/4 between, x above 1. */
export const sparsePlus: (x: CoreTensor) => Tensor = over((x) =>
  core.scope(() => {
    const middle = core.mul(core.square(core.add(x, 1)), 0.25);
    return core.where(core.le(x, -1), 0, core.where(core.lt(x, 1), middle, x));
  }),
);
/** (x + 1)/2 limited to [0, 1]. */
export const sparseSigmoid: (x: CoreTensor) => Tensor = over((x) =>
  core.hardSigmoid(x, { alpha: 0.5, beta: 0.5 }),
);

/** Activations by the names of configs. */
function table(): Readonly<Record<string, ActivationFn>> {
  return {
    celu,
    elu,
    exponential,
    gelu,
    glu,
    hard_shrink: hardShrink,
    hard_sigmoid: hardSigmoid,
    hard_silu: hardSilu,
    hard_swish: hardSwish,
    hard_tanh: hardTanh,
    leaky_relu: leakyRelu,
    linear,
    log_sigmoid: logSigmoid,
    log_softmax: logSoftmax,
    mish,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink: softShrink,
    softmax,
    softplus,
    softsign,
    sparse_plus: sparsePlus,
    sparse_sigmoid: sparseSigmoid,
    sparsemax,
    squareplus,
    swish,
    tanh,
    tanh_shrink: tanhShrink,
  };
}

/** An activation by name, function or record; null is linear. @throws ArgumentError with a suggestion */
export function get(like: ActivationLike): ActivationFn {
  if (like === null) return linear;
  if (typeof like === "function") return like;
  if (typeof like === "string") return lookUpCustom(like, isFunction) ?? lookUp("activation", like, table());
  if (typeof like.config === "string") return get(like.config);
  if (isObjectConfig(like)) return get(like.class_name);
  throw new ArgumentError("this is not an activation", {
    code: "argument/invalid",
    op: "keras.activations",
    hint: 'pass a name such as "relu", or a function of a tensor',
  });
}

function isFunction(value: unknown): value is ActivationFn {
  return typeof value === "function";
}

/** A function of a user in a config. */
export interface FunctionConfig {
  readonly module: string;
  readonly class_name: "function";
  readonly config: string;
  readonly registered_name: string;
}

/** The name of an activation for a config; a record for functions that are not Keras' own. */
export function serialize(fn: ActivationFn): string | FunctionConfig {
  for (const [name, known] of Object.entries(table())) if (known === fn) return name;
  return { module: "builtins", class_name: "function", config: fn.name, registered_name: fn.name };
}
