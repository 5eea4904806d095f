// Normalisations of newer opsets, and attention, with older ops.
import type { GraphBuilder } from "../../../ir/builder.js";
import type { RewriteRule } from "../../../ir/passes/rewrite.js";
import type { IrNode, IrValue } from "../../../ir/types.js";
import { need } from "./basic.js";
import { floatOf, Sketch } from "./common.js";

/** Axes from `axis` to the last, counted from the end so that the rank need not be known. */
function trailing(axis: number, rank: number | undefined): number[] | null {
  const n = axis < 0 ? -axis : rank === undefined ? null : rank - axis;
  return n === null ? null : Array.from({ length: n }, (_, i) => i - n);
}

export const layerNorm: RewriteRule<"LayerNormalization"> = (node, b) => {
  const x = need(node, 0);
  const axes = trailing(node.attrs.axis, x.dims?.length);
  if (axes === null || node.outputs[1] || node.outputs[2]) return null;
  const s = new Sketch(b, node);
  const centred = s.sub(x, s.mean(x, axes));
  const variance = s.mean(s.mul(centred, centred), axes);
  const normal = s.div(centred, s.unary("Sqrt", s.add(variance, node.attrs.epsilon)));
  const scaled = s.mul(normal, need(node, 1));
  const bias = node.inputs[2];
  return [bias ? s.add(scaled, bias) : scaled];
};

export const rmsNorm: RewriteRule<"RMSNormalization"> = (node, b) => {
  const x = need(node, 0);
  const axes = trailing(node.attrs.axis, x.dims?.length);
  if (axes === null) return null;
  const s = new Sketch(b, node);
  const square = s.mean(s.mul(x, x), axes);
  return [s.mul(s.div(x, s.unary("Sqrt", s.add(square, node.attrs.epsilon))), need(node, 1))];
};

/** One group is one channel of an instance normalisation over [N, G, rest]. */
export const groupNorm: RewriteRule<"GroupNormalization"> = (node, b) => {
  const x = need(node, 0);
  const rank = x.dims?.length;
  if (rank === undefined) return null;
  const s = new Sketch(b, node);
  const { num_groups: groups, epsilon } = node.attrs;
  const dtype = floatOf(x);
  const unit = (v: number) =>
    b.literal(
      Array.from({ length: groups }, () => v),
      [groups],
      dtype,
    );
  const flat = s.reshape(x, [0, groups, -1]);
  const normal = b.op(
    "InstanceNormalization",
    [flat, unit(1), unit(0)],
    { epsilon },
    { name: `${node.name}/groups` },
  );
  const shape = b.op("Shape", [x], {}, { name: `${node.name}/shape` });
  const back = b.op("Reshape", [normal, shape], {}, { name: `${node.name}/back` });
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  const column = (v: IrValue) => (spatial.length === 0 ? v : s.unsqueeze(v, spatial));
  return [s.add(s.mul(back, column(need(node, 1))), column(need(node, 2)))];
};

/** [B, S, H*D] -> [B, H, S, D]. */
function split(s: Sketch, x: IrValue, heads: number): IrValue {
  return s.transpose(s.reshape(x, [0, 0, heads, -1]), [0, 2, 1, 3]);
}

function headSize(node: IrNode<"Attention">, q: IrValue): number | null {
  const last = q.dims?.at(-1);
  if (typeof last !== "number") return null;
  return q.dims?.length === 3 ? last / (node.attrs.q_num_heads ?? 1) : last;
}

/** softmax(q kᵀ scale + mask) v; caches, soft caps and windows are left to newer opsets. */
export const attention: RewriteRule<"Attention"> = (node, b) => {
  const { attrs } = node;
  const plain = attrs.softcap === 0 && attrs.left_window_size < 0 && attrs.right_window_size < 0;
  const shown = Boolean(node.outputs[3]);
  const caches = [4, 5, 6].some((i) => node.inputs[i]) || node.outputs.slice(1, 3).some(Boolean);
  const [q, k, v] = [need(node, 0), need(node, 1), need(node, 2)];
  const rank = q.dims?.length;
  const size = headSize(node, q);
  if (shown && attrs.qk_matmul_output_mode !== 3) return null;
  if (!plain || caches || rank === undefined || (attrs.scale === undefined && size === null)) return null;
  const s = new Sketch(b, node);
  const flat = rank === 3;
  const heads = flat ? (attrs.q_num_heads ?? 1) : Number(q.dims?.[1]);
  const kvHeads = flat ? (attrs.kv_num_heads ?? heads) : Number(k.dims?.[1]);
  const query = flat ? split(s, q, heads) : q;
  let key = flat ? split(s, k, kvHeads) : k;
  let value = flat ? split(s, v, kvHeads) : v;
  if (heads !== kvHeads) {
    key = repeat(s, b, key, kvHeads, heads);
    value = repeat(s, b, value, kvHeads, heads);
  }
  const scale = attrs.scale ?? 1 / Math.sqrt(size ?? 1);
  let scores = s.mul(s.matmul(query, s.transpose(key, [0, 1, 3, 2])), scale);
  const mask = node.inputs[3];
  if (mask) scores = s.add(scores, mask.dtype === "bool" ? penalty(s, b, node, mask) : mask);
  if (attrs.is_causal) scores = s.add(scores, causal(s, b, node, query, key));
  const weights = s.softmax(scores, -1);
  const y = s.matmul(weights, value);
  const out = flat ? s.reshape(s.transpose(y, [0, 2, 1, 3]), [0, 0, -1]) : y;
  return shown ? [out, null, null, weights] : [out];
};

/** [B, G, S, D] -> [B, H, S, D], each head of G repeated. */
function repeat(s: Sketch, b: GraphBuilder, x: IrValue, from: number, to: number): IrValue {
  const wide = s.unsqueeze(x, [2]);
  const tiled = b.op("Tile", [wide, b.ints([1, 1, to / from, 1, 1])], {}, { name: "tile" });
  const shape = b.op("Shape", [x], { start: 2 }, { name: "shape" });
  const target = b.op("Concat", [b.ints([0, to]), shape], { axis: 0 }, { name: "heads" });
  return b.op("Reshape", [tiled, target], {}, { name: "repeat" });
}

/** 0 where a bool mask is true, the lowest float elsewhere. */
function penalty(s: Sketch, b: GraphBuilder, node: IrNode, mask: IrValue): IrValue {
  return b.op("Where", [mask, s.num(0), s.num(-Infinity)], {}, { name: `${node.name}/mask` });
}

/** -∞ above the diagonal of [L, S]. */
function causal(s: Sketch, b: GraphBuilder, node: IrNode, q: IrValue, k: IrValue): IrValue {
  const options = { name: `${node.name}/causal` };
  const sizes = [q, k].map((v) => b.op("Shape", [v], { start: 2, end: 3 }, options));
  const shape = b.op("Concat", sizes, { axis: 0 }, options);
  const ones = b.op("Expand", [s.num(1), shape], {}, options);
  const kept = b.op("Trilu", [ones], { upper: 0 }, options);
  const keep = b.op("Cast", [kept], { to: "bool" }, options);
  return penalty(s, b, node, keep);
}
