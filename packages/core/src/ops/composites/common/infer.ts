// Inference shared by elementwise composites: the result has the input's shape and dtype.
import { withDType, requireFloat, requireNumeric, requireOneDType, requireOneShape } from "../../infer.js";
import type { TensorSpec } from "../../table.js";

type Infer1 = (inputs: readonly [TensorSpec]) => readonly [TensorSpec];
type Infer2 = (inputs: readonly [TensorSpec, TensorSpec]) => readonly [TensorSpec];

/** Shape and dtype of one float tensor. */
export function floatLike(op: string): Infer1 {
  return ([x]) => {
    requireFloat(op, x);
    return [x];
  };
}

/** Shape and dtype of one tensor of numbers. */
export function numericLike(op: string): Infer1 {
  return ([x]) => {
    requireNumeric(op, x);
    return [x];
  };
}

/** Shape of one tensor of numbers, as bool. */
export function predicate(op: string): Infer1 {
  return ([x]) => {
    requireNumeric(op, x);
    return [withDType(x, "bool")];
  };
}

/** Shape and dtype of two float tensors that agree in both. */
export function floatPair(op: string): Infer2 {
  return ([a, b]) => {
    numericPair(op)([a, b]);
    requireFloat(op, a);
    return [a];
  };
}

/** Shape and dtype of two tensors of numbers that agree in both. */
export function numericPair(op: string): Infer2 {
  return ([a, b]) => {
    requireOneDType(op, [a, b]);
    requireOneShape(op, [a, b]);
    requireNumeric(op, a);
    return [a];
  };
}
