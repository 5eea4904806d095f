// Tensors of runs: safetensors files of inputs and outputs, and what is said of them.
import { ArgumentError, elementReader, isDType } from "@isoform/core";
import { openSafetensors, safetensorsParts, typedArrayOf, type RawTensor } from "@isoform/converter";
import type { OutputFile } from "../files/output.js";
import type { OpenFiles, Planned } from "../files/input.js";

const INPUT = "input.";

/**
 * The tensors of a safetensors file, by name. When names begin with `input.`, as in recorded goldens, those
 * are taken without that prefix and all others left out.
 * @throws {ArgumentError} when there are none; errors of the reader
 */
export async function readInputs(typed: string, files: OpenFiles): Promise<Map<string, RawTensor>> {
  const file = await openSafetensors(files.open(typed));
  const prefixed = [...file.entries.keys()].some((name) => name.startsWith(INPUT));
  const out = new Map<string, RawTensor>();
  for (const name of file.entries.keys()) {
    if (prefixed && !name.startsWith(INPUT)) continue;
    out.set(prefixed ? name.slice(INPUT.length) : name, await file.read(name));
  }
  if (out.size > 0) return out;
  throw new ArgumentError("there are no tensors in the file", { code: "run/no-inputs", path: typed });
}

/** The safetensors file of outputs. */
export function outputsFile(file: Planned, outputs: ReadonlyMap<string, RawTensor>): OutputFile {
  return { ...file, parts: safetensorsParts(outputs) };
}

/** What a tensor holds, in a few numbers; null where there are none. */
export interface TensorSummary {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Elements that are NaN or infinite. */
  readonly notFinite: number;
}

/** Least, greatest and mean of the finite elements. */
export function summarise(tensor: RawTensor): TensorSummary {
  const { dtype, shape } = tensor;
  const none = { dtype, shape, min: null, max: null, mean: null, notFinite: 0 };
  if (!isDType(dtype)) return none;
  const data = typedArrayOf(tensor);
  const read = elementReader(dtype);
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let notFinite = 0;
  for (let i = 0; i < data.length; i++) {
    const v = Number(read(data, i));
    if (!Number.isFinite(v)) {
      notFinite++;
      continue;
    }
    if (v < min) min = v;
    if (v > max) max = v;
    sum += v;
  }
  const finite = data.length - notFinite;
  return finite === 0 ? { ...none, notFinite } : { dtype, shape, min, max, mean: sum / finite, notFinite };
}
