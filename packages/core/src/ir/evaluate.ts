// Running a graph with the eager interpreter: what compiled executions are held against.
import { bindAny } from "../dispatch/bind.js";
import { ArgumentError, ShapeError } from "../errors.js";
import { scope } from "../tensor/scope.js";
import { describe, type Tensor } from "../tensor/tensor.js";
import { sameShape } from "../tensor/view.js";
import type { Graph, GraphNode, GraphVar } from "./graph.js";
import { formatVar } from "./print.js";

/**
 * The outputs of a graph for the given inputs, node by node; a value is released after its last use. Records
 * for gradients and traces like any other ops.
 * @throws {ArgumentError} when the number of inputs is wrong
 * @throws {ShapeError} when an input has a shape or dtype that the graph was not made for
 * @throws {LifetimeError} when an input or a constant was released
 */
export function evaluateGraph(graph: Graph, inputs: readonly Tensor[]): Tensor[] {
  checkInputs(graph, inputs);
  return scope(() => {
    const values = new Map<GraphVar, Tensor>(graph.constants);
    graph.inputs.forEach((v, i) => values.set(v, inputs[i]!));
    const last = lastUses(graph);
    for (const node of graph.nodes) {
      const outputs = bindAny(
        node.op,
        node.inputs.map((v) => (v === null ? null : values.get(v)!)),
        node.attrs,
      );
      node.outputs.forEach((v, i) => values.set(v, outputs[i]!));
      for (const v of last.get(node) ?? []) values.get(v)?.dispose();
    }
    return graph.outputs.map((v) => values.get(v)!);
  });
}

function checkInputs(graph: Graph, inputs: readonly Tensor[]): void {
  if (inputs.length !== graph.inputs.length) {
    throw new ArgumentError(`${inputs.length} inputs given, the graph has ${graph.inputs.length}`, {
      code: "graph/inputs",
      op: "evaluateGraph",
      hint: `pass ${graph.inputs.map(formatVar).join(", ")}`,
    });
  }
  graph.inputs.forEach((v, i) => {
    const t = inputs[i]!;
    if (t.dtype === v.dtype && sameShape(t.shape, v.shape)) return;
    throw new ShapeError(`input ${i} is not what the graph was made for`, {
      code: "graph/input-type",
      op: "evaluateGraph",
      inputs: [describe(t)],
      hint: `pass ${formatVar(v)}`,
    });
  });
}

/** For every node the values, made by nodes and not returned, that nobody needs after it. */
function lastUses(graph: Graph): Map<GraphNode, GraphVar[]> {
  const user = new Map<GraphVar, GraphNode>();
  for (const node of graph.nodes) {
    for (const v of node.outputs) user.set(v, node);
    for (const v of node.inputs) if (v !== null && user.has(v)) user.set(v, node);
  }
  for (const v of graph.outputs) user.delete(v);
  const out = new Map<GraphNode, GraphVar[]>();
  for (const [v, node] of user) out.set(node, [...(out.get(node) ?? []), v]);
  return out;
}
