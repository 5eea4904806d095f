// tf.nn: activations and losses on logits.
import * as core from "@isoform/core";
import { checkOptions } from "@isoform/core";
import { asTensor } from "./tensor/like.js";
import type { Tensor } from "./tensor/tensor.js";

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
  readonly labels: core.Tensor;
  readonly logits: core.Tensor;
}

/**
 * Cross entropy of each row in nats: labels `[...]` are class numbers, logits `[..., classes]`; the result is
 * `[...]`. A row whose label is no class has loss 0.
 * @throws {ShapeError} when labels and logits do not fit
 * @throws {DTypeError} when the logits are no floats
 * @throws {ArgumentError} when there is another key than `labels` and `logits`
 * @see tf.nn.sparse_softmax_cross_entropy_with_logits
 */
export function sparseSoftmaxCrossEntropyWithLogits(given: LabelsAndLogits): Tensor {
  checkOptions("sparseSoftmaxCrossEntropyWithLogits", given, ["labels", "logits"]);
  const { labels, logits } = given;
  return core.scope(() => {
    const flat = core.reshape(logits, [-1, logits.shape.at(-1)!]);
    const classes = core.cast(core.reshape(labels, [-1]), "int64");
    return asTensor(core.reshape(core.softmaxCrossEntropy(flat, classes), labels.shape));
  });
}
/**
 * Cross entropy of each row in nats: labels and logits `[..., classes] -> [...]`; labels are probabilities.
 * @throws {ShapeError} when labels and logits do not broadcast
 * @throws {DTypeError} when the logits are no floats
 * @throws {ArgumentError} when the logits are a scalar, or there is another key than `labels` and `logits`
 * @see tf.nn.softmax_cross_entropy_with_logits
 */
export function softmaxCrossEntropyWithLogits(given: LabelsAndLogits): Tensor {
  checkOptions("softmaxCrossEntropyWithLogits", given, ["labels", "logits"]);
  return core.scope(() =>
    asTensor(core.neg(core.sum(core.mul(given.labels, core.logSoftmax(given.logits, -1)), -1))),
  );
}
/**
 * Binary cross entropy of each element in nats; the shapes of labels and logits broadcast.
 * @throws {ShapeError} when labels and logits do not broadcast
 * @throws {DTypeError} when the logits are no floats
 * @throws {ArgumentError} when there is another key than `labels` and `logits`
 * @see tf.nn.sigmoid_cross_entropy_with_logits
 */
export function sigmoidCrossEntropyWithLogits(given: LabelsAndLogits): Tensor {
  checkOptions("sigmoidCrossEntropyWithLogits", given, ["labels", "logits"]);
  const { labels, logits } = given;
  return core.scope(() => {
    const rest = core.log1p(core.exp(core.neg(core.abs(logits))));
    return asTensor(core.add(core.sub(core.relu(logits), core.mul(logits, labels)), rest));
  });
}
