// Checks of class labels and row numbers before an op runs.
import type { Tensor as CoreTensor } from "@isoform/core";
import { hostIntegers, indexError } from "../../tensor/host-indices.js";

/**
 * How many of the labels are not `ignored`; null when they cannot be read here.
 * @throws ArgumentError for one outside 0…size−1
 */
export function countIndices(
  op: string,
  labels: CoreTensor,
  size: number,
  ignored: number | null,
  what: string,
): number | null {
  const values = hostIntegers(labels);
  if (values === null) return null;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (v === ignored) continue;
    count++;
    if (!(v >= 0 && v < size)) throw indexError(op, v, size, labels, what);
  }
  return count;
}
