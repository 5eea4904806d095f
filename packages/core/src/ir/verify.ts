// The verifier: a graph is well-formed, single-assignment and of the types that inference gives.
import { IsoformError } from "../errors.js";
import { sameShape } from "../tensor/view.js";
import type { Graph, GraphVar } from "./graph.js";
import { formatVar, printNode } from "./print.js";

/** A graph that breaks a rule of the IR; lists every violation. */
export class GraphError extends IsoformError {
  override name = "GraphError";
}

/**
 * Checks a graph: every value defined once and before its use, arities, and shapes and dtypes equal to what
 * `infer` gives.
 * @throws {GraphError} when something is wrong, listing all violations
 */
export function verifyGraph(graph: Graph): void {
  const problems: string[] = [];
  const defined = new Set<GraphVar>();
  const define = (v: GraphVar, where: string) => {
    if (defined.has(v)) problems.push(`${where}: ${formatVar(v)} is defined twice`);
    defined.add(v);
  };
  for (const v of graph.inputs) define(v, "inputs");
  for (const [v, t] of graph.constants) {
    define(v, "constants");
    if (v.dtype !== t.dtype || !sameShape(v.shape, t.shape)) {
      problems.push(`constants: ${formatVar(v)} holds ${t.dtype}[${t.shape.join(",")}]`);
    }
  }
  for (const node of graph.nodes) {
    const where = printNode(node);
    for (const v of node.inputs) {
      if (v !== null && !defined.has(v)) problems.push(`${where}: %${v.id} is used before its definition`);
    }
    try {
      const specs = node.op.infer(node.inputs, node.attrs);
      if (specs.length !== node.outputs.length) {
        problems.push(`${where}: ${node.outputs.length} outputs, ${node.op.id} has ${specs.length}`);
      }
      node.outputs.forEach((v, i) => {
        const spec = specs[i];
        if (spec && (spec.dtype !== v.dtype || !sameShape(spec.shape, v.shape))) {
          problems.push(`${where}: output ${i} should be ${spec.dtype}[${spec.shape.join(",")}]`);
        }
      });
    } catch (error) {
      problems.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
    }
    for (const v of node.outputs) define(v, where);
  }
  for (const v of graph.outputs) {
    if (!defined.has(v)) problems.push(`outputs: ${formatVar(v)} is never defined`);
  }
  if (problems.length > 0) {
    throw new GraphError(`the graph is not well-formed:\n  ${problems.join("\n  ")}`, {
      code: "graph/invalid",
      hint: "this is a fault of the pass or tracer that made the graph",
    });
  }
}
