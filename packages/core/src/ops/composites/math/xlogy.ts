// xlogy: x·log y, 0 where x is 0.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { broadcastPair, type TensorLike } from "../../broadcast.js";
import { div, mul } from "../../prims/binary.js";
import { eq, le } from "../../prims/compare.js";
import { where } from "../../prims/select.js";
import { log } from "../../prims/unary.js";
import { defineOp, type Op } from "../../table.js";
import type { BinaryEntry } from "../common/entries.js";
import { floatPair } from "../common/infer.js";
import { inFloat32Pair } from "../common/precision.js";

declare module "../../table.js" {
  interface OpTable {
    xlogy: BinaryEntry;
  }
}

/** The `xlogy` composite. */
export const xlogyOp: Op<"xlogy"> = defineOp("xlogy", {
  saves: "inputs",
  infer: floatPair("xlogy"),
  decompose: ([a, b]) => [
    inFloat32Pair(a, b, (x, y) => {
      // Zero times the infinite logarithm of 0 or ∞ would be NaN; a NaN of y stays.
      const nothing = where(eq(y, y), 0, y);
      return where(eq(x, 0), nothing, mul(x, log(y)));
    }),
  ],
  vjp: ({ inputs: [x, y], grads: [g], needs }) => {
    if (g === null) return [null, null];
    // As in PyTorch: 0 where x is 0 and the logarithm is not finite.
    const slope = (h: Tensor): Tensor => where(eq(x, 0), where(le(y, 0), 0, h), h);
    const byY = (): Tensor => inFloat32Pair(mul(g, x), y, (h, v) => div(h, v));
    return [needs[0] ? slope(xlogy(g, y)) : null, needs[1] ? byY() : null];
  },
});

/**
 * x·log(y), and 0 where x is 0 (also where the logarithm is infinite), elementwise; shapes broadcast, dtypes are
 * promoted; NaN where y is NaN. The gradient by x is 0 where x is 0 and y is not positive.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} unless the promoted dtype is a float
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.xlogy, scipy.special.xlogy
 */
export function xlogy(x: TensorLike, y: TensorLike): Tensor {
  return bind(xlogyOp, broadcastPair("xlogy", x, y), {})[0];
}
