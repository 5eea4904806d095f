// Sampling from categorical distributions in torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { ABOVE_ZERO, checkOptions, FLAG, INTEGER } from "../../checks.js";
import { drawn } from "../../random.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/**
 * Samples of categorical distributions that pass gradients: softmax of (`logits` + Gumbel noise)/`tau` along the axis
 * `dim`; x's shape. With `hard` the result is one-hot and the gradient that of the soft one. By default tau 1, hard
 * false, dim −1.
 * @throws {ArgumentError} when the logits have no such axis, `tau` is not above 0, or an option is unknown.
 * @throws {DTypeError} when the logits are not float.
 * @throws {LifetimeError} when they were disposed.
 * @see torch.nn.functional.gumbel_softmax, Jang et al. 2016, https://arxiv.org/abs/1611.01144
 */
export function gumbelSoftmax(
  logits: CoreTensor,
  options: { readonly tau?: number; readonly hard?: boolean; readonly dim?: number } = {},
): Tensor {
  checkTensors("gumbelSoftmax", { logits });
  checkOptions("gumbelSoftmax", options, { tau: ABOVE_ZERO, hard: FLAG, dim: INTEGER });
  core.requireFloat("gumbelSoftmax", logits);
  const { tau = 1, hard = false, dim = -1 } = options;
  const axis = core.normalizeAxis("gumbelSoftmax", dim, logits.rank);
  const waits = drawn({ shape: logits.shape, dtype: "float32" }, (generator) =>
    generator.exponential_(new Float32Array(logits.size)),
  );
  const noise = core.cast(core.neg(core.log(waits)), logits.dtype);
  const soft = core.softmax(core.div(core.add(logits, noise), tau), axis);
  if (!hard) return asTensor(soft);
  const best = core.argmax(soft, axis, { keepDims: true });
  const one = core.cast(core.eq(core.iota(soft.shape, axis), best), soft.dtype);
  return asTensor(core.add(core.sub(one, core.detach(soft)), soft));
}
