// Recovers layers that exporters wrote out as arithmetic: dense layers, layer normalisation, activations.
import { GraphBuilder } from "../../builder.js";
import type { IrGraph, IrNode } from "../../types.js";
import { subgraphs } from "../../walk.js";
import { removeDeadCode } from "../dead-code.js";
import { ACTIVATION_FINDERS } from "./activations.js";
import { recoverLinear } from "./linear.js";
import { layerNorm } from "./norm.js";
import { Pattern, type Finder, type Match } from "./pattern.js";

const FINDERS: readonly Finder[] = [layerNorm, ...ACTIVATION_FINDERS];

/** A copy of the graph with idiomatic layers; graphs with subgraphs are left as they are. */
export function recoverLayers(graph: IrGraph): IrGraph {
  if (graph.nodes.some((n) => subgraphs(n).length > 0)) return graph;
  const p = new Pattern(graph);
  const matches = new Map<IrNode, Match>();
  const gone = new Set<IrNode>();
  for (const node of graph.nodes.toReversed()) {
    if (gone.has(node)) continue;
    for (const find of FINDERS) {
      const match = find(p, node);
      if (!match || match.replaces.some((n) => gone.has(n) || matches.has(n))) continue;
      matches.set(node, match);
      for (const n of match.replaces) gone.add(n);
      break;
    }
  }
  const nodes = graph.nodes.flatMap((n): IrNode[] => {
    const match = matches.get(n);
    if (match) return [match.node];
    return gone.has(n) ? [] : [n];
  });
  const clean = removeDeadCode({ ...graph, nodes });
  const builder = new GraphBuilder(clean.name);
  builder.adopt(clean);
  return recoverLinear(clean, builder);
}
