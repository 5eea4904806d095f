// Look-ups of torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/**
 * Rows of `weight` `[V, D]` at integer indices of any shape: `[…, D]`.
 * @throws DTypeError; ArgumentError for a row that does not exist, on devices that are read at once
 */
export function embedding(indices: CoreTensor, weight: CoreTensor): Tensor {
  if (weight.rank === 2) core.countIndices("embedding", indices, weight.shape[0]!, { what: "the table" });
  return asTensor(core.embedding(weight, indices));
}

/** One-hot int64 vectors on a new last axis; `numClasses` defaults to the largest index + 1 (read from the device). */
export function oneHot(indices: CoreTensor, numClasses?: number): Tensor {
  const depth = numClasses ?? Number(core.max(indices).itemSync()) + 1;
  return asTensor(core.oneHot(indices, depth, { dtype: "int64" }));
}

/** Sum, mean or maximum of the rows at every row of `indices` `[B, N]`: `[B, D]`. */
export function embeddingBag(
  indices: CoreTensor,
  weight: CoreTensor,
  options: { readonly mode?: "sum" | "mean" | "max" } = {},
): Tensor {
  core.checkOptions("embeddingBag", options, ["mode"]);
  if (weight.rank === 2) core.countIndices("embeddingBag", indices, weight.shape[0]!, { what: "the table" });
  const rows = core.embedding(weight, indices);
  switch (options.mode ?? "mean") {
    case "sum":
      return asTensor(core.sum(rows, -2));
    case "mean":
      return asTensor(core.mean(rows, -2));
    case "max":
      return asTensor(core.max(rows, -2));
  }
}
