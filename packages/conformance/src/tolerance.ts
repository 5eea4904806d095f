// How near a result must be to the oracle, by dtype and reduction length, and the comparison itself.
import { dtypeKind, type DType } from "@isoform/core";
import type { Tolerance } from "./cases/composite-case.js";
import { indices, type NDArray } from "./oracle/ndarray.js";

const BASE: Readonly<Partial<Record<DType, Tolerance>>> = {
  float64: { rtol: 1e-11, atol: 1e-12 },
  float32: { rtol: 1.3e-6, atol: 1e-5 },
  float16: { rtol: 1e-3, atol: 1e-3 },
  bfloat16: { rtol: 8e-3, atol: 8e-3 },
};

/** Half a unit in the last place of 1, of the type that sums are held in: 16-bit floats add up in float32. */
const ROUNDING: Readonly<Partial<Record<DType, number>>> = {
  float64: 2 ** -53,
  float32: 2 ** -24,
  float16: 2 ** -24,
  bfloat16: 2 ** -24,
};

/**
 * The bound for a result that adds up `terms` values of size `termSize`: rounding errors of a sum grow like the
 * square root of its length (N. Higham, Accuracy and Stability of Numerical Algorithms, §2.8), taken four times.
 * Integers and bool must be exact.
 */
export function toleranceOf(dtype: DType, terms = 1, termSize = 1): Tolerance {
  const base = BASE[dtype] ?? { rtol: 0, atol: 0 };
  if (terms <= 1) return base;
  return { rtol: base.rtol, atol: base.atol + 4 * (ROUNDING[dtype] ?? 0) * termSize * Math.sqrt(terms) };
}

/** Wider bounds that a run grants, and whether a result needed them. */
export interface Allowance extends Tolerance {
  used: boolean;
}

/** What differs between two arrays by more than the bounds of the suite and, for floats, by more than is granted. */
export function differenceWithin(
  actual: NDArray,
  expected: NDArray,
  bound: Tolerance,
  allowance: Allowance | undefined,
): string | null {
  const problem = difference(actual, expected, bound);
  if (problem === null || allowance === undefined || dtypeKind(expected.dtype) !== "float") return problem;
  const wider = { rtol: Math.max(bound.rtol, allowance.rtol), atol: Math.max(bound.atol, allowance.atol) };
  const still = difference(actual, expected, wider);
  if (still === null) allowance.used = true;
  return still;
}

/** What differs between two arrays, or null. NaN equals NaN; infinities must agree; the sign of zero is free. */
export function difference(actual: NDArray, expected: NDArray, tolerance: Tolerance): string | null {
  if (actual.dtype !== expected.dtype) return `dtype ${actual.dtype} instead of ${expected.dtype}`;
  if (actual.shape.join() !== expected.shape.join()) {
    return `shape [${actual.shape.join(",")}] instead of [${expected.shape.join(",")}]`;
  }
  if (actual.data.length !== expected.data.length) return `${actual.data.length} elements`;
  let wrong = 0;
  let first = "";
  let at = 0;
  for (const index of indices(expected.shape)) {
    const a = actual.data[at]!;
    const e = expected.data[at]!;
    at++;
    if (isNear(a, e, tolerance)) continue;
    if (wrong++ === 0) first = `[${index.join(",")}] is ${String(a)}, expected ${String(e)}`;
  }
  if (wrong === 0) return null;
  const bound =
    dtypeKind(expected.dtype) === "float"
      ? ` (rtol ${tolerance.rtol}, atol ${tolerance.atol.toPrecision(3)})`
      : "";
  return `${wrong} of ${expected.data.length} elements differ; ${first}${bound}`;
}

function isNear(a: number | bigint, e: number | bigint, { rtol, atol }: Tolerance): boolean {
  if (a === e) return true;
  if (typeof a === "bigint" || typeof e === "bigint") return false;
  if (Number.isNaN(a) || Number.isNaN(e)) return Number.isNaN(a) && Number.isNaN(e);
  return Number.isFinite(a) && Number.isFinite(e) && Math.abs(a - e) <= atol + rtol * Math.abs(e);
}
