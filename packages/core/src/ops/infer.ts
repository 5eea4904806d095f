// Shared checks of shape and dtype inference. All errors name the op, the inputs and a fix.
import { ArgumentError, DTypeError, ShapeError, shown } from "../errors.js";
import { isFloat, isInteger, type DType } from "../tensor/dtype.js";
import { sameShape } from "../tensor/view.js";
import type { TensorSpec } from "./table.js";

/** `float32[2,3]`, dtype and shape, for error texts; null inputs print as `null`. Never throws. */
export function formatSpecs(inputs: readonly (TensorSpec | null)[]): string[] {
  return inputs.map((s) => (s === null ? "null" : `${s.dtype}[${s.shape.join(",")}]`));
}

/** A ShapeError of an op, with the shapes of the inputs in its text. Never throws: the error is returned. */
export function shapeError(
  op: string,
  problem: string,
  inputs: readonly (TensorSpec | null)[],
  hint: string,
  attrs?: object,
): ShapeError {
  return new ShapeError(problem, {
    code: "shape/mismatch",
    op,
    inputs: formatSpecs(inputs),
    hint,
    ...(attrs ? { attrs: { ...attrs } } : {}),
  });
}

/**
 * A DTypeError of an op, with the dtypes and shapes of the inputs in its text. Never throws: the error is
 * returned.
 */
export function dtypeError(op: string, inputs: readonly (TensorSpec | null)[], hint: string): DTypeError {
  return new DTypeError("the dtype is not allowed here", {
    code: "dtype/not-allowed",
    op,
    inputs: formatSpecs(inputs),
    hint,
  });
}

/**
 * Refuses inputs of different dtypes; their shapes may be any.
 * @throws {DTypeError} unless all inputs have one dtype
 */
export function requireOneDType(op: string, inputs: readonly TensorSpec[]): void {
  for (let i = 1; i < inputs.length; i++) {
    if (inputs[i]!.dtype !== inputs[0]!.dtype) {
      throw dtypeError(op, inputs, "all inputs must have one dtype; cast them first");
    }
  }
}

/**
 * Refuses inputs of different shapes.
 * @throws {ShapeError} unless all inputs have one shape
 */
export function requireOneShape(op: string, inputs: readonly TensorSpec[]): void {
  for (let i = 1; i < inputs.length; i++) {
    if (!sameShape(inputs[i]!.shape, inputs[0]!.shape)) {
      throw shapeError(
        op,
        "the inputs have different shapes",
        inputs,
        "broadcast them first with broadcastTo",
      );
    }
  }
}

/**
 * Refuses a tensor, of any shape, that is not of a float dtype.
 * @throws {DTypeError} unless the dtype is a float
 */
export function requireFloat(op: string, x: TensorSpec): void {
  if (!isFloat(x.dtype)) throw dtypeError(op, [x], "cast it to a float dtype, e.g. float32");
}

/**
 * Refuses a bool tensor of any shape.
 * @throws {DTypeError} when the dtype is bool
 */
export function requireNumeric(op: string, x: TensorSpec): void {
  if (x.dtype === "bool") throw dtypeError(op, [x], "cast the bool to a number first");
}

/**
 * Refuses a tensor, of any shape, that is not of an integer dtype; bool is none.
 * @throws {DTypeError} unless the dtype is an integer
 */
export function requireInteger(op: string, x: TensorSpec): void {
  if (!isInteger(x.dtype)) throw dtypeError(op, [x], "an integer dtype is needed, e.g. int64");
}

/**
 * Refuses a float tensor of any shape.
 * @throws {DTypeError} unless the dtype is bool or an integer
 */
export function requireLogical(op: string, x: TensorSpec): void {
  if (x.dtype !== "bool") requireInteger(op, x);
}

/**
 * Axis in 0…rank−1 from one that may count from the end.
 * @throws {ArgumentError} when it is not an integer from −rank to rank−1
 */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const a = typeof axis === "number" && axis < 0 ? axis + rank : axis;
  if (Number.isInteger(a) && a >= 0 && a < rank) return a;
  if (rank === undefined) throw notTensor(op, undefined);
  const problem = Number.isInteger(axis) ? `is out of range for ${rank} axes` : "is not an axis";
  throw new ArgumentError(`axis ${shown(axis)} ${problem}`, {
    code: "argument/axis",
    op,
    hint: rank === 0 ? "a scalar has no axes" : `use an axis from ${-rank} to ${rank - 1}`,
  });
}

/**
 * Sorted, distinct, non-negative axes; undefined and null mean all.
 * @throws {ArgumentError} when one is not an integer from −rank to rank−1, or an axis is named twice
 */
export function normalizeAxes(
  op: string,
  axes: number | readonly number[] | undefined | null,
  rank: number,
): number[] {
  if (axes === undefined || axes === null) return Array.from({ length: rank }, (_, i) => i);
  if (!isList(axes)) return [normalizeAxis(op, axes, rank)];
  const list = axes.map((a) => normalizeAxis(op, a, rank));
  const unique = [...new Set(list)].sort((a, b) => a - b);
  if (unique.length !== list.length) {
    throw new ArgumentError(`axes ${JSON.stringify(axes)} name an axis twice`, {
      code: "argument/axis",
      op,
      hint: "name each axis once; negative axes count from the end",
    });
  }
  return unique;
}

/**
 * Refuses what is not a shape.
 * @throws {ShapeError} unless every entry is a non-negative safe integer
 */
export function requireShape(op: string, shape: readonly number[]): void {
  let valid = Array.isArray(shape);
  for (let i = 0; valid && i < shape.length; i++) valid = Number.isSafeInteger(shape[i]) && shape[i]! >= 0;
  if (valid) return;
  throw new ShapeError(`${shown(shape)} is not a shape`, {
    code: "shape/invalid",
    op,
    hint: Array.isArray(shape) ? "sizes are non-negative integers" : "pass an array of sizes, e.g. [2, 3]",
  });
}

/** Whether numbers were given as a list. Never throws. */
export function isList<T>(value: T): value is Extract<T, readonly unknown[]> {
  return Array.isArray(value);
}

/** The error of a value in place of a tensor; `name` is the argument's. Never throws. */
export function notTensor(op: string, value: unknown, name = "a value"): ArgumentError {
  const given = value === undefined ? "" : `: ${shown(value)}`;
  return new ArgumentError(`${name} is not a tensor${given}`, {
    code: "argument/not-a-tensor",
    op,
    hint: "make a tensor of it first",
  });
}

/** The same shape with another dtype. Never throws. */
export function withDType(x: TensorSpec, dtype: DType): TensorSpec {
  return { shape: x.shape, dtype };
}
