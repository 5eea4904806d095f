// Look-ups of torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, checkValue, COUNT, INTEGER, oneOf, orNull, type Kind } from "../../checks.js";
import { inOrder, type InOrder } from "../../options.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

type EmbeddingFnOptions = { readonly paddingIdx?: number | null };
const EMBEDDING = ["paddingIdx"] as const;

/**
 * Rows of `weight` `[V, D]` at integer `indices` of any shape `[…]`: `[…, D]`. The row `paddingIdx`, which may
 * count from the end, gets no gradient.
 * @throws {ShapeError} when `weight` does not have 2 axes.
 * @throws {DTypeError} when the indices are not integers.
 * @throws {ArgumentError} when there is no row `paddingIdx`, an option is unknown, or a row does not exist, on
 * devices that are read at once; on others it is zeros.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.embedding
 */
export function embedding(
  indices: CoreTensor,
  weight: CoreTensor,
  ...given: InOrder<EmbeddingFnOptions, typeof EMBEDDING>
): Tensor {
  const options = inOrder<EmbeddingFnOptions>("embedding", given, EMBEDDING);
  checkTensors("embedding", { indices, weight });
  checkOptions("embedding", options, { paddingIdx: orNull(INTEGER) });
  const { paddingIdx = null } = options;
  if (weight.rank !== 2) return asTensor(core.embedding(weight, indices));
  const rows = weight.shape[0]!;
  core.countIndices("embedding", indices, rows, { what: "the table" });
  if (paddingIdx === null) return asTensor(core.embedding(weight, indices));
  const place = paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
  if (place < 0 || place >= rows) {
    throw new core.ArgumentError(`paddingIdx is ${paddingIdx}`, {
      code: "argument/out-of-range",
      op: "embedding",
      inputs: [core.describe(weight)],
      hint: `use a row from ${-rows} to ${rows - 1}`,
    });
  }
  const fixed = core.reshape(core.eq(core.iota([rows], 0), place), [rows, 1]);
  return asTensor(core.embedding(core.where(fixed, core.detach(weight), weight), indices));
}

const CLASSES: Kind = {
  is: (v) => v === -1 || COUNT.is(v),
  use: "a non-negative integer, or -1 for the largest index + 1",
};

/**
 * One-hot int64 vectors of integer `indices` of any shape `[…]`: `[…, numClasses]`. `numClasses` is the
 * largest index + 1 by default, or when it is −1 (read from the device).
 * @throws {DTypeError} when the indices are not integers.
 * @throws {ShapeError} when `numClasses` is not given and there is no index.
 * @throws {ArgumentError} when `numClasses` is below −1 or no integer, or is not given and the device cannot be
 * read at once; when there is no such class, on devices that are read at once; on others it is zeros.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.one_hot
 */
export function oneHot(indices: CoreTensor, numClasses: number = -1): Tensor {
  checkTensors("oneHot", { indices });
  core.requireInteger("oneHot", indices);
  checkValue("oneHot", "numClasses", numClasses, CLASSES);
  if (numClasses === -1 && indices.size === 0) {
    throw core.shapeError(
      "oneHot",
      "there is no largest index to tell the number of classes",
      [indices],
      "pass the number of classes",
    );
  }
  const depth = numClasses === -1 ? Number(core.max(indices).itemSync()) + 1 : numClasses;
  core.countIndices("oneHot", indices, depth, { what: "the classes" });
  return asTensor(core.oneHot(indices, depth, { dtype: "int64" }));
}

/**
 * Mean (`mode` 'mean', default), 'sum' or 'max' of the rows of `weight` `[V, D]` at every row of integer
 * `indices` `[B, N]`: `[B, D]`.
 * @throws {ShapeError} when `weight` or the indices do not have 2 axes.
 * @throws {DTypeError} when the indices are not integers, or the weight is not float and is averaged.
 * @throws {ArgumentError} when an option or the mode is unknown, or a row does not exist (on devices that are
 * read at once).
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.embedding_bag
 */
export function embeddingBag(
  indices: CoreTensor,
  weight: CoreTensor,
  options: { readonly mode?: "sum" | "mean" | "max" } = {},
): Tensor {
  checkTensors("embeddingBag", { indices, weight });
  checkOptions("embeddingBag", options, { mode: oneOf("sum", "mean", "max") });
  if (indices.rank !== 2) {
    const hint = "pass indices of shape [B, N], one bag per row";
    throw core.shapeError("embeddingBag", "the indices need 2 axes", [indices], hint);
  }
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
