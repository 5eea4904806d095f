// Where the helpers of this package take permutations from.
import { NumpyRandomState, TorchGenerator } from "@isoform/core";

/**
 * A source of permutations: a seed (NumPy's legacy stream, as scikit-learn's `random_state`) or a generator, whose
 * state moves on.
 */
export type RandomSource = number | NumpyRandomState | TorchGenerator;

/** 0 to n - 1 in random order. @throws {ArgumentError} for a seed outside 0 to 2^32 - 1 */
export function permutation(source: RandomSource, n: number): Int32Array {
  if (source instanceof TorchGenerator) return source.randperm(n);
  const random = typeof source === "number" ? new NumpyRandomState(source) : source;
  return random.permutation(n);
}
