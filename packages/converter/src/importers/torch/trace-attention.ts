// Multi-head attention of a trace: heads split, products, masks, softmax, heads joined. It is one Attention node here.
import type { GraphNode, GraphVar } from "@isoform/core";
import type { IrValue } from "../../ir/types.js";
import type { TraceCall } from "./trace-call.js";

/** A mask that is added, or of places that must not be attended to. */
interface Mask {
  readonly mask: GraphVar;
  readonly bool: boolean;
}

/** What the ops around a softmax are together. */
export interface TracedAttention {
  /** The projections [B, L, H·D]. */
  readonly q: GraphVar;
  readonly k: GraphVar;
  readonly v: GraphVar;
  readonly heads: number;
  readonly scale: number;
  readonly mask: Mask | null;
  /** The attention weights [B, H, L, S]. */
  readonly weights: GraphVar;
  /** True when something else reads the weights. */
  readonly shown: boolean;
}

/** Who makes and who reads a value. */
export interface Links {
  maker(v: GraphVar): GraphNode | undefined;
  readers(v: GraphVar): number;
}

const attrOf = (node: GraphNode, name: string): readonly number[] => {
  const value: unknown = Reflect.get(node.attrs, name);
  return Array.isArray(value) ? value.filter((n) => typeof n === "number") : [];
};

function made(links: Links, v: GraphVar | null | undefined, op: string): GraphNode | null {
  const node = v ? links.maker(v) : undefined;
  return node?.op.id === op ? node : null;
}

function transposed(links: Links, v: GraphVar | null | undefined, perm: string): GraphVar | null {
  const node = made(links, v, "transpose");
  return node && attrOf(node, "perm").join() === perm ? (node.inputs[0] ?? null) : null;
}

/** [B, H, L, D] back to what was split: [B, L, H·D]. */
function joinedHeads(links: Links, v: GraphVar | null | undefined): GraphVar | null {
  const split = transposed(links, v, "0,2,1,3");
  const node = made(links, split, "reshape");
  const x = node?.inputs[0];
  const shape = split?.shape;
  if (!x || !shape || x.shape.length !== 3) return null;
  return x.shape[0] === shape[0] && x.shape[1] === shape[1] ? x : null;
}

/** The value that a broadcast or fill repeats. */
function numberOf(links: Links, v: GraphVar | null | undefined): number | null {
  const from = made(links, v, "broadcastTo")?.inputs[0] ?? v;
  const fill = made(links, from, "full");
  const value: unknown = fill ? Reflect.get(fill.attrs, "value") : null;
  return typeof value === "number" ? value : null;
}

/** The scores before masks, and the one mask; null for several masks. */
function unmasked(
  links: Links,
  scores: GraphVar,
): { readonly scores: GraphVar; readonly mask: Mask | null } | null {
  const node = links.maker(scores);
  const [a, b, c] = node?.inputs ?? [];
  if (node?.op.id === "where" && a && c && numberOf(links, b) === -Infinity) {
    return made(links, c, "mul") ? { scores: c, mask: { mask: a, bool: true } } : null;
  }
  if (node?.op.id === "add" && a && b && made(links, a, "mul")) {
    return { scores: a, mask: { mask: b, bool: false } };
  }
  return node?.op.id === "mul" ? { scores, mask: null } : null;
}

/** The attention whose joined heads a reshape gives. */
export function attentionAt(node: GraphNode, links: Links): TracedAttention | null {
  const [out] = node.outputs;
  if (node.op.id !== "reshape" || out?.shape.length !== 3) return null;
  const context = transposed(links, node.inputs[0], "0,2,1,3");
  const product = made(links, context, "matmul");
  const weights = product?.inputs[0];
  const softmax = made(links, weights, "softmax");
  const given = softmax?.inputs[0];
  if (!product || !weights || !softmax || !given || weights.shape.length !== 4) return null;
  if (Reflect.get(softmax.attrs, "axis") !== 3) return null;
  const found = unmasked(links, given);
  const scaled = found && made(links, found.scores, "mul");
  const scale = scaled ? numberOf(links, scaled.inputs[1]) : null;
  const scores = scaled && made(links, scaled.inputs[0], "matmul");
  if (!found || scale === null || !scores) return null;
  const q = joinedHeads(links, scores.inputs[0]);
  const k = joinedHeads(links, transposed(links, scores.inputs[1], "0,1,3,2"));
  const v = joinedHeads(links, product.inputs[1]);
  if (!q || !k || !v) return null;
  const heads = weights.shape[1]!;
  const shown = links.readers(weights) > 1;
  return { q, k, v, heads, scale, mask: found.mask, weights, shown };
}

/** The node: its result, and the weights where something reads them. */
export function importAttention(
  t: TraceCall,
  a: TracedAttention,
  value: (v: GraphVar) => IrValue,
  narrow: (v: GraphVar) => IrValue,
): { readonly y: IrValue; readonly weights: IrValue | null } {
  const attrs = {
    q_num_heads: a.heads,
    kv_num_heads: a.heads,
    scale: a.scale,
    qk_matmul_output_mode: a.shown ? 3 : 0,
  };
  const mask = a.mask && (a.mask.bool ? t.op("Not", [narrow(a.mask.mask)], {}) : narrow(a.mask.mask));
  const inputs = [value(a.q), value(a.k), value(a.v), mask];
  if (!a.shown) return { y: t.op("Attention", mask ? inputs : inputs.slice(0, 3), attrs), weights: null };
  const names = ["Y", null, null, "weights"];
  const made = t.nodes("Attention", mask ? inputs : inputs.slice(0, 3), attrs, names);
  return { y: made[0]!, weights: made[3] ?? null };
}
