// Activation functions, and how layers name them in options and configs.
import * as core from "@isoform/core";
import { type Tensor as CoreTensor } from "@isoform/core";
import { checkOptions } from "./config/arguments.js";
import { isObjectConfig, lookUp, notNamed, type ObjectConfig } from "./config/object.js";
import { lookUpCustom } from "./config/custom.js";
import { session } from "./session.js";
import { isKerasTensor } from "./engine/keras-tensor.js";
import { apply1, type Arg, type Out } from "./ops/apply.js";
import { asTensor, toTensor } from "./tensor/like.js";
import { floating } from "./tensor/tensor.js";

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
    if (given !== undefined) checkOptions(`activations.${name}`, given, known);
    const options = { ...defaults };
    for (const key in given) if (given[key] !== undefined) options[key] = given[key];
    return apply1(name, x, Object.fromEntries(Object.entries(options)), (t) => formula(t, options));
  };
}

/** Options of `relu`. */
export interface ReluOptions {
  readonly negativeSlope?: number;
  readonly maxValue?: number | null;
  readonly threshold?: number;
}
function cappedRelu(given: CoreTensor, options: ReluOptions): CoreTensor {
  const { negativeSlope = 0, maxValue = null, threshold: from = 0 } = options;
  core.requireNumeric("activations.relu", given);
  const x = negativeSlope === 0 ? given : floating(given);
  if (from === 0 && maxValue === null) {
    return negativeSlope === 0 ? core.relu(x) : core.leakyRelu(x, negativeSlope);
  }
  if (from === 0 && maxValue === 6 && negativeSlope === 0) return core.relu6(x);
  const above = core.where(core.ge(x, from), x, core.mul(core.sub(x, from), negativeSlope));
  return maxValue === null ? above : core.where(core.gt(above, maxValue), maxValue, above);
}
/**
 * max(x, 0), with Keras' leaky, capped and thresholded forms: `negativeSlope` 0, `maxValue` null and
 * `threshold` 0 by default; any shape, elementwise. Integers become float32 when there is a slope.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.relu
 */
export function relu<A extends Arg>(x: A, options: ReluOptions = {}): Out<A> {
  checkOptions("activations.relu", options, ["negativeSlope", "maxValue", "threshold"]);
  if (Object.keys(options).length === 0) return apply1("Relu", x, {}, (t) => cappedRelu(t, options));
  const { negativeSlope = 0, maxValue = null, threshold: from = 0 } = options;
  return apply1("ReLU", x, { negativeSlope, maxValue, threshold: from }, (t) => cappedRelu(t, options));
}
/**
 * x itself as a tensor, any shape and dtype.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @throws {ShapeError} when nested arrays are ragged
 * @see keras.activations.linear
 */
export function linear<A extends Arg>(x: A): Out<A>;
export function linear(x: Arg): unknown {
  return isKerasTensor(x) ? x : toTensor(x);
}
/**
 * x above 0, `negativeSlope`·x (default 0.2) elsewhere; any shape, elementwise. Integers and bool become
 * float32.
 * @throws {ArgumentError} when the slope is NaN, an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.leaky_relu
 */
export const leakyRelu: Activation<{ readonly negativeSlope?: number }> = lift(
  "LeakyRelu",
  { negativeSlope: 0.2 },
  (x, { negativeSlope }) => core.leakyRelu(floating(x), negativeSlope),
);
/**
 * Exponential linear unit: x above 0, `alpha`·(eˣ − 1) (default 1) elsewhere; any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when alpha is no number, an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.elu; Clevert et al. 2015, https://arxiv.org/abs/1511.07289
 */
export const elu: Activation<{ readonly alpha?: number }> = lift("Elu", { alpha: 1 }, (x, { alpha }) =>
  core.elu(x, alpha),
);
/**
 * Continuously differentiable exponential linear unit: x above 0, `alpha`·(e^(x/alpha) − 1) (default 1)
 * elsewhere; any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when alpha is 0 or no number, an option is unknown, or x is neither a tensor nor
 *   numbers
 * @see keras.activations.celu; Barron 2017, https://arxiv.org/abs/1704.07483
 */
export const celu: Activation<{ readonly alpha?: number }> = lift("Celu", { alpha: 1 }, (x, { alpha }) =>
  core.celu(x, alpha),
);
/**
 * Gaussian error linear unit x·Φ(x), exact unless `approximate` (default false); any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.gelu; Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415
 */
export const gelu: Activation<{ readonly approximate?: boolean }> = lift<{ approximate: boolean }>(
  "Gelu",
  { approximate: false },
  (x, { approximate }) => core.gelu(x, { approximate: approximate ? "tanh" : "none" }),
);
/**
 * Gated linear unit: the first half of `axis` (default −1) times the sigmoid of the second,
 * `[..., 2n] -> [..., n]`.
 * @throws {ShapeError} when the axis has an odd size
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when the axis is out of range, an option is unknown, or x is neither a tensor nor
 *   numbers
 * @see keras.activations.glu; Dauphin et al. 2016, https://arxiv.org/abs/1612.08083
 */
export const glu: Activation<{ readonly axis?: number }> = lift("Glu", { axis: -1 }, (x, { axis }) =>
  core.glu(x, axis),
);
/**
 * eˣ / Σ eˣ along `axis` (default −1), in x's shape.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when the axis is out of range (a scalar has none), an option is unknown, or x is no
 *   tensor
 * @see keras.activations.softmax
 */
export const softmax: Activation<{ readonly axis?: number }> = lift(
  "Softmax",
  { axis: -1 },
  (x, { axis }) => {
    const y = asTensor(core.softmax(x, axis));
    if (session.compiledStep && axis === -1) session.logits = { output: y, input: x, kind: "softmax" };
    return y;
  },
);
/**
 * log(softmax(x)) along `axis` (default −1), in x's shape.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when the axis is out of range (a scalar has none), an option is unknown, or x is no
 *   tensor
 * @see keras.activations.log_softmax
 */
export const logSoftmax: Activation<{ readonly axis?: number }> = lift(
  "LogSoftmax",
  { axis: -1 },
  (x, { axis }) => core.logSoftmax(x, axis),
);
/**
 * Sparsemax along `axis` (default −1), in x's shape, as Keras computes it: its threshold adds up the running
 * sums of all supported entries, where Martins and Astudillo (2016) take the last one, so rows with several
 * supported entries do not sum to 1. The form of the paper is `sparsemax` of @isoform/core.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when the axis is out of range (a scalar has none), an option is unknown, or x is no
 *   tensor
 * @see keras.activations.sparsemax
 */
export const sparsemax: Activation<{ readonly axis?: number }> = lift(
  "Sparsemax",
  { axis: -1 },
  (x, { axis: given }) => {
    core.requireFloat("activations.sparsemax", x);
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
/**
 * x outside ±`threshold` (default 0.5), 0 inside; any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when the threshold is negative, an option is unknown, or x is neither a tensor nor
 *   numbers
 * @see keras.activations.hard_shrink
 */
export const hardShrink: Activation<{ readonly threshold?: number }> = lift(
  "HardShrink",
  { threshold: 0.5 },
  (x, { threshold: limit }) => core.hardShrink(x, limit),
);
/**
 * x moved toward 0 by `threshold` (default 0.5), 0 within it; any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when the threshold is negative, an option is unknown, or x is neither a tensor nor
 *   numbers
 * @see keras.activations.soft_shrink
 */
export const softShrink: Activation<{ readonly threshold?: number }> = lift(
  "SoftShrink",
  { threshold: 0.5 },
  (x, { threshold: limit }) => core.softShrink(x, limit),
);
/**
 * (x + √(x² + b)) / 2 with b 4 by default; any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.squareplus
 */
export const squareplus: Activation<{ readonly b?: number }> = lift("Squareplus", { b: 4 }, (x, { b }) =>
  core.mul(core.add(x, core.sqrt(core.add(core.mul(x, x), b))), 0.5),
);
/**
 * x above `limit`, `defaultValue` elsewhere; any shape, elementwise.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.activations.threshold
 */
export function threshold<A extends Arg>(x: A, limit: number, defaultValue: number): Out<A> {
  return apply1("Threshold", x, { threshold: limit, defaultValue }, (t) =>
    core.where(core.gt(t, limit), t, defaultValue),
  );
}
/**
 * max(x, 0) up to 6; any shape, elementwise.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.relu6
 */
export const relu6: Activation = lift("Relu6", {}, (x) => core.relu6(x));
/**
 * Logistic function 1 / (1 + e⁻ˣ); any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.sigmoid
 */
export const sigmoid: Activation = lift("Sigmoid", {}, (x) => {
  const y = asTensor(core.sigmoid(x));
  if (session.compiledStep) session.logits = { output: y, input: x, kind: "sigmoid" };
  return y;
});
/**
 * log(sigmoid(x)); any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.log_sigmoid
 */
export const logSigmoid: Activation = lift("LogSigmoid", {}, (x) => core.logSigmoid(x));
/**
 * Hyperbolic tangent; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.tanh
 */
export const tanh: Activation = lift("Tanh", {}, (x) => core.tanh(floating(x)));
/**
 * eˣ; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.exponential
 */
export const exponential: Activation = lift("Exp", {}, (x) => core.exp(floating(x)));
/**
 * x · sigmoid(x); any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.silu
 */
export const silu: Activation = lift("Silu", {}, (x) => core.silu(x));
/**
 * Same as `silu`: x · sigmoid(x); any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.swish
 */
export const swish: Activation = silu;
/**
 * log(1 + eˣ); any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.softplus
 */
export const softplus: Activation = lift("Softplus", {}, (x) => core.softplus(x));
/**
 * x / (1 + |x|); any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.softsign
 */
export const softsign: Activation = lift("Softsign", {}, (x) => core.softsign(x));
/**
 * Scaled exponential linear unit, 1.0507 · elu(x, 1.67326); any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.selu; Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
 */
export const selu: Activation = lift("Selu", {}, (x) => core.selu(x));
/**
 * x/6 + 1/2 limited to [0, 1], any shape, elementwise: Keras 3's form (Keras 2 had 0.2x + 0.5).
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.hard_sigmoid
 */
export const hardSigmoid: Activation = lift("HardSigmoid", {}, (x) => core.hardSigmoid(x));
/**
 * x · hardSigmoid(x); any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.hard_silu
 */
export const hardSilu: Activation = lift("HardSilu", {}, (x) => core.hardSwish(x));
/**
 * Same as `hardSilu`: x · hardSigmoid(x); any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.hard_swish
 */
export const hardSwish: Activation = hardSilu;
/**
 * x limited to [−1, 1]; any shape, elementwise.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.hard_tanh
 */
export const hardTanh: Activation = lift("HardTanh", {}, (x) => core.hardTanh(x));
/**
 * x · tanh(softplus(x)); any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.mish; Misra 2019, https://arxiv.org/abs/1908.08681
 */
export const mish: Activation = lift("Mish", {}, (x) => core.mish(x));
/**
 * x − tanh(x); any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.tanh_shrink
 */
export const tanhShrink: Activation = lift("TanhShrink", {}, (x) => core.tanhShrink(x));
/**
 * 0 below −1, (x + 1)²/4 between, x above 1; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.sparse_plus
 */
export const sparsePlus: Activation = lift("SparsePlus", {}, (x) => {
  const middle = core.mul(core.square(core.add(x, 1)), 0.25);
  return core.where(core.le(x, -1), 0, core.where(core.lt(x, 1), middle, x));
});
/**
 * (x + 1)/2 limited to [0, 1]; any shape, elementwise.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.activations.sparse_sigmoid
 */
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

/**
 * An activation (in and out of one shape) by name, function or record; null and undefined are linear. Names may be
 * registered ones.
 * @throws {ArgumentError} with a suggestion when there is no such activation, or it is none of these
 * @see keras.activations.get
 */
export function get(like: ActivationLike): ActivationFn {
  if (like === null || like === undefined) return linear;
  if (typeof like === "function") return like;
  if (typeof like === "string") return lookUpCustom(like, isFunction) ?? lookUp("activation", like, table());
  if (typeof like === "object" && typeof like.config === "string") return get(like.config);
  if (isObjectConfig(like)) return get(like.class_name);
  throw notNamed("activation", like);
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

/**
 * The name of an activation for a config; a record for functions that are not Keras' own. A function of
 * tensors of any shape.
 * @throws {ArgumentError} when it is no function
 * @see keras.activations.serialize
 */
export function serialize(fn: ActivationFn): string | FunctionConfig {
  for (const [name, known] of Object.entries(table())) if (known === fn) return name;
  if (typeof fn !== "function") throw notNamed("activation", fn);
  return { module: "builtins", class_name: "function", config: fn.name, registered_name: fn.name };
}
