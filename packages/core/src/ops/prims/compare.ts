// Comparison primitives: eq, lt, le, and the rest by swapping and negating.
import type { CompareFn } from "../../runtime/backend.js";
import { bind } from "../../dispatch/bind.js";
import { scope } from "../../tensor/scope.js";
import type { Tensor } from "../../tensor/tensor.js";
import { broadcastPair, type TensorLike } from "../broadcast.js";
import { requireOneDType, requireOneShape, withDType } from "../infer.js";
import { definePrim, type Op } from "../table.js";
import { not } from "./unary.js";

interface Compare {
  readonly tier: "prim";
  readonly in: readonly ["a", "b"];
  readonly attrs: object;
}
declare module "../table.js" {
  interface OpTable extends Record<CompareFn, Compare> {}
}

function compare(fn: CompareFn): Op<CompareFn> {
  return definePrim<CompareFn>(fn, {
    family: "compare",
    infer: (inputs) => {
      requireOneDType(fn, inputs);
      requireOneShape(fn, inputs);
      return [withDType(inputs[0], "bool")];
    },
    lower: (k, [a, b], [out]) => k.compare(fn, a, b, out),
  });
}

/** The comparison primitives by name. */
export const compareOps: Readonly<Record<CompareFn, Op<CompareFn>>> = {
  eq: compare("eq"),
  lt: compare("lt"),
  le: compare("le"),
};

function apply(fn: CompareFn, a: TensorLike, b: TensorLike): Tensor {
  return bind(compareOps[fn], broadcastPair(fn, a, b), {})[0];
}

/**
 * a = b, elementwise, as bool; shapes broadcast, dtypes are promoted. NaN equals nothing.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.eq, ONNX Equal
 */
export const eq = (a: TensorLike, b: TensorLike): Tensor => apply("eq", a, b);
/**
 * a ≠ b, elementwise, as bool; true for NaN. Shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.ne
 */
export const ne = (a: TensorLike, b: TensorLike): Tensor => scope(() => not(apply("eq", a, b)));
/**
 * a < b, elementwise, as bool; false for NaN. Shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.lt, ONNX Less
 */
export const lt = (a: TensorLike, b: TensorLike): Tensor => apply("lt", a, b);
/**
 * a ≤ b, elementwise, as bool; false for NaN. Shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.le, ONNX LessOrEqual
 */
export const le = (a: TensorLike, b: TensorLike): Tensor => apply("le", a, b);
/**
 * a > b, elementwise, as bool; false for NaN. Shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.gt, ONNX Greater
 */
export const gt = (a: TensorLike, b: TensorLike): Tensor => apply("lt", b, a);
/**
 * a ≥ b, elementwise, as bool; false for NaN. Shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.ge, ONNX GreaterOrEqual
 */
export const ge = (a: TensorLike, b: TensorLike): Tensor => apply("le", b, a);
