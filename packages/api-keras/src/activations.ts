// Activation functions, and how layers name them in options and configs.
import * as core from "@isoform/core";
import { ArgumentError, type Tensor as CoreTensor } from "@isoform/core";
import { isObjectConfig, lookUp, type ObjectConfig } from "./config/object.js";
import { lookUpCustom } from "./config/custom.js";
import { session } from "./session.js";
import { isKerasTensor } from "./engine/keras-tensor.js";
import { apply1, type Arg, type Out } from "./ops/apply.js";
import { asTensor, toTensor } from "./tensor/like.js";

/** An activation as layers use it. */
export type ActivationFn = (x: CoreTensor) => CoreTensor;

/** An activation: a name (`"relu"`), a function, a record of a config, or null for linear. */
export type ActivationLike = string | ActivationFn | ObjectConfig | FunctionConfig | null;

/** An activation: computes on tensors, and on symbolic ones becomes an operation of the model. */
export type Activation<O = object> = <A extends Arg>(x: A, options?: O) => Out<A>;

/** Makes an `Activation` of a formula; `name` is Keras' class of the operation. */
function lift<O extends object>(
  name: string,
  defaults: O,
  formula: (x: CoreTensor, options: O) => CoreTensor,
): Activation<Partial<O>> {
  const known = Object.keys(defaults);
  return (x, given) => {
    if (given) core.checkOptions(`activations.${name}`, given, known);
    const options = { ...defaults, ...given };
    return apply1(name, x, Object.fromEntries(Object.entries(options)), (t) => formula(t, options));
  };
}

/** Options of `relu`. */
export interface ReluOptions {
  readonly negativeSlope?: number;
  readonly maxValue?: number | null;
  readonly threshold?: number;
}
function cappedRelu(x: CoreTensor, options: ReluOptions): CoreTensor {
  const { negativeSlope = 0, maxValue = null, threshold: from = 0 } = options;
  if (from === 0 && maxValue === null) {
    return negativeSlope === 0 ? core.relu(x) : core.leakyRelu(x, negativeSlope);
  }
  if (from === 0 && maxValue === 6 && negativeSlope === 0) return core.relu6(x);
  const above = core.where(core.ge(x, from), x, core.mul(core.sub(x, from), negativeSlope));
  return maxValue === null ? above : core.where(core.gt(above, maxValue), maxValue, above);
}
/** max(x, 0), with Keras' leaky, capped and thresholded forms. */
export function relu<A extends Arg>(x: A, options: ReluOptions = {}): Out<A> {
  core.checkOptions("activations.relu", options, ["negativeSlope", "maxValue", "threshold"]);
  if (Object.keys(options).length === 0) return apply1("Relu", x, {}, (t) => core.relu(t));
  const { negativeSlope = 0, maxValue = null, threshold: from = 0 } = options;
  return apply1("ReLU", x, { negativeSlope, maxValue, threshold: from }, (t) => cappedRelu(t, options));
}
/** x. */
export function linear<A extends Arg>(x: A): Out<A>;
export function linear(x: Arg): unknown {
  return isKerasTensor(x) ? x : toTensor(x);
}
/** Leaky ReLU, slope 0.2 by default. */
export const leakyRelu: Activation<{ readonly negativeSlope?: number }> = lift(
  "LeakyRelu",
  { negativeSlope: 0.2 },
  (x, { negativeSlope }) => core.leakyRelu(x, negativeSlope),
);
/** Exponential linear unit. */
export const elu: Activation<{ readonly alpha?: number }> = lift("Elu", { alpha: 1 }, (x, { alpha }) =>
  core.elu(x, alpha),
);
/** Continuously differentiable exponential linear unit. */
export const celu: Activation<{ readonly alpha?: number }> = lift("Celu", { alpha: 1 }, (x, { alpha }) =>
  core.celu(x, alpha),
);
/** Gaussian error linear unit, exact unless `approximate`. */
export const gelu: Activation<{ readonly approximate?: boolean }> = lift<{ approximate: boolean }>(
  "Gelu",
  { approximate: false },
  (x, { approximate }) => core.gelu(x, { approximate: approximate ? "tanh" : "none" }),
);
/** Gated linear unit: the first half times the sigmoid of the second. */
export const glu: Activation<{ readonly axis?: number }> = lift("Glu", { axis: -1 }, (x, { axis }) =>
  core.glu(x, axis),
);
/** Softmax along an axis. */
export const softmax: Activation<{ readonly axis?: number }> = lift(
  "Softmax",
  { axis: -1 },
  (x, { axis }) => {
    const y = asTensor(core.softmax(x, axis));
    if (session.compiledStep && axis === -1) session.logits = { output: y, input: x, kind: "softmax" };
    return y;
  },
);
/** Logarithm of softmax. */
export const logSoftmax: Activation<{ readonly axis?: number }> = lift(
  "LogSoftmax",
  { axis: -1 },
  (x, { axis }) => core.logSoftmax(x, axis),
);
/**
 * Sparsemax as Keras computes it: its threshold adds up the running sums of all supported entries, where Martins and
 * Astudillo (2016) take the last one, so rows with several supported entries do not sum to 1. The form of the paper is
 * `sparsemax` of @isoform/core.
 */
export const sparsemax: Activation<{ readonly axis?: number }> = lift(
  "Sparsemax",
  { axis: -1 },
  (x, { axis: given }) => {
    const axis = core.normalizeAxis("sparsemax", given, x.rank);
    const keep = { keepDims: true };
    const sorted = core.sort(x, { axis, descending: true })[0];
    const running = core.cumulative(sorted, { kind: "sum", axis });
    const rank = core.add(core.iota(x.shape, axis, "float32"), 1);
    const supported = core.gt(core.sub(sorted, core.div(core.sub(running, 1), core.cast(rank, x.dtype))), 0);
    const count = core.sum(core.cast(supported, x.dtype), axis, keep);
    const tau = core.div(core.sub(core.sum(core.where(supported, running, 0), axis, keep), 1), count);
    return core.maximum(core.sub(x, tau), 0);
  },
);
/** x outside ±threshold, 0 inside. */
export const hardShrink: Activation<{ readonly threshold?: number }> = lift(
  "HardShrink",
  { threshold: 0.5 },
  (x, { threshold: limit }) => core.hardShrink(x, limit),
);
/** x moved toward 0 by threshold. */
export const softShrink: Activation<{ readonly threshold?: number }> = lift(
  "SoftShrink",
  { threshold: 0.5 },
  (x, { threshold: limit }) => core.softShrink(x, limit),
);
/** (x + √(x² + b)) / 2. */
export const squareplus: Activation<{ readonly b?: number }> = lift("Squareplus", { b: 4 }, (x, { b }) =>
  core.mul(core.add(x, core.sqrt(core.add(core.mul(x, x), b))), 0.5),
);
/** x above `limit`, else `defaultValue`. */
export function threshold<A extends Arg>(x: A, limit: number, defaultValue: number): Out<A> {
  return apply1("Threshold", x, { threshold: limit, defaultValue }, (t) =>
    core.where(core.gt(t, limit), t, defaultValue),
  );
}
/** max(x, 0) up to 6. */
export const relu6: Activation = lift("Relu6", {}, (x) => core.relu6(x));
/** Logistic function. */
export const sigmoid: Activation = lift("Sigmoid", {}, (x) => {
  const y = asTensor(core.sigmoid(x));
  if (session.compiledStep) session.logits = { output: y, input: x, kind: "sigmoid" };
  return y;
});
/** log(sigmoid(x)). */
export const logSigmoid: Activation = lift("LogSigmoid", {}, (x) => core.logSigmoid(x));
/** Hyperbolic tangent. */
export const tanh: Activation = lift("Tanh", {}, (x) => core.tanh(x));
/** eˣ. */
export const exponential: Activation = lift("Exp", {}, (x) => core.exp(x));
/** x · sigmoid(x). */
export const silu: Activation = lift("Silu", {}, (x) => core.silu(x));
/** Same as `silu`. */
export const swish: Activation = silu;
/** log(1 + eˣ). */
export const softplus: Activation = lift("Softplus", {}, (x) => core.softplus(x));
/** x / (1 + |x|). */
export const softsign: Activation = lift("Softsign", {}, (x) => core.softsign(x));
/** Scaled exponential linear unit. */
export const selu: Activation = lift("Selu", {}, (x) => core.selu(x));
/** x/6 + 1/2 limited to [0, 1]: Keras 3's form (Keras 2 had 0.2x + 0.5). */
export const hardSigmoid: Activation = lift("HardSigmoid", {}, (x) => core.hardSigmoid(x));
/** x · hardSigmoid(x). */
export const hardSilu: Activation = lift("HardSilu", {}, (x) => core.hardSwish(x));
/** Same as `hardSilu`. */
export const hardSwish: Activation = hardSilu;
/** x limited to [−1, 1]. */
export const hardTanh: Activation = lift("HardTanh", {}, (x) => core.hardTanh(x));
/** x · tanh(softplus(x)). */
export const mish: Activation = lift("Mish", {}, (x) => core.mish(x));
/** x − tanh(x). */
export const tanhShrink: Activation = lift("TanhShrink", {}, (x) => core.tanhShrink(x));
/** 0 below −1, (x + 1)²/4 between, x above 1. */
export const sparsePlus: Activation = lift("SparsePlus", {}, (x) => {
  const middle = core.mul(core.square(core.add(x, 1)), 0.25);
  return core.where(core.le(x, -1), 0, core.where(core.lt(x, 1), middle, x));
});
/** (x + 1)/2 limited to [0, 1]. */
export const sparseSigmoid: Activation = lift("SparseSigmoid", {}, (x) =>
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
