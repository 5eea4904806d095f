// Looks behind a value: the node that makes it, when it is of one op.
import { typedArrayOf } from "../../../formats/raw-tensor.js";
import type { IrOp } from "../../../ir/ops/table.js";
import type { IrGraph, IrNode, IrValue } from "../../../ir/types.js";
import { isOp, literalNumbers } from "../../../ir/walk.js";

/** The node that makes each value. */
export type Makers = ReadonlyMap<IrValue, IrNode>;
/** The nodes that read each value; null stands for the outputs of the graph. */
export type Uses = ReadonlyMap<IrValue, readonly (IrNode | null)[]>;

/** The node of one op that makes a value, or null. */
export function madeBy<K extends IrOp>(
  makers: Makers,
  v: IrValue | null | undefined,
  op: K,
): IrNode<K> | null {
  const node = v ? makers.get(v) : undefined;
  return node && isOp(node, op) ? node : null;
}

/** True for a value that is zero everywhere, whatever its size. */
export function isZero(graph: IrGraph, makers: Makers, v: IrValue): boolean {
  const numbers = literalNumbers(graph, v);
  if (numbers) return numbers.every((x) => x === 0);
  const expand = madeBy(makers, v, "Expand");
  if (expand?.inputs[0]) return isZero(graph, makers, expand.inputs[0]);
  const filled = madeBy(makers, v, "ConstantOfShape");
  if (!filled) return false;
  return !filled.attrs.value || Array.from(typedArrayOf(filled.attrs.value), Number).every((x) => x === 0);
}
