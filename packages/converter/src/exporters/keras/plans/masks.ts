// Recurrent layers with a mask. The IR has them as steps sorted so that the kept ones come first, a node with sequence
// lengths, and gathers that bring the outputs back; Keras has a `mask` argument.
import type { IrGraph, IrNode, IrValue } from "../../../ir/types.js";
import { isOp } from "../../../ir/walk.js";
import { madeBy, type Makers, type Uses } from "./made-by.js";

/** A recurrent node whose lengths stand for a mask. */
export interface MaskPlan {
  /** The input before its steps were sorted, [T, B, F]. */
  readonly x: IrValue;
  /** bool [T, B] */
  readonly mask: IrValue;
  /** Nodes that bring outputs back to their steps, each with the value it brings back. */
  readonly restored: readonly { readonly node: IrNode; readonly from: IrValue }[];
  /** True when masked outputs are zero. */
  readonly zero: boolean;
}

/** Finds all of them. */
export function maskPlans(graph: IrGraph, makers: Makers, uses: Uses): ReadonlyMap<IrNode, MaskPlan> {
  const found = new Map<IrNode, MaskPlan>();
  for (const node of graph.nodes) {
    if (!isOp(node, "LSTM") && !isOp(node, "GRU") && !isOp(node, "RNN")) continue;
    const plan = planOf(node, makers, uses);
    if (plan) found.set(node, plan);
  }
  return found;
}

function planOf(node: IrNode, makers: Makers, uses: Uses): MaskPlan | null {
  const lengths = madeBy(makers, node.inputs[4], "Cast");
  const count = madeBy(makers, lengths?.inputs[0], "ReduceSum");
  const keep = madeBy(makers, count?.inputs[0], "Cast");
  const mask = keep?.inputs[0];
  const sorted = madeBy(makers, node.inputs[0], "GatherElements");
  const places = madeBy(makers, sorted?.inputs[1], "Expand");
  const order = madeBy(makers, places?.inputs[0], "Unsqueeze");
  const sort = madeBy(makers, order?.inputs[0], "TopK");
  const x = sorted?.inputs[0];
  if (!mask || mask.dtype !== "bool" || !x || !sort || !sorted || sorted.attrs.axis !== 0) return null;
  if (sort.inputs[0] !== keep?.outputs[0] || sort.attrs.axis !== 0) return null;
  const restored: { node: IrNode; from: IrValue }[] = [];
  let zero: boolean | null = null;
  const [y] = node.outputs;
  for (const step of y ? (uses.get(y) ?? []) : []) {
    const v = step?.outputs[0];
    if (!v) return null;
    for (const reader of uses.get(v) ?? []) {
      if (reader?.op === "Shape") continue;
      const where = reader && isOp(reader, "GatherElements") ? restoring(reader, uses) : null;
      if (!where) return null;
      const zeroed = madeBy(makers, where.inputs[0], "Unsqueeze")?.inputs[0] === mask;
      if (zero !== null && zero !== zeroed) return null;
      zero = zeroed;
      restored.push({ node: where, from: v });
    }
  }
  return { x, mask, restored, zero: zero ?? false };
}

/** The Where behind a gather of outputs. */
function restoring(gather: IrNode, uses: Uses): IrNode | null {
  const [v] = gather.outputs;
  const readers = v ? (uses.get(v) ?? []) : [];
  const [where] = readers;
  return readers.length === 1 && where && isOp(where, "Where") && where.inputs[1] === v ? where : null;
}
