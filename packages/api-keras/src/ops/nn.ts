// keras.ops: neural network functions. Activations are those of keras.activations.
import * as core from "@isoform/core";
import { checkOptions, invalid } from "../config/arguments.js";
import { oneOf, sizes } from "../config/options.js";
import { gelu as exactGelu } from "../activations.js";
import { callOperation } from "../engine/operation.js";
import * as losses from "../losses/functions.js";
import { binaryTerms } from "../losses/terms.js";
import {
  conv as convolve,
  convTranspose as convolveBack,
  depthwiseConv as convolveDepth,
  type ConvPadding,
} from "../nn/conv.js";
import { adaptivePool, pool } from "../nn/pool.js";
import { session, standardizeDataFormat, type DataFormat } from "../session.js";
import { apply1, input, tensor, type Arg, type Out, type Out2 } from "./apply.js";
import { leftOut } from "../nn/masked.js";

export {
  celu,
  elu,
  glu,
  hardShrink,
  hardSigmoid,
  hardSilu,
  hardSwish,
  hardTanh,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softShrink,
  softsign,
  sparsemax,
  sparsePlus,
  sparseSigmoid,
  squareplus,
  swish,
  tanhShrink,
  threshold,
} from "../activations.js";

/**
 * Gaussian error linear unit, any shape, elementwise; unlike `keras.activations.gelu` the tanh approximation
 * by default, as in Keras.
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @see keras.ops.gelu
 */
export function gelu<A extends Arg>(x: A, options: { readonly approximate?: boolean } = {}): Out<A> {
  checkOptions("ops.gelu", options, ["approximate"]);
  return exactGelu(x, { approximate: options.approximate ?? true });
}

type Sizes = number | readonly number[];

/** A function of several tensors, of which those behind the first `required` (default all) may be missing. */
function applyAll<R>(
  name: string,
  args: readonly unknown[],
  config: Readonly<Record<string, unknown>>,
  fn: (first: core.Tensor, ...rest: (core.Tensor | null)[]) => core.Tensor,
  required?: number,
): R;
function applyAll(
  name: string,
  args: readonly unknown[],
  config: Readonly<Record<string, unknown>>,
  fn: (first: core.Tensor, ...rest: (core.Tensor | null)[]) => core.Tensor,
  required = args.length,
): unknown {
  return callOperation(
    name,
    args.map((v, i) => (i < required ? input(name, v) : orNull(name, v))),
    config,
    (first, ...rest) => fn(tensor(first), ...rest.map((t) => (t === null ? null : tensor(t)))),
  );
}
const orNull = (name: string, value: unknown) =>
  value === null || value === undefined ? null : input(name, value);

// ---- pooling

/** Options of `maxPool` and `averagePool`. */
export interface PoolOptions {
  /** Default: the size of the window. */
  readonly strides?: Sizes | null;
  readonly padding?: "valid" | "same";
  readonly dataFormat?: DataFormat | null;
}

function pooling<A extends Arg>(kind: "max" | "avg", x: A, poolSize: Sizes, options: PoolOptions): Out<A> {
  const name = kind === "max" ? "MaxPool" : "AveragePool";
  checkOptions(`ops.${name}`, options, ["strides", "padding", "dataFormat"]);
  const { strides = null, padding = "valid" } = options;
  const dataFormat = standardizeDataFormat(`ops.${name}`, options.dataFormat ?? null);
  oneOf(`ops.${name}`, "padding", padding, ["valid", "same"]);
  return apply1(name, x, { poolSize, strides, padding, dataFormat }, (t) => {
    const window = sizes(name, "poolSize", poolSize, t.rank - 2);
    const steps = sizes(name, "strides", strides ?? poolSize, t.rank - 2);
    return pool(kind, t, { poolSize: window, strides: steps, padding, dataFormat });
  });
}
/**
 * Maximum of windows of `poolSize`: `(N, ...spatial, C) -> (N, ...out, C)` (channels second for
 * `channels_first`), with out = ⌊(n − pool)/stride⌋ + 1 for padding `"valid"` (default) and ⌈n/stride⌉ for
 * `"same"`.
 * @throws {ShapeError} when the window is larger than an axis of x
 * @throws {ArgumentError} when a size is not positive or not one per spatial axis, x has no spatial axis, or
 *   an option is unknown
 * @throws {DTypeError} when x is bool
 * @see keras.ops.max_pool
 */
export function maxPool<A extends Arg>(x: A, poolSize: Sizes, options: PoolOptions = {}): Out<A> {
  return pooling("max", x, poolSize, options);
}
/**
 * Mean of windows of `poolSize`, in the shapes of `maxPool`; what `"same"` pads does not count.
 * @throws {ShapeError} when the window is larger than an axis of x
 * @throws {ArgumentError} when a size is not positive or not one per spatial axis, x has no spatial axis, or
 *   an option is unknown
 * @throws {DTypeError} when x is no float
 * @see keras.ops.average_pool
 */
export function averagePool<A extends Arg>(x: A, poolSize: Sizes, options: PoolOptions = {}): Out<A> {
  return pooling("avg", x, poolSize, options);
}

type FormatOption = { readonly dataFormat?: DataFormat | null };
function adaptive<A extends Arg>(
  kind: "max" | "avg",
  x: A,
  outputSize: Sizes,
  options: FormatOption,
): Out<A> {
  const name = kind === "max" ? "AdaptiveMaxPool" : "AdaptiveAveragePool";
  checkOptions(`ops.${name}`, options, ["dataFormat"]);
  const dataFormat = standardizeDataFormat(`ops.${name}`, options.dataFormat ?? null);
  return apply1(name, x, { outputSize, dataFormat }, (t) =>
    adaptivePool(kind, t, sizes(name, "outputSize", outputSize, t.rank - 2), dataFormat),
  );
}
/**
 * Maximum of windows whose sizes follow from `outputSize`: `(N, ...spatial, C) -> (N, ...outputSize, C)`
 * (channels second for `channels_first`).
 * @throws {ShapeError} when a spatial axis is empty
 * @throws {ArgumentError} when a size is not positive or not one per spatial axis, x has no spatial axis, or
 *   an option is unknown
 * @throws {DTypeError} when x is bool
 * @see keras.ops.adaptive_max_pool
 */
export function adaptiveMaxPool<A extends Arg>(x: A, outputSize: Sizes, options: FormatOption = {}): Out<A> {
  return adaptive("max", x, outputSize, options);
}
/**
 * Mean of windows whose sizes follow from `outputSize`: `(N, ...spatial, C) -> (N, ...outputSize, C)`
 * (channels second for `channels_first`).
 * @throws {ShapeError} when a spatial axis is empty
 * @throws {ArgumentError} when a size is not positive or not one per spatial axis, x has no spatial axis, or
 *   an option is unknown
 * @throws {DTypeError} when x is no float
 * @see keras.ops.adaptive_average_pool
 */
export function adaptiveAveragePool<A extends Arg>(
  x: A,
  outputSize: Sizes,
  options: FormatOption = {},
): Out<A> {
  return adaptive("avg", x, outputSize, options);
}

// ---- convolutions

/** Options of `conv`, `depthwiseConv` and `separableConv`. */
export interface ConvOptions {
  readonly strides?: Sizes;
  readonly padding?: ConvPadding;
  readonly dataFormat?: DataFormat | null;
  readonly dilationRate?: Sizes;
}
const CONV = ["strides", "padding", "dataFormat", "dilationRate"];

function convConfig(name: string, options: ConvOptions) {
  checkOptions(`ops.${name}`, options, CONV);
  const { strides = 1, padding = "valid", dilationRate = 1 } = options;
  const dataFormat = standardizeDataFormat(`ops.${name}`, options.dataFormat ?? null);
  oneOf(`ops.${name}`, "padding", padding, ["valid", "same", "causal"]);
  return { strides, padding, dataFormat, dilationRate };
}
function perAxis(name: string, c: ReturnType<typeof convConfig>, rank: number) {
  const strides = sizes(name, "strides", c.strides, rank);
  return { ...c, strides, dilationRate: sizes(name, "dilationRate", c.dilationRate, rank) };
}

/**
 * Convolution with a kernel `[...window, C / groups, C_out]`: `(N, ...spatial, C) -> (N, ...out, C_out)`
 * (channels second for `channels_first`), with out as for `maxPool` of the dilated window; `"causal"` pads
 * the past. The number of groups follows from the channels of the kernel.
 * @throws {ShapeError} when the channels do not fit, or the kernel is larger than the padded input
 * @throws {ArgumentError} when a size is not positive or not one per spatial axis, the kernel has another
 *   rank or channels that do not divide those of x, or an option or its value is unknown
 * @throws {DTypeError} when both are bool
 * @see keras.ops.conv
 */
export function conv<A extends Arg, B extends Arg>(x: A, kernel: B, options: ConvOptions = {}): Out2<A, B> {
  const config = convConfig("Conv", options);
  return applyAll("Conv", [x, kernel], config, (t, k) => {
    const s = perAxis("Conv", config, t.rank - 2);
    const channels = t.shape.at(config.dataFormat === "channels_last" ? -1 : 1)!;
    return convolve(t, k!, null, { ...s, groups: channels / k!.shape.at(-2)! });
  });
}
/**
 * Convolution of each channel, with a kernel `[...window, C, multiplier]`:
 * `(N, ...spatial, C) -> (N, ...out, C · multiplier)` (channels second for `channels_first`).
 * @throws {ShapeError} when the channels do not fit, or the kernel is larger than the padded input
 * @throws {ArgumentError} when a size is not positive or not one per spatial axis, the kernel has another
 *   rank, or an option or its value is unknown
 * @throws {DTypeError} when both are bool
 * @see keras.ops.depthwise_conv
 */
export function depthwiseConv<A extends Arg, B extends Arg>(
  x: A,
  kernel: B,
  options: ConvOptions = {},
): Out2<A, B> {
  const config = convConfig("DepthwiseConv", options);
  return applyAll("DepthwiseConv", [x, kernel], config, (t, k) =>
    convolveDepth(t, k!, null, perAxis("DepthwiseConv", config, t.rank - 2)),
  );
}
/**
 * Depthwise convolution with a kernel `[...window, C, multiplier]`, then one of 1×1 with
 * `[1, …, C · multiplier, C_out]` that mixes the channels: `(N, ...spatial, C) -> (N, ...out, C_out)`
 * (channels second for `channels_first`).
 * @throws {ShapeError} when the channels do not fit, or the kernel is larger than the padded input
 * @throws {ArgumentError} when a size is not positive or not one per spatial axis, the kernel has another
 *   rank, or an option or its value is unknown
 * @throws {DTypeError} when all are bool
 * @see keras.ops.separable_conv
 */
export function separableConv<A extends Arg, B extends Arg>(
  x: A,
  depthwiseKernel: B,
  pointwiseKernel: B,
  options: ConvOptions = {},
): Out2<A, B> {
  const config = convConfig("SeparableConv", options);
  return applyAll("SeparableConv", [x, depthwiseKernel, pointwiseKernel], config, (t, depth, point) => {
    const s = perAxis("SeparableConv", config, t.rank - 2);
    const ones = s.strides.map(() => 1);
    const mixed = { ...s, strides: ones, dilationRate: ones, padding: "valid" as const };
    return convolve(convolveDepth(t, depth!, null, s), point!, null, mixed);
  });
}
/**
 * Transposed convolution with a kernel `[...window, C_out, C]`: `(N, ...spatial, C) -> (N, ...out, C_out)`
 * (channels second for `channels_first`), with out = n · stride for `"same"`, and max(window − stride, 0)
 * more for `"valid"` (default), unless `outputPadding` (default null) is given.
 * @throws {ShapeError} when the channels do not fit
 * @throws {ArgumentError} when a size is not positive or not one per spatial axis, the kernel has another
 *   rank, or an option or its value is unknown
 * @throws {DTypeError} when both are bool
 * @see keras.ops.conv_transpose
 */
export function convTranspose<A extends Arg, B extends Arg>(
  x: A,
  kernel: B,
  options: ConvOptions & { readonly outputPadding?: Sizes | null; readonly padding?: "valid" | "same" } = {},
): Out2<A, B> {
  checkOptions("ops.ConvTranspose", options, [...CONV, "outputPadding"]);
  const { outputPadding = null, padding = "valid", ...rest } = options;
  oneOf("ops.ConvTranspose", "padding", padding, ["valid", "same"]);
  const config = { ...convConfig("ConvTranspose", rest), padding, outputPadding };
  return applyAll("ConvTranspose", [x, kernel], config, (t, k) => {
    const rank = t.rank - 2;
    const extra =
      outputPadding === null ? null : sizes("ConvTranspose", "outputPadding", outputPadding, rank, 0);
    return convolveBack(t, k!, null, {
      ...perAxis("ConvTranspose", config, rank),
      padding,
      outputPadding: extra,
    });
  });
}

// ---- normalization

/**
 * (x − mean) / √(variance + epsilon) · scale + offset, in x's shape; the vectors are `[size of axis]`,
 * `epsilon` is 1e-3.
 * @throws {ShapeError} when a vector has another size than the axis
 * @throws {ArgumentError} when the axis is out of range, an option is unknown, or an argument is no tensor
 * @throws {DTypeError} when x and mean are both bool
 * @see keras.ops.batch_normalization
 */
export function batchNormalization<A extends Arg>(
  x: A,
  mean: Arg,
  variance: Arg,
  axis: number,
  options: { readonly offset?: Arg | null; readonly scale?: Arg | null; readonly epsilon?: number } = {},
): Out<A> {
  core.checkOptions("ops.batchNormalization", options, ["offset", "scale", "epsilon"]);
  const { offset = null, scale = null, epsilon = 1e-3 } = options;
  return applyAll(
    "BatchNorm",
    [x, mean, variance, offset, scale],
    { axis, epsilon },
    (t, m, v, o, s) => {
      const place = core.normalizeAxis("batchNormalization", axis, t.rank);
      const spread = (u: core.Tensor) =>
        core.reshape(
          u,
          t.shape.map((n, i) => (i === place ? n : 1)),
        );
      const centered = core.sub(t, spread(m!));
      const unit = core.mul(centered, core.rsqrt(core.add(spread(v!), epsilon)));
      const scaled = s ? core.mul(unit, spread(s)) : unit;
      return o ? core.add(scaled, spread(o)) : scaled;
    },
    3,
  );
}
type AxisList = number | readonly number[];
/**
 * x with mean 0 and variance 1 over `axis` (default −1), times gamma plus beta, whose shapes are the sizes of
 * these axes; same shape as x. `epsilon` is `epsilon()` of the backend by default.
 * @throws {ShapeError} when gamma or beta has another shape
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an axis is out of range, epsilon is negative, an option unknown, or x no
 *   tensor
 * @see keras.ops.layer_normalization
 */
export function layerNormalization<A extends Arg>(
  x: A,
  options: {
    readonly gamma?: Arg | null;
    readonly beta?: Arg | null;
    readonly axis?: AxisList;
    readonly epsilon?: number | null;
  } = {},
): Out<A> {
  core.checkOptions("ops.layerNormalization", options, ["gamma", "beta", "axis", "epsilon"]);
  const { gamma = null, beta = null, axis = -1, epsilon = null } = options;
  const eps = epsilon ?? session.epsilon;
  return applyAll(
    "LayerNorm",
    [x, gamma, beta],
    { axis, epsilon: eps },
    (t, g, b) =>
      core.layerNorm(t, g ?? null, b ?? null, { axes: typeof axis === "number" ? [axis] : axis, eps }),
    1,
  );
}
/**
 * x divided by its root mean square over `axis` (default −1), times scale, which broadcasts; same shape as x.
 * `epsilon` is `epsilon()` of the backend by default.
 * @throws {ShapeError} when the scale does not broadcast
 * @throws {DTypeError} when x is no float
 * @throws {ArgumentError} when an axis is out of range, an option is unknown, or x is no tensor
 * @see keras.ops.rms_normalization
 */
export function rmsNormalization<A extends Arg>(
  x: A,
  options: { readonly scale?: Arg | null; readonly axis?: AxisList; readonly epsilon?: number | null } = {},
): Out<A> {
  checkOptions("ops.rmsNormalization", options, ["scale", "axis", "epsilon"]);
  const { scale = null, axis = -1, epsilon = null } = options;
  const eps = epsilon ?? session.epsilon;
  return applyAll(
    "RMSNorm",
    [x, scale],
    { axis, epsilon: eps },
    (t, s) => {
      const squares = core.mean(core.square(t), axis, { keepDims: true });
      const unit = core.mul(t, core.rsqrt(core.add(squares, eps)));
      return s ? core.mul(unit, s) : unit;
    },
    1,
  );
}

// ---- attention

/** Options of `dotProductAttention`. */
export interface AttentionOptions {
  /** Added to the scores `[batch, heads, queries, keys]`. */
  readonly bias?: Arg | null;
  /** Which keys each query may see, of the scores' shape. */
  readonly mask?: Arg | null;
  /** Default: 1 / √(size of a head). */
  readonly scale?: number | null;
  readonly isCausal?: boolean;
}
/**
 * Scaled dot-product attention: query `[B, T, heads, D]`, key `[B, S, heads, D]` and value `[B, S, heads, E]`
 * give `[B, T, heads, E]`.
 * @throws {ShapeError} when query, key and value, or bias or mask `[B, heads, T, S]`, do not fit
 * @throws {DTypeError} when they are no floats
 * @throws {ArgumentError} when one has not 4 axes or is no tensor, or an option is unknown
 * @see keras.ops.dot_product_attention; Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 */
export function dotProductAttention<A extends Arg>(
  query: A,
  key: Arg,
  value: Arg,
  options?: AttentionOptions,
): Out<A>;
export function dotProductAttention(
  query: Arg,
  key: Arg,
  value: Arg,
  options: AttentionOptions = {},
): unknown {
  checkOptions("ops.dotProductAttention", options, ["bias", "mask", "scale", "isCausal"]);
  const { bias = null, mask = null, scale = null, isCausal = false } = options;
  const name = "DotProductAttention";
  if (scale !== null && typeof scale !== "number")
    throw invalid(`ops.${name}`, "scale", scale, "a number or null");
  const tensors = [query, key, value].map((v) => input(name, v));
  const args = [...tensors, ...[bias, mask].map((v) => orNull(name, v)), scale];
  return callOperation(name, args, { isCausal }, (...given) => {
    const [q, k, v] = given.slice(0, 3).map((t) => core.transpose(tensor(t), [0, 2, 1, 3]));
    const [b, m] = given.slice(3, 5).map((t) => (t === null ? null : tensor(t)));
    const shut = m && core.mul(core.cast(core.not(core.cast(m, "bool")), q!.dtype), leftOut(q!.dtype));
    const added = b && shut ? core.add(b, shut) : (b ?? shut ?? null);
    const size = q!.shape[3]!;
    const result = core.attention(q!, k!, v!, added, {
      scale: scale ?? 1 / Math.sqrt(size),
      causal: isCausal,
    });
    return core.transpose(result, [0, 2, 1, 3]);
  });
}

// ---- losses

type LogitsOption = { readonly fromLogits?: boolean };
/**
 * Binary cross entropy of each element in nats: −t·log(p) − (1 − t)·log(1 − p), or the same of logits with
 * `fromLogits` (default false). The shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when the outputs are integers and no logits, an option is unknown, or the target is
 *   no tensor
 * @throws {DTypeError} when the outputs are integers and logits, or bool
 * @see keras.ops.binary_crossentropy
 */
export function binaryCrossentropy<A extends Arg, B extends Arg>(
  target: A,
  output: B,
  options: LogitsOption = {},
): Out2<A, B> {
  checkOptions("ops.binaryCrossentropy", options, ["fromLogits"]);
  const { fromLogits = false } = options;
  return applyAll("BinaryCrossentropy", [target, output], { fromLogits }, (t, p) =>
    binaryTerms(core.cast(t, p!.dtype), p!, fromLogits),
  );
}
/**
 * Cross entropy of each sample in nats: targets and outputs `[..., classes] -> [...]`, probabilities that are
 * divided by their sum over `axis` (default −1), or logits with `fromLogits` (default false).
 * @throws {ShapeError} when the shapes differ
 * @throws {ArgumentError} when the axis is out of range, an option is unknown, or an argument is no tensor
 * @throws {DTypeError} when the outputs are integers and logits
 * @see keras.ops.categorical_crossentropy
 */
export function categoricalCrossentropy<A extends Arg, B extends Arg>(
  target: A,
  output: B,
  options: LogitsOption & { readonly axis?: number } = {},
): Out2<A, B> {
  checkOptions("ops.categoricalCrossentropy", options, ["fromLogits", "axis"]);
  const { fromLogits = false, axis = -1 } = options;
  return applyAll("CategoricalCrossentropy", [target, output], { fromLogits, axis }, (t, p) =>
    losses.categoricalCrossentropy(t, p!, { fromLogits, axis }),
  );
}
/**
 * Cross entropy of each sample in nats: targets `[...]` or `[..., 1]` are class numbers, outputs
 * `[..., classes]` probabilities, or logits with `fromLogits` (default false).
 * @throws {ShapeError} when targets and outputs do not fit
 * @throws {ArgumentError} when a class does not exist (on devices that are read at once), `axis` is not the
 *   last, the outputs are integers and no logits, or an option is unknown
 * @throws {DTypeError} when the outputs are integers and logits
 * @see keras.ops.sparse_categorical_crossentropy
 */
export function sparseCategoricalCrossentropy<A extends Arg, B extends Arg>(
  target: A,
  output: B,
  options: LogitsOption & { readonly axis?: number } = {},
): Out2<A, B> {
  checkOptions("ops.sparseCategoricalCrossentropy", options, ["fromLogits", "axis"]);
  const { fromLogits = false, axis = -1 } = options;
  return applyAll("SparseCategoricalCrossentropy", [target, output], { fromLogits, axis }, (t, p) =>
    losses.sparseCategoricalCrossentropy(t, p!, { fromLogits, axis }),
  );
}
/**
 * Peak signal-to-noise ratio over all elements in decibels, for values up to `maxVal`; a scalar. The shapes
 * broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when neither is a float
 * @throws {ArgumentError} when an argument is no tensor
 * @see keras.ops.psnr
 */
export function psnr<A extends Arg, B extends Arg>(x1: A, x2: B, maxVal: number): Out2<A, B> {
  return applyAll("PSNR", [x1, x2], { maxVal }, (a, b) => {
    const mse = core.mean(core.square(core.sub(a, b!)));
    return core.mul(core.log(core.div(maxVal ** 2, mse)), 10 / Math.LN10);
  });
}
