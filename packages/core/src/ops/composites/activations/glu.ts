// glu: the gated linear unit.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { mul, sub } from "../../prims/binary.js";
import { concat, sliceAxis } from "../../prims/movement.js";
import { normalizeAxis, requireFloat, shapeError } from "../../infer.js";
import { defineOp, type Op } from "../../table.js";
import type { UnaryEntry } from "../common/entries.js";
import { sigmoid } from "./sigmoid.js";

declare module "../../table.js" {
  interface OpTable {
    glu: UnaryEntry<{ readonly axis: number }>;
  }
}

function halves(x: Tensor, axis: number): [Tensor, Tensor] {
  const half = x.shape[axis]! / 2;
  return [sliceAxis(x, axis, 0, half), sliceAxis(x, axis, half)];
}

/** The `glu` composite. */
export const gluOp: Op<"glu"> = defineOp("glu", {
  saves: "inputs",
  infer: ([x], { axis }) => {
    requireFloat("glu", x);
    normalizeAxis("glu", axis, x.shape.length);
    const n = x.shape[axis]!;
    if (n % 2 !== 0)
      throw shapeError("glu", `axis ${axis} has odd size ${n}`, [x], "the axis is split in two halves");
    return [{ shape: x.shape.map((m, i) => (i === axis ? n / 2 : m)), dtype: x.dtype }];
  },
  decompose: ([x], { axis }) => {
    const [a, b] = halves(x, axis);
    return [mul(a, sigmoid(b))];
  },
  vjp: ({ inputs: [x], attrs: { axis }, grads: [g] }) => {
    if (g === null) return [null];
    const [a, b] = halves(x, axis);
    const s = sigmoid(b);
    const da = mul(g, s);
    return [concat([da, mul(mul(da, a), sub(1, s))], axis)];
  },
});

/**
 * a · sigmoid(b) with the first and second half of x along an axis (default the last), which gets half the
 * size.
 * @throws {ShapeError} when the axis has an odd size
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when there is no such axis
 * @see Dauphin et al. 2016, https://arxiv.org/abs/1612.08083, torch.nn.functional.glu
 */
export function glu(x: Tensor, axis = -1): Tensor {
  return bind(gluOp, [x], { axis: normalizeAxis("glu", axis, x.rank) })[0];
}
