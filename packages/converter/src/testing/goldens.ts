// For tests: shared test data, and the recorded outputs of real models. Skips are visible where the data is absent.
import { existsSync, readFileSync } from "node:fs";
import { bytesSource } from "../formats/bytes.js";
import type { RawTensor } from "../formats/raw-tensor.js";
import { openSafetensors } from "../formats/safetensors/read.js";

/** The folder of third-party test data beside the repository. */
export const DATA: URL = new URL("../../../../../shared/data/", import.meta.url);
/** True when it is there. */
export const present: boolean = existsSync(new URL("README.md", DATA));

/** Bytes of a file of the test data. */
export function dataBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, DATA)));
}

/** Recorded inputs and outputs of one model. */
export interface Golden {
  readonly inputs: ReadonlyMap<string, RawTensor>;
  /** In the order of the recorded call. */
  readonly outputs: ReadonlyMap<string, RawTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Reads a `*.golden.safetensors`. */
export async function readGolden(path: string): Promise<Golden> {
  const file = await openSafetensors(bytesSource(dataBytes(path), path));
  const all = await file.readAll();
  const pick = (prefix: string, order: readonly string[]) =>
    new Map(
      order.flatMap((name): [string, RawTensor][] => {
        const t = all.get(prefix + name);
        return t ? [[name, t]] : [];
      }),
    );
  const list = (key: string): readonly string[] => JSON.parse(file.metadata.get(key) ?? "[]");
  return {
    inputs: pick("input.", list("input_order")),
    outputs: pick("output.", list("output_order")),
    metadata: file.metadata,
  };
}

/** The recorded outputs that belong to one file's outputs, by the file's names. */
export function outputsOf(golden: Golden, file: string): ReadonlyMap<string, RawTensor> {
  const table = JSON.parse(golden.metadata.get("outputs_by_file") ?? "{}");
  const names: unknown = table[file];
  if (typeof names !== "object" || names === null) return golden.outputs;
  return new Map(
    Object.entries(names).flatMap(([name, recorded]): [string, RawTensor][] => {
      const t = golden.outputs.get(String(recorded));
      return t ? [[name, t]] : [];
    }),
  );
}
