// What a model does with an input, as far as it says which values make sense: indices of tables, constants to compare with.
import { isDType, isFloat } from "@isoform/core";
import type { IrGraph, IrNode, IrValue } from "../ir/types.js";
import { literalNumbers, usesOf } from "../ir/walk.js";

/** Ops that hand on the values of their first input. */
const SAME_VALUES: ReadonlySet<string> = new Set([
  "Cast",
  "Identity",
  "Reshape",
  "Transpose",
  "Unsqueeze",
  "Squeeze",
]);

/** Every node that reads the values of `v`, and as what. */
function* readers(graph: IrGraph, v: IrValue): Iterable<{ readonly node: IrNode; readonly at: IrValue }> {
  const seen = new Set<IrValue>();
  const queue = [v];
  const uses = usesOf(graph);
  for (let at = queue.pop(); at; at = queue.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    for (const node of uses.get(at) ?? []) {
      if (!node) continue;
      yield { node, at };
      const handsOn = SAME_VALUES.has(node.op) || (node.op === "Gather" && isSingle(v));
      if (handsOn && node.inputs[0] === at) for (const out of node.outputs) if (out) queue.push(out);
    }
  }
}

const isSingle = (v: IrValue): boolean => v.dims?.every((d) => d === 1) === true;

/** One more than the greatest index that is valid wherever the value is used as one; 2 when it is not. */
export function indexLimit(graph: IrGraph, v: IrValue): number {
  let least = Infinity;
  for (const { node, at } of readers(graph, v)) {
    const rows = node.op === "Gather" && node.inputs[1] === at ? node.inputs[0]?.dims?.[0] : undefined;
    if (typeof rows === "number") least = Math.min(least, rows);
  }
  return least === Infinity ? 2 : Math.max(1, least);
}

/** The constant that a single whole number is compared with, or null. */
export function comparedWith(graph: IrGraph, v: IrValue): number | null {
  if (!isSingle(v) || v.dtype === null || !isDType(v.dtype) || v.dtype === "bool" || isFloat(v.dtype))
    return null;
  for (const { node, at } of readers(graph, v)) {
    if (node.op !== "Equal") continue;
    const other = node.inputs[0] === at ? node.inputs[1] : node.inputs[0];
    const [constant] = (other && literalNumbers(graph, other)) ?? [];
    if (constant !== undefined) return Number(constant);
  }
  return null;
}
