// The spread of a set of times.
import { ArgumentError } from "@isoform/core";
import type { Spread } from "../result/types.js";

/** The value that `part` (0 to 1) of a sorted list lies below, between elements by straight lines. */
function quantile(sorted: Float64Array, part: number): number {
  const at = part * (sorted.length - 1);
  const low = Math.floor(at);
  const a = sorted[low] ?? Number.NaN;
  const b = sorted[Math.min(low + 1, sorted.length - 1)] ?? a;
  return a + (b - a) * (at - low);
}

/**
 * Median, 10th and 90th percentile of times in milliseconds, each the mean of `runs / times.length` runs.
 * @throws {ArgumentError} when there are no times
 * @see numpy.percentile, method "linear"
 */
export function summarise(times: readonly number[], runs: number): Spread {
  if (times.length === 0) {
    throw new ArgumentError("there are no times", {
      code: "bench/no-times",
      op: "summarise",
      hint: "measure at least one",
    });
  }
  const sorted = Float64Array.from(times).sort();
  return {
    median: quantile(sorted, 0.5),
    p10: quantile(sorted, 0.1),
    p90: quantile(sorted, 0.9),
    samples: times.length,
    runs,
  };
}
