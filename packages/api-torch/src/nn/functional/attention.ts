// Attention of torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/** softmax(q·kᵀ·scale + mask)·v over `[…, L, D]`; a bool mask is true where attention is allowed. */
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
  core.checkOptions("scaledDotProductAttention", options, ["attnMask", "isCausal", "scale"]);
  const { attnMask = null, isCausal = false, scale = null } = options;
  return asTensor(
    core.attention(query, key, value, attnMask, { causal: isCausal, ...(scale === null ? {} : { scale }) }),
  );
}
