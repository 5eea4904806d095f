// What this API takes for a tensor, and the conversion to one.
import * as core from "@isoform/core";
import { isFloat, type DType, type TensorValue, type TypedArray } from "@isoform/core";
import { checkDType } from "../config/values.js";
import { Tensor } from "./tensor.js";

/** A tensor, a JavaScript scalar, nested arrays of scalars, or a typed array. */
export type TensorLike = core.Tensor | TensorValue | TypedArray;

/** True for values that `toTensor` takes and that are not tensors: scalars, arrays of them, typed arrays. */
export function isData(value: unknown): value is TensorValue | TypedArray {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return true;
  if (ArrayBuffer.isView(value)) return !(value instanceof DataView);
  return Array.isArray(value) && isData(value[0]);
}

/** The error for a value that is no tensor and cannot become one. */
export function notATensor(owner: string, value: unknown): core.ArgumentError {
  return new core.ArgumentError(`expected a tensor, got ${core.shown(value)}`, {
    code: "argument/not-a-tensor",
    op: owner,
    hint: "pass a tensor, a number, nested arrays of numbers or a typed array",
  });
}

/** Results of core ops as this API's tensors; those of this API's inputs already are. */
export function asTensor(t: core.Tensor): Tensor {
  return t instanceof Tensor ? t : core.adopt(t, Tensor);
}

/**
 * A tensor of a value. Numbers become float32, bigints int64, booleans bool; typed arrays keep their dtype.
 * @throws {ShapeError} when arrays are ragged
 * @throws {DTypeError} when an integer dtype is given for fractions
 * @throws {ArgumentError} when the value holds anything else
 */
export function toTensor(value: TensorLike, dtype?: DType): Tensor {
  if (dtype !== undefined && !core.isDType(dtype)) checkDType("toTensor", dtype);
  if (value instanceof core.Tensor) return asTensor(dtype === undefined ? value : core.cast(value, dtype));
  if (core.ambient.trace !== null && typeof value === "number" && (dtype === undefined || isFloat(dtype)))
    return asTensor(core.full([], value, dtype));
  const made = core.tensor(value, { ...(dtype === undefined ? {} : { dtype }), tensorClass: Tensor });
  return asTensor(made);
}

/** `toTensor` for an operand beside `like`: plain numbers take its dtype. */
export function toOperand(value: TensorLike, like: core.Tensor): Tensor {
  if (value instanceof core.Tensor) return asTensor(value);
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return asTensor(core.scalar(value, core.scalarDType(value, like.dtype)));
  }
  return toTensor(value, !ArrayBuffer.isView(value) && isFloat(like.dtype) ? like.dtype : undefined);
}
