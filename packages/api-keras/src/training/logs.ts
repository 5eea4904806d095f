// Values of a step or epoch by name, and reading them from the device.
import { Tensor } from "@isoform/core";

/** Metric values by name. */
export type Logs = Readonly<Record<string, number>>;

/** Tensors of one element, or numbers, by name. */
export type LogTensors = Readonly<Record<string, Tensor | number | null>>;

/** Reads all values, sorted by name as Keras sorts them. Vectors give their mean. */
export async function readLogs(values: LogTensors): Promise<Record<string, number>> {
  const entries = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const read = await Promise.all(entries.map(async ([name, v]) => [name, await readValue(v)] as const));
  return Object.fromEntries(read);
}

async function readValue(value: Tensor | number | null): Promise<number> {
  if (!(value instanceof Tensor)) return Number(value);
  const data = Array.from(await value.data(), Number);
  return data.reduce((a, b) => a + b, 0) / Math.max(1, data.length);
}
