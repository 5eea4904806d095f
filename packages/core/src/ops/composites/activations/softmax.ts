// softmax and logSoftmax along one axis.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxis, requireFloat } from "../../infer.js";
import { div, mul, sub } from "../../prims/binary.js";
import { max, sum } from "../../prims/reduce.js";
import { exp, log } from "../../prims/unary.js";
import { defineOp, type Op, type TensorSpec } from "../../table.js";
import type { UnaryEntry } from "../common/entries.js";
import { inFloat32, inFloat32Pair } from "../common/precision.js";

declare module "../../table.js" {
  interface OpTable {
    softmax: UnaryEntry<{ readonly axis: number }>;
    logSoftmax: UnaryEntry<{ readonly axis: number }>;
  }
}

const KEEP = { keepDims: true };

function inferAlong(
  op: string,
): (inputs: readonly [TensorSpec], attrs: { axis: number }) => readonly [TensorSpec] {
  return ([x], { axis }) => {
    requireFloat(op, x);
    normalizeAxis(op, axis, x.shape.length);
    return [x];
  };
}

/** The `softmax` composite. */
export const softmaxOp: Op<"softmax"> = defineOp("softmax", {
  saves: "outputs",
  infer: inferAlong("softmax"),
  decompose: ([x], { axis }) => [
    inFloat32(x, (v) => {
      const e = exp(sub(v, max(v, axis, KEEP)));
      return div(e, sum(e, axis, KEEP));
    }),
  ],
  vjp: ({ outputs: [y], attrs: { axis }, grads: [g] }) => [
    g && inFloat32Pair(g, y, (h, p) => mul(p, sub(h, sum(mul(h, p), axis, KEEP)))),
  ],
});

/** The `logSoftmax` composite. */
export const logSoftmaxOp: Op<"logSoftmax"> = defineOp("logSoftmax", {
  saves: "outputs",
  infer: inferAlong("logSoftmax"),
  decompose: ([x], { axis }) => [
    inFloat32(x, (v) => {
      const shifted = sub(v, max(v, axis, KEEP));
      return sub(shifted, log(sum(exp(shifted), axis, KEEP)));
    }),
  ],
  vjp: ({ outputs: [y], attrs: { axis }, grads: [g] }) => [
    g && inFloat32Pair(g, y, (h, l) => sub(h, mul(exp(l), sum(h, axis, KEEP)))),
  ],
});

/**
 * eˣ / Σ eˣ along an axis (default the last), in x's shape, shifted by the maximum. A row of −∞ gives NaN, as
 * in PyTorch.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when there is no such axis, as for a scalar
 * @see torch.softmax, ONNX Softmax
 */
export function softmax(x: Tensor, axis = -1): Tensor {
  return bind(softmaxOp, [x], { axis: normalizeAxis("softmax", axis, x.rank) })[0];
}

/**
 * log(softmax(x)) along an axis (default the last), in x's shape, without taking the logarithm of small
 * numbers.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when there is no such axis, as for a scalar
 * @see torch.log_softmax, ONNX LogSoftmax
 */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return bind(logSoftmaxOp, [x], { axis: normalizeAxis("logSoftmax", axis, x.rank) })[0];
}
