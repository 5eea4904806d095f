// sparsemax: the Euclidean projection on the probability simplex.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxis, requireFloat } from "../../infer.js";
import { add, div, maximum, mul, sub } from "../../prims/binary.js";
import { gt, lt } from "../../prims/compare.js";
import { cumulative, sum } from "../../prims/reduce.js";
import { cast, where } from "../../prims/select.js";
import { iota } from "../../prims/source.js";
import { sort } from "../../prims/indexing.js";
import { defineOp, type Op } from "../../table.js";
import type { UnaryEntry } from "../common/entries.js";
import { inFloat32 } from "../common/precision.js";
import { alongAxis } from "../common/shapes.js";

declare module "../../table.js" {
  interface OpTable {
    sparsemax: UnaryEntry<{ readonly axis: number }>;
  }
}

const KEEP = { keepDims: true };

function project(x: Tensor, axis: number): Tensor {
  const [z] = sort(x, { axis, descending: true });
  const total = cumulative(z, { kind: "sum", axis });
  const rank = add(iota(alongAxis(x.rank, axis, x.shape[axis]!), axis, x.dtype), 1);
  const inside = lt(total, add(mul(rank, z), 1));
  const size = sum(cast(inside, x.dtype), axis, KEEP);
  const threshold = div(sub(sum(where(inside, z, 0), axis, KEEP), 1), size);
  return maximum(sub(x, threshold), 0);
}

/** The `sparsemax` composite. */
export const sparsemaxOp: Op<"sparsemax"> = defineOp("sparsemax", {
  saves: "outputs",
  infer: ([x], { axis }) => {
    requireFloat("sparsemax", x);
    normalizeAxis("sparsemax", axis, x.shape.length);
    return [x];
  },
  decompose: ([x], { axis }) => [inFloat32(x, (v) => project(v, axis))],
  vjp: ({ outputs: [y], attrs: { axis }, grads: [g] }) => {
    if (g === null) return [null];
    const support = cast(gt(y, 0), g.dtype);
    const mean = div(sum(mul(g, support), axis, KEEP), sum(support, axis, KEEP));
    return [mul(sub(g, mean), support)];
  },
});

/**
 * The point of the probability simplex nearest to x along an axis (default the last), in x's shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when there is no such axis, as for a scalar
 * @see Martins and Astudillo 2016, https://arxiv.org/abs/1602.02068, keras.ops.sparsemax
 */
export function sparsemax(x: Tensor, axis = -1): Tensor {
  return bind(sparsemaxOp, [x], { axis: normalizeAxis("sparsemax", axis, x.rank) })[0];
}
