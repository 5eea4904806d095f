// Small shape helpers of composites.
import type { Tensor } from "../../../tensor/tensor.js";
import { sameShape } from "../../../tensor/view.js";
import { reshape } from "../../prims/movement.js";
import { sum } from "../../prims/reduce.js";

/** `count` times the same number. */
export function filled(count: number, value: number): number[] {
  return Array.from({ length: count }, () => value);
}

/** `shape` with 1 at `axes`. */
export function keptShape(shape: readonly number[], axes: readonly number[]): number[] {
  return shape.map((n, i) => (axes.includes(i) ? 1 : n));
}

/** `shape` after a reduction of `axes`. */
export function reducedShape(shape: readonly number[], axes: readonly number[], keepDims: boolean): number[] {
  return keepDims ? keptShape(shape, axes) : shape.filter((_, i) => !axes.includes(i));
}

/** Number of elements along `axes`. */
export function countOf(shape: readonly number[], axes: readonly number[]): number {
  return axes.reduce((n, a) => n * shape[a]!, 1);
}

/** All axes of `rank` that are not in `axes`. */
export function otherAxes(rank: number, axes: readonly number[]): number[] {
  return Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i));
}

/** `count` axes from `first` on. */
export function axisRange(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** A shape of `rank` axes that is 1 but for `n` at `axis`. */
export function alongAxis(rank: number, axis: number, n: number): number[] {
  return Array.from({ length: rank }, (_, i) => (i === axis ? n : 1));
}

/** A reduced tensor with its reduced axes put back as 1, so that it broadcasts against `shape`. */
export function restoreAxes(t: Tensor, shape: readonly number[], axes: readonly number[]): Tensor {
  return reshape(t, keptShape(shape, axes));
}

/** The adjoint of broadcasting: t summed down to `shape`. */
export function sumTo(t: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(t.shape, shape)) return t;
  const lead = t.rank - shape.length;
  const axes = t.shape.flatMap((n, i) => (i < lead || shape[i - lead] !== n ? [i] : []));
  return reshape(sum(t, axes), shape);
}

/** Prints a shape in an error text: `[2,3]`. */
export function show(shape: readonly number[]): string {
  return `[${shape.join(",")}]`;
}
