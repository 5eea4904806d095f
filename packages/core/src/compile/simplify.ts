// Passes that make a graph smaller without changing a bit of its results: constants through casts, operations that do
// nothing, equal operations merged, unused ones dropped.
import type { Graph, GraphNode, GraphVar } from "../ir/graph.js";
import type { AnyOp } from "../ops/table.js";
import { fullOp } from "../ops/prims/source.js";
import { eraseOp } from "../dispatch/erase.js";
import { dtypeKind } from "../tensor/dtype.js";
import { sameShape } from "../tensor/view.js";
import { repeatedValue } from "./fuse.js";

const FULL: AnyOp = eraseOp(fullOp);

/** Folds, merges and prunes. */
export function simplify(graph: Graph): Graph {
  const replaced = new Map<GraphVar, GraphVar>();
  const makers = new Map<GraphVar, GraphNode>();
  const seen = new Map<string, GraphNode>();
  const nodes: GraphNode[] = [];
  const now = (v: GraphVar): GraphVar => replaced.get(v) ?? v;
  for (const old of graph.nodes) {
    const inputs = old.inputs.map((v) => (v === null ? null : now(v)));
    const node = folded({ ...old, inputs }, makers);
    const same = identity(node, makers);
    if (same !== null) {
      replaced.set(old.outputs[0]!, same);
      continue;
    }
    const key = keyOf(node);
    const twin = seen.get(key);
    if (twin) {
      old.outputs.forEach((v, i) => replaced.set(v, twin.outputs[i]!));
      continue;
    }
    seen.set(key, node);
    for (const v of node.outputs) makers.set(v, node);
    nodes.push(node);
  }
  const outputs = graph.outputs.map(now);
  return { ...graph, nodes: live(nodes, outputs), outputs };
}

/** Nodes that an output needs. */
function live(nodes: readonly GraphNode[], outputs: readonly GraphVar[]): GraphNode[] {
  const needed = new Set(outputs);
  const kept: GraphNode[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (!node.outputs.some((v) => needed.has(v))) continue;
    kept.push(node);
    for (const v of node.inputs) if (v !== null) needed.add(v);
  }
  return kept.reverse();
}

/** The repeated value of a constant or of a view of one, or null. */
function valueOf(
  v: GraphVar | null | undefined,
  makers: ReadonlyMap<GraphVar, GraphNode>,
): number | bigint | null {
  const node = v ? makers.get(v) : undefined;
  return node ? repeatedValue(node, (of) => valueOf(of, makers)) : null;
}

function folded(node: GraphNode, makers: ReadonlyMap<GraphVar, GraphNode>): GraphNode {
  const value = valueOf(node.inputs[0], makers);
  if (value === null || node.inputs.length !== 1) return node;
  const out = node.outputs[0]!;
  const from = node.inputs[0]!.dtype;
  if (node.op.id !== "cast" || from !== "float32" || out.dtype !== "float64") return node;
  return { ...node, op: FULL, inputs: [], attrs: { shape: out.shape, dtype: out.dtype, value } };
}

/** The value that a node only hands on. */
function identity(node: GraphNode, makers: ReadonlyMap<GraphVar, GraphNode>): GraphVar | null {
  const [a, b] = node.inputs;
  const out = node.outputs[0]!;
  switch (node.op.id) {
    case "reshape":
    case "broadcastTo":
      return sameShape(a!.shape, out.shape) ? a! : null;
    case "cast":
      return a!.dtype === out.dtype ? a! : null;
    case "transpose":
      return (node.attrs as { perm: readonly number[] }).perm.every((p, i) => p === i) ? a! : null;
    case "mul":
      return timesOne(a!, b!, makers) ?? timesOne(b!, a!, makers);
    case "div":
      return timesOne(a!, b!, makers);
    default:
      return null;
  }
}

/** Whether a value lies in rows, as the result of an operation on it would: sums take that order. */
function isDense(v: GraphVar, makers: ReadonlyMap<GraphVar, GraphNode>): boolean {
  const { op, inputs } = makers.get(v) ?? {};
  return !op?.view || (op.id === "reshape" && isDense(inputs![0]!, makers));
}

/** `v` where the other operand is one: that keeps every bit, but not the payload of a NaN; nobody reads those. */
function timesOne(v: GraphVar, one: GraphVar, makers: ReadonlyMap<GraphVar, GraphNode>): GraphVar | null {
  return valueOf(one, makers) === 1 && dtypeKind(v.dtype) === "float" && isDense(v, makers) ? v : null;
}

/** Equal for nodes that compute the same. */
function keyOf(node: GraphNode): string {
  const attrs = JSON.stringify(node.attrs, (_, v: unknown) =>
    typeof v === "bigint"
      ? `${v}n`
      : typeof v === "number" && !(Number.isFinite(v) && !Object.is(v, -0))
        ? `#${Object.is(v, -0) ? "-0" : v}`
        : v,
  );
  return `${node.op.id}(${node.inputs.map((v) => v?.id ?? "-").join()})${attrs}`;
}
