// What a layer of Keras takes in beside its own node: a bias that is added behind it, an activation of the same layer.
import type { IrOp } from "../../../ir/ops/table.js";
import type { IrNode, IrValue } from "../../../ir/types.js";
import { literalNumbers } from "../../../ir/walk.js";
import type { KView } from "../emitter.js";
import type { NodeExport } from "../node.js";
import type { ActivationPlan } from "../plans/activations.js";
import type { WeightGiven } from "../tensors.js";
import { activationName } from "./activation.js";

/** The only node that reads a value; null when there are more, or the value is an output. */
export function onlyReader<K extends IrOp>(n: NodeExport<K>, v: IrValue | null | undefined): IrNode | null {
  const uses = v ? n.out.uses.get(v) : undefined;
  return uses?.length === 1 ? (uses[0] ?? null) : null;
}

/** The activation that came from the same layer as a node, by its name `layer/function`. */
export function fusedActivation<K extends IrOp>(
  n: NodeExport<K>,
  after: IrNode,
  order: readonly number[],
): { readonly node: IrNode; readonly name: string } | null {
  const planned = composite(n, after.outputs[0]);
  if (planned)
    return order[planned.axis] === order.length - 1 ? { node: planned.last, name: planned.name } : null;
  const reader = onlyReader(n, after.outputs[0]);
  if (!reader?.name.startsWith(`${n.node.name}/`) || reader.inputs[0] !== after.outputs[0]) return null;
  const name = activationName(reader, order) ?? clipName(n, reader);
  return name === null ? null : { node: reader, name };
}

/** The function of several nodes that is applied to a value of the same layer, and to nothing else. */
function composite<K extends IrOp>(n: NodeExport<K>, v: IrValue | null | undefined): ActivationPlan | null {
  const found = [...n.out.plans.activations.values()].find((plan) => plan.from === v);
  if (!found || !found.last.name.startsWith(`${n.node.name}/`)) return null;
  const readers = v ? (n.out.uses.get(v) ?? []) : [];
  return readers.every((node) => node?.name.startsWith(`${n.node.name}/`)) ? found : null;
}

/** The functions that only limit values. */
function clipName<K extends IrOp>(n: NodeExport<K>, node: IrNode): string | null {
  if (node.op !== "Clip") return null;
  const [low, high] = [1, 2].map((i) => literalNumbers(n.out.graph, node.inputs[i])?.[0]);
  if (low === 0 && high === 6) return "relu6";
  return low === -1 && high === 1 ? "hard_tanh" : null;
}

/** Gives a view to the output of a node and to those of the nodes that its layer takes in. */
export function setThrough<K extends IrOp>(
  n: NodeExport<K>,
  view: KView,
  taken: readonly (IrNode | null)[],
): void {
  n.out.set(n.result, view);
  for (const node of taken) {
    const v = node?.outputs[0];
    if (!node || !v) continue;
    n.out.absorbed.add(node);
    n.out.set(v, view);
  }
}

/** A bias of `size` values that is added to the result of a node, and nowhere else. */
export function fusedBias<K extends IrOp>(
  n: NodeExport<K>,
  size: number,
): { readonly node: IrNode; readonly weight: WeightGiven } | null {
  const reader = onlyReader(n, n.result);
  if (reader?.op !== "Add") return null;
  const other = reader.inputs.find((v) => v !== n.result);
  const weight = other ? n.out.graph.weights.get(other) : undefined;
  if (!other || !weight) return null;
  const { shape } = weight.tensor;
  const flat = shape.at(-1) === size && shape.slice(0, -1).every((d) => d === 1);
  const rank = n.result.dims?.length ?? 0;
  if (!flat || shape.length > rank) return null;
  return {
    node: reader,
    weight: { value: other, steps: shape.length === 1 ? [] : [{ kind: "reshape", shape: [size] }] },
  };
}
