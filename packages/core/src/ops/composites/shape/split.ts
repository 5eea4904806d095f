// split: an axis cut into parts, each a view.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxis, shapeError } from "../../infer.js";
import { concat, sliceOp } from "../../prims/movement.js";
import { zeros } from "../../prims/source.js";
import { defineOp, type Op, type TensorSpec } from "../../table.js";
import { requireCounts, requirePositive } from "../common/arguments.js";
import { filled } from "../common/shapes.js";

declare module "../../table.js" {
  interface OpTable {
    split: {
      readonly tier: "comp";
      readonly in: readonly ["x"];
      readonly out: readonly string[];
      readonly attrs: { readonly sizes: readonly number[]; readonly axis: number };
    };
  }
}

function partShape(x: TensorSpec, axis: number, size: number): number[] {
  return x.shape.map((n, i) => (i === axis ? size : n));
}

/** The `split` composite. */
export const splitOp: Op<"split"> = defineOp("split", {
  saves: "none",
  infer: ([x], { sizes, axis }) => {
    normalizeAxis("split", axis, x.shape.length);
    const total = sizes.reduce((s, n) => s + n, 0);
    if (total !== x.shape[axis]) {
      const hint = `the sizes must add up to ${x.shape[axis]}`;
      throw shapeError("split", `sizes [${sizes.join(",")}] do not fill axis ${axis}`, [x], hint);
    }
    return sizes.map((n) => ({ shape: partShape(x, axis, n), dtype: x.dtype }));
  },
  decompose: ([x], { sizes, axis }) => {
    // Not by the front door of slice: a part that is the whole axis must still be a tensor of its own.
    const steps = x.shape.map(() => 1);
    let at = 0;
    return sizes.map((n) => {
      const starts = x.shape.map((_, i) => (i === axis ? at : 0));
      at += n;
      const ends = x.shape.map((m, i) => (i === axis ? at : m));
      return bind(sliceOp, [x], { starts, ends, steps })[0];
    });
  },
  vjp: ({ inputs: [x], attrs: { sizes, axis }, grads }) => {
    const parts = sizes.map((n, i) => grads[i] ?? zeros(partShape(x, axis, n), x.dtype));
    return [concat(parts, axis)];
  },
});

/**
 * x cut along an axis (default 0) into parts of the given sizes, or into `sizes` equal parts when it is a
 * number. Views.
 * @throws {ShapeError} when the sizes do not add up or the axis does not divide
 * @throws {ArgumentError} when there is no such axis, a size is not an integer >= 0, or the number of parts
 *   not positive
 * @see numpy.split (which takes places, not sizes), ONNX Split
 */
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  const a = normalizeAxis("split", axis, x.rank);
  const list = typeof sizes === "number" ? equalParts(x, sizes, a) : requireCounts("split", "sizes", sizes);
  if (list.length === 1 && list[0] === x.shape[a]) return [x];
  return [...bind(splitOp, [x], { sizes: list, axis: a })];
}

function equalParts(x: Tensor, count: number, axis: number): number[] {
  requirePositive("split", "the number of parts", count);
  const n = x.shape[axis]!;
  if (n % count !== 0) {
    const hint = "pass the sizes of the parts instead";
    throw shapeError("split", `axis ${axis} of size ${n} does not divide into ${count} parts`, [x], hint);
  }
  return filled(count, n / count);
}
