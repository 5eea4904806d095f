// The graph of a functional model: the nodes between inputs and outputs, ordered as Keras orders them, and how it runs.
import * as core from "@isoform/core";
import { ArgumentError, ShapeError, shown } from "@isoform/core";
import { classNameOf } from "../config/object.js";
import { asTensor } from "../tensor/like.js";
import { Tensor } from "../tensor/tensor.js";
import { formatShape, isKerasTensor, type KerasTensor } from "./keras-tensor.js";
import { Layer } from "./layer.js";
import type { Node, Operation } from "./node.js";
import { isPlainObject, leaves, mapLeaves } from "./structure.js";

/** Symbolic tensors in arrays or an object. */
export type SymbolicStructure = KerasTensor | readonly KerasTensor[] | Readonly<Record<string, KerasTensor>>;

/** A connected graph of layers and operations. */
export class Graph {
  readonly inputs: SymbolicStructure;
  readonly outputs: SymbolicStructure;
  /** Inputs, flat, in order. */
  readonly inputList: readonly KerasTensor[];
  readonly outputList: readonly KerasTensor[];
  /** Nodes in groups of equal distance from the outputs, farthest first. */
  readonly nodesByDepth: readonly (readonly Node[])[];
  /** Layers and operations in Keras' order. */
  readonly operations: readonly Operation[];

  /** @throws {ArgumentError} for outputs that do not come from the inputs */
  constructor(inputs: SymbolicStructure, outputs: SymbolicStructure) {
    requireSymbolic("inputs", inputs);
    requireSymbolic("outputs", outputs);
    this.inputs = inputs;
    this.outputs = outputs;
    this.inputList = leaves(inputs, isKerasTensor);
    this.outputList = leaves(outputs, isKerasTensor);
    for (const t of this.inputList) requireInput(t);
    for (const t of this.outputList) nodeOf(t);
    const { nodesByDepth, operations } = order(byName(inputs), byName(outputs));
    this.nodesByDepth = nodesByDepth;
    this.operations = operations;
    this.#checkConnected();
  }

  /** Layers, without plain operations. */
  get layers(): Layer[] {
    return this.operations.filter((o): o is Layer => o instanceof Layer);
  }
  /** Nodes in an order in which they can run. */
  get nodes(): Node[] {
    return this.nodesByDepth.flat();
  }

  #checkConnected(): void {
    const known = new Set<KerasTensor>(this.inputList);
    for (const node of this.nodes) {
      if (node.isInput) {
        if (node.outputs.some((t) => this.inputList.includes(t))) continue;
        const names = node.outputs.map((t) => t.name).join(", ");
        throw new ArgumentError(`the outputs depend on ${names}, which is not an input of the model`, {
          code: "model/disconnected",
          op: "Model",
          hint: "list all inputs, or build the outputs from them",
        });
      }
      for (const t of node.outputs) known.add(t);
    }
  }

  /** Runs the graph on values for `inputList`. */
  run(values: readonly Tensor[]): unknown {
    const found = new Map<KerasTensor, core.Tensor>();
    this.inputList.forEach((t, i) => found.set(t, values[i]!));
    for (const node of this.nodes) {
      if (node.outputs.every((t) => found.has(t))) continue;
      const result = node.run((t) => found.get(t)!);
      const flat = leaves(result, isCoreTensor);
      node.outputs.forEach((t, i) => found.set(t, flat[i]!));
    }
    return mapLeaves(this.outputs, isKerasTensor, (t) => found.get(t));
  }

  /**
   * Inputs of a call as a flat list: by position, or by name from an object.
   * @throws {ArgumentError} when their number differs or a name is missing
   * @throws {ShapeError} when a shape does not fit
   */
  flatten(owner: string, given: unknown): Tensor[] {
    const list = this.#match(owner, given);
    return list.map((value, i) => adjust(owner, value, this.inputList[i]!));
  }

  #match(owner: string, given: unknown): Tensor[] {
    if (isPlainObject(given)) {
      const names = isPlainObject(this.inputs)
        ? Object.keys(this.inputs)
        : this.inputList.map((t) => inputName(t));
      const missing = names.filter((n) => !(given[n] instanceof Tensor));
      if (missing.length === 0) return names.map((n) => given[n] as Tensor);
      throw new ArgumentError(`no value for ${missing.join(", ")}`, {
        code: "model/inputs",
        op: owner,
        hint: `the inputs are ${names.join(", ")}`,
      });
    }
    const list = leaves(given, (v): v is Tensor => v instanceof Tensor);
    if (list.length === this.inputList.length) return list;
    throw new ArgumentError(`${list.length} inputs given, the model has ${this.inputList.length}`, {
      code: "model/inputs",
      op: owner,
      hint: `pass ${this.inputList.map((t) => `${inputName(t)} (${formatShape(t.shape)})`).join(", ")}`,
    });
  }
}

/** Refuses what holds no symbolic tensors, or anything beside them. @throws {ArgumentError} */
function requireSymbolic(name: string, structure: unknown): void {
  const isLeaf = (v: unknown): v is unknown => !Array.isArray(v) && !isPlainObject(v);
  const found = leaves(structure, isLeaf);
  const wrong = found.find((v) => !isKerasTensor(v));
  if (wrong === undefined && found.length > 0) return;
  const isLayer = wrong instanceof Layer;
  const hint = isLayer
    ? `call the layer: ${classNameOf(wrong)}(…)(inputs)`
    : "pass the results of layers that are called on keras.Input(…), in an array or object if there are several";
  const problem =
    found.length === 0 ? `${name} is empty` : `${name} has ${isLayer ? wrong.describe() : shown(wrong)}`;
  throw new ArgumentError(isLayer ? `${problem}, which is a layer and not its result` : problem, {
    code: "model/not-symbolic",
    op: "Model",
    hint: isLayer && name === "inputs" ? "pass keras.Input(…)" : hint,
  });
}

/** Tensors as Keras visits them: those of an object by their names in alphabetical order. */
function byName(structure: SymbolicStructure): KerasTensor[] {
  if (!isPlainObject(structure)) return leaves(structure, isKerasTensor);
  const names = Object.keys(structure).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return names.flatMap((name) => leaves(structure[name], isKerasTensor));
}

function isCoreTensor(value: unknown): value is core.Tensor {
  return value instanceof core.Tensor;
}

/** The name of the layer behind an input. */
export function inputName(t: KerasTensor): string {
  return t.history?.operation.name ?? t.name;
}

/**
 * x with the rank and dtype of an input: a last axis of size 1 is added or taken away. As in Keras, the first axis may
 * have any size: a model that was built by a batch takes others.
 * @throws {ShapeError} when the shape does not fit
 */
function adjust(owner: string, x: Tensor, like: KerasTensor): Tensor {
  let y: core.Tensor = x;
  if (x.rank === like.rank - 1 && like.shape.at(-1) === 1) y = core.reshape(x, [...x.shape, 1]);
  else if (x.rank === like.rank + 1 && x.shape.at(-1) === 1) y = core.reshape(x, x.shape.slice(0, -1));
  const fits = y.rank === like.rank && like.shape.every((n, i) => i === 0 || n === null || n === y.shape[i]);
  if (!fits) {
    throw new ShapeError(`the input ${JSON.stringify(inputName(like))} has another shape`, {
      code: "shape/model-input",
      op: owner,
      inputs: [core.describe(x)],
      hint: `the model was made for (${formatShape(like.shape)})`,
    });
  }
  const cast = asTensor(core.cast(y, like.dtype));
  if (cast !== x) cast.kerasMask = x.kerasMask;
  return cast;
}

function nodeOf(t: KerasTensor): Node {
  const node = t.history?.operation.inboundNodes[t.history.nodeIndex];
  if (node) return node;
  throw new ArgumentError(`${t.name} comes from no layer`, {
    code: "model/disconnected",
    op: "Model",
    hint: "make inputs with keras.Input(shape)",
  });
}

function requireInput(t: KerasTensor): void {
  nodeOf(t);
}

/** Depth-first from the outputs; depth is the longest way to an output; within a depth, order of first visit. */
function order(
  inputs: readonly KerasTensor[],
  outputs: readonly KerasTensor[],
): { nodesByDepth: Node[][]; operations: Operation[] } {
  const stop = new Set<Node>(inputs.map(nodeOf));
  const { sequence, visits } = visit(outputs, stop);
  const depths = new Map<Node, number>();
  const operationDepths = new Map<Operation, number>();
  for (const node of sequence.toReversed()) {
    const depth = Math.max(depths.get(node) ?? 0, operationDepths.get(node.operation) ?? 0);
    depths.set(node, depth);
    operationDepths.set(node.operation, depth);
    if (stop.has(node)) continue;
    for (const parent of node.parents) depths.set(parent, Math.max(depth + 1, depths.get(parent) ?? 0));
  }
  for (const t of inputs) {
    const node = nodeOf(t);
    if (depths.has(node)) continue;
    depths.set(node, 0);
    operationDepths.set(node.operation, 0);
    visits.set(node.operation, -1);
  }
  const rank = (o: Operation) => visits.get(o) ?? visits.size;
  const nodesByDepth = grouped([...depths.entries()]);
  const operations = grouped([...operationDepths.entries()]).flatMap((group) =>
    group.toSorted((a, b) => rank(a) - rank(b)),
  );
  return { nodesByDepth, operations };
}

function grouped<T>(entries: readonly (readonly [T, number])[]): T[][] {
  const byDepth = new Map<number, T[]>();
  for (const [item, depth] of entries) byDepth.set(depth, [...(byDepth.get(depth) ?? []), item]);
  return [...byDepth.entries()].toSorted(([a], [b]) => b - a).map(([, items]) => items);
}

/** Nodes with every node behind its parents, and operations in order of the first visit. Iterative. */
function visit(
  outputs: readonly KerasTensor[],
  stop: ReadonlySet<Node>,
): { sequence: Node[]; visits: Map<Operation, number> } {
  const sequence: Node[] = [];
  const visits = new Map<Operation, number>();
  const state = new Map<Node, "open" | "done">();
  for (const output of outputs) {
    const stack: { node: Node; parents: Node[] }[] = [];
    const enter = (node: Node) => {
      if (state.has(node)) {
        if (state.get(node) === "open") {
          throw new ArgumentError("the graph of the model has a cycle", { code: "model/cycle", op: "Model" });
        }
        return;
      }
      state.set(node, "open");
      if (!visits.has(node.operation)) visits.set(node.operation, visits.size);
      stack.push({ node, parents: stop.has(node) ? [] : [...node.parents] });
    };
    enter(nodeOf(output));
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.parents.shift();
      if (next !== undefined) enter(next);
      else {
        stack.pop();
        state.set(top.node, "done");
        sequence.push(top.node);
      }
    }
  }
  return { sequence, visits };
}
