// What recurrent layers share: shape checks, time order, and the gradients of weights over all steps at once.
import { ambient } from "../../../dispatch/ambient.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { sameShape } from "../../../tensor/view.js";
import { requireFloat, requireOneDType, shapeError } from "../../infer.js";
import { add } from "../../prims/binary.js";
import { matmul, swapLast } from "../../prims/contraction.js";
import { concat, reshape, sliceAxis } from "../../prims/movement.js";
import { sum } from "../../prims/reduce.js";
import { cast } from "../../prims/select.js";
import { zeros } from "../../prims/source.js";
import type { TensorSpec } from "../../table.js";
import { wideDType } from "../common/precision.js";
import { show } from "../common/shapes.js";
import { stack } from "../shape/stack.js";

/**
 * Checks the tensors that are given, each with the shape that it must have.
 * @throws {ShapeError} when one has another shape
 * @throws {DTypeError} unless all have one dtype
 */
export function requireShapes(
  op: string,
  given: readonly (readonly [name: string, tensor: TensorSpec | null, shape: readonly number[]])[],
): void {
  const all = given.map(([, t]) => t);
  requireOneDType(
    op,
    all.filter((t) => t !== null),
  );
  for (const [name, t, shape] of given) {
    if (t === null || sameShape(t.shape, shape)) continue;
    throw shapeError(op, `${name} is ${show(t.shape)}`, all, `it must be ${show(shape)}`);
  }
}

/** Checks the inputs of a recurrent layer with `gates` rows of weights per unit; gives the output specs. */
export function inferRecurrent(
  op: string,
  gates: number,
  x: TensorSpec,
  states: readonly TensorSpec[],
  [wIh, wHh, bIh, bHh]: readonly [TensorSpec, TensorSpec, TensorSpec | null, TensorSpec | null],
): { readonly y: TensorSpec; readonly state: TensorSpec } {
  requireFloat(op, x);
  const units = wHh.shape[1];
  if (x.shape.length !== 3 || wHh.shape.length !== 2 || units === undefined) {
    const all = [x, ...states, wIh, wHh, bIh, bHh];
    throw shapeError(op, "the ranks do not fit", all, "x is [T, B, I], the states [B, H], wHh [gates·H, H]");
  }
  const [steps, batch, features] = x.shape as [number, number, number];
  requireShapes(op, [
    ["x", x, x.shape],
    ...states.map((s) => ["an initial state", s, [batch, units]] as const),
    ["wIh", wIh, [gates * units, features]],
    ["wHh", wHh, [gates * units, units]],
    ["bIh", bIh, [gates * units]],
    ["bHh", bHh, [gates * units]],
  ]);
  return {
    y: { shape: [steps, batch, units], dtype: x.dtype },
    state: { shape: [batch, units], dtype: x.dtype },
  };
}

/** What a layer's backward rule finds of the forward pass: `[T, B, width·H]`, empty unless `saved`. */
export function savedSpec({ shape, dtype }: TensorSpec, width: number, saved: boolean): TensorSpec {
  const [steps, batch, units] = shape as [number, number, number];
  return { shape: [saved ? steps : 0, batch, width * units], dtype: wideDType(dtype) };
}

/** The steps of a sequence in the order of processing. */
export function stepsInOrder(count: number, reverse: boolean): number[] {
  return Array.from({ length: count }, (_, i) => (reverse ? count - 1 - i : i));
}

/** Whether a gradient is recorded for one of the tensors. */
export function recorded(tensors: readonly (Tensor | null)[]): boolean {
  return tensors.some((t) => t !== null && (t._track & ambient.mask) !== 0);
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

/** The states before each step: the first one, then all results but the last, in the order of processing. */
export function before(first: Tensor, results: Tensor, reverse: boolean): Tensor {
  const lead = reshape(first, [1, ...first.shape]);
  const steps = results.shape[0]!;
  if (steps === 0) return results;
  return concat(
    reverse ? [sliceAxis(results, 0, 1, steps), lead] : [lead, sliceAxis(results, 0, 0, steps - 1)],
    0,
  );
}

/** A copy: a result must never be the input tensor itself. */
export function copyOf(x: Tensor): Tensor {
  return add(x, zeros([], x.dtype));
}

function rows(t: Tensor): Tensor {
  return reshape(t, [t.shape[0]! * t.shape[1]!, t.shape[2]!]);
}

/**
 * Σ over all steps of gradᵀ · value, the gradient of a weight `[rows, columns]`, for every value that is given: one
 * product for all of them.
 */
export function weightGrads(grad: Tensor, values: readonly (Tensor | null)[]): (Tensor | null)[] {
  const given = values.filter((v) => v !== null);
  if (given.length === 0) return [...values];
  const all = matmul(swapLast(rows(grad)), rows(given.length > 1 ? concat(given, 2) : given[0]!));
  let end = 0;
  return values.map((v) => v && sliceAxis(all, 1, end, (end += v.shape[2]!)));
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
