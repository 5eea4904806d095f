// How functions of keras.ops run: now on tensors, or as an operation of the model on symbolic tensors.
import * as core from "@isoform/core";
import { invalid } from "../config/arguments.js";
import { KerasTensor, isKerasTensor } from "../engine/keras-tensor.js";
import { callOperation, Data } from "../engine/operation.js";
import { isData, notATensor, toTensor, type TensorLike } from "../tensor/like.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * An argument of an op: data, a tensor or a symbolic tensor. Every op refuses ragged nested arrays with
 * ShapeError, released tensors with LifetimeError and tensors of two devices with UnsupportedOpError.
 */
export type Arg = TensorLike | KerasTensor;
/** Symbolic for a symbolic argument, else a tensor. */
export type Out<A> = A extends KerasTensor ? KerasTensor : Tensor;
/** `Out` of two arguments: symbolic when one is. */
export type Out2<A, B> = A extends KerasTensor ? KerasTensor : B extends KerasTensor ? KerasTensor : Tensor;

type Config = Readonly<Record<string, unknown>>;

/** An argument of an operation: tensors, symbolic tensors and scalars as they are, other data for it to convert. */
export function input(name: string, value: unknown): unknown {
  if (value instanceof core.Tensor || isKerasTensor(value) || isScalar(value)) return value;
  if (isData(value) || (Array.isArray(value) && value.length === 0)) return new Data(value);
  throw notATensor(`ops.${name}`, value);
}

/** Several arguments as `input` takes them. */
function inputs(name: string, values: unknown): unknown[] {
  if (!Array.isArray(values)) {
    throw invalid(`ops.${name}`, "the first argument", values, "a list of tensors");
  }
  return values.map((v) => input(name, v));
}

function isScalar(value: unknown): value is number | bigint | boolean {
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
}

/** A value inside an op as a tensor. */
export function tensor(value: unknown): core.Tensor {
  if (value instanceof core.Tensor) return value;
  if (value instanceof Data) return toTensor(value.value);
  if (isData(value)) return toTensor(value);
  throw notATensor("keras.ops", value);
}

/** A function of one tensor. */
export function apply1<A>(name: string, x: A, config: Config, fn: (x: core.Tensor) => core.Tensor): Out<A>;
export function apply1(
  name: string,
  x: unknown,
  config: Config,
  fn: (x: core.Tensor) => core.Tensor,
): unknown {
  return callOperation(name, [input(name, x)], config, (a) => fn(tensor(a)));
}

/** A function of two tensors, of which one may be a JavaScript scalar: it takes the other's dtype. */
export function apply2<A, B>(
  name: string,
  a: A,
  b: B,
  fn: (a: core.TensorLike, b: core.TensorLike) => core.Tensor,
  config?: Config,
): Out2<A, B>;
export function apply2(
  name: string,
  a: unknown,
  b: unknown,
  fn: (a: core.TensorLike, b: core.TensorLike) => core.Tensor,
  config: Config = {},
): unknown {
  const first = isScalar(a) && isScalar(b) ? new Data(a) : input(name, a);
  return callOperation(name, [first, input(name, b)], config, (x, y) => fn(operand(x), operand(y)));
}

/** A tensor or a scalar inside an op. */
export function operand(value: unknown): core.TensorLike {
  return isScalar(value) ? value : tensor(value);
}

/** A function of several tensors. */
export function applyN<A>(
  name: string,
  xs: readonly A[],
  config: Config,
  fn: (xs: core.Tensor[]) => core.Tensor,
): Out<A>;
export function applyN(
  name: string,
  xs: readonly unknown[],
  config: Config,
  fn: (xs: core.Tensor[]) => core.Tensor,
): unknown {
  return callOperation(name, [inputs(name, xs)], config, (list) => fn((list as unknown[]).map(tensor)));
}

/** A function of one tensor that gives several. */
export function applySplit<A>(
  name: string,
  x: A,
  config: Config,
  fn: (x: core.Tensor) => readonly core.Tensor[],
): Out<A>[];
export function applySplit(
  name: string,
  x: unknown,
  config: Config,
  fn: (x: core.Tensor) => readonly core.Tensor[],
): unknown {
  return callOperation(name, [input(name, x)], config, (a) => [...fn(tensor(a))]);
}

/** A function of one tensor without options. */
export type Unary = <A extends Arg>(x: A) => Out<A>;
/** A function of two tensors without options. */
export type Binary = <A extends Arg, B extends Arg>(x1: A, x2: B) => Out2<A, B>;

/** Makes a `Unary`. */
export function unary(name: string, fn: (x: core.Tensor) => core.Tensor): Unary {
  return (x) => apply1(name, x, {}, fn);
}
/** Makes a `Binary`. */
export function binary(name: string, fn: (a: core.TensorLike, b: core.TensorLike) => core.Tensor): Binary {
  return (a, b) => apply2(name, a, b, fn);
}
/** Both operands as tensors: scalars in the dtype of the other. */
export function both(
  fn: (a: core.Tensor, b: core.Tensor) => core.Tensor,
): (a: core.TensorLike, b: core.TensorLike) => core.Tensor {
  return (a, b) => {
    const like = a instanceof core.Tensor ? a : tensor(b);
    const real = (v: core.TensorLike) =>
      v instanceof core.Tensor ? v : core.scalar(v, core.scalarDType(v, like.dtype));
    return fn(real(a), real(b));
  };
}
