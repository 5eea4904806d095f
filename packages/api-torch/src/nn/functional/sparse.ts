// Look-ups of torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/** Rows of `weight` `[V, D]` at integer indices of any shape: `[…, D]`. */
export function embedding(indices: CoreTensor, weight: CoreTensor): Tensor {
  return asTensor(core.embedding(weight, indices));
}

/** One-hot int64 vectors on a new last axis; `numClasses` defaults to the largest index + 1 (read from the device). */
export function oneHot(indices: CoreTensor, numClasses?: number): Tensor {
  const depth = numClasses ?? Number(core.max(indices).itemSync()) + 1;
  return asTensor(core.oneHot(indices, depth, { dtype: "int64" }));
}
