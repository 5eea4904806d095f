// Dropout of torch.nn.functional, with PyTorch's masks for the same seed.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { drawn } from "../../random.js";
import { checkOptions, FLAG, NUMBER } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { inOrder, type InOrder } from "../../options.js";

/** Options of `dropout`. */
export interface DropoutOptions {
  /** Probability of zeroing an element. */
  readonly p?: number;
  readonly training?: boolean;
}

/** The probability, checked. @throws {ArgumentError} */
export function checkProbability(op: string, p: number): number {
  if (p >= 0 && p <= 1) return p;
  throw new core.ArgumentError(`the probability is ${p}`, { code: "argument/range", op, hint: "use 0 to 1" });
}

/** Mask of kept elements scaled by 1/(1−p): one float64 uniform per element, kept where below 1−p. */
function scaledMask(shape: readonly number[], p: number): CoreTensor {
  const scale = p === 1 ? 0 : 1 / Math.fround(1 - p);
  return drawn({ shape, dtype: "float32" }, (generator) => {
    const kept = generator.dropoutMask(core.sizeOf(shape), p);
    const mask = new Float32Array(kept.length);
    for (let i = 0; i < kept.length; i++) mask[i] = kept[i]! * scale;
    return mask;
  });
}

/** Drops with a mask of the first `axes` axes, the same for all others. */
function drop(op: string, x: CoreTensor, options: DropoutOptions, axes: number): Tensor {
  checkTensors(op, { x });
  checkOptions(op, options, { p: NUMBER, training: FLAG });
  const { p = 0.5, training = true } = options;
  checkProbability(op, p);
  if (!training || p === 0) return asTensor(x);
  const shape = x.shape.map((n, i) => (i < axes ? n : 1));
  return asTensor(core.mul(x, core.cast(scaledMask(shape, p), x.dtype)));
}

/** Channels of `[N, C, …]` of a fixed rank. @throws {ShapeError} */
function dropChannels(op: string, rank: number, x: CoreTensor, options: DropoutOptions): Tensor {
  checkTensors(op, { x });
  if (x.rank !== rank) {
    throw core.shapeError(op, `the input needs ${rank} axes`, [x], "pass [N, C, …] with the batch axis");
  }
  return drop(op, x, options, 2);
}

const DROPOUT = ["p", "training"] as const;

/**
 * Zeroes elements with probability `p` (default 0.5) and scales the others by 1/(1 − p); any shape. Without
 * `training` (default true) x is returned as it is. PyTorch's CPU masks for the same seed.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown.
 * @throws {DTypeError} when x is bool and elements are dropped.
 * @throws {LifetimeError} when x was disposed and elements are dropped.
 * @see torch.nn.functional.dropout, Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 */
export function dropout(x: CoreTensor, ...given: InOrder<DropoutOptions, typeof DROPOUT>): Tensor {
  return drop("dropout", x, inOrder<DropoutOptions>("dropout", given, DROPOUT), Infinity);
}
/**
 * Zeroes whole channels of `[N, C, L]` with probability `p` (default 0.5), in training (default) only.
 * @throws {ShapeError} when x does not have 3 axes.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown.
 * @throws {DTypeError} when x is bool and channels are dropped.
 * @throws {LifetimeError} when x was disposed and channels are dropped.
 * @see torch.nn.functional.dropout1d
 */
export function dropout1d(x: CoreTensor, ...given: InOrder<DropoutOptions, typeof DROPOUT>): Tensor {
  return dropChannels("dropout1d", 3, x, inOrder<DropoutOptions>("dropout1d", given, DROPOUT));
}
/**
 * Zeroes whole channels of `[N, C, H, W]` with probability `p` (default 0.5), in training (default) only.
 * @throws {ShapeError} when x does not have 4 axes.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown.
 * @throws {DTypeError} when x is bool and channels are dropped.
 * @throws {LifetimeError} when x was disposed and channels are dropped.
 * @see torch.nn.functional.dropout2d, Tompson et al. 2014, https://arxiv.org/abs/1411.4280
 */
export function dropout2d(x: CoreTensor, ...given: InOrder<DropoutOptions, typeof DROPOUT>): Tensor {
  return dropChannels("dropout2d", 4, x, inOrder<DropoutOptions>("dropout2d", given, DROPOUT));
}
/**
 * Zeroes whole channels of `[N, C, D, H, W]` with probability `p` (default 0.5), in training (default) only.
 * @throws {ShapeError} when x does not have 5 axes.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown.
 * @throws {DTypeError} when x is bool and channels are dropped.
 * @throws {LifetimeError} when x was disposed and channels are dropped.
 * @see torch.nn.functional.dropout3d
 */
export function dropout3d(x: CoreTensor, ...given: InOrder<DropoutOptions, typeof DROPOUT>): Tensor {
  return dropChannels("dropout3d", 5, x, inOrder<DropoutOptions>("dropout3d", given, DROPOUT));
}

/** Value that a SELU network tends to for large negative inputs, negated. */
const SELU_LIMIT = 1.7580993408473766;

/** Alpha dropout with a mask of the first `axes` axes, the same for all others. */
function alphaDrop(op: string, x: CoreTensor, options: DropoutOptions, axes: number): Tensor {
  checkTensors(op, { x });
  checkOptions(op, options, { p: NUMBER, training: FLAG });
  const { p = 0.5, training = false } = options;
  checkProbability(op, p);
  if (!training || p === 0 || x.size === 0) return asTensor(x);
  core.requireFloat(op, x);
  if (p === 1) return asTensor(core.mul(x, 0));
  const shape = x.shape.map((n, i) => (i < axes ? n : 1));
  const noise = drawn({ shape, dtype: "float32" }, (generator) =>
    Float32Array.from(generator.dropoutMask(core.sizeOf(shape), p)),
  );
  const kept = core.cast(noise, x.dtype);
  const scale = 1 / Math.sqrt((SELU_LIMIT * SELU_LIMIT * p + 1) * (1 - p));
  const limit = SELU_LIMIT * scale;
  const offset = core.add(core.mul(core.sub(kept, 1), limit), limit * p);
  return asTensor(core.add(core.mul(x, core.mul(kept, scale)), offset));
}

/**
 * Sets elements to the negative limit of SELU with probability `p` (default 0.5), then scales and shifts all, so that
 * mean 0 and variance 1 stay; any shape. Without `training` (default false, as in PyTorch) x is returned as it is.
 * PyTorch's CPU masks for the same seed.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown.
 * @throws {DTypeError} when x is not float and elements are dropped.
 * @throws {LifetimeError} when x was disposed and elements are dropped.
 * @see torch.nn.functional.alpha_dropout, Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
 */
export function alphaDropout(x: CoreTensor, ...given: InOrder<DropoutOptions, typeof DROPOUT>): Tensor {
  return alphaDrop("alphaDropout", x, inOrder<DropoutOptions>("alphaDropout", given, DROPOUT), Infinity);
}
/**
 * `alphaDropout` of whole channels of `[N, C, …]`, with `training` (default false, as in PyTorch) only.
 * @throws {ShapeError} when x has fewer than 2 axes and channels are dropped.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown.
 * @throws {DTypeError} when x is not float and channels are dropped.
 * @throws {LifetimeError} when x was disposed and channels are dropped.
 * @see torch.nn.functional.feature_alpha_dropout, Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
 */
export function featureAlphaDropout(
  x: CoreTensor,
  ...given: InOrder<DropoutOptions, typeof DROPOUT>
): Tensor {
  const options = inOrder<DropoutOptions>("featureAlphaDropout", given, DROPOUT);
  checkTensors("featureAlphaDropout", { x });
  checkOptions("featureAlphaDropout", options, { p: NUMBER, training: FLAG });
  if (x.rank < 2 && options.training && options.p !== 0) {
    const hint = "pass [N, C, …] with the batch axis";
    throw core.shapeError("featureAlphaDropout", "the input needs 2 axes or more", [x], hint);
  }
  return alphaDrop("featureAlphaDropout", x, options, 2);
}
