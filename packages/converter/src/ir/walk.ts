// Walks over graphs and their subgraphs; uses, definitions and literals of values.
import { isDType, elementReader } from "@isoform/core";
import { typedArrayOf } from "../formats/raw-tensor.js";
import type { AttrValue, IrOp } from "./ops/table.js";
import type { IrGraph, IrNode, IrValue } from "./types.js";

/** True when an attribute value is a graph. */
export function isGraph(value: AttrValue | undefined): value is IrGraph {
  return typeof value === "object" && value !== null && "nodes" in value && "weights" in value;
}

/** The subgraphs of a node, by attribute name. */
export function subgraphs(node: IrNode): [string, IrGraph][] {
  const out: [string, IrGraph][] = [];
  const attrs: Readonly<Record<string, AttrValue | undefined>> = { ...node.attrs };
  for (const [name, value] of Object.entries(attrs)) if (isGraph(value)) out.push([name, value]);
  return out;
}

/**
 * Calls `visit` for every node with the graph that it is in, subgraphs' nodes before the node that holds
 * them. Never throws by itself; what `visit` throws ends the walk and is passed on.
 */
export function walkNodes(graph: IrGraph, visit: (node: IrNode, graph: IrGraph) => void): void {
  for (const node of graph.nodes) {
    for (const [, inner] of subgraphs(node)) walkNodes(inner, visit);
    visit(node, graph);
  }
}

/** All values that a node reads, those captured by its subgraphs included. */
export function readValues(node: IrNode): Set<IrValue> {
  const out = new Set<IrValue>();
  for (const v of node.inputs) if (v) out.add(v);
  for (const [, inner] of subgraphs(node)) for (const v of capturedValues(inner)) out.add(v);
  return out;
}

/** Values of enclosing graphs that a subgraph reads. */
export function capturedValues(graph: IrGraph): Set<IrValue> {
  const own = new Set<IrValue>([...graph.inputs, ...graph.weights.keys()]);
  const out = new Set<IrValue>();
  const read = (v: IrValue | null) => {
    if (v && !own.has(v)) out.add(v);
  };
  for (const node of graph.nodes) {
    for (const v of readValues(node)) read(v);
    for (const v of node.outputs) if (v) own.add(v);
  }
  graph.outputs.forEach(read);
  return out;
}

/**
 * Which nodes of the graph read each value (subgraph captures count for the holding node); outputs add null.
 */
export function usesOf(graph: IrGraph): Map<IrValue, (IrNode | null)[]> {
  const uses = new Map<IrValue, (IrNode | null)[]>();
  const add = (v: IrValue, node: IrNode | null) => {
    const list = uses.get(v);
    if (list) list.push(node);
    else uses.set(v, [node]);
  };
  for (const node of graph.nodes) for (const v of readValues(node)) add(v, node);
  for (const v of graph.outputs) add(v, null);
  return uses;
}

/** The node that makes each value of the graph. */
export function makersOf(graph: IrGraph): Map<IrValue, IrNode> {
  const out = new Map<IrValue, IrNode>();
  for (const node of graph.nodes) for (const v of node.outputs) if (v) out.set(v, node);
  return out;
}

/** Numbers of a weight, or null when the value is not a weight of the graph or not of a computable type. */
export function literalNumbers(
  graph: Pick<IrGraph, "weights">,
  value: IrValue | null | undefined,
): number[] | null {
  const weight = value ? graph.weights.get(value) : undefined;
  if (!weight || !isDType(weight.tensor.dtype)) return null;
  const data = typedArrayOf(weight.tensor);
  const read = elementReader(weight.tensor.dtype);
  return Array.from({ length: data.length }, (_, i) => Number(read(data, i)));
}

/** True for nodes of one op; narrows the attributes. */
export function isOp<K extends IrOp>(node: IrNode, op: K): node is IrNode & IrNode<K> {
  return node.op === op;
}
