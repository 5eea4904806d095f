// What several nodes of the IR are together in Keras, found before anything is written: masked recurrent layers, layers
// that became a Scan, multi-head attention. Nodes that only such a layer needs are never visited.
import type { IrGraph, IrNode, IrValue } from "../../ir/types.js";
import { isOp, makersOf, readValues, usesOf } from "../../ir/walk.js";
import { activationPlans, type ActivationPlan } from "./plans/activations.js";
import { attentionPlans, type AttentionPlan } from "./plans/attention.js";
import { isZero } from "./plans/made-by.js";
import { maskPlans, type MaskPlan } from "./plans/masks.js";
import { layerPlans, type LayerPlan } from "./plans/layers.js";

/** Everything that was recognised. */
export interface Plans {
  /** By recurrent node. */
  readonly masks: ReadonlyMap<IrNode, MaskPlan>;
  /** Layers by their last node. */
  readonly layers: ReadonlyMap<IrNode, LayerPlan>;
  /** By the projection behind the attention. */
  readonly attention: ReadonlyMap<IrNode, AttentionPlan>;
  /** By the last node. */
  readonly activations: ReadonlyMap<IrNode, ActivationPlan>;
  /** Nodes to visit, in order. */
  readonly live: readonly IrNode[];
}

/** Inputs that only state shapes: the exporter takes the inferred shapes of the outputs instead. */
const SHAPE_INPUTS: Readonly<Record<string, readonly number[]>> = {
  Reshape: [1],
  Expand: [1],
  Resize: [1, 3],
};

/** Recognises layers and finds the nodes that are needed. */
export function planExport(graph: IrGraph): Plans {
  const makers = makersOf(graph);
  const uses = usesOf(graph);
  const masks = maskPlans(graph, makers, uses);
  const layers = layerPlans(graph);
  const activations = activationPlans(graph);
  const attention = attentionPlans(graph, makers, uses);
  const restored = new Map(
    [...masks].flatMap(([, plan]) => plan.restored.map((r) => [r.node, r.from] as const)),
  );
  const states = (node: IrNode) =>
    node.inputs.slice(5).flatMap((v) => (v && !isZero(graph, makers, v) ? [v] : []));
  const reads = (node: IrNode): readonly IrValue[] => {
    const mask = masks.get(node);
    if (mask) return [mask.x, mask.mask, ...states(node)];
    if (isOp(node, "LSTM") || isOp(node, "GRU") || isOp(node, "RNN"))
      return [...node.inputs.slice(0, 5).flatMap((v) => (v ? [v] : [])), ...states(node)];
    const activation = activations.get(node);
    if (activation) return [activation.from];
    const layer = layers.get(node);
    if (layer) return [...layer.inputs, ...[...layer.tensors.values()].flat()].map(({ value }) => value);
    const heads = attention.get(node);
    if (heads) return [heads.query, heads.key, heads.value, ...(heads.mask ? [heads.mask] : [])];
    const from = restored.get(node);
    if (from) return [from];
    const skip = SHAPE_INPUTS[node.op] ?? [];
    if (skip.length > 0) return node.inputs.flatMap((v, i) => (v && !skip.includes(i) ? [v] : []));
    return [...readValues(node)];
  };
  // The layer is written at its last projection, its weights too.
  const inside = new Set<IrNode>([...attention.values()].map(({ node }) => node));
  const made = new Map([...attention].map(([node, { scores }]) => [node, scores] as const));
  const needed = new Set<IrValue>(graph.outputs);
  const live: IrNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (inside.has(node)) continue;
    const also = made.get(node);
    if (!node.outputs.some((v) => v && needed.has(v)) && !(also && needed.has(also))) continue;
    live.push(node);
    for (const v of reads(node)) needed.add(v);
  }
  return { masks, layers, attention, activations, live: live.toReversed() };
}
