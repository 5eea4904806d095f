// tf.nn: activations and losses on logits.
import * as core from "@isoform/core";
import { checkOptions } from "./config/arguments.js";

import { asTensor, notATensor, toTensor, type TensorLike } from "./tensor/like.js";
import { floating, type Tensor } from "./tensor/tensor.js";

export {
  elu,
  gelu,
  leakyRelu,
  logSoftmax,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softsign,
  tanh,
} from "./activations.js";

interface LabelsAndLogits {
  readonly labels: TensorLike;
  readonly logits: TensorLike;
}

/** Both as tensors, the logits as floats. */
function pair(owner: string, given: LabelsAndLogits): readonly [labels: core.Tensor, logits: core.Tensor] {
  checkOptions(owner, given, ["labels", "logits"]);
  for (const value of [given.labels, given.logits]) {
    if (value === undefined || value === null) throw notATensor(owner, value);
  }
  return [toTensor(given.labels), floating(toTensor(given.logits))];
}

/**
 * Cross entropy of each row in nats: labels `[...]` are class numbers, logits `[..., classes]`; the result is
 * `[...]`.
 * @throws {ShapeError} when labels and logits do not fit
 * @throws {ArgumentError} when a label is no class, labels or logits are no tensor, or there is another key
 * @see tf.nn.sparse_softmax_cross_entropy_with_logits
 */
export function sparseSoftmaxCrossEntropyWithLogits(given: LabelsAndLogits): Tensor {
  return core.scope(() => {
    const [labels, logits] = pair("sparseSoftmaxCrossEntropyWithLogits", given);
    const flat = core.reshape(logits, [-1, logits.shape.at(-1)!]);
    const classes = core.cast(core.reshape(labels, [-1]), "int64");
    core.countIndices("sparseSoftmaxCrossEntropyWithLogits", classes, flat.shape[1]!, {
      what: "the classes",
    });
    return asTensor(core.reshape(core.softmaxCrossEntropy(flat, classes), labels.shape));
  });
}
/**
 * Cross entropy of each row in nats: labels and logits `[..., classes] -> [...]`; labels are probabilities.
 * @throws {ShapeError} when labels and logits do not broadcast
 * @throws {ArgumentError} when the logits are a scalar, labels or logits no tensor, or there is another key
 * @see tf.nn.softmax_cross_entropy_with_logits
 */
export function softmaxCrossEntropyWithLogits(given: LabelsAndLogits): Tensor {
  return core.scope(() => {
    const [labels, logits] = pair("softmaxCrossEntropyWithLogits", given);
    return asTensor(core.neg(core.sum(core.mul(labels, core.logSoftmax(logits, -1)), -1)));
  });
}
/**
 * Binary cross entropy of each element in nats; the shapes of labels and logits broadcast.
 * @throws {ShapeError} when labels and logits do not broadcast
 * @throws {ArgumentError} when labels or logits are no tensor, or there is another key
 * @see tf.nn.sigmoid_cross_entropy_with_logits
 */
export function sigmoidCrossEntropyWithLogits(given: LabelsAndLogits): Tensor {
  return core.scope(() => {
    const [labels, logits] = pair("sigmoidCrossEntropyWithLogits", given);
    const rest = core.log1p(core.exp(core.neg(core.abs(logits))));
    return asTensor(core.add(core.sub(core.relu(logits), core.mul(logits, labels)), rest));
  });
}
