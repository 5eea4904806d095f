// Traces a module to a graph whose constants carry the state dict's names and whose nodes carry module paths.
import * as core from "@isoform/core";
import type { Graph, TensorSpec } from "@isoform/core";
import { Tensor } from "../tensor/tensor.js";
import type { Module } from "./module.js";

/** A traced module: the graph, and the class of the module at every path that a node may carry. */
export interface TracedModule {
  readonly graph: Graph;
  readonly modules: ReadonlyMap<string, string>;
}

/**
 * The graph of `module` in its current mode for inputs of the given specs. Parameters and buffers become constants
 * named as in `stateDict()`. Release it with `disposeGraph(graph)`.
 */
export function traceModule(
  module: Module,
  specs: readonly TensorSpec[],
  names?: readonly string[],
): TracedModule {
  const paths = module.namedModules();
  for (const m of module.modules()) for (const [name, child] of m.namedChildren()) child._setLocalName(name);
  try {
    const graph = core.noGrad(() =>
      core.trace((...inputs) => tensorsOf(Reflect.apply(module, undefined, inputs)), specs, {
        tensorClass: Tensor,
        ...(names ? { names } : {}),
      }),
    );
    const nameOf = new Map<core.Tensor, string>([...module.stateDict()].map(([k, t]) => [t, k]));
    for (const [v, t] of graph.constants) v.name = nameOf.get(t);
    return { graph, modules: new Map(paths.map(([path, m]) => [path, m.constructor.name])) };
  } finally {
    for (const [, m] of paths) m._setLocalName(null);
  }
}

function tensorsOf(output: unknown): core.Tensor[] {
  const found = new Set<core.Tensor>();
  core.collectTensors(output, found);
  return [...found];
}
