// Dropout of torch.nn.functional, with PyTorch's masks for the same seed.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { drawn } from "../../random.js";
import { checkOptions, FLAG, NUMBER } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

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

/**
 * Zeroes elements with probability `p` (default 0.5) and scales the others by 1/(1 − p); any shape. Without
 * `training` (default true) x is returned as it is. PyTorch's CPU masks for the same seed.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown.
 * @throws {DTypeError} when x is bool and elements are dropped.
 * @throws {LifetimeError} when x was disposed and elements are dropped.
 * @see torch.nn.functional.dropout, Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 */
export function dropout(x: CoreTensor, options: DropoutOptions = {}): Tensor {
  return drop("dropout", x, options, Infinity);
}
/**
 * Zeroes whole channels of `[N, C, L]` with probability `p` (default 0.5), in training (default) only.
 * @throws {ShapeError} when x does not have 3 axes.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown.
 * @throws {DTypeError} when x is bool and channels are dropped.
 * @throws {LifetimeError} when x was disposed and channels are dropped.
 * @see torch.nn.functional.dropout1d
 */
export function dropout1d(x: CoreTensor, options: DropoutOptions = {}): Tensor {
  return dropChannels("dropout1d", 3, x, options);
}
/**
 * Zeroes whole channels of `[N, C, H, W]` with probability `p` (default 0.5), in training (default) only.
 * @throws {ShapeError} when x does not have 4 axes.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown.
 * @throws {DTypeError} when x is bool and channels are dropped.
 * @throws {LifetimeError} when x was disposed and channels are dropped.
 * @see torch.nn.functional.dropout2d, Tompson et al. 2014, https://arxiv.org/abs/1411.4280
 */
export function dropout2d(x: CoreTensor, options: DropoutOptions = {}): Tensor {
  return dropChannels("dropout2d", 4, x, options);
}
/**
 * Zeroes whole channels of `[N, C, D, H, W]` with probability `p` (default 0.5), in training (default) only.
 * @throws {ShapeError} when x does not have 5 axes.
 * @throws {ArgumentError} when `p` is outside 0 … 1 or an option is unknown.
 * @throws {DTypeError} when x is bool and channels are dropped.
 * @throws {LifetimeError} when x was disposed and channels are dropped.
 * @see torch.nn.functional.dropout3d
 */
export function dropout3d(x: CoreTensor, options: DropoutOptions = {}): Tensor {
  return dropChannels("dropout3d", 5, x, options);
}
