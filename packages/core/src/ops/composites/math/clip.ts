// clip: values limited to a range.
import { bind } from "../../../dispatch/bind.js";
import { ArgumentError, shown } from "../../../errors.js";
import { isFloat } from "../../../tensor/dtype.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { and, maximum, minimum } from "../../prims/binary.js";
import { ge, le } from "../../prims/compare.js";
import { where } from "../../prims/select.js";
import { defineOp, type Op } from "../../table.js";
import type { UnaryEntry } from "../common/entries.js";
import { numericLike } from "../common/infer.js";

declare module "../../table.js" {
  interface OpTable {
    clip: UnaryEntry<{ readonly min: number | bigint | null; readonly max: number | bigint | null }>;
  }
}

/** The `clip` composite. At least one limit is set. */
export const clipOp: Op<"clip"> = defineOp("clip", {
  saves: "inputs",
  infer: numericLike("clip"),
  decompose: ([x], { min, max }) => {
    const low = min === null ? x : maximum(x, min);
    return [max === null ? low : minimum(low, max)];
  },
  vjp: ({ inputs: [x], attrs: { min, max }, grads: [g] }) => {
    if (g === null) return [null];
    const above = min === null ? null : ge(x, min);
    const below = max === null ? null : le(x, max);
    const inside = above && below ? and(above, below) : (above ?? below);
    return [inside ? where(inside, g, 0) : g];
  },
});

/**
 * x limited to [`min`, `max`], elementwise, any shape; null leaves a side open. When min > max the result is
 * max. NaN stays NaN. The derivative at the limits is 1, as in PyTorch's `clamp` and TensorFlow's
 * `clip_by_value`.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when a limit is NaN, or a fraction for an integer tensor
 * @see torch.clamp, ONNX Clip
 */
export function clip(x: Tensor, min: number | bigint | null, max: number | bigint | null): Tensor {
  const low = limit(x, "min", min, -Infinity);
  const high = limit(x, "max", max, Infinity);
  return low === null && high === null ? x : bind(clipOp, [x], { min: low, max: high })[0];
}

function limit(x: Tensor, name: string, value: number | bigint | null, open: number): number | bigint | null {
  if (value === null || value === open) return null;
  const number = typeof value === "number" && !Number.isNaN(value);
  if (typeof value === "bigint" || (isFloat(x.dtype) ? number : Number.isInteger(value))) return value;
  throw new ArgumentError(`${name} is ${shown(value)}`, {
    code: "argument/invalid",
    op: "clip",
    hint: isFloat(x.dtype)
      ? `${name} must be a number or null`
      : `${name} must be an integer for ${x.dtype}; cast x first`,
  });
}
