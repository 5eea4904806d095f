// Accuracies per sample: what `metrics: ["accuracy"]` and the accuracy classes compute.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { sameRank } from "../losses/reduce.js";

const asFloat = (hit: CoreTensor) => core.cast(hit, "float32");

/**
 * 1 where the two are equal, elementwise: `[...]` float32; shapes broadcast, a last axis of size 1 is
 * matched.
 * @throws {ShapeError} when the shapes do not broadcast
 * @see keras.metrics.Accuracy
 */
export function accuracy(yTrue: CoreTensor, yPred: CoreTensor): CoreTensor {
  const [t, p] = sameRank(core.cast(yTrue, yPred.dtype), yPred);
  return asFloat(core.eq(t, p));
}
/**
 * Share of elements on the right side of the threshold, over the last axis: `[..., n] -> [...]` float32.
 * @throws {ShapeError} when the shapes do not broadcast
 * @see keras.metrics.binary_accuracy
 */
export function binaryAccuracy(yTrue: CoreTensor, yPred: CoreTensor, threshold = 0.5): CoreTensor {
  const [t, p] = sameRank(core.cast(yTrue, yPred.dtype), yPred);
  const hits = asFloat(core.eq(t, core.cast(core.gt(p, threshold), p.dtype)));
  return hits.rank > 0 ? core.mean(hits, -1) : hits;
}
/**
 * 1 where the greatest prediction is the one-hot class: `[..., classes] -> [...]` float32.
 * @throws {ShapeError} when the shapes without the last axis do not broadcast
 * @throws {ArgumentError} when a tensor is a scalar
 * @see keras.metrics.categorical_accuracy
 */
export function categoricalAccuracy(yTrue: CoreTensor, yPred: CoreTensor): CoreTensor {
  return asFloat(core.eq(core.argmax(yTrue, -1), core.argmax(yPred, -1)));
}
/**
 * 1 where the greatest prediction is the class number: `[...]` (or `[..., 1]`) and `[..., classes]` to
 * `[...]` float32.
 * @throws {ShapeError} when the class numbers do not broadcast with the rows of predictions
 * @throws {ArgumentError} when the predictions are a scalar
 * @see keras.metrics.sparse_categorical_accuracy
 */
export function sparseCategoricalAccuracy(yTrue: CoreTensor, yPred: CoreTensor): CoreTensor {
  return asFloat(core.eq(core.cast(classNumbers(yTrue, yPred), "int64"), core.argmax(yPred, -1)));
}
/**
 * 1 where the one-hot class is among the k greatest predictions: `[..., classes] -> [...]` float32.
 * @throws {ShapeError} when the shapes without the last axis do not broadcast
 * @throws {ArgumentError} when a tensor is a scalar
 * @see keras.metrics.top_k_categorical_accuracy
 */
export function topKCategoricalAccuracy(yTrue: CoreTensor, yPred: CoreTensor, k = 5): CoreTensor {
  return inTopK(core.argmax(yTrue, -1), yPred, k);
}
/**
 * 1 where the class number is among the k greatest predictions: `[...]` (or `[..., 1]`) and `[..., classes]`
 * to `[...]` float32.
 * @throws {ShapeError} when the class numbers do not broadcast with the rows of predictions
 * @throws {ArgumentError} when the predictions are a scalar
 * @see keras.metrics.sparse_top_k_categorical_accuracy
 */
export function sparseTopKCategoricalAccuracy(yTrue: CoreTensor, yPred: CoreTensor, k = 5): CoreTensor {
  return inTopK(core.cast(classNumbers(yTrue, yPred), "int64"), yPred, k);
}

function classNumbers(yTrue: CoreTensor, yPred: CoreTensor): CoreTensor {
  return yTrue.rank === yPred.rank && yTrue.shape.at(-1) === 1
    ? core.reshape(yTrue, yTrue.shape.slice(0, -1))
    : yTrue;
}

/** Fewer than k predictions are greater than that of the class. */
function inTopK(classes: CoreTensor, yPred: CoreTensor, k: number): CoreTensor {
  const own = core.sum(
    core.mul(core.oneHot(classes, yPred.shape.at(-1)!, { dtype: yPred.dtype }), yPred),
    -1,
    { keepDims: true },
  );
  const greater = core.sum(core.cast(core.gt(yPred, own), "int32"), -1);
  return asFloat(core.lt(greater, k));
}
