// How far two tensors are apart.
import { elementReader, isDType } from "@isoform/core";
import { rawEqual, typedArrayOf, type RawTensor } from "../formats/raw-tensor.js";

/** The difference between an expected and an actual tensor. */
export interface Difference {
  /**
   * Largest |expected - actual|; Infinity when types or sizes differ, or a NaN or infinity stands on one side
   * only.
   */
  readonly maxAbs: number;
  /** maxAbs divided by the largest expected magnitude (by 1 when all are smaller). */
  readonly maxRel: number;
  /** Largest finite expected magnitude. */
  readonly largest: number;
  /** Flat index of the largest difference. */
  readonly at: number;
}

const NONE: Difference = { maxAbs: 0, maxRel: 0, largest: 0, at: 0 };
const ALL: Difference = { maxAbs: Infinity, maxRel: Infinity, largest: 0, at: 0 };

/** Elements as numbers; null for types that do not compute. */
function numbersOf(t: RawTensor): Float64Array | null {
  if (!isDType(t.dtype)) return null;
  const data = typedArrayOf(t);
  const read = elementReader(t.dtype);
  return Float64Array.from({ length: data.length }, (_, i) => Number(read(data, i)));
}

/**
 * Compares two tensors of one shape element by element; NaN equals NaN, infinities equal themselves. Tensors
 * of types that are not computed with (strings, int4, …) are equal in every byte or infinitely far apart.
 * Never throws for tensors of `rawTensor`.
 */
export function difference(expected: RawTensor, actual: RawTensor): Difference {
  const a = numbersOf(expected);
  const b = numbersOf(actual);
  if (a === null || b === null) return rawEqual(expected, actual) ? NONE : ALL;
  return compareNumbers(a, b);
}

/** Compares two tensors of one size whose elements may stand in another order. */
export function unorderedDifference(expected: RawTensor, actual: RawTensor): Difference {
  const a = numbersOf(expected);
  const b = numbersOf(actual);
  if (a === null || b === null) return ALL;
  return compareNumbers(a.toSorted(), b.toSorted());
}

function compareNumbers(a: Float64Array, b: Float64Array): Difference {
  if (a.length !== b.length) return ALL;
  let maxAbs = 0;
  let at = 0;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const d = Math.abs(x - y);
    const apart = Number.isNaN(d) ? Infinity : d;
    if (apart > maxAbs) {
      maxAbs = apart;
      at = i;
    }
  }
  return { maxAbs, maxRel: maxAbs / Math.max(1, largest), largest, at };
}
