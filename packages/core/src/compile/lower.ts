// Lowering: composites that the backend has no fused kernel for become what their decompositions are made of.
import { ambient, noGrad } from "../dispatch/ambient.js";
import { GraphBuilder } from "../dispatch/trace.js";
import type { Graph, GraphVar } from "../ir/graph.js";
import type { AnyOp, TensorSpec } from "../ops/table.js";
import { Tensor, type TensorClass } from "../tensor/tensor.js";

/** Whether the backend runs a composite as it is. */
export type Keeps = (op: AnyOp, inputs: readonly (TensorSpec | null)[], attrs: object) => boolean;

class LoweringBuilder extends GraphBuilder {
  private readonly keeps: Keeps;

  constructor(keeps: Keeps) {
    super();
    this.keeps = keeps;
  }

  override record(
    op: AnyOp,
    inputs: readonly (Tensor | null)[],
    attrs: object,
    specs: readonly TensorSpec[],
    Class: TensorClass,
  ): Tensor[] {
    if (op.tier === "comp" && !this.keeps(op, inputs, attrs)) return [...op.decompose!(inputs, attrs)];
    return super.record(op, inputs, attrs, specs, Class);
  }
}

/**
 * The same function in primitives and the composites that `keeps` accepts. Tables that decompositions make become
 * constants of the result.
 */
export function lower(graph: Graph, keeps: Keeps): Graph {
  const builder = new LoweringBuilder(keeps);
  const values = new Map<GraphVar, Tensor>(graph.constants);
  for (const v of graph.inputs) values.set(v, builder.input(v, Tensor, v.name));
  return builder.run(() =>
    noGrad(() => {
      for (const node of graph.nodes) {
        ambient.names = [node.scope];
        const inputs = node.inputs.map((v) => (v === null ? null : values.get(v)!));
        const outputs = builder.record(node.op, inputs, node.attrs, node.outputs, Tensor);
        node.outputs.forEach((v, i) => values.set(v, outputs[i]!));
      }
      return {
        outputs: graph.outputs.map((v) => builder.varOf(values.get(v)!)),
        inputs: builder.inputs,
        constants: builder.constants,
        nodes: builder.nodes,
      };
    }),
  );
}
