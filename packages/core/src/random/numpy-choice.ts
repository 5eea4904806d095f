// NumPy's weighted choice: inversion of the cumulative distribution, with and without replacement.
import { ArgumentError } from "../errors.js";

/**
 * Cumulative sums scaled so that the last is 1.
 * @throws {ArgumentError} unless the weights are a distribution
 */
export function cumulative(weights: Float64Array): Float64Array {
  const total = weights.reduce((a, b) => a + b, 0);
  if (!weights.every((w) => w >= 0) || !(Math.abs(total - 1) <= Math.sqrt(Number.EPSILON))) {
    throw invalid(`p is not a distribution (its sum is ${total})`, "give values >= 0 that sum to 1");
  }
  return scaledSums(weights);
}

/** For each u in [0, 1) the first index whose cumulative value exceeds it. */
export function chooseWeighted(cdf: Float64Array, uniforms: Float64Array): Int32Array {
  return Int32Array.from(uniforms, (u) => firstAbove(cdf, u));
}

/**
 * `size` distinct indices: draws as many as are missing, keeps each new index once in drawing order, then
 * sets the weights of those found to 0 and repeats.
 * @throws {ArgumentError} when fewer than `size` weights are positive
 */
export function chooseDistinct(
  weights: Float64Array,
  size: number,
  rand: (n: number) => Float64Array,
): Int32Array {
  cumulative(weights);
  const possible = weights.reduce((n, w) => n + (w > 0 ? 1 : 0), 0);
  if (possible < size) {
    throw invalid(`p has ${possible} positive values, ${size} are asked`, "ask for fewer, or replace: true");
  }
  const rest = weights.slice();
  const found: number[] = [];
  while (found.length < size) {
    const uniforms = rand(size - found.length);
    for (const index of found) rest[index] = 0;
    const drawn = chooseWeighted(scaledSums(rest), uniforms);
    for (const index of new Set(drawn)) found.push(index);
  }
  return Int32Array.from(found);
}

function scaledSums(weights: Float64Array): Float64Array {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sums[i] = sum += weights[i] as number;
  return sums.map((s) => s / sum);
}

function firstAbove(cdf: Float64Array, u: number): number {
  let low = 0;
  let high = cdf.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cdf[middle] as number) <= u) low = middle + 1;
    else high = middle;
  }
  return low;
}

function invalid(problem: string, hint: string): ArgumentError {
  return new ArgumentError(problem, { code: "random/range", op: "NumpyRandomState.choice", hint });
}
