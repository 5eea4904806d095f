// Nodes of functional models: one call of a layer or operation on symbolic tensors.
import type { Tensor as CoreTensor } from "@isoform/core";
import { isKerasTensor, type KerasTensor } from "./keras-tensor.js";
import { leaves, mapLeaves } from "./structure.js";

/** What a functional model is made of: layers and operations. */
export interface Operation {
  readonly name: string;
  /** Its calls on symbolic tensors, in order. */
  readonly inboundNodes: Node[];
  /** Runs one call on data. `args` and `kwargs` are those of the node with tensors in place. */
  executeNode(args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>): unknown;
}

/** Where a symbolic tensor comes from. */
export interface History {
  readonly operation: Operation;
  readonly nodeIndex: number;
  readonly tensorIndex: number;
}

/** One call on symbolic tensors. */
export class Node {
  readonly operation: Operation;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** All symbolic tensors in the arguments. */
  readonly inputs: readonly KerasTensor[];
  /** Outputs in their structure, and flat. */
  readonly result: unknown;
  readonly outputs: readonly KerasTensor[];

  constructor(
    operation: Operation,
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
    result: unknown,
  ) {
    this.operation = operation;
    this.args = args;
    this.kwargs = kwargs;
    this.inputs = leaves([args, kwargs], isKerasTensor);
    this.result = result;
    this.outputs = leaves(result, isKerasTensor);
    const nodeIndex = operation.inboundNodes.length;
    operation.inboundNodes.push(this);
    this.outputs.forEach((t, tensorIndex) => (t.history = { operation, nodeIndex, tensorIndex }));
  }

  /** Input nodes have no inputs. */
  get isInput(): boolean {
    return this.inputs.length === 0;
  }

  /** Nodes that make the inputs. */
  get parents(): Node[] {
    return this.inputs.flatMap((t) =>
      t.history ? [t.history.operation.inboundNodes[t.history.nodeIndex]!] : [],
    );
  }

  /** Runs the call with `value` in place of symbolic tensors. */
  run(value: (t: KerasTensor) => CoreTensor): unknown {
    const args = this.args.map((a) => mapLeaves(a, isKerasTensor, value));
    const kwargs = Object.fromEntries(
      Object.entries(this.kwargs).map(([k, v]) => [k, mapLeaves(v, isKerasTensor, value)]),
    );
    return this.operation.executeNode(args, kwargs);
  }
}
