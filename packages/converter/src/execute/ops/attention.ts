// Attention of ONNX opset 23 and later, rotary embeddings and linear attention.
import * as core from "@isoform/core";
import { isDType, type DType, type Tensor } from "@isoform/core";
import type { ATTENTION_OPS } from "../../ir/ops/attention.js";
import { linearAttention } from "./linear-attention.js";
import type { Call, OpRuns, Result } from "../call.js";

/** [B, S, H*D] -> [B, H, S, D]; 4-d stays. */
function heads(x: Tensor, count: number | undefined, c: Call): Tensor {
  if (x.rank === 4) return x;
  if (count === undefined) throw c.error("3-d inputs need the number of heads");
  const [b, s, width] = x.shape as [number, number, number];
  return core.transpose(core.reshape(x, [b, s, count, width / count]), [0, 2, 1, 3]);
}

/** Repeats each key/value head for its group of query heads. */
export function repeatHeads(x: Tensor, groups: number): Tensor {
  return groups === 1 ? x : core.repeatInterleave(x, groups, 1);
}

/** Additive float mask [.., L, S] from a bool or float one, padded to S with what is never attended. */
function additive(mask: Tensor, size: number, dtype: DType): Tensor {
  const short = size - mask.shape[mask.rank - 1]!;
  if (mask.dtype === "bool") {
    const padded =
      short > 0
        ? core.pad(mask, { low: mask.shape.map(() => 0), high: lastOnly(mask, short), value: 0 })
        : mask;
    return core.where(padded, core.zeros(padded.shape, dtype), core.full(padded.shape, -Infinity, dtype));
  }
  const float = core.cast(mask, dtype);
  if (short <= 0) return float;
  return core.pad(float, { low: mask.shape.map(() => 0), high: lastOnly(mask, short), value: -Infinity });
}

const lastOnly = (t: Tensor, n: number): number[] => t.shape.map((_, i) => (i === t.rank - 1 ? n : 0));

/** What may be attended by position: causality, sliding windows and padding of the key sequence. */
function positions(c: Call<"Attention">, q: Tensor, k: Tensor, past: number, dtype: DType): Tensor | null {
  const { is_causal: causal, left_window_size: left, right_window_size: right } = c.attrs;
  const [length, size] = [q.shape[2]!, k.shape[2]!];
  let allowed: Tensor | null = null;
  const also = (t: Tensor) => (allowed = allowed === null ? t : core.and(allowed, t));
  const row = core.add(core.iota([length, size], 0), past);
  const col = core.iota([length, size], 1);
  const lengths = c.has(6) ? core.reshape(core.cast(c.t(6), "int64"), [-1, 1, 1, 1]) : null;
  const place =
    lengths === null ? row : core.add(core.iota([1, 1, length, size], 2), core.sub(lengths, length));
  if (causal) also(core.le(col, place));
  if (left >= 0) also(core.ge(col, core.sub(place, left)));
  if (right >= 0) also(core.le(col, core.add(place, right)));
  if (lengths !== null) {
    const shape = [lengths.shape[0]!, 1, length, size];
    const inside = core.lt(core.iota(shape, 3), lengths);
    allowed = allowed === null ? inside : core.and(core.broadcastTo(allowed, shape), inside);
  }
  return allowed === null ? null : additive(allowed, size, dtype);
}

function attention(c: Call<"Attention">): Result {
  const { attrs } = c;
  const flat = c.shape(0).length === 3;
  const q = heads(c.t(0), attrs.q_num_heads, c);
  let k = heads(c.t(1), attrs.kv_num_heads, c);
  let v = heads(c.t(2), attrs.kv_num_heads, c);
  const past = c.has(4) ? c.shape(4)[2]! : 0;
  if (c.has(4)) k = core.concat([c.t(4), k], 2);
  if (c.has(5)) v = core.concat([c.t(5), v], 2);
  const present = [k, v];
  const groups = q.shape[1]! / k.shape[1]!;
  k = repeatHeads(k, groups);
  v = repeatHeads(v, groups);
  const half = q.dtype === "float16" || q.dtype === "bfloat16";
  const precision = attrs.softmax_precision;
  const dtype: DType = precision !== undefined && isDType(precision) ? precision : half ? "float32" : q.dtype;
  const scale = attrs.scale ?? 1 / Math.sqrt(q.shape[3]!);
  const place = positions(c, q, k, past, dtype);
  const mask = c.has(3) ? additive(c.t(3), k.shape[2]!, dtype) : null;
  const bias = place === null ? mask : mask === null ? place : core.add(place, mask);
  const simple = attrs.softcap === 0 && !c.wants(3) && !half;
  let y: Tensor;
  let shown: Tensor | null = null;
  if (simple && bias === null) y = core.attention(q, k, v, null, { scale });
  else {
    const wide = (t: Tensor) => core.cast(t, dtype);
    const root = Math.sqrt(scale);
    const raw = core.matmul(wide(core.mul(q, root)), core.swapLast(wide(core.mul(k, root))));
    const capped =
      attrs.softcap === 0 ? raw : core.mul(core.tanh(core.div(raw, attrs.softcap)), attrs.softcap);
    const biased = bias === null ? capped : core.add(capped, bias);
    const weights = softmaxRows(biased);
    y = core.cast(core.matmul(core.cast(weights, v.dtype), v), q.dtype);
    shown = [raw, capped, biased, weights][attrs.qk_matmul_output_mode] ?? null;
  }
  const [b, h, s, d] = y.shape as [number, number, number, number];
  const out = flat ? core.reshape(core.transpose(y, [0, 2, 1, 3]), [b, s, h * d]) : y;
  return [out, present[0]!, present[1]!, shown && core.cast(shown, q.dtype)];
}

/** Softmax over the last axis in which a row of −∞ gives zeros, not NaN. */
function softmaxRows(x: Tensor): Tensor {
  const top = core.max(x, [x.rank - 1], { keepDims: true });
  const finite = core.where(core.eq(top, -Infinity), core.zerosLike(top), top);
  const e = core.exp(core.sub(x, finite));
  const total = core.sum(e, [x.rank - 1], { keepDims: true });
  return core.div(e, core.where(core.eq(total, 0), core.onesLike(total), total));
}

/** Rotates pairs of features by position-dependent angles (Su et al. 2021). */
function rotary(c: Call<"RotaryEmbedding">): Tensor {
  const given = c.t(0);
  const { interleaved, num_heads: count, rotary_embedding_dim: dim } = c.attrs;
  const flat = given.rank === 3;
  const x = flat ? splitHeads(given, count) : core.transpose(given, [0, 2, 1, 3]);
  const [b, s, , d] = x.shape as [number, number, number, number];
  const turned = dim === 0 ? d : dim;
  const table = (i: number): Tensor => {
    const cache = c.t(i);
    const rows = c.has(3) ? core.gather(cache, c.t(3), 0) : cache;
    return core.reshape(core.sliceAxis(rows, 2, 0, turned / 2), [b, s, 1, turned / 2]);
  };
  const cos = table(1);
  const sin = table(2);
  const rotated = core.sliceAxis(x, 3, 0, turned);
  const rest = core.sliceAxis(x, 3, turned);
  const pairs = interleaved
    ? [core.sliceAxis(rotated, 3, 0, turned, 2), core.sliceAxis(rotated, 3, 1, turned, 2)]
    : [core.sliceAxis(rotated, 3, 0, turned / 2), core.sliceAxis(rotated, 3, turned / 2)];
  const [re, im] = pairs as [Tensor, Tensor];
  const real = core.sub(core.mul(cos, re), core.mul(sin, im));
  const imag = core.add(core.mul(sin, re), core.mul(cos, im));
  const joined = interleaved
    ? core.reshape(core.stack([real, imag], 4), rotated.shape)
    : core.concat([real, imag], 3);
  const whole = turned === d ? joined : core.concat([joined, rest], 3);
  return flat ? core.reshape(whole, given.shape) : core.transpose(whole, [0, 2, 1, 3]);
}

/** [B, S, H*D] -> [B, S, H, D]. */
function splitHeads(x: Tensor, count: number | undefined): Tensor {
  const [b, s, width] = x.shape as [number, number, number];
  const h = count ?? 1;
  return core.reshape(x, [b, s, h, width / h]);
}

/** Attention and its companions. */
export const ATTENTION: OpRuns<Exclude<keyof typeof ATTENTION_OPS, "FlexAttention">> = {
  Attention: { run: attention },
  LinearAttention: { run: linearAttention },
  RotaryEmbedding: { run: rotary },
};
