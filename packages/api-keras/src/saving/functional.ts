// Functional models to configs and back: layers with the calls that connect them (`inbound_nodes`).
import { ModelFormatError, isDType } from "@isoform/core";
import { layerRecord, plainConfig } from "../config/layer-config.js";
import { configError, objectConfig, type Config } from "../config/object.js";
import type { Graph, SymbolicStructure } from "../engine/graph.js";
import { isKerasTensor, type KerasTensor } from "../engine/keras-tensor.js";
import { Layer } from "../engine/layer.js";
import type { Node, Operation } from "../engine/node.js";
import { FunctionOperation } from "../engine/operation.js";
import { isPlainObject, mapLeaves } from "../engine/structure.js";
import { camelToSnake, snakeToCamel } from "../names.js";
import { ModelLayer } from "../models/model.js";
import { initScope } from "../session.js";
import { toTensor, type TensorLike } from "../tensor/like.js";
import type { Tensor } from "../tensor/tensor.js";
import { operationModule } from "./operations.js";
import type { RecordReader } from "./serialization.js";

// ---- writing

/** The config of a functional model, as Keras 3 writes it. */
export function functionalConfig(model: ModelLayer, graph: Graph): Config {
  const nodes = new Set(graph.nodes);
  const place = placesOf(graph, nodes);
  const layers = graph.operations.map((operation) => {
    const own = operation.inboundNodes.filter((n) => nodes.has(n) && !n.isInput);
    return {
      ...recordOf(operation),
      name: operation.name,
      inbound_nodes: own.map((n) => nodeConfig(n, place)),
    };
  });
  return {
    name: model.name,
    trainable: model.trainable,
    layers,
    input_layers: structureConfig(graph.inputs, place),
    output_layers: structureConfig(graph.outputs, place),
  };
}

function recordOf(operation: Operation): Config {
  if (operation instanceof Layer) return { ...layerRecord(operation) };
  if (operation instanceof FunctionOperation) {
    const { className } = operation;
    const record = objectConfig(operation, operationModule(className));
    return { ...record, class_name: className, registered_name: className };
  }
  throw configError("this operation cannot be written", operation.name);
}

type Place = (t: KerasTensor) => [name: string, node: number, tensor: number];

/** Node indices count the nodes of this model only. */
function placesOf(graph: Graph, nodes: ReadonlySet<Node>): Place {
  const index = new Map<Node, number>();
  for (const operation of graph.operations) {
    operation.inboundNodes.filter((n) => nodes.has(n)).forEach((n, i) => index.set(n, i));
  }
  return (t) => {
    const h = t.history!;
    return [
      h.operation.name,
      index.get(h.operation.inboundNodes[h.nodeIndex]!) ?? h.nodeIndex,
      h.tensorIndex,
    ];
  };
}

function nodeConfig(node: Node, place: Place): Config {
  const tensor = (t: KerasTensor) => ({
    class_name: "__keras_tensor__",
    config: { shape: [...t.shape], dtype: t.dtype, keras_history: place(t) },
  });
  const args = node.args.map((a) => plainConfig(mapLeaves(a, isKerasTensor, tensor)));
  const kwargs = Object.entries(node.kwargs).map(([k, v]) => [
    camelToSnake(k),
    plainConfig(mapLeaves(v, isKerasTensor, tensor)),
  ]);
  return { args, kwargs: Object.fromEntries(kwargs) };
}

function structureConfig(structure: SymbolicStructure, place: Place): unknown {
  return mapLeaves(structure, isKerasTensor, place);
}

// ---- reading

interface Entry {
  readonly operation: Layer | FunctionOperation;
  readonly nodes: readonly unknown[];
  /** Nodes that existed before (an input layer's own). */
  readonly offset: number;
  readonly path: string;
}

const TENSOR = "__keras_tensor__";
const CONSTANTS = ["__tensor__", "__numpy__"];

/** A functional model of its config. @throws {ModelFormatError} for calls whose inputs never come */
export function functionalFromConfig(config: Config, reader: RecordReader, path: string): ModelLayer {
  const records = config["layers"];
  if (!Array.isArray(records)) throw configError("layers is not a list", `${path}.layers`);
  const entries = new Map<string, Entry>();
  records.forEach((record: unknown, i) => {
    const place = `${path}.layers[${i}]`;
    const operation = reader.read(record, place);
    const nodes =
      isPlainObject(record) && Array.isArray(record["inbound_nodes"]) ? record["inbound_nodes"] : [];
    const name =
      isPlainObject(record) && typeof record["name"] === "string" ? record["name"] : operation.name;
    entries.set(name, { operation, nodes, offset: operation.inboundNodes.length, path: place });
  });
  const constants: Tensor[] = [];
  runNodes(entries, constants, path);
  const tensorAt = (spec: readonly unknown[]) => {
    const found = lookUpTensor(entries, spec);
    if (found) return found;
    throw configError(
      `no tensor ${JSON.stringify(spec)}`,
      path,
      "the file names a layer output that does not exist",
    );
  };
  const inputs = readStructure(config["input_layers"], tensorAt, `${path}.input_layers`);
  const outputs = readStructure(config["output_layers"], tensorAt, `${path}.output_layers`);
  const name = config["name"];
  const model = new ModelLayer(inputs, outputs, typeof name === "string" ? { name } : {});
  model.$constants.push(...constants);
  if (config["trainable"] === false) model.trainable = false;
  return model;
}

/** Makes the calls in an order in which their inputs exist. Adds the tensors among their arguments to `constants`. */
function runNodes(entries: ReadonlyMap<string, Entry>, constants: Tensor[], path: string): void {
  const pending = [...entries.values()].flatMap((e) =>
    e.nodes.map((node, i) => ({ entry: e, node, index: i })),
  );
  let left = pending;
  while (left.length > 0) {
    const rest = left.filter(({ entry, node, index }) => {
      const inOrder = entry.operation.inboundNodes.length === entry.offset + index;
      return !inOrder || !callNode(entry, node, index, { entries, constants });
    });
    if (rest.length === left.length) {
      const names = [...new Set(rest.map((r) => r.entry.operation.name))].join(", ");
      throw new ModelFormatError(`the inputs of ${names} never come`, {
        code: "keras/graph",
        path,
        hint: "the file has a cycle or names layers that do not exist",
      });
    }
    left = rest;
  }
}

interface Surroundings {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly constants: Tensor[];
}

/** One call; false while an input is missing. */
function callNode(entry: Entry, node: unknown, index: number, { entries, constants }: Surroundings): boolean {
  const place = `${entry.path}.inbound_nodes[${index}]`;
  const { args, kwargs } = readNode(node, place);
  let missing = false;
  const made: Tensor[] = [];
  const resolve = (value: unknown): unknown => {
    if (isPlainObject(value) && value["class_name"] === TENSOR) {
      const history = (value["config"] as Config | undefined)?.["keras_history"];
      const found = Array.isArray(history) ? lookUpTensor(entries, history) : undefined;
      missing ||= found === undefined;
      return found;
    }
    if (isPlainObject(value) && CONSTANTS.includes(value["class_name"] as string)) {
      const { value: data, dtype } = value["config"] as Config;
      const constant = initScope(() => toTensor(data as TensorLike, isDType(dtype) ? dtype : undefined));
      made.push(constant);
      return constant;
    }
    if (Array.isArray(value)) return value.map(resolve);
    if (isPlainObject(value) && !("class_name" in value)) {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolve(v)]));
    }
    return value;
  };
  const real = args.map(resolve);
  const options = Object.fromEntries(Object.entries(kwargs).map(([k, v]) => [snakeToCamel(k), resolve(v)]));
  if (missing) {
    for (const t of made) t.dispose();
    return false;
  }
  constants.push(...made);
  const { operation } = entry;
  if (operation instanceof FunctionOperation) {
    for (const [k, v] of Object.entries(options)) {
      const at = operation.parameters.indexOf(camelToSnake(k));
      if (at < 0) throw configError(`${operation.className} has no argument ${JSON.stringify(k)}`, place);
      while (real.length < at) real.push(null);
      real[at] = v;
    }
    operation.callSymbolic(real);
  } else {
    const used = Object.fromEntries(
      Object.entries(options).filter(([k, v]) => v !== null || k === "training"),
    );
    const rest = Object.keys(used).length > 0 ? [used] : [];
    Reflect.apply(operation, undefined, [...real.filter((a) => a !== null), ...rest]);
  }
  return true;
}

/** Keras 3 writes `{args, kwargs}`; Keras 1 and 2 a list of `[layer, node, tensor, kwargs]`. */
function readNode(
  node: unknown,
  path: string,
): { readonly args: readonly unknown[]; readonly kwargs: Config } {
  if (isPlainObject(node) && Array.isArray(node["args"])) {
    return { args: node["args"], kwargs: isPlainObject(node["kwargs"]) ? node["kwargs"] : {} };
  }
  if (!Array.isArray(node)) throw configError("this is not a call", path);
  const history = (entry: unknown): unknown => {
    if (!Array.isArray(entry)) throw configError("this is not a call", path);
    return { class_name: TENSOR, config: { keras_history: entry.slice(0, 3) } };
  };
  const single = typeof node[0] === "string";
  const list = single ? [node] : (node as unknown[]);
  const tensors = list.map(history);
  const last: unknown = (list.at(-1) as unknown[] | undefined)?.[3];
  return { args: [tensors.length === 1 ? tensors[0] : tensors], kwargs: isPlainObject(last) ? last : {} };
}

function lookUpTensor(
  entries: ReadonlyMap<string, Entry>,
  spec: readonly unknown[],
): KerasTensor | undefined {
  const [name, node, tensor] = spec;
  const entry = typeof name === "string" ? entries.get(name) : undefined;
  if (!entry) return undefined;
  // A nested model has nodes of its own from being built; those of this model come behind them.
  const base = entry.nodes.length > 0 ? entry.offset : 0;
  return entry.operation.inboundNodes[base + Number(node)]?.outputs[Number(tensor)];
}

function readStructure(
  value: unknown,
  tensorAt: (spec: readonly unknown[]) => KerasTensor,
  path: string,
): SymbolicStructure {
  const isSpec = (v: unknown): v is readonly unknown[] =>
    Array.isArray(v) && v.length >= 3 && typeof v[0] === "string" && typeof v[1] === "number";
  if (isSpec(value)) return tensorAt(value);
  if (Array.isArray(value) && value.every(isSpec)) return value.map((v) => tensorAt(v));
  if (isPlainObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([k, v]) => {
        if (isSpec(v)) return [k, tensorAt(v)];
        throw configError("this is not a tensor", `${path}.${k}`);
      }),
    );
  }
  throw configError("inputs or outputs are missing", path);
}
