// Attention layers: projections stay dense layers, the product is one Attention node.
import { fromTypedArray } from "../../../formats/raw-tensor.js";
import type { IrValue } from "../../../ir/types.js";
import type { WeightStep } from "../../../ir/weights.js";
import type { Laid, Site } from "../laid.js";
import { constantArgument, tensorArgument, tensorsOf, type LayerCall, type LayerImporter } from "../layer.js";
import { layerFacts } from "./common.js";

interface Operands {
  readonly query: Laid;
  readonly value: Laid;
  readonly key: Laid;
}

/** Keras' order is query, value, key; key defaults to value. */
function operands(c: LayerCall): Operands {
  const query = c.inputs[0] ?? tensorArgument(c, "query");
  const value = c.inputs[1] ?? tensorArgument(c, "value") ?? query;
  const key = c.inputs[2] ?? tensorArgument(c, "key") ?? value;
  if (!query || !value || !key) throw c.cfg.unsupported("the layer is called without a query");
  return { query, value, key };
}

function asBool(site: Site, v: IrValue): IrValue {
  return v.dtype === "bool" ? v : site.op("Cast", [v], { to: "bool" }, "mask_bool");
}

/** All masks of a call joined, true = attend: [B, T, S] or broadcastable to it. Null when there is none. */
function joinedMask(c: LayerCall, { query, value, key }: Operands): IrValue | null {
  const { site } = c;
  const parts: IrValue[] = [];
  const wide = (m: Laid | null, axis: number) => {
    if (m)
      parts.push(site.op("Unsqueeze", [asBool(site, site.natural(m)), site.ints([axis])], {}, "mask_wide"));
  };
  wide(tensorArgument(c, "query_mask") ?? query.mask, 2);
  wide(tensorArgument(c, "value_mask") ?? value.mask, 1);
  if (key.value !== value.value) wide(tensorArgument(c, "key_mask") ?? key.mask, 1);
  const given = tensorArgument(c, "attention_mask");
  if (given) parts.push(asBool(site, site.natural(given)));
  return parts.length === 0 ? null : parts.reduce((a, b) => site.op("And", [a, b], {}, "mask_both"));
}

/** bool [1, T, S]: true where the key is not after the query. */
function causalMask(site: Site, query: Laid, key: Laid): IrValue {
  const [t, s] = [site.dims(query)[1], site.dims(key)[1]];
  if (typeof t === "number" && typeof s === "number") {
    const bits = Uint8Array.from({ length: t * s }, (_, i) => (i % s <= Math.floor(i / s) ? 1 : 0));
    return site.b.weight(`${site.path}/causal`, fromTypedArray("bool", [1, t, s], bits));
  }
  const shape = site.vector([site.sizeValue(query, 1), site.sizeValue(key, 1)]);
  const ones = site.op("Expand", [site.scalar(1), shape], {}, "ones");
  const lower = site.op("Trilu", [ones], { upper: 0 }, "lower");
  return site.op(
    "Cast",
    [site.op("Unsqueeze", [lower, site.ints([0])], {}, "lower_wide")],
    { to: "bool" },
    "causal",
  );
}

/** Projects with kernel (d, h, k) and bias (h, k): a dense layer to h*k features. */
function project(site: Site, x: IrValue): IrValue {
  const { shape } = site.tensor("kernel", 3);
  const [d, heads, size] = shape as [number, number, number];
  const width = heads * size;
  const w = site.weight("kernel", [
    { kind: "reshape", shape: [d, width] },
    { kind: "transpose", perm: [1, 0] },
  ]);
  const bias = site.hasWeight("bias") ? site.weight("bias", [{ kind: "reshape", shape: [width] }]) : null;
  return site.op("Linear", bias ? [x, w, bias] : [x, w], {});
}

/** Projects h*v features back with kernel (h, v, out). */
function projectOut(site: Site, x: IrValue): IrValue {
  const { shape } = site.tensor("kernel", 3);
  const [heads, size, out] = shape as [number, number, number];
  const steps: WeightStep[] = [
    { kind: "reshape", shape: [heads * size, out] },
    { kind: "transpose", perm: [1, 0] },
  ];
  const w = site.weight("kernel", steps);
  return site.op("Linear", site.hasWeight("bias") ? [x, w, site.weight("bias")] : [x, w], {});
}

interface Heads {
  readonly query: number;
  readonly keyValue: number;
  readonly size: number;
}

/** What TensorFlow's attention puts in place of masked scores: rows that are masked everywhere become even. */
const MASKED = -0.7 * 3.4028234663852886e38;

function multiHead(c: LayerCall, heads: Heads): readonly Laid[] {
  const { site, cfg } = c;
  cfg.ignore("use_bias", "value_dim", "output_shape");
  const o = operands(c);
  if (cfg.flag("use_gate", false)) throw cfg.unsupported("gated attention has no counterpart");
  if (cfg.has("sliding_window")) throw cfg.unsupported("a sliding window has no counterpart");
  const axes = cfg.ints("attention_axes", [1]);
  if (o.query.order.length !== 3 || axes.length !== 1 || (axes[0] !== 1 && axes[0] !== -2))
    throw cfg.unsupported("attention over other axes than the sequence");
  const q = project(site.inner("query"), site.natural(o.query));
  const k = project(site.inner("key"), site.natural(o.key));
  const v = project(site.inner("value"), site.natural(o.value));
  const causal = constantArgument(c, "use_causal_mask") === true;
  const keep = joinedMask(c, o);
  const whole =
    keep && causal ? site.op("And", [keep, causalMask(site, o.query, o.key)], {}, "mask_causal") : keep;
  const mask = whole && site.op("Where", [whole, site.scalar(0), site.scalar(MASKED)], {}, "mask_added");
  const placed =
    mask && (mask.dims?.length === 4 ? mask : site.op("Unsqueeze", [mask, site.ints([1])], {}, "mask_heads"));
  const scores = constantArgument(c, "return_attention_scores") === true;
  const rate = cfg.number("dropout", 0);
  const [y, , , shown] = site.ops(
    "Attention",
    placed ? [q, k, v, placed] : [q, k, v],
    {
      q_num_heads: heads.query,
      kv_num_heads: heads.keyValue,
      scale: 1 / Math.sqrt(heads.size),
      is_causal: causal && !keep ? 1 : 0,
      ...(scores ? { qk_matmul_output_mode: 3 } : {}),
    },
    scores ? ["attended", null, null, "scores"] : ["attended"],
    undefined,
    rate === 0 ? undefined : { dropout: rate },
  );
  const out = site.plain(projectOut(site.inner("attention_output"), y!), o.query.mask);
  return shown ? [out, site.plain(shown)] : [out];
}

export const multiHeadAttention: LayerImporter = (c) => {
  const count = c.cfg.int("num_heads", undefined, 1);
  return multiHead(c, { query: count, keyValue: count, size: c.cfg.int("key_dim", undefined, 1) });
};

export const groupedQueryAttention: LayerImporter = (c) =>
  multiHead(c, {
    query: c.cfg.int("num_query_heads", undefined, 1),
    keyValue: c.cfg.int("num_key_value_heads", undefined, 1),
    size: c.cfg.int("head_dim", undefined, 1),
  });

/** The masks of query and value: given as a list, or those that travel with the tensors. */
function inputMasks(c: LayerCall, o: Operands): readonly [Laid | null, Laid | null] {
  const given = c.kwargs.get("mask");
  if (given?.kind !== "list") return [o.query.mask, o.value.mask];
  const [q, v] = given.items.map((item) => tensorsOf(item)[0] ?? null);
  return [q ?? null, v ?? null];
}

/** Scores to weights to values: Keras subtracts 1e9 where the mask is false. */
function weigh(
  c: LayerCall,
  scores: IrValue,
  o: Operands,
  config: Readonly<Record<string, boolean | string>>,
): readonly Laid[] {
  const { site } = c;
  const [queryMask, valueMask] = inputMasks(c, o);
  const causal = constantArgument(c, "use_causal_mask") === true;
  const parts: IrValue[] = [];
  if (valueMask)
    parts.push(
      site.op("Unsqueeze", [asBool(site, site.natural(valueMask)), site.ints([1])], {}, "mask_wide"),
    );
  if (causal) parts.push(causalMask(site, o.query, o.key));
  const keep = parts.length > 0 ? parts.reduce((a, b) => site.op("And", [a, b], {}, "mask_both")) : null;
  const lowered = keep && site.op("Sub", [scores, site.scalar(1e9)], {}, "lowered");
  const masked = keep && lowered ? site.op("Where", [keep, scores, lowered], {}, "masked") : scores;
  const weights = site.op("Softmax", [masked], { axis: -1 }, "weights");
  const shown = constantArgument(c, "return_attention_scores") === true;
  const inputs = o.key.value === o.value.value ? [o.query, o.value] : [o.query, o.value, o.key];
  const names = ["scale", "concat_score_weight"].filter((name) => site.hasWeight(name));
  const facts =
    valueMask || queryMask || shown
      ? undefined
      : layerFacts(site, c.cfg.className, config, {
          inputs,
          listed: true,
          kwargs: causal ? { use_causal_mask: true } : {},
          weights: Object.fromEntries(names.map((name) => [name, site.weight(name).name])),
        });
  const y = site.op("MatMul", [weights, site.natural(o.value)], {}, undefined, facts);
  const main = site.plain(queryMask ? zeroed(site, y, queryMask) : y, o.query.mask);
  return shown ? [main, site.plain(weights)] : [main];
}

/** Rows of masked queries as zeros. */
function zeroed(site: Site, y: IrValue, mask: Laid): IrValue {
  const wide = site.op("Unsqueeze", [asBool(site, site.natural(mask)), site.ints([2])], {}, "query_mask");
  return site.op("Where", [wide, y, site.scalar(0)], {}, "kept");
}

/** [B, T, 1, D] + [B, 1, S, D] through tanh. */
function pairs(site: Site, o: Operands, scale: IrValue | null): IrValue {
  const q = site.op("Unsqueeze", [site.natural(o.query), site.ints([2])], {}, "query_wide");
  const k = site.op("Unsqueeze", [site.natural(o.key), site.ints([1])], {}, "key_wide");
  const sum = site.op("Add", [q, k], {}, "sum");
  return site.op("Tanh", [scale ? site.op("Mul", [sum, scale], {}, "sum_scaled") : sum], {}, "tanh");
}

export const attention: LayerImporter = (c) => {
  const { site, cfg } = c;
  cfg.ignore("dropout");
  const o = operands(c);
  const mode = cfg.choice("score_mode", ["dot", "concat"], "dot");
  const scaled = cfg.flag("use_scale", false);
  const scale = scaled ? site.weight("scale") : null;
  const config = { use_scale: scaled, score_mode: mode };
  if (mode === "concat") {
    const sum = site.op("ReduceSum", [pairs(site, o, scale), site.ints([3])], { keepdims: 0 }, "total");
    return weigh(c, site.op("Mul", [sum, site.weight("concat_score_weight")], {}, "scores"), o, config);
  }
  const turned = site.arranged(o.key, [0, 2, 1]);
  const raw = site.op("MatMul", [site.natural(o.query), turned], {}, "scores");
  return weigh(c, scale ? site.op("Mul", [raw, scale], {}, "scaled") : raw, o, config);
};

/** Σ scale * tanh(q + k) (Bahdanau et al. 2015). */
export const additiveAttention: LayerImporter = (c) => {
  const { site, cfg } = c;
  cfg.ignore("dropout", "score_mode");
  const o = operands(c);
  const scaled = cfg.flag("use_scale", true);
  const t = pairs(site, o, null);
  const all = scaled ? site.op("Mul", [t, site.weight("scale")], {}, "scaled") : t;
  const scores = site.op("ReduceSum", [all, site.ints([3])], { keepdims: 0 }, "scores");
  return weigh(c, scores, o, { use_scale: scaled });
};
