// nn.MultiheadAttention: an Attention node whose projections are the three parts of one weight, as PyTorch keeps them.
import { UnsupportedOpError } from "@isoform/core";
import type { IrGraph, IrNode, IrValue } from "../../ir/types.js";
import { isOp, literalNumbers, makersOf, usesOf } from "../../ir/walk.js";
import { call, constant, float, int, type Expr } from "../../python/ast.js";
import { T, type Emitter, type ModuleTensors } from "./emitter.js";

/** One layer, written at its output projection. */
export interface HeadsPlan {
  readonly node: IrNode<"Attention">;
  readonly last: IrNode<"Linear">;
  readonly inputs: readonly [query: IrValue, key: IrValue, value: IrValue];
  readonly weight: IrValue;
  readonly bias: IrValue | null;
  /** True where attention is allowed; null without a mask. */
  readonly mask: IrValue | null;
  readonly heads: number;
  /** Nodes that are the layer. */
  readonly absorbed: readonly IrNode[];
}

/** Finds them, by the projection behind. */
export function headsPlans(graph: IrGraph): ReadonlyMap<IrNode, HeadsPlan> {
  const makers = makersOf(graph);
  const uses = usesOf(graph);
  const found = new Map<IrNode, HeadsPlan>();
  for (const last of graph.nodes) {
    const made = last.inputs[0] ? makers.get(last.inputs[0]) : undefined;
    if (!isOp(last, "Linear") || !made || !isOp(made, "Attention")) continue;
    if (uses.get(last.inputs[0]!)?.length !== 1) continue;
    const plan = planOf(graph, made, last, makers, uses);
    if (plan) found.set(last, plan);
  }
  return found;
}

type Makers = ReturnType<typeof makersOf>;
type Uses = ReturnType<typeof usesOf>;

function planOf(
  graph: IrGraph,
  node: IrNode<"Attention">,
  last: IrNode<"Linear">,
  makers: Makers,
  uses: Uses,
): HeadsPlan | null {
  const { attrs } = node;
  const heads = attrs.q_num_heads;
  const plain = attrs.softcap === 0 && attrs.left_window_size < 0 && attrs.right_window_size < 0;
  if (!plain || attrs.is_causal || heads === undefined || attrs.kv_num_heads !== heads) return null;
  if (node.inputs.slice(4).some(Boolean) || node.outputs.slice(1, 3).some(Boolean)) return null;
  if (node.outputs[3] && attrs.qk_matmul_output_mode !== 3) return null;
  const size = graph.weights.get(last.inputs[1]!)?.tensor.shape[0];
  if (size === undefined || Math.abs((attrs.scale ?? 0) * Math.sqrt(size / heads) - 1) > 1e-6) return null;
  const absorbed: IrNode[] = [node];
  const projections = [0, 1, 2].map((i) => {
    const v = node.inputs[i];
    const made = v ? makers.get(v) : undefined;
    if (!made || !isOp(made, "Linear") || uses.get(v!)?.length !== 1) return null;
    absorbed.push(made);
    return made;
  });
  const parts = projections.map((p, i) => p && partOf(graph, p, 1, i, size, makers));
  const biases = projections.map((p, i) => p && p.inputs[2] && partOf(graph, p, 2, i, size, makers));
  const [weight] = parts;
  const bias = biases[0] ?? null;
  if (!weight || parts.some((w) => w !== weight) || biases.some((w) => (w ?? null) !== bias)) return null;
  if (Boolean(bias) !== Boolean(last.inputs[2])) return null;
  if ([last.inputs[1], last.inputs[2]].some((v) => v && !graph.weights.has(v))) return null;
  const mask = node.inputs[3] ?? null;
  if (mask && (mask.dtype !== "bool" || mask.dims?.length !== 2)) return null;
  const slices = projections.flatMap((p) => [p?.inputs[1], p?.inputs[2]].map((v) => v && makers.get(v)));
  for (const s of slices) if (s && s.outputs.every((v) => v && uses.get(v)?.length === 1)) absorbed.push(s);
  const inputs = projections.map((p) => p!.inputs[0]!) as [IrValue, IrValue, IrValue];
  return { node, last, inputs, weight, bias, mask, heads, absorbed };
}

/** The weight whose rows `i·size … (i + 1)·size` an input of a projection is. */
function partOf(
  graph: IrGraph,
  p: IrNode<"Linear">,
  input: number,
  i: number,
  size: number,
  makers: Makers,
): IrValue | null {
  const node = p.inputs[input] ? makers.get(p.inputs[input]) : undefined;
  const [whole, ...rest] = node && isOp(node, "Slice") ? node.inputs : [];
  const weight = whole ? graph.weights.get(whole) : undefined;
  if (!whole || !weight || weight.tensor.shape[0] !== 3 * size) return null;
  const [starts, ends, axes, steps] = rest.map((v) => literalNumbers(graph, v));
  const one = (list: readonly number[] | null | undefined, n: number) => list?.length === 1 && list[0] === n;
  const end = one(ends, (i + 1) * size) || (i === 2 && (ends?.[0] ?? 0) >= 3 * size);
  return one(starts, i * size) && end && one(axes, 0) && (!steps || one(steps, 1)) ? whole : null;
}

/** Writes the layer. */
export function emitHeads(plan: HeadsPlan, out: Emitter): void {
  const { node, last, weight, bias, heads } = plan;
  const size = out.graph.weights.get(weight)?.tensor.shape[1];
  if (size === undefined) throw new UnsupportedOpError("a weight is not constant", { code: "export/weight" });
  const source = out.graph.weights.get(weight)?.source?.pieces[0]?.name ?? weight.name;
  const suffix = ".in_proj_weight";
  const path = source.endsWith(suffix) ? source.slice(0, -suffix.length) : node.name;
  const tensors: ModuleTensors = new Map([
    ["in_proj_weight", { value: weight }],
    ...(bias ? [["in_proj_bias", { value: bias }] as const] : []),
    ["out_proj.weight", { value: last.inputs[1]! }],
    ...(last.inputs[2] ? [["out_proj.bias", { value: last.inputs[2] }] as const] : []),
  ]);
  const rate = node.facts?.["dropout"];
  const ctor = call("nn.MultiheadAttention", [int(size), int(heads)], {
    ...(typeof rate === "number" && rate > 0 ? { dropout: float(rate) } : {}),
    ...(bias ? {} : { bias: constant(false) }),
    batch_first: constant(true),
  });
  const module = out.module(path, ctor, tensors);
  const shown = node.outputs[3];
  const run = call(
    module,
    plan.inputs.map((v) => out.expr(v)),
    {
      ...(plan.mask ? { attn_mask: T("logical_not", [out.expr(plan.mask)]) } : {}),
      need_weights: constant(Boolean(shown)),
      ...(shown ? { average_attn_weights: constant(false) } : {}),
    },
  );
  const [y] = last.outputs;
  const at = (e: Expr, i: number): Expr => ({ kind: "index", object: e, index: int(i) });
  if (!shown) {
    if (y) out.assign([out.define(y)], at(run, 0));
    return;
  }
  const both = out.temporary(`${node.name}_out`, run);
  if (y) out.assign([out.define(y)], at(both, 0));
  out.assign([out.define(shown)], at(both, 1));
}
