// What recurrent layers share: shape checks, time order, and the gradients of weights over all steps at once.
import type { Tensor } from "../../../tensor/tensor.js";
import { sameShape } from "../../../tensor/view.js";
import { requireFloat, requireOneDType, shapeError } from "../../infer.js";
import { add } from "../../prims/binary.js";
import { matmul, swapLast } from "../../prims/contraction.js";
import { concat, flip, reshape, sliceAxis } from "../../prims/movement.js";
import { sum } from "../../prims/reduce.js";
import { cast } from "../../prims/select.js";
import { zeros } from "../../prims/source.js";
import type { TensorSpec } from "../../table.js";
import { show } from "../common/shapes.js";
import { stack } from "../shape/stack.js";

/** Checks the inputs of a recurrent layer with `gates` rows of weights per unit; gives the output specs. */
export function inferRecurrent(
  op: string,
  gates: number,
  x: TensorSpec,
  states: readonly TensorSpec[],
  [wIh, wHh, bIh, bHh]: readonly [TensorSpec, TensorSpec, TensorSpec | null, TensorSpec | null],
): { readonly y: TensorSpec; readonly state: TensorSpec } {
  const all = [x, ...states, wIh, wHh, bIh, bHh];
  requireFloat(op, x);
  requireOneDType(
    op,
    all.filter((t) => t !== null),
  );
  const units = wHh.shape[1];
  if (x.shape.length !== 3 || wHh.shape.length !== 2 || units === undefined) {
    throw shapeError(op, "the ranks do not fit", all, "x is [T, B, I], the states [B, H], wHh [gates·H, H]");
  }
  const [steps, batch, features] = x.shape as [number, number, number];
  const require = (name: string, t: TensorSpec | null, shape: readonly number[]) => {
    if (t === null || sameShape(t.shape, shape)) return;
    throw shapeError(op, `${name} is ${show(t.shape)}`, all, `it must be ${show(shape)}`);
  };
  require("wHh", wHh, [gates * units, units]);
  require("wIh", wIh, [gates * units, features]);
  require("bIh", bIh, [gates * units]);
  require("bHh", bHh, [gates * units]);
  for (const s of states) require("an initial state", s, [batch, units]);
  return {
    y: { shape: [steps, batch, units], dtype: x.dtype },
    state: { shape: [batch, units], dtype: x.dtype },
  };
}

/** x in the order of processing; its own inverse. */
export function inOrder(x: Tensor, reverse: boolean): Tensor {
  return reverse ? flip(x, 0) : x;
}

/** Step t of `[T, B, N]` as `[B, N]`, a view. */
export function at(x: Tensor, t: number): Tensor {
  return reshape(sliceAxis(x, 0, t, t + 1), x.shape.slice(1));
}

/** Columns `from` to `to` of gates, each `units` wide. A view. */
export function gate(z: Tensor, units: number, from: number, to: number = from + 1): Tensor {
  return sliceAxis(z, z.rank - 1, from * units, to * units);
}

/** Steps as one tensor `[T, ...]`; `shape` is that of one step. */
export function joined(steps: readonly Tensor[], shape: readonly number[], dtype: Tensor["dtype"]): Tensor {
  return steps.length === 0 ? zeros([0, ...shape], dtype) : stack(steps, 0);
}

/** The states before each step: the first one, then all results but the last. */
export function before(first: Tensor, results: Tensor): Tensor {
  const lead = reshape(first, [1, ...first.shape]);
  return results.shape[0] === 0
    ? results
    : concat([lead, sliceAxis(results, 0, 0, results.shape[0]! - 1)], 0);
}

/** A copy: a result must never be the input tensor itself. */
export function copyOf(x: Tensor): Tensor {
  return add(x, zeros([], x.dtype));
}

function rows(t: Tensor): Tensor {
  return reshape(t, [t.shape[0]! * t.shape[1]!, t.shape[2]!]);
}

/** Σ over all steps of gradᵀ · value: the gradient of a weight `[rows, columns]`. */
export function weightGrad(grad: Tensor, value: Tensor): Tensor {
  return matmul(swapLast(rows(grad)), rows(value));
}

/** Σ over all steps and the batch: the gradient of a bias. */
export function biasGrad(grad: Tensor): Tensor {
  return sum(grad, [0, 1]);
}

/** Sum of two optional biases. */
export function bothBiases(a: Tensor | null, b: Tensor | null): Tensor | null {
  return a && b ? add(a, b) : (a ?? b);
}

/** `t` cast to a dtype, null staying null. */
export function castOrNull(t: Tensor | null, dtype: Tensor["dtype"]): Tensor | null {
  return t && cast(t, dtype);
}
