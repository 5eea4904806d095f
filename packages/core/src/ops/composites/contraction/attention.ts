// attention: softmax(QKᵀ·scale + mask)·V, scaled dot-product attention.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { broadcastShapes, sameShape } from "../../../tensor/view.js";
import { promoteAll } from "../../broadcast.js";
import { requireFloat, requireOneDType, shapeError } from "../../infer.js";
import { add, div, mul, sub } from "../../prims/binary.js";
import { eq, le } from "../../prims/compare.js";
import { matmul, swapLast } from "../../prims/contraction.js";
import { broadcastTo } from "../../prims/movement.js";
import { max, sum } from "../../prims/reduce.js";
import { cast, where } from "../../prims/select.js";
import { iota } from "../../prims/source.js";
import { exp } from "../../prims/unary.js";
import { defineOp, type Op, type TensorSpec } from "../../table.js";
import { requireNumber } from "../common/arguments.js";
import { softmax } from "../activations/softmax.js";
import { wide } from "../common/precision.js";
import { sumTo } from "../common/shapes.js";

interface AttentionAttrs {
  readonly scale: number;
  readonly causal: boolean;
}
declare module "../../table.js" {
  interface OpTable {
    attention: {
      readonly tier: "comp";
      readonly in: readonly ["q", "k", "v", "mask?"];
      readonly attrs: AttentionAttrs;
    };
  }
}

const KEEP = { keepDims: true };

/** Row-wise softmax in which a row without any allowed key is 0, not NaN. */
function weights(q: Tensor, k: Tensor, mask: Tensor | null, { scale, causal }: AttentionAttrs): Tensor {
  let scores = matmul(mul(q, scale), swapLast(k));
  if (mask) scores = mask.dtype === "bool" ? where(mask, scores, -Infinity) : add(scores, wide(mask));
  if (causal) {
    const [l, s] = [q.shape[q.rank - 2]!, k.shape[k.rank - 2]!];
    scores = where(le(iota([1, s], 1, "int32"), iota([l, 1], 0, "int32")), scores, -Infinity);
  }
  if (!mask && !causal) return softmax(scores);
  const top = max(scores, -1, KEEP);
  const e = exp(sub(scores, where(eq(top, -Infinity), 0, top)));
  const total = sum(e, -1, KEEP);
  return div(e, where(eq(total, 0), 1, total));
}

function inferAttention(
  inputs: readonly [TensorSpec, TensorSpec, TensorSpec, TensorSpec | null],
): readonly [TensorSpec] {
  const [q, k, v, mask] = inputs;
  requireFloat("attention", q);
  requireOneDType("attention", [q, k, v]);
  const rank = q.shape.length;
  const lead = q.shape.slice(0, -2);
  const fits = (t: TensorSpec) => t.shape.length === rank && sameShape(t.shape.slice(0, -2), lead);
  if (rank < 2 || !fits(k) || !fits(v)) {
    throw shapeError(
      "attention",
      "the leading axes differ",
      inputs,
      "q is [..., L, D], k [..., S, D], v [..., S, E]",
    );
  }
  const [l, d] = q.shape.slice(-2) as [number, number];
  const s = k.shape[rank - 2]!;
  if (k.shape[rank - 1] !== d || v.shape[rank - 2] !== s) {
    const hint = "q and k need one feature size, k and v one length";
    throw shapeError("attention", "q, k and v do not fit together", inputs, hint);
  }
  if (mask) {
    if (mask.dtype !== "bool") requireFloat("attention", mask);
    const full = [...lead, l, s];
    const joint = broadcastShapes(mask.shape, full);
    if (joint === null || !sameShape(joint, full)) {
      const hint = `it must broadcast to [${full.join(",")}]`;
      throw shapeError("attention", "the mask does not fit the scores", inputs, hint);
    }
  }
  return [{ shape: [...lead, l, v.shape[rank - 1]!], dtype: q.dtype }];
}

/** The `attention` composite. */
export const attentionOp: Op<"attention"> = defineOp("attention", {
  saves: "inputs",
  infer: inferAttention,
  decompose: ([q, k, v, mask], attrs) => {
    const p = weights(wide(q), wide(k), mask, attrs);
    return [cast(matmul(p, wide(v)), q.dtype)];
  },
  vjp: ({ inputs: [q, k, v, mask], attrs, grads: [g], needs }) => {
    if (g === null) return [null, null, null, null];
    const [a, b, c, h] = [wide(q), wide(k), wide(v), wide(g)];
    const p = weights(a, b, mask, attrs);
    const dp = matmul(h, swapLast(c));
    const ds = mul(p, sub(dp, sum(mul(dp, p), -1, KEEP)));
    const scaled = needs[0] || needs[1] ? mul(ds, attrs.scale) : ds;
    const learnedMask = mask && mask.dtype !== "bool" && needs[3];
    return [
      needs[0] ? cast(matmul(scaled, b), q.dtype) : null,
      needs[1] ? cast(matmul(swapLast(scaled), a), k.dtype) : null,
      needs[2] ? cast(matmul(swapLast(p), h), v.dtype) : null,
      learnedMask ? cast(sumTo(ds, mask.shape), mask.dtype) : null,
    ];
  },
});

/** Options of `attention`. */
export interface AttentionOptions {
  /** Factor of the scores; default 1/√D. */
  readonly scale?: number;
  /** Query i sees keys 0…i only. */
  readonly causal?: boolean;
}

/**
 * Scaled dot-product attention, softmax(scale · q kᵀ + mask) v: q `[..., L, D]`, k `[..., S, D]`, v
 * `[..., S, E]` give `[..., L, E]`; leading axes broadcast, dtypes are promoted. `mask` broadcasts to
 * `[..., L, S]`: bool with true = keep, or a float that is added to the scores. A query that may see nothing
 * gets 0.
 * @throws {ShapeError} when the sizes or leading axes do not fit, or the mask does not broadcast to the
 *   scores
 * @throws {DTypeError} unless the promoted dtype is a float and the mask bool or a float
 * @throws {ArgumentError} when `scale` is NaN or not a number, or an option is unknown
 * @see Vaswani et al. 2017, https://arxiv.org/abs/1706.03762,
 *   torch.nn.functional.scaled_dot_product_attention
 */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor | null = null,
  options: AttentionOptions = {},
): Tensor {
  checkOptions("attention", options, ["scale", "causal"]);
  const all = promoteAll("attention", [q, k, v]) as [Tensor, Tensor, Tensor];
  const scale = options.scale ?? 1 / Math.sqrt(q.shape[q.rank - 1] ?? 1);
  requireNumber("attention", "scale", scale);
  const [a, b, c] = withEqualLead(all);
  return bind(attentionOp, [a, b, c, mask], { scale, causal: options.causal ?? false })[0];
}

function withEqualLead(inputs: [Tensor, Tensor, Tensor]): [Tensor, Tensor, Tensor] {
  if (inputs.some((t) => t.rank < 2)) return inputs;
  const leads = inputs.map((t) => t.shape.slice(0, -2));
  const lead = leads.reduce<readonly number[] | null>((a, b) => a && broadcastShapes(a, b), []);
  if (lead === null) return inputs;
  const spread = (t: Tensor) => broadcastTo(t, [...lead, ...t.shape.slice(-2)]);
  return [spread(inputs[0]), spread(inputs[1]), spread(inputs[2])];
}
