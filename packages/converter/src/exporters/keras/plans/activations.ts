// Activation functions that are several nodes, told by the facts on the last of them.
import type { IrGraph, IrNode, IrValue } from "../../../ir/types.js";

/** One function of Keras over several nodes. */
export interface ActivationPlan {
  /** Name of the function. */
  readonly name: string;
  /** What it is applied to. */
  readonly from: IrValue;
  /** The axis of the value that is the last one in Keras. */
  readonly axis: number;
  readonly last: IrNode;
}

/** Names that a config may hold. */
const KNOWN: ReadonlySet<string> = new Set([
  "tanh_shrink",
  "log_sigmoid",
  "squareplus",
  "sparse_plus",
  "sparsemax",
  "glu",
]);

/** Finds them by their last node. */
export function activationPlans(graph: IrGraph): ReadonlyMap<IrNode, ActivationPlan> {
  const found = new Map<IrNode, ActivationPlan>();
  const nodes = graph.nodes.filter((node) => KNOWN.has(String(node.facts?.["activation"])));
  if (nodes.length === 0) return found;
  const names = new Map<string, IrValue>(graph.inputs.map((v) => [v.name, v]));
  for (const node of graph.nodes) for (const v of node.outputs) if (v) names.set(v.name, v);
  for (const node of nodes) {
    const from = names.get(String(node.facts?.["from"]));
    const axis = Number(node.facts?.["axis"]);
    if (from && from.dims && axis < from.dims.length)
      found.set(node, { name: String(node.facts?.["activation"]), from, axis, last: node });
  }
  return found;
}
