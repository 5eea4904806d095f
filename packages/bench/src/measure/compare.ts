// How far a result is from the expected one.
import type { CheckFacts } from "../result/types.js";

/**
 * Compares two lists of numbers, the elements of two tensors in one order: NaN equals NaN, infinities equal themselves,
 * lists of different lengths are infinitely far apart. `maxRel` is `maxAbs` as a part of the largest finite expected magnitude (of 1 when all are zero); it is ok
 * when `maxRel` is at most `tolerance`. Never throws.
 */
export function compareValues(
  expected: ArrayLike<number>,
  actual: ArrayLike<number>,
  tolerance: number,
  at: string | null = null,
): CheckFacts {
  let maxAbs = expected.length === actual.length ? 0 : Infinity;
  let largest = 0;
  for (let i = 0; i < expected.length && maxAbs < Infinity; i++) {
    const x = expected[i] ?? Number.NaN;
    const y = actual[i] ?? Number.NaN;
    if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const d = Math.abs(x - y);
    maxAbs = Math.max(maxAbs, Number.isNaN(d) ? Infinity : d);
  }
  const maxRel = maxAbs / (largest || 1);
  return { ok: maxRel <= tolerance, maxAbs, maxRel, tolerance, at };
}
