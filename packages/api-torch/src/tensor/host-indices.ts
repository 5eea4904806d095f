// Index tensors read on the host, where the device can be read without waiting: for checks before an op runs.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";

/** The integers as numbers, or null while tracing and on devices that are only read asynchronously. */
export function hostIntegers(indices: CoreTensor): ArrayLike<number> | null {
  if (indices._traced !== null || !indices.device.capabilities.syncRead) return null;
  const data = indices.dataSync();
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return data;
  const numbers = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) numbers[i] = Number(data[i]);
  return numbers;
}

/** An index that does not exist. */
export function indexError(op: string, index: number, size: number, of: CoreTensor, what: string): Error {
  return new core.ArgumentError(`index ${index} is outside ${what} of size ${size}`, {
    code: "argument/index",
    op,
    inputs: [core.describe(of)],
    hint: size === 0 ? "it is empty" : `indices go from 0 to ${size - 1}`,
  });
}
