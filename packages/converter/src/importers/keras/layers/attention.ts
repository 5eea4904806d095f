// Attention layers: projections stay dense layers, the product is one Attention node.
import type { IrValue } from "../../../ir/types.js";
import type { WeightStep } from "../../../ir/weights.js";
import type { Laid, Site } from "../laid.js";
import { constantArgument, tensorArgument, type LayerCall, type LayerImporter } from "../layer.js";

interface QueryValueKey {
  readonly query: Laid;
  readonly value: Laid;
  readonly key: Laid;
}

/** Keras' order is query, value, key; key defaults to value. */
function operands(c: LayerCall): QueryValueKey {
  const named = (name: string) => tensorArgument(c, name);
  const query = c.inputs[0] ?? named("query");
  const value = c.inputs[1] ?? named("value") ?? query;
  const key = c.inputs[2] ?? named("key") ?? value;
  if (!query || !value || !key) throw c.cfg.unsupported("the layer is called without a query");
  return { query, value, key };
}

/** All masks of a call joined, [B, T, S] or broadcastable to it; null when there is none. True means keep. */
function joinedMask(c: LayerCall, { query, value, key }: QueryValueKey): IrValue | null {
  const { site } = c;
  const parts: IrValue[] = [];
  const wide = (m: Laid | null | undefined, axis: number) => {
    if (m) parts.push(site.op("Unsqueeze", [asBool(site, m), site.ints([axis])], {}, "mask_wide"));
  };
  wide(tensorArgument(c, "query_mask") ?? query.mask, 2);
  wide(tensorArgument(c, "value_mask") ?? value.mask, 1);
  if (key !== value) wide(tensorArgument(c, "key_mask") ?? key.mask, 1);
  const given = tensorArgument(c, "attention_mask");
  if (given) parts.push(asBool(site, given));
  const [first, ...rest] = parts;
  if (!first) return null;
  return rest.reduce((a, b) => site.op("And", [a, b], {}, "mask_both"), first);
}

function asBool(site: Site, m: Laid): IrValue {
  const v = site.natural(m);
  return v.dtype === "bool" ? v : site.op("Cast", [v], { to: "bool" }, "mask_bool");
}

/** Projects with kernel (d, h, k) and bias (h, k): a dense layer to h*k features. */
function project(site: Site, x: IrValue): IrValue {
  const { shape } = site.tensor("kernel");
  const [d, ...heads] = shape as [number, ...number[]];
  const width = heads.reduce((p, n) => p * n, 1);
  const w = site.weight("kernel", [
    { kind: "reshape", shape: [d, width] },
    { kind: "transpose", perm: [1, 0] },
  ]);
  const bias = hasWeight(site, "bias") ? site.weight("bias", [{ kind: "reshape", shape: [width] }]) : null;
  return site.op("Linear", bias ? [x, w, bias] : [x, w], {});
}

/** Projects h*v features back with kernel (h, v, out). */
function projectOut(site: Site, x: IrValue): IrValue {
  const { shape } = site.tensor("kernel");
  const out = shape.at(-1)!;
  const width = shape.slice(0, -1).reduce((p, n) => p * n, 1);
  const steps: WeightStep[] = [
    { kind: "reshape", shape: [width, out] },
    { kind: "transpose", perm: [1, 0] },
  ];
  const w = site.weight("kernel", steps);
  return site.op("Linear", hasWeight(site, "bias") ? [x, w, site.weight("bias")] : [x, w], {});
}

function hasWeight(site: Site, name: string): boolean {
  return site.shared.weights.has(`${site.path}/${name}`);
}

interface Heads {
  readonly query: number;
  readonly keyValue: number;
  readonly size: number;
}

function multiHead(c: LayerCall, heads: Heads): Laid | readonly Laid[] {
  const { site, cfg } = c;
  cfg.ignore("use_bias", "value_dim", "output_shape");
  const o = operands(c);
  for (const key of ["use_gate", "sliding_window"]) {
    const v = cfg.get(key);
    if (v !== undefined && v !== false) throw cfg.unsupported(`${key} has no counterpart`);
  }
  const axes = cfg.has("attention_axes") ? cfg.ints("attention_axes") : [1];
  if (o.query.order.length !== 3 || axes.length !== 1 || (axes[0] !== 1 && axes[0] !== -2)) {
    throw cfg.unsupported("attention over other axes than the sequence");
  }
  if (constantArgument(c, "return_attention_scores") === true)
    throw cfg.unsupported("returning the attention scores");
  const q = project(site.inner("query"), site.natural(o.query));
  const k = project(site.inner("key"), site.natural(o.key));
  const v = project(site.inner("value"), site.natural(o.value));
  const mask = joinedMask(c, o);
  const attrs = {
    q_num_heads: heads.query,
    kv_num_heads: heads.keyValue,
    scale: 1 / Math.sqrt(heads.size),
    is_causal: constantArgument(c, "use_causal_mask") === true ? 1 : 0,
  };
  const inputs = mask ? [q, k, v, site.op("Unsqueeze", [mask, site.ints([1])], {}, "mask_heads")] : [q, k, v];
  const rate = cfg.number("dropout", 0);
  const y = site.op("Attention", inputs, attrs, undefined, rate === 0 ? undefined : { dropout: rate });
  return site.plain(projectOut(site.inner("attention_output"), y), o.query.mask);
}

export const multiHeadAttention: LayerImporter = (c) => {
  const count = c.cfg.int("num_heads");
  return multiHead(c, { query: count, keyValue: count, size: c.cfg.int("key_dim") });
};

export const groupedQueryAttention: LayerImporter = (c) =>
  multiHead(c, {
    query: c.cfg.int("num_query_heads"),
    keyValue: c.cfg.int("num_key_value_heads"),
    size: c.cfg.int("head_dim"),
  });

/** Scores to weights to values: Keras subtracts 1e9 where the value mask is false. */
function weigh(c: LayerCall, scores: IrValue, o: QueryValueKey): readonly Laid[] {
  const { site } = c;
  const parts: IrValue[] = [];
  const valueMask = tensorArgument(c, "value_mask") ?? o.value.mask;
  if (valueMask) parts.push(site.op("Unsqueeze", [asBool(site, valueMask), site.ints([1])], {}, "mask_wide"));
  if (constantArgument(c, "use_causal_mask") === true) parts.push(causal(site, scores));
  const keep = parts.length > 0 ? parts.reduce((a, b) => site.op("And", [a, b], {}, "mask_both")) : null;
  const low = site.scalar(1e9);
  const masked = keep
    ? site.op("Where", [keep, scores, site.op("Sub", [scores, low], {}, "lowered")], {}, "masked")
    : scores;
  const weights = site.op("Softmax", [masked], { axis: -1 }, "weights");
  const y = site.op("MatMul", [weights, site.natural(o.value)], {});
  const queryMask = tensorArgument(c, "query_mask") ?? o.query.mask;
  const out = queryMask
    ? site.op(
        "Mul",
        [
          y,
          site.op(
            "Cast",
            [site.op("Unsqueeze", [asBool(site, queryMask), site.ints([2])], {}, "query_mask")],
            { to: "float32" },
            "query_float",
          ),
        ],
        {},
        "kept",
      )
    : y;
  const main = site.plain(out, o.query.mask);
  return constantArgument(c, "return_attention_scores") === true ? [main, site.plain(weights)] : [main];
}

function causal(site: Site, scores: IrValue): IrValue {
  const shape = site.op("Shape", [scores], { start: 1 }, "score_shape");
  const ones = site.op("Expand", [site.scalar(1), shape], {}, "ones");
  const lower = site.op("Trilu", [ones], { upper: 0 }, "lower");
  return site.op(
    "Cast",
    [site.op("Unsqueeze", [lower, site.ints([0])], {}, "lower_wide")],
    { to: "bool" },
    "causal",
  );
}

export const attention: LayerImporter = (c) => {
  const { site, cfg } = c;
  cfg.ignore("dropout");
  const o = operands(c);
  const q = site.natural(o.query);
  const k = site.natural(o.key);
  if (cfg.text("score_mode", "dot") !== "dot") throw cfg.unsupported("attention by concatenated scores");
  const transposed = site.op("Transpose", [k], { perm: [0, 2, 1] }, "key");
  const raw = site.op("MatMul", [q, transposed], {}, "scores");
  const scores = cfg.flag("use_scale", false)
    ? site.op("Mul", [raw, site.weight("scale")], {}, "scaled")
    : raw;
  return weigh(c, scores, o);
};

/** Σ scale * tanh(q + k) (Bahdanau et al. 2015). */
export const additiveAttention: LayerImporter = (c) => {
  const { site, cfg } = c;
  cfg.ignore("dropout", "score_mode");
  const o = operands(c);
  const q = site.op("Unsqueeze", [site.natural(o.query), site.ints([2])], {}, "query_wide");
  const k = site.op("Unsqueeze", [site.natural(o.key), site.ints([1])], {}, "key_wide");
  const t = site.op("Tanh", [site.op("Add", [q, k], {}, "sum")], {}, "tanh");
  const scaled = cfg.flag("use_scale", true) ? site.op("Mul", [t, site.weight("scale")], {}, "scaled") : t;
  const scores = site.op("ReduceSum", [scaled, site.ints([3])], { keepdims: 0 }, "scores");
  return weigh(c, scores, o);
};
