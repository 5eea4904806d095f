// roll: a cyclic shift.
import { bind } from "../../../dispatch/bind.js";
import { ArgumentError } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { isList, normalizeAxes, normalizeAxis } from "../../infer.js";
import { concat, sliceAxis } from "../../prims/movement.js";
import { defineOp, type Op } from "../../table.js";
import { requireWholes } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";

declare module "../../table.js" {
  interface OpTable {
    roll: UnaryEntry<{ readonly shifts: readonly number[]; readonly axes: readonly number[] }>;
  }
}

function rollAxis(x: Tensor, shift: number, axis: number): Tensor {
  const n = x.shape[axis]!;
  const by = n === 0 ? 0 : ((shift % n) + n) % n;
  return by === 0 ? x : concat([sliceAxis(x, axis, n - by), sliceAxis(x, axis, 0, n - by)], axis);
}

/** The `roll` composite. */
export const rollOp: Op<"roll"> = defineOp("roll", {
  infer: ([x], { axes }) => {
    normalizeAxes("roll", axes, x.shape.length);
    return [x];
  },
  decompose: ([x], { shifts, axes }) => [axes.reduce((t, axis, i) => rollAxis(t, shifts[i]!, axis), x)],
});

/**
 * x, in its shape, moved cyclically by `shift` elements along an axis, or by several shifts along several
 * axes.
 * @throws {ArgumentError} when an axis does not exist or is named twice, or there is not one integer shift
 *   per axis
 * @see numpy.roll
 */
export function roll(x: Tensor, shift: number | readonly number[], axis: number | readonly number[]): Tensor {
  const shifts = isList(shift) ? shift : [shift];
  const axes = (isList(axis) ? axis : [axis]).map((a) => normalizeAxis("roll", a, x.rank));
  requireWholes("roll", "shift", shifts, axes.length);
  if (new Set(axes).size !== axes.length) {
    throw new ArgumentError(`axes [${axes.join(",")}] name an axis twice`, {
      code: "argument/axis",
      op: "roll",
      hint: "add the shifts of one axis",
    });
  }
  return bind(rollOp, [x], { shifts, axes })[0];
}
