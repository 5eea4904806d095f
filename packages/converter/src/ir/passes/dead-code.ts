// Removes nodes and weights that no output depends on.
import type { IrGraph, IrNode, IrValue } from "../types.js";
import { readValues } from "../walk.js";

/** A copy of the graph without unused nodes and weights. Inputs stay. */
export function removeDeadCode(graph: IrGraph): IrGraph {
  const needed = new Set<IrValue>(graph.outputs);
  const kept: IrNode[] = [];
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i]!;
    if (!node.outputs.some((v) => v && needed.has(v))) continue;
    kept.push(node);
    for (const v of readValues(node)) needed.add(v);
  }
  const weights = new Map([...graph.weights].filter(([v]) => needed.has(v)));
  return { ...graph, nodes: kept.toReversed(), weights };
}
