// Multi-head attention: three projections, one Attention node, one projection behind it.
import type { IrGraph, IrNode, IrValue } from "../../../ir/types.js";
import { isOp, literalNumbers } from "../../../ir/walk.js";
import { madeBy, type Makers, type Uses } from "./made-by.js";

/** A MultiHeadAttention or GroupedQueryAttention layer. */
export interface AttentionPlan {
  readonly node: IrNode<"Attention">;
  readonly query: IrValue;
  readonly key: IrValue;
  readonly value: IrValue;
  /** bool [B, T, S]: true = attend. */
  readonly mask: IrValue | null;
  /** The projections of query, key and value. */
  readonly projections: readonly [IrNode<"Linear">, IrNode<"Linear">, IrNode<"Linear">];
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly bias: boolean;
  /** The weights of the attention [B, H, T, S], where they are an output. */
  readonly scores: IrValue | null;
}

/** Finds them, by the projection behind. */
export function attentionPlans(
  graph: IrGraph,
  makers: Makers,
  uses: Uses,
): ReadonlyMap<IrNode, AttentionPlan> {
  const found = new Map<IrNode, AttentionPlan>();
  for (const last of graph.nodes) {
    if (!isOp(last, "Linear")) continue;
    const plan = planOf(graph, last, makers, uses);
    if (plan) found.set(last, plan);
  }
  return found;
}

const single = (uses: Uses, v: IrValue | null | undefined): boolean =>
  v !== null && v !== undefined && uses.get(v)?.length === 1;

function planOf(graph: IrGraph, last: IrNode<"Linear">, makers: Makers, uses: Uses): AttentionPlan | null {
  const node = madeBy(makers, last.inputs[0], "Attention");
  if (!node || !single(uses, node.outputs[0]) || node.outputs.slice(1, 3).some(Boolean)) return null;
  const { attrs } = node;
  const scores = node.outputs[3] ?? null;
  if (scores && attrs.qk_matmul_output_mode !== 3) return null;
  const plain = attrs.softcap === 0 && attrs.left_window_size < 0 && attrs.right_window_size < 0;
  if (!plain || node.inputs.slice(4).some(Boolean)) return null;
  const projections = [0, 1, 2].map((i) => {
    const v = node.inputs[i];
    const made = madeBy(makers, v, "Linear");
    return made && single(uses, v) ? made : null;
  });
  const [q, k, v] = projections;
  if (!q || !k || !v || q.outputs[0]?.dims?.length !== 3) return null;
  const all = [q, k, v, last];
  const shapes = all.map((p) => (p.inputs[1] ? graph.weights.get(p.inputs[1])?.tensor.shape : undefined));
  const bias = all.filter((p) => p.inputs[2]).length;
  if (shapes.some((s) => !s) || (bias !== 0 && bias !== 4)) return null;
  if (all.some((p) => p.inputs[2] && !graph.weights.has(p.inputs[2]))) return null;
  const heads = attrs.q_num_heads ?? 1;
  const keyValueHeads = attrs.kv_num_heads ?? heads;
  const keySize = shapes[0]![0]! / heads;
  const valueSize = shapes[2]![0]! / keyValueHeads;
  const scale = attrs.scale ?? 1 / Math.sqrt(keySize);
  if (Math.abs(scale * Math.sqrt(keySize) - 1) > 1e-6) return null;
  const grouped = keyValueHeads !== heads;
  if (grouped && (valueSize !== keySize || shapes[3]![0] !== shapes[0]![1])) return null;
  const mask = maskOf(graph, node, makers);
  if (mask === undefined) return null;
  const [query, key, value] = [q, k, v].map((p) => p.inputs[0]!) as [IrValue, IrValue, IrValue];
  return {
    node,
    query,
    key,
    value,
    mask,
    projections: [q, k, v],
    heads,
    keyValueHeads,
    keySize,
    valueSize,
    bias: bias > 0,
    scores,
  };
}

/** The mask of three axes; null when there is none, undefined when it has another form. */
function maskOf(graph: IrGraph, node: IrNode<"Attention">, makers: Makers): IrValue | null | undefined {
  const given = node.inputs[3];
  if (!given) return null;
  const added = madeBy(makers, given, "Unsqueeze")?.inputs[0];
  const chosen = madeBy(makers, added, "Where");
  const [zero] = literalNumbers(graph, chosen?.inputs[1]) ?? [];
  const [low] = literalNumbers(graph, chosen?.inputs[2]) ?? [];
  const lowered = zero === 0 && low !== undefined && low <= -1e9;
  const inner = chosen ? (lowered ? chosen.inputs[0] : undefined) : added;
  return inner?.dtype === "bool" && inner.dims?.length === 3 ? inner : undefined;
}
