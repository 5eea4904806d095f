// Traces a module to a graph whose constants carry the state dict's names and whose nodes carry module paths.
import * as core from "@isoform/core";
import type { Graph, TensorSpec } from "@isoform/core";
import { Tensor } from "../tensor/tensor.js";
import { checkValue, listOf, TEXT, type Kind } from "../checks.js";
import { Module } from "./module.js";

/** A traced module: the graph, and the class of the module at every path that a node may carry. */
export interface TracedModule {
  readonly graph: Graph;
  readonly modules: ReadonlyMap<string, string>;
}

const SPEC: Kind = {
  is: (v) => typeof v === "object" && v !== null && "shape" in v && "dtype" in v && Array.isArray(v.shape),
  use: "{ shape, dtype }",
};

/**
 * The graph of `module` in its current mode for inputs of the given specs (shape and dtype). Parameters and
 * buffers become constants named as in `stateDict()`; `names` are those of the inputs. Release it with
 * `disposeGraph(graph)`.
 * @throws {ArgumentError} when `module` is no module, `specs` no list of specs, or one is missing.
 * @throws {ShapeError} when the module does not take inputs of these shapes.
 * @throws {DTypeError} when it does not take inputs of these dtypes.
 * @throws {LifetimeError} when `forward` reads a value, is async, or uses a disposed tensor.
 * @throws {UnsupportedOpError} when the module has no `forward`.
 * @see Isoform's own, near torch.export.export
 */
export function traceModule(
  module: Module,
  specs: readonly TensorSpec[],
  names?: readonly string[],
): TracedModule {
  if (!(module instanceof Module)) {
    throw new core.ArgumentError(`${core.shown(module)} is not a module`, {
      code: "argument/not-a-module",
      op: "traceModule",
      hint: "pass an instance of nn.Module; wrap a function in a class with forward()",
    });
  }
  checkValue("traceModule", "specs", specs, listOf(SPEC, "a list of { shape, dtype }, one per input"));
  const perInput = listOf(TEXT, "one name per spec", specs.length);
  if (names !== undefined) checkValue("traceModule", "names", names, perInput);
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
