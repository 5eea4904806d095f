// The graph IR: a straight-line program of ops over typed values, in single assignment.
import type { AnyOp, TensorSpec } from "../ops/table.js";
import type { Tensor } from "../tensor/tensor.js";

/** A value of a graph. Identity is the object; `id` is for printing. */
export interface GraphVar extends TensorSpec {
  readonly id: number;
  /** Name given by the source: an input's or a parameter's. */
  name: string | undefined;
}

/** One op applied to values. */
export interface GraphNode {
  readonly op: AnyOp;
  readonly inputs: readonly (GraphVar | null)[];
  readonly attrs: object;
  readonly outputs: readonly GraphVar[];
  /** Path of the layer or module that made it, e.g. `layer1.0.conv1`; empty at the top. */
  readonly scope: string;
}

/** A traced function. Nodes are in an order in which every value is defined before its use. */
export interface Graph {
  readonly inputs: readonly GraphVar[];
  /** Values known while tracing: parameters and literals. The graph holds a reference to each until `disposeGraph`. */
  readonly constants: ReadonlyMap<GraphVar, Tensor>;
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly GraphVar[];
}

/** Releases the graph's references to its constants. Call once. Never throws. */
export function disposeGraph(graph: Graph): void {
  for (const t of graph.constants.values()) t._release();
}
