// Facts about an imported model: layers, parameters, op counts, and what it can become.
import { UnsupportedOpError } from "@isoform/core";
import {
  exportKeras,
  exportOnnx,
  exportTorch,
  inferShapes,
  unsupportedNodes,
  walkNodes,
  type Dim,
  type IrGraph,
  type IrModel,
  type IrNode,
  type IrValue,
  type IrWeight,
} from "@isoform/converter";

/** A graph input or output. */
export interface ValueFacts {
  readonly name: string;
  readonly dtype: string | null;
  /** Null for an unknown rank; entries are sizes, symbols or null. */
  readonly dims: readonly Dim[] | null;
}

/** One row of the layer table. */
export interface LayerFacts {
  readonly name: string;
  readonly op: string;
  readonly output: readonly Dim[] | null;
  /** Elements of the weights that this node reads first. */
  readonly parameters: number;
}

/** Whether a target takes the model, and every reason why not. */
export interface Ability {
  readonly ok: boolean;
  readonly problems: readonly string[];
}

/** Everything `inspect` says of an imported model. */
export interface IrFacts {
  readonly producer: string;
  readonly inputs: readonly ValueFacts[];
  readonly outputs: readonly ValueFacts[];
  readonly parameters: { readonly count: number; readonly bytes: number; readonly notTrainable: number };
  readonly layers: readonly LayerFacts[];
  readonly ops: Readonly<Record<string, number>>;
  readonly training: { readonly optimizer: unknown; readonly loss: unknown } | null;
  readonly notes: readonly string[];
  readonly run: Ability;
  readonly targets: Readonly<Record<"onnx" | "keras" | "torch", Ability>>;
}

/** Gathers the facts. Shapes are inferred in place. */
export function describeIr(model: IrModel): IrFacts {
  const { graph, training } = model;
  inferShapes(graph);
  const seen = new Set<IrValue>();
  const layers = graph.nodes.map((node): LayerFacts => {
    let parameters = 0;
    for (const v of node.inputs) {
      const weight = v && !seen.has(v) ? graph.weights.get(v) : undefined;
      if (!v || !weight) continue;
      seen.add(v);
      if (isParameter(v, weight)) parameters += elements(weight.tensor.shape);
    }
    return { name: fullName(node), op: node.op, output: node.outputs[0]?.dims ?? null, parameters };
  });
  const ops = new Map<string, number>();
  walkNodes(graph, (node) => ops.set(node.op, (ops.get(node.op) ?? 0) + 1));
  const hasTraining = training.optimizer !== undefined || training.loss !== undefined;
  return {
    producer: model.producer,
    inputs: graph.inputs.map(facts),
    outputs: graph.outputs.map(facts),
    parameters: parametersOf(graph),
    layers,
    ops: Object.fromEntries([...ops].toSorted(([a, n], [b, m]) => m - n || a.localeCompare(b))),
    training: hasTraining ? { optimizer: training.optimizer ?? null, loss: training.loss ?? null } : null,
    notes: model.notes,
    run: ability(
      unsupportedNodes(graph).map(({ node, reason }) => `${node.op} ${JSON.stringify(node.name)}: ${reason}`),
    ),
    targets: {
      onnx: attempt(() => exportOnnx(model)),
      keras: attempt(() => exportKeras(model)),
      torch: attempt(() => exportTorch(model)),
    },
  };
}

/** Shapes, axes, indices and single literals are weights of a graph too, but nothing that was trained. */
function isParameter(v: IrValue, { tensor, trainable }: IrWeight): boolean {
  if (trainable !== null) return true;
  return tensor.shape.length > 0 && !["int64", "int32", "uint64", "bool", "string"].includes(v.dtype ?? "");
}

/** Weights of the graph and of all graphs inside it. */
function allWeights(graph: IrGraph): Map<IrValue, IrWeight> {
  const all = new Map(graph.weights);
  walkNodes(graph, (_, owner) => {
    if (owner !== graph) for (const [v, weight] of owner.weights) all.set(v, weight);
  });
  return all;
}

function parametersOf(graph: IrGraph): IrFacts["parameters"] {
  let count = 0;
  let bytes = 0;
  let notTrainable = 0;
  for (const [v, weight] of allWeights(graph)) {
    if (!isParameter(v, weight)) continue;
    const { tensor, trainable } = weight;
    count += elements(tensor.shape);
    bytes += tensor.data.byteLength;
    if (trainable === false) notTrainable += elements(tensor.shape);
  }
  return { count, bytes, notTrainable };
}

function elements(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function fullName(node: IrNode): string {
  return node.scope === "" || node.name.startsWith(node.scope) ? node.name : `${node.scope}.${node.name}`;
}

function facts(v: IrValue): ValueFacts {
  return { name: v.name, dtype: v.dtype, dims: v.dims };
}

function ability(problems: readonly string[]): Ability {
  return { ok: problems.length === 0, problems };
}

function attempt(exportIt: () => unknown): Ability {
  try {
    exportIt();
    return ability([]);
  } catch (error) {
    if (!(error instanceof UnsupportedOpError)) throw error;
    return ability(listedProblems(error));
  }
}

/** The nodes that an error lists line by line, or its whole text. */
export function listedProblems(error: UnsupportedOpError): readonly string[] {
  const [first = "", ...rest] = error.problem.split("\n");
  const lines = rest.map((l) => l.trim()).filter((l) => l !== "");
  return lines.length > 0 ? lines : [first];
}
