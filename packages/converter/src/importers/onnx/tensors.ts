// Loads every tensor of a model before its graph is built, external data included.
import {
  readTensor,
  type ExternalFiles,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from "../../formats/onnx/index.js";
import type { Limits } from "../../formats/limits.js";
import type { RawTensor } from "../../formats/raw-tensor.js";

/** Loaded tensors by their message. */
export type LoadedTensors = ReadonlyMap<TensorProto, RawTensor>;

function collect(nodes: readonly NodeProto[], into: TensorProto[]): void {
  for (const node of nodes) {
    for (const a of node.attribute) {
      if (a.t) into.push(a.t);
      if (a.g) collectGraph(a.g, into);
    }
  }
}

function collectGraph(graph: GraphProto, into: TensorProto[]): void {
  for (const t of graph.initializer) into.push(t);
  collect(graph.node, into);
}

/** @throws {IsoformError} as `readTensor` */
export async function loadTensors(
  model: ModelProto,
  files: ExternalFiles,
  limits: Partial<Limits>,
): Promise<LoadedTensors> {
  const list: TensorProto[] = [];
  if (model.graph) collectGraph(model.graph, list);
  for (const f of model.functions) collect(f.node, list);
  const out = new Map<TensorProto, RawTensor>();
  for (const t of list) out.set(t, await readTensor(t, files, { limits }));
  return out;
}
