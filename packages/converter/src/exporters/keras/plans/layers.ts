// Layers that the importer of Keras wrote as several nodes or a Scan, told by the facts it left on the last node.
import type { PlainJson, PlainObject } from "../../../formats/keras/index.js";
import type { IrGraph, IrNode, IrValue } from "../../../ir/types.js";
import { isOp } from "../../../ir/walk.js";

/** A value that goes into a layer: axis i of the Keras tensor is axis order[i] of the value. */
export interface LayerInput {
  readonly value: IrValue;
  readonly order: readonly number[];
}

/** A layer of Keras in place of nodes. */
export interface LayerPlan {
  readonly className: string;
  readonly config: PlainObject;
  readonly inputs: readonly LayerInput[];
  /** Places of Keras' axes in the output; null = their own. */
  readonly output: readonly number[] | null;
  /** True when the inputs are one list argument. */
  readonly listed: boolean;
  /** Tensors among the keyword arguments. */
  readonly tensors: ReadonlyMap<string, readonly LayerInput[]>;
  readonly kwargs: PlainObject;
  /** The values that hold the weights, by path inside the layer. */
  readonly weights: ReadonlyMap<string, IrValue>;
}

/** Layers that may be restored, with the op of their last node. */
const RESTORED: ReadonlyMap<string, IrNode["op"]> = new Map<string, IrNode["op"]>([
  ["LSTM", "Scan"],
  ["GRU", "Scan"],
  ["SimpleRNN", "Scan"],
  ["ConvLSTM1D", "Scan"],
  ["ConvLSTM2D", "Scan"],
  ["ConvLSTM3D", "Scan"],
  ["Attention", "MatMul"],
  ["AdditiveAttention", "MatMul"],
  ["Normalization", "Div"],
]);

function parsed(v: number | string | boolean | undefined): unknown {
  try {
    return typeof v === "string" ? JSON.parse(v) : undefined;
  } catch {
    return undefined;
  }
}

function isObject(v: unknown): v is Readonly<Record<string, PlainJson>> {
  return typeof v === "object" && v !== null && !Array.isArray(v);
}

/** Finds all layers whose inputs and weights are still there. */
export function layerPlans(graph: IrGraph): ReadonlyMap<IrNode, LayerPlan> {
  const found = new Map<IrNode, LayerPlan>();
  const candidates = graph.nodes.filter(
    (node) => RESTORED.get(String(node.facts?.["layer"])) === node.op || isInverse(node),
  );
  if (candidates.length === 0) return found;
  const names = new Map<string, IrValue>();
  for (const v of [...graph.inputs, ...graph.weights.keys()]) names.set(v.name, v);
  for (const node of graph.nodes) for (const v of node.outputs) if (v) names.set(v.name, v);
  for (const node of candidates) {
    const plan = planOf(graph, node, names);
    if (plan) found.set(node, plan);
  }
  return found;
}

/** Normalization(invert) ends with an addition. */
function isInverse(node: IrNode): boolean {
  return isOp(node, "Add") && node.facts?.["layer"] === "Normalization";
}

function planOf(graph: IrGraph, node: IrNode, names: ReadonlyMap<string, IrValue>): LayerPlan | null {
  const facts = node.facts ?? {};
  const [config, inputs, tensors, kwargs, weights] = ["config", "inputs", "tensors", "kwargs", "weights"].map(
    (key) => parsed(facts[key]),
  );
  if (!isObject(config) || !isObject(tensors) || !isObject(kwargs) || !isObject(weights)) return null;
  const output = parsed(facts["output"]);
  const given = inputList(inputs, names);
  const named = Object.entries(tensors).map(([key, list]) => [key, inputList(list, names)] as const);
  const held = Object.entries(weights).map(([suffix, name]) => [suffix, names.get(String(name))] as const);
  if (!given || named.some(([, list]) => !list) || held.some(([, v]) => !v || !graph.weights.has(v)))
    return null;
  return {
    className: String(facts["layer"]),
    config,
    inputs: given,
    output: Array.isArray(output) ? (output as readonly unknown[]).map(Number) : null,
    listed: facts["listed"] === true,
    tensors: new Map(named.flatMap(([key, list]) => (list ? [[key, list] as const] : []))),
    kwargs,
    weights: new Map(held.flatMap(([suffix, v]) => (v ? [[suffix, v] as const] : []))),
  };
}

/** `[[name, order], …]` with the values of the graph; null when one is gone or is a constant now. */
function inputList(given: unknown, names: ReadonlyMap<string, IrValue>): readonly LayerInput[] | null {
  if (!Array.isArray(given)) return null;
  const out: LayerInput[] = [];
  for (const item of given as readonly unknown[]) {
    const [name, order] = Array.isArray(item) ? (item as readonly unknown[]) : [];
    const value = typeof name === "string" ? names.get(name) : undefined;
    if (!value || !Array.isArray(order) || order.length !== value.dims?.length) return null;
    out.push({ value, order: order.map(Number) });
  }
  return out;
}
