// Tensors from values: tensor, zeros, arange and the like.
import * as core from "@isoform/core";
import type { DType, Tensor as CoreTensor, TensorValue, TypedArray } from "@isoform/core";
import { asTensor, Tensor, type ShapeArgs } from "../tensor/tensor.js";

/** Options of creation functions. */
export interface CreateOptions {
  readonly dtype?: DType;
  readonly requiresGrad?: boolean;
}

/** A result with the options applied. */
export function finish(t: CoreTensor, options: CreateOptions): Tensor {
  const out = asTensor(t);
  return options.requiresGrad ? out.requiresGrad_(true) : out;
}

/** Throws for unknown options. @throws ArgumentError */
export function checkCreate(op: string, options: CreateOptions): void {
  core.checkOptions(op, options, ["dtype", "requiresGrad"]);
}

/** A tensor of JavaScript values: numbers with only integers become float32, as JavaScript has one number type. */
export function tensor(value: TensorValue | TypedArray, options: CreateOptions = {}): Tensor {
  checkCreate("tensor", options);
  const { dtype } = options;
  return finish(core.tensor(value, { ...(dtype ? { dtype } : {}), tensorClass: Tensor }), options);
}

/** The elements of a typed array, without conversion; shape by `reshape`. */
export function fromTypedArray(data: TypedArray): Tensor {
  return asTensor(core.fromTypedArray(data, { tensorClass: Tensor }));
}

/** `f(2, 3)`, `f([2, 3])`, options last. */
export type CreateArgs = readonly [...ShapeArgs] | readonly [...ShapeArgs, CreateOptions];

/** Sizes and options of a creation call. @throws ArgumentError, ShapeError */
export function createArgs(
  op: string,
  args: readonly unknown[],
): { readonly shape: readonly number[]; readonly options: CreateOptions } {
  const last = args[args.length - 1];
  const withOptions = typeof last === "object" && last !== null && !Array.isArray(last);
  const options: CreateOptions = withOptions ? last : {};
  checkCreate(op, options);
  const sizes = withOptions ? args.slice(0, -1) : args;
  const first = sizes[0];
  const shape = Array.isArray(first) ? first.map(Number) : sizes.map(Number);
  core.requireShape(op, shape);
  return { shape, options };
}

/** Zeros: `zeros(2, 3)`, `zeros([2, 3])`, options last. */
export function zeros(...args: CreateArgs): Tensor {
  const { shape, options } = createArgs("zeros", args);
  return finish(core.zeros(shape, options.dtype), options);
}
/** Ones. */
export function ones(...args: CreateArgs): Tensor {
  const { shape, options } = createArgs("ones", args);
  return finish(core.ones(shape, options.dtype), options);
}
/** Unset memory in PyTorch; zeros here. */
export function empty(...args: CreateArgs): Tensor {
  const { shape, options } = createArgs("empty", args);
  return finish(core.zeros(shape, options.dtype), options);
}
/** One value everywhere. */
export function full(shape: readonly number[], value: number, options: CreateOptions = {}): Tensor {
  checkCreate("full", options);
  return finish(core.full(shape, value, options.dtype), options);
}
/** Zeros like another tensor. */
export function zerosLike(x: CoreTensor, options: CreateOptions = {}): Tensor {
  checkCreate("zerosLike", options);
  return finish(core.zeros(x.shape, options.dtype ?? x.dtype), options);
}
/** Ones like another tensor. */
export function onesLike(x: CoreTensor, options: CreateOptions = {}): Tensor {
  checkCreate("onesLike", options);
  return finish(core.ones(x.shape, options.dtype ?? x.dtype), options);
}
/** One value, in the shape and dtype of another tensor. */
export function fullLike(x: CoreTensor, value: number, options: CreateOptions = {}): Tensor {
  checkCreate("fullLike", options);
  return finish(core.full(x.shape, value, options.dtype ?? x.dtype), options);
}

/** `arange(end)`, `arange(start, end)`, `arange(start, end, step)`, options last. */
export type RangeArgs = readonly number[] | readonly [...number[], CreateOptions];

/** Values from `start` (default 0) in steps (default 1) below `end`; int64 unless a number is a fraction. */
export function arange(...args: RangeArgs): Tensor {
  const last: number | CreateOptions | undefined = args[args.length - 1];
  const options = typeof last === "object" ? last : {};
  checkCreate("arange", options);
  const numbers = args.flatMap((a: number | CreateOptions) => (typeof a === "number" ? [a] : []));
  const [start, end, step = 1] = numbers.length === 1 ? [0, numbers[0]!] : numbers;
  if (start === undefined || end === undefined) {
    throw new core.ArgumentError("the end is missing", {
      code: "argument/missing",
      op: "arange",
      hint: "pass arange(end), arange(start, end) or arange(start, end, step)",
    });
  }
  const integers = [start, end, step].every((v) => Number.isInteger(v));
  return finish(core.arange(start, end, step, options.dtype ?? (integers ? "int64" : "float32")), options);
}
/** `steps` values from start to end, both included. */
export function linspace(start: number, end: number, steps: number, options: CreateOptions = {}): Tensor {
  checkCreate("linspace", options);
  core.requireShape("linspace", [steps]);
  const half = Math.floor(steps / 2);
  const step = steps > 1 ? (end - start) / (steps - 1) : 0;
  const values = Array.from({ length: steps }, (_, i) =>
    i < half ? start + i * step : end - (steps - 1 - i) * step,
  );
  if (steps === 1) values[0] = start;
  return finish(core.tensor(values, { dtype: options.dtype ?? "float32", tensorClass: Tensor }), options);
}
/** Identity matrix. */
export function eye(n: number, m: number = n, options: CreateOptions = {}): Tensor {
  checkCreate("eye", options);
  core.requireShape("eye", [n, m]);
  return finish(core.eye(n, m, options.dtype ?? "float32"), options);
}
