// Attention: the layers of Keras where the projections belong to it, operations where not.
import { fromTypedArray } from "../../../formats/raw-tensor.js";
import type { WeightStep } from "../../../ir/weights.js";
import type { KerasRule, KerasRules } from "../node.js";
import { NodeExport } from "../node.js";
import type { AttentionPlan } from "../plans/attention.js";
import { arrayArg, type Arg, type KTensor, type LayerWeights } from "../tensors.js";

/** The weights of a projection to heads: (d, h, k) and (h, k). */
function intoHeads(name: string, n: NodeExport<"Linear">, heads: number, size: number): LayerWeights {
  const [rows, inputs] = n.constant(1, "the weight").shape as [number, number];
  const kernel: WeightStep[] = [
    { kind: "transpose", perm: [1, 0] },
    { kind: "reshape", shape: [inputs, heads, size] },
  ];
  if (rows !== heads * size) throw n.error("heads that do not fit the projection");
  const bias = n.has(2) ? n.weight(2, [{ kind: "reshape", shape: [heads, size] }]) : null;
  return { [`${name}/kernel`]: n.weight(1, kernel), [`${name}/bias`]: bias };
}

/** A whole attention layer, written at its last projection. */
export function attentionLayer(n: NodeExport<"Linear">, plan: AttentionPlan): void {
  const { heads, keyValueHeads, keySize, valueSize } = plan;
  const grouped = heads !== keyValueHeads;
  const [units, joined] = n.constant(1, "the weight").shape as [number, number];
  if (joined !== heads * valueSize) throw n.error("heads that do not fit the projection");
  const of = (i: 0 | 1 | 2) => new NodeExport(plan.projections[i], n.out);
  const out: WeightStep[] = [
    { kind: "transpose", perm: [1, 0] },
    { kind: "reshape", shape: [heads, valueSize, units] },
  ];
  const weights = {
    ...intoHeads("query", of(0), heads, keySize),
    ...intoHeads("key", of(1), keyValueHeads, keySize),
    ...intoHeads("value", of(2), keyValueHeads, valueSize),
    "attention_output/kernel": n.weight(1, out),
    "attention_output/bias": n.has(2) ? n.weight(2) : null,
  };
  const inputs = of(0).constant(1, "the weight").shape[1];
  const rate = plan.node.facts?.["dropout"];
  const shared = { dropout: typeof rate === "number" ? rate : 0, use_bias: plan.bias };
  const config = grouped
    ? { head_dim: keySize, num_query_heads: heads, num_key_value_heads: keyValueHeads, ...shared }
    : {
        num_heads: heads,
        key_dim: keySize,
        value_dim: valueSize,
        ...shared,
        output_shape: units === inputs ? null : [units],
      };
  const [query, value] = [of(0).plain(0), of(2).plain(0)];
  const key = plan.key === plan.value ? null : of(1).plain(0);
  const causal = plan.node.attrs.is_causal !== 0;
  const mask = plan.mask ? n.out.layouts.plain(n.out.view(plan.mask), plan.node.name) : null;
  const kwargs: Readonly<Record<string, Arg>> = {
    ...(mask ? { attention_mask: mask } : {}),
    ...(key ? { key } : {}),
    ...(causal ? { use_causal_mask: true } : {}),
  };
  const given = { config, weights, args: [query, value], kwargs, name: plan.node.name };
  const className = grouped ? "GroupQueryAttention" : "MultiHeadAttention";
  const { scores } = plan;
  if (!scores) {
    n.set(n.layer(className, query, n.outDims(), given));
    return;
  }
  const outputs = [n.outDims(), scores.dims ?? []].map((dims) => ({ dims, dtype: query.dtype }));
  const shown = { ...given, kwargs: { ...kwargs, return_attention_scores: true } };
  const [y, weighed] = n.layers(className, [query, value], outputs, shown);
  n.set(y!);
  n.out.set(scores, { value: weighed!, order: [0, 1, 2, 3], shuffle: null });
}

/** A node without projections of its own, in operations. */
const attention: KerasRule<"Attention"> = (n) => {
  const { attrs } = n;
  const flat = n.rank(0) === 3;
  if (n.node.outputs.slice(1).some(Boolean) || n.node.inputs.slice(4).some(Boolean))
    throw n.error("caches or scores as outputs");
  if (attrs.softcap !== 0 || attrs.left_window_size >= 0 || attrs.right_window_size >= 0)
    throw n.error("capped scores or windows");
  const heads = flat ? (attrs.q_num_heads ?? 1) : n.size(0, 1, "it is the number of heads");
  const others = flat ? (attrs.kv_num_heads ?? heads) : n.size(1, 1, "it is the number of heads");
  if (heads !== others) throw n.error("grouped heads without projections");
  const [q, k, v] = [0, 1, 2].map((i) => split(n, i, heads, flat)) as [KTensor, KTensor, KTensor];
  const size = q.dims[3];
  const scale = attrs.scale ?? (typeof size === "number" ? 1 / Math.sqrt(size) : null);
  if (scale === null) throw n.error("heads of a size that is not known");
  const [batch = null, , length = null] = q.dims;
  const [, , steps = null] = k.dims;
  const dims = [batch, heads, length, steps];
  const turned = n.layer("Permute", k, [batch, heads, k.dims[3] ?? null, steps], {
    config: { dims: [1, 3, 2] },
    part: "key",
  });
  const step = (className: string, args: readonly Arg[], part: string) =>
    n.operation(className, args, dims, { part, dtype: q.dtype });
  let scores = step("Multiply", [step("Matmul", [q, turned], "scores"), scale], "scaled");
  if (n.has(3)) scores = step("Add", [scores, additive(n)], "masked");
  if (attrs.is_causal) scores = step("Where", [causalMask(n, length, steps), scores, -1e9], "causal");
  const weights = n.layer("Softmax", scores, dims, { config: { axis: -1 }, part: "weights" });
  const width = v.dims[3] ?? null;
  const outDims = [batch, heads, length, width];
  if (!flat) {
    n.set(n.operation("Matmul", [weights, v], outDims));
    return;
  }
  const y = n.operation("Matmul", [weights, v], outDims, { part: "heads", dtype: q.dtype });
  const back = n.layer("Permute", y, [batch, length, heads, width], {
    config: { dims: [2, 1, 3] },
    part: "joined",
  });
  const total = typeof width === "number" ? heads * width : -1;
  const target = [typeof length === "number" ? length : -1, total];
  n.set(n.layer("Reshape", back, n.outDims(), { config: { target_shape: target } }));
};

/** [B, T, H·D] as [B, H, T, D]. */
function split(n: NodeExport<"Attention">, i: number, heads: number, flat: boolean): KTensor {
  const x = n.plain(i);
  if (!flat) return x;
  const [batch = null, steps = null, width] = x.dims;
  if (typeof width !== "number") throw n.error("heads of a size that is not known");
  const size = width / heads;
  const target = [typeof steps === "number" ? steps : -1, heads, size];
  const wide = n.layer("Reshape", x, [batch, steps, heads, size], {
    config: { target_shape: target },
    part: `split_${i}`,
  });
  return n.layer("Permute", wide, [batch, heads, steps, size], {
    config: { dims: [2, 1, 3] },
    part: `heads_${i}`,
  });
}

/** The mask as something to add; false is -1e9. */
function additive(n: NodeExport<"Attention">): Arg {
  if (n.isConstant(3)) {
    const { dtype, shape, data } = n.constant(3, "the mask");
    if (dtype === "bool") {
      const added = Float32Array.from(data, (kept) => (kept ? 0 : -1e9));
      return arrayArg(fromTypedArray("float32", shape, added), n.path);
    }
  }
  const mask = n.plain(3);
  if (n.dtype(3) !== "bool") return mask;
  const { dims } = mask;
  const float = n.operation("Cast", [mask], dims, {
    config: { dtype: "float32" },
    part: "mask",
    dtype: "float32",
  });
  const lack = n.operation("Subtract", [float, 1], dims, { part: "mask_lack", dtype: "float32" });
  return n.operation("Multiply", [lack, 1e9], dims, { part: "mask_added", dtype: "float32" });
}

function causalMask(n: NodeExport<"Attention">, length: unknown, steps: unknown): Arg {
  if (typeof length !== "number" || typeof steps !== "number")
    throw n.error("causal attention over a dynamic length");
  const bits = Uint8Array.from({ length: length * steps }, (_, i) =>
    i % steps <= Math.floor(i / steps) ? 1 : 0,
  );
  return arrayArg(fromTypedArray("bool", [length, steps], bits), n.path);
}

/** Attention. */
export const ATTENTION_RULES: KerasRules = { Attention: attention };
