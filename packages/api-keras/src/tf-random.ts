// tf.random: random tensors under TensorFlow's names. The numbers are this project's own, see random/.
import type { DType } from "@isoform/core";
import { checkOptions } from "./config/arguments.js";

import * as draws from "./random/draws.js";
import { setRandomSeed } from "./random/seed.js";
import type { Tensor } from "./tensor/tensor.js";

interface NormalOptions {
  readonly mean?: number;
  readonly stddev?: number;
  readonly dtype?: DType;
  readonly seed?: number | null;
}

/**
 * Normal numbers of `shape` with `mean` 0 and `stddev` 1 by default.
 * @throws {ShapeError} when an entry of `shape` is no size
 * @throws {DTypeError} when `dtype` is no element type
 * @throws {ArgumentError} when the seed is no 32-bit unsigned integer, or an option is unknown
 * @see tf.random.normal
 */
export function normal(shape: readonly number[], options: NormalOptions = {}): Tensor {
  return draws.normal(shape, options);
}
/**
 * Normal numbers of `shape` within two standard deviations; `mean` 0 and `stddev` 1 by default.
 * @throws {ShapeError} when an entry of `shape` is no size
 * @throws {DTypeError} when `dtype` is no element type
 * @throws {ArgumentError} when the seed is no 32-bit unsigned integer, or an option is unknown
 * @see tf.random.truncated_normal
 */
export function truncatedNormal(shape: readonly number[], options: NormalOptions = {}): Tensor {
  return draws.truncatedNormal(shape, options);
}
/**
 * Uniform numbers in [minval, maxval) (defaults 0 and 1) of `shape`.
 * @throws {ShapeError} when an entry of `shape` is no size
 * @throws {DTypeError} when `dtype` is no element type
 * @throws {ArgumentError} when the seed is no 32-bit unsigned integer, or an option is unknown
 * @see tf.random.uniform
 */
export function uniform(
  shape: readonly number[],
  options: {
    readonly minval?: number;
    readonly maxval?: number;
    readonly dtype?: DType;
    readonly seed?: number | null;
  } = {},
): Tensor {
  checkOptions("tf.random.uniform", options, ["minval", "maxval", "dtype", "seed"]);
  return draws.uniform(shape, options);
}
/**
 * Seeds the session, as `keras.utils.setRandomSeed`.
 * @throws {ArgumentError} when `seed` is not an integer from 0 to 2^32 − 1
 * @see tf.random.set_seed
 */
export function setSeed(seed: number): void {
  setRandomSeed(seed);
}
