// stack: tensors of one shape joined along a new axis.
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { promoteAll } from "../../broadcast.js";
import { normalizeAxis, requireOneDType, requireOneShape, shapeError } from "../../infer.js";
import { concat, reshape, sliceAxis } from "../../prims/movement.js";
import { defineOp, type Op } from "../../table.js";

declare module "../../table.js" {
  interface OpTable {
    stack: {
      readonly tier: "comp";
      readonly in: readonly string[];
      readonly attrs: { readonly axis: number };
    };
  }
}

function withNewAxis(shape: readonly number[], axis: number, n: number): number[] {
  return [...shape.slice(0, axis), n, ...shape.slice(axis)];
}

/** The `stack` composite. */
export const stackOp: Op<"stack"> = defineOp("stack", {
  saves: "none",
  infer: (inputs, { axis }) => {
    const first = inputs[0];
    if (!first) throw shapeError("stack", "there is nothing to stack", [], "pass at least one tensor");
    requireOneDType("stack", inputs);
    requireOneShape("stack", inputs);
    normalizeAxis("stack", axis, first.shape.length + 1);
    return [{ shape: withNewAxis(first.shape, axis, inputs.length), dtype: first.dtype }];
  },
  decompose: (inputs, { axis }) => [
    concat(
      inputs.map((x) => reshape(x, withNewAxis(x.shape, axis, 1))),
      axis,
    ),
  ],
  vjp: ({ inputs, attrs: { axis }, grads: [g], needs }) =>
    inputs.map((x, i) => (g && needs[i] ? reshape(sliceAxis(g, axis, i, i + 1), x.shape) : null)),
});

/**
 * Tensors of one shape along a new axis (default 0; it may count from the end of the result), promoted to one
 * dtype.
 * @throws {ShapeError} when the shapes differ, or there are no tensors
 * @throws {ArgumentError} when the place is outside the result
 * @see numpy.stack, torch.stack
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const all = promoteAll("stack", tensors);
  const rank = tensors[0]?.rank ?? 0;
  return bind(stackOp, all, { axis: normalizeAxis("stack", axis, rank + 1) })[0];
}
