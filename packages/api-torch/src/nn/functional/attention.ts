// Attention of torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, FLAG, NUMBER, orNull, TENSOR } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/**
 * softmax(q·kᵀ·scale + mask)·v: q `[…, L, D]`, k `[…, S, D]`, v `[…, S, E]` -> `[…, L, E]`, leading axes
 * broadcast. `attnMask` broadcasts to `[…, L, S]`: a bool mask is true where attention is allowed, a float
 * one is added. `isCausal` (false) hides later keys; `scale` is 1/√D by default. A query that may see nothing
 * gets 0.
 * @throws {ShapeError} when q, k, v or the mask do not fit together or have fewer than 2 axes.
 * @throws {DTypeError} when q, k and v are not float, or the mask is neither bool nor float.
 * @throws {ArgumentError} when `scale` is NaN or an option is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.scaled_dot_product_attention, Vaswani et al. 2017,
 * https://arxiv.org/abs/1706.03762
 */
export function scaledDotProductAttention(
  query: CoreTensor,
  key: CoreTensor,
  value: CoreTensor,
  options: {
    readonly attnMask?: CoreTensor | null;
    readonly isCausal?: boolean;
    readonly scale?: number | null;
  } = {},
): Tensor {
  checkOptions("scaledDotProductAttention", options, {
    attnMask: orNull(TENSOR),
    isCausal: FLAG,
    scale: orNull(NUMBER),
  });
  checkTensors("scaledDotProductAttention", { query, key, value });
  const { attnMask = null, isCausal = false, scale = null } = options;
  return asTensor(
    core.attention(query, key, value, attnMask, { causal: isCausal, ...(scale === null ? {} : { scale }) }),
  );
}
