// logAddExp: log(eᵃ + eᵇ).
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { broadcastPair, type TensorLike } from "../../broadcast.js";
import { add, maximum, mul, sub } from "../../prims/binary.js";
import { eq } from "../../prims/compare.js";
import { where } from "../../prims/select.js";
import { abs, exp, log1p, neg } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import { sigmoid } from "../activations/sigmoid.js";
import type { BinaryEntry } from "../common/entries.js";
import { floatPair } from "../common/infer.js";
import { inFloat32Pair } from "../common/precision.js";

declare module "../../table.js" {
  interface OpTable {
    logAddExp: BinaryEntry;
  }
}

/** eᵃ / (eᵃ + eᵇ), ½ for equal infinities. */
function share(a: Tensor, b: Tensor): Tensor {
  return where(
    eq(a, b),
    0.5,
    inFloat32Pair(a, b, (x, y) => sigmoid(sub(x, y))),
  );
}

/** The `logAddExp` composite. */
export const logAddExpOp: Op<"logAddExp"> = defineOp("logAddExp", {
  saves: "inputs",
  infer: floatPair("logAddExp"),
  decompose: ([a, b]) => [
    inFloat32Pair(a, b, (x, y) => {
      const soft = log1p(exp(neg(abs(sub(x, y)))));
      return add(maximum(x, y), where(eq(x, y), Math.LN2, soft));
    }),
  ],
  vjp: ({ inputs: [a, b], grads: [g], needs }) => {
    if (g === null) return [null, null];
    return [needs[0] ? mul(g, share(a, b)) : null, needs[1] ? mul(g, share(b, a)) : null];
  },
});

/**
 * log(eᵃ + eᵇ) without overflow, elementwise; shapes broadcast, dtypes are promoted; equal infinities are
 * kept. The gradient is shared as softmax(a, b), half each where both are equal.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} unless the promoted dtype is a float
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.logaddexp, numpy.logaddexp
 */
export function logAddExp(a: TensorLike, b: TensorLike): Tensor {
  return bind(logAddExpOp, broadcastPair("logAddExp", a, b), {})[0];
}
