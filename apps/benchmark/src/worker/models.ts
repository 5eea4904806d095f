// Model files of the user, read by the converter. Nothing in them is run but the ops that they name.
import { modelCase, type BenchCase } from "@isoform/bench";
import {
  bytesSource,
  detectFormat,
  formatValue,
  openSafetensors,
  readModel,
  requireRunnable,
  walkNodes,
} from "@isoform/converter";
import { ArgumentError } from "@isoform/core";
import type { GivenFile, ModelFacts, TensorFacts } from "./protocol.js";

/** What a file turned out to be. */
export type Opened =
  | { readonly kind: "model"; readonly facts: ModelFacts; readonly benchCase: BenchCase }
  | { readonly kind: "weights"; readonly tensors: readonly TensorFacts[] };

const sourceOf = (f: GivenFile): ReturnType<typeof bytesSource> =>
  bytesSource(new Uint8Array(f.bytes), f.name);

/**
 * Opens a model, or lists the tensors of a file of weights.
 * @param name What the model is called in results; no other model has it
 * @throws {ArgumentError} when there is no file; as `readModel` when it cannot be read or run
 */
export async function openModel(name: string, files: readonly GivenFile[]): Promise<Opened> {
  const [file, ...others] = files;
  if (file === undefined) {
    throw new ArgumentError("there is no file", { code: "bench/no-file", hint: "choose a model file" });
  }
  const source = sourceOf(file);
  if (file.name.toLowerCase().endsWith(".safetensors")) {
    const { entries } = await openSafetensors(source);
    const tensors = [...entries].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
    return { kind: "weights", tensors };
  }
  const format = await detectFormat(source);
  const beside = new Map(others.map((f) => [f.name, sourceOf(f)]));
  const { model } = await readModel(source, { format, beside });
  requireRunnable(model.graph);
  let nodes = 0;
  walkNodes(model.graph, () => void nodes++);
  const parameters = [...model.graph.weights.values()].reduce(
    (n, { tensor }) => n + (tensor?.shape.reduce((a, b) => a * b, 1) ?? 0),
    0,
  );
  const facts = {
    name,
    format,
    inputs: model.graph.inputs.map(formatValue),
    outputs: model.graph.outputs.map(formatValue),
    nodes,
    parameters,
  };
  const onnx = format === "onnx" && others.length === 0 ? { onnx: new Uint8Array(file.bytes) } : {};
  return { kind: "model", facts, benchCase: modelCase(model, { name, ...onnx }) };
}
