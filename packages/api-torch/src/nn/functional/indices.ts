// Checks of integer indices on the host, where the device can be read without waiting.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";

/** The indices as numbers, or null while tracing and on devices that are only read asynchronously. */
function readable(indices: CoreTensor): ArrayLike<number> | null {
  if (indices._traced !== null || !indices.device.capabilities.syncRead) return null;
  const data = indices.dataSync();
  return data instanceof BigInt64Array || data instanceof BigUint64Array ? Array.from(data, Number) : data;
}

/**
 * How many of the labels are not `ignored`; null when they cannot be read here.
 * @throws ArgumentError for one outside 0…classes−1
 */
export function countLabels(
  op: string,
  labels: CoreTensor,
  classes: number,
  ignored: number | null,
): number | null {
  const values = readable(labels);
  if (values === null) return null;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (v === ignored) continue;
    count++;
    if (v >= 0 && v < classes) continue;
    throw new core.ArgumentError(`index ${v} at position ${i} is outside 0…${classes - 1}`, {
      code: "argument/index",
      op,
      inputs: [core.describe(labels)],
      hint: `there are ${classes} classes or rows, counted from 0`,
    });
  }
  return count;
}
