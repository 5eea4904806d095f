// tf.random: random tensors under TensorFlow's names. The numbers are this project's own, see random/.
import type { DType } from "@isoform/core";
import { checkOptions } from "@isoform/core";
import * as draws from "./random/draws.js";
import { setRandomSeed } from "./random/seed.js";
import type { Tensor } from "./tensor/tensor.js";

interface NormalOptions {
  readonly mean?: number;
  readonly stddev?: number;
  readonly dtype?: DType;
  readonly seed?: number | null;
}

/** Normal numbers. */
export function normal(shape: readonly number[], options: NormalOptions = {}): Tensor {
  return draws.normal(shape, options);
}
/** Normal numbers within two standard deviations. */
export function truncatedNormal(shape: readonly number[], options: NormalOptions = {}): Tensor {
  return draws.truncatedNormal(shape, options);
}
/** Uniform numbers in [minval, maxval). */
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
/** Seeds the session, as `keras.utils.setRandomSeed`. */
export function setSeed(seed: number): void {
  setRandomSeed(seed);
}
