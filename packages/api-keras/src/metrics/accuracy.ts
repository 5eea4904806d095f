// Accuracies per sample: what `metrics: ["accuracy"]` and the accuracy classes compute.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkArguments, invalid } from "../config/arguments.js";
import { requireClassAxis, sameRank } from "../losses/reduce.js";
import { asTensor, notATensor, toTensor, type TensorLike } from "../tensor/like.js";
import type { Tensor } from "../tensor/tensor.js";

const asFloat = (hit: CoreTensor) => core.cast(hit, "float32");

type Formula = (yTrue: CoreTensor, yPred: CoreTensor) => CoreTensor;

function run(name: string, yTrue: TensorLike, yPred: TensorLike, formula: Formula): Tensor {
  return core.scope(() => {
    for (const value of [yTrue, yPred]) {
      if (value === undefined || value === null) throw notATensor(`metrics.${name}`, value);
    }
    return asTensor(formula(toTensor(yTrue), toTensor(yPred)));
  });
}

/**
 * 1 where the two are equal, elementwise: `[...]` float32; shapes broadcast, a last axis of size 1 is
 * matched.
 * @throws {ShapeError} when the shapes do not broadcast
 * @see keras.metrics.Accuracy
 */
export function accuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return run("accuracy", yTrue, yPred, (target, pred) => {
    const [t, p] = sameRank(core.cast(target, pred.dtype), pred);
    return asFloat(core.eq(t, p));
  });
}
/**
 * 1 for elements on the right side of the threshold, else 0, elementwise, float32.
 * @throws {ShapeError} when the shapes do not broadcast
 * @see keras.metrics.binary_accuracy
 */
export function binaryAccuracy(yTrue: TensorLike, yPred: TensorLike, threshold = 0.5): Tensor {
  if (typeof threshold !== "number")
    throw invalid("metrics.binaryAccuracy", "threshold", threshold, "a number");
  return run("binaryAccuracy", yTrue, yPred, (target, pred) => {
    const [t, p] = sameRank(core.cast(target, pred.dtype), pred);
    return asFloat(core.eq(t, core.cast(core.gt(p, threshold), p.dtype)));
  });
}
/**
 * 1 where the greatest prediction is the one-hot class: `[..., classes] -> [...]` float32.
 * @throws {ShapeError} when the shapes without the last axis do not broadcast
 * @throws {ArgumentError} when a tensor is a scalar
 * @see keras.metrics.categorical_accuracy
 */
export function categoricalAccuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return run("categoricalAccuracy", yTrue, yPred, (t, p) =>
    asFloat(core.eq(core.argmax(t, -1), core.argmax(p, -1))),
  );
}
/**
 * 1 where the greatest prediction is the class number: `[...]` (or `[..., 1]`) and `[..., classes]` to
 * `[...]` float32.
 * @throws {ShapeError} when the class numbers do not broadcast with the rows of predictions, or these are a
 *   scalar
 * @throws {ArgumentError} when an argument is neither a tensor nor an array of numbers
 * @see keras.metrics.sparse_categorical_accuracy
 */
export function sparseCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return run("sparseCategoricalAccuracy", yTrue, yPred, (t, p) =>
    asFloat(core.eq(core.cast(classNumbers(t, p), "int64"), core.argmax(p, -1))),
  );
}
/**
 * 1 where the one-hot class is among the k greatest predictions: `[..., classes] -> [...]` float32.
 * @throws {ShapeError} when the shapes without the last axis do not broadcast
 * @throws {ArgumentError} when a tensor is a scalar
 * @see keras.metrics.top_k_categorical_accuracy
 */
export function topKCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike, k = 5): Tensor {
  return run("topKCategoricalAccuracy", yTrue, yPred, (t, p) => inTopK(core.argmax(t, -1), p, k));
}
/**
 * 1 where the class number is among the k greatest predictions: `[...]` (or `[..., 1]`) and `[..., classes]`
 * to `[...]` float32.
 * @throws {ShapeError} when the class numbers do not broadcast with the rows of predictions, or these are a
 *   scalar
 * @throws {ArgumentError} when an argument is neither a tensor nor an array of numbers
 * @see keras.metrics.sparse_top_k_categorical_accuracy
 */
export function sparseTopKCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike, k = 5): Tensor {
  return run("sparseTopKCategoricalAccuracy", yTrue, yPred, (t, p) =>
    inTopK(core.cast(classNumbers(t, p), "int64"), p, k),
  );
}

function classNumbers(yTrue: CoreTensor, yPred: CoreTensor): CoreTensor {
  requireClassAxis("a metric of classes", yPred);
  return yTrue.rank === yPred.rank && yTrue.shape.at(-1) === 1
    ? core.reshape(yTrue, yTrue.shape.slice(0, -1))
    : yTrue;
}

/** Fewer than k predictions are greater than that of the class. */
function inTopK(classes: CoreTensor, yPred: CoreTensor, k: number): CoreTensor {
  checkArguments("metrics.topKCategoricalAccuracy", { k });
  core.normalizeAxis("metrics.topKCategoricalAccuracy", -1, yPred.rank);
  const own = core.sum(
    core.mul(core.oneHot(classes, yPred.shape.at(-1)!, { dtype: yPred.dtype }), yPred),
    -1,
    { keepDims: true },
  );
  const greater = core.sum(core.cast(core.gt(yPred, own), "int32"), -1);
  return asFloat(core.lt(greater, k));
}
