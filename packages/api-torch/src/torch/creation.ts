// Tensors from values: tensor, zeros, arange and the like.
import * as core from "@isoform/core";
import type { DType, Tensor as CoreTensor, TensorValue, TypedArray } from "@isoform/core";
import { checkOptions, INTEGER, oneOf } from "../checks.js";
import { elementOf } from "../tensor/arguments.js";
import { requireRoom, shapeOf } from "../tensor/shape.js";
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

/** Refuses what is no option. @throws {ArgumentError} for an unknown option */
export function checkCreate(op: string, options: CreateOptions): void {
  core.checkOptions(op, options, ["dtype", "requiresGrad"]);
}

/**
 * A tensor in the shape of nested arrays of JavaScript values; a number gives a scalar, a typed array [n].
 * The dtype is that of `options`, of the typed array, or of the first element: numbers float32 (also whole
 * ones, as JavaScript has one number type), bigints int64, booleans bool.
 * @throws {ShapeError} when arrays of one level differ in length
 * @throws {ArgumentError} for a value that is none of these, an unknown option, or when no backend is set
 * @throws {DTypeError} for a value that an integer dtype does not hold, an unknown dtype, or `requiresGrad` of
 *   integers or bool
 * @see torch.tensor
 */
export function tensor(value: TensorValue | TypedArray, options: CreateOptions = {}): Tensor {
  checkCreate("tensor", options);
  const { dtype } = options;
  return finish(core.tensor(value, { ...(dtype ? { dtype } : {}), tensorClass: Tensor }), options);
}

/**
 * A copy of the elements of a typed array in its dtype, of shape [n]; other shapes by `reshape`.
 * @throws {ArgumentError} for another array, or when no backend is set
 * @throws {DTypeError} for a dtype that the device does not have
 * @see torch.from_numpy (which shares memory)
 */
export function fromTypedArray(data: TypedArray): Tensor {
  return asTensor(core.fromTypedArray(data, { tensorClass: Tensor }));
}

/** `f(2, 3)`, `f([2, 3])`, options last. */
export type CreateArgs = readonly [...ShapeArgs] | readonly [...ShapeArgs, CreateOptions];

/**
 * Sizes and options of a creation call.
 * @throws {ArgumentError} for an unknown option
 * @throws {ShapeError} unless the sizes are non-negative integers
 */
export function createArgs(
  op: string,
  args: readonly unknown[],
): { readonly shape: readonly number[]; readonly options: CreateOptions } {
  const last = args[args.length - 1];
  const withOptions = typeof last === "object" && last !== null && !Array.isArray(last);
  const options: CreateOptions = withOptions ? last : {};
  checkCreate(op, options);
  const shape = shapeOf((withOptions ? args.slice(0, -1) : args) as ShapeArgs);
  core.requireShape(op, shape);
  return { shape, options };
}

/**
 * Zeros in a shape: `zeros(2, 3)`, `zeros([2, 3])`, options last; float32 by default.
 * @throws {ShapeError} unless the sizes are non-negative integers
 * @throws {ArgumentError} for an unknown option, or when no backend is set
 * @throws {DTypeError} for a dtype that the device does not have, or `requiresGrad` of integers or bool
 * @throws {OutOfMemoryError} when the device has no room
 * @see torch.zeros
 */
export function zeros(...args: CreateArgs): Tensor {
  const { shape, options } = createArgs("zeros", args);
  return finish(core.zeros(shape, options.dtype), options);
}
/**
 * Ones in a shape: `ones(2, 3)`, `ones([2, 3])`, options last; float32 by default.
 * @throws {ShapeError} unless the sizes are non-negative integers
 * @throws {ArgumentError} for an unknown option, or when no backend is set
 * @throws {DTypeError} for a dtype that the device does not have, or `requiresGrad` of integers or bool
 * @throws {OutOfMemoryError} when the device has no room
 * @see torch.ones
 */
export function ones(...args: CreateArgs): Tensor {
  const { shape, options } = createArgs("ones", args);
  return finish(core.ones(shape, options.dtype), options);
}
/**
 * A tensor in a shape, as `zeros`: unset memory in PyTorch, zeros here.
 * @throws {ShapeError} unless the sizes are non-negative integers
 * @throws {ArgumentError} for an unknown option, or when no backend is set
 * @throws {DTypeError} for a dtype that the device does not have, or `requiresGrad` of integers or bool
 * @throws {OutOfMemoryError} when the device has no room
 * @see torch.empty
 */
export function empty(...args: CreateArgs): Tensor {
  const { shape, options } = createArgs("empty", args);
  return finish(core.zeros(shape, options.dtype), options);
}
/** A JavaScript scalar: a number, a bigint or a boolean. */
export type Scalar = number | bigint | boolean;

function filled(op: string, shape: readonly number[], value: Scalar, dtype: DType, o: CreateOptions): Tensor {
  core.itemSize(dtype);
  return finish(core.full(shape, elementOf(op, value, dtype), dtype), o);
}

/**
 * One value in every element of a shape; integer dtypes drop fractions. By default numbers give float32, bigints
 * int64, booleans bool.
 * @throws {ShapeError} unless the sizes are non-negative integers
 * @throws {ArgumentError} for a value that is no scalar, an unknown option, or when no backend is set
 * @throws {DTypeError} for a value that an integer dtype does not hold, a dtype that the device does not have, or
 *   `requiresGrad` of integers or bool
 * @throws {OutOfMemoryError} when the device has no room
 * @see torch.full
 */
export function full(shape: readonly number[], value: Scalar, options: CreateOptions = {}): Tensor {
  checkCreate("full", options);
  core.requireShape("full", shape);
  const natural = typeof value === "boolean" ? "bool" : typeof value === "bigint" ? "int64" : "float32";
  return filled("full", shape, value, options.dtype ?? natural, options);
}
/**
 * Zeros in the shape and dtype of another tensor; `dtype` of the options goes first.
 * @throws {ArgumentError} for an unknown option, or when no backend is set
 * @throws {DTypeError} for a dtype that the device does not have, or `requiresGrad` of integers or bool
 * @throws {OutOfMemoryError} when the device has no room
 * @see torch.zeros_like
 */
export function zerosLike(x: CoreTensor, options: CreateOptions = {}): Tensor {
  checkCreate("zerosLike", options);
  core.requireTensor("zerosLike", x);
  return finish(core.zeros(x.shape, options.dtype ?? x.dtype), options);
}
/**
 * Ones in the shape and dtype of another tensor; `dtype` of the options goes first.
 * @throws {ArgumentError} for an unknown option, or when no backend is set
 * @throws {DTypeError} for a dtype that the device does not have, or `requiresGrad` of integers or bool
 * @throws {OutOfMemoryError} when the device has no room
 * @see torch.ones_like
 */
export function onesLike(x: CoreTensor, options: CreateOptions = {}): Tensor {
  checkCreate("onesLike", options);
  core.requireTensor("onesLike", x);
  return finish(core.ones(x.shape, options.dtype ?? x.dtype), options);
}
/**
 * One value in the shape and dtype of another tensor; `dtype` of the options goes first.
 * @throws {ArgumentError} unless x is a tensor and the value a scalar, for an unknown option, or when no backend is
 *   set
 * @throws {DTypeError} for a value that an integer dtype does not hold, a dtype that the device does not have, or
 *   `requiresGrad` of integers or bool
 * @throws {OutOfMemoryError} when the device has no room
 * @see torch.full_like
 */
export function fullLike(x: CoreTensor, value: Scalar, options: CreateOptions = {}): Tensor {
  checkCreate("fullLike", options);
  core.requireTensor("fullLike", x);
  return filled("fullLike", x.shape, value, options.dtype ?? x.dtype, options);
}

/** `arange(end)`, `arange(start, end)`, `arange(start, end, step)`, options last. */
export type RangeArgs = readonly number[] | readonly [...number[], CreateOptions];

/**
 * Values from `start` (default 0) in steps (default 1) below `end` (above it for a negative step), of shape
 * [⌈(end − start) / step⌉]; int64, or float32 when a number is a fraction.
 * @throws {ArgumentError} without an end, for a step of 0 or one away from the end, an infinite range, what is no
 *   number, an unknown option, or when no backend is set
 * @throws {DTypeError} for a value that an integer dtype does not hold, an unknown dtype, or `requiresGrad` of
 *   integers or bool
 * @throws {OutOfMemoryError} when the device has no room
 * @see torch.arange
 */
export function arange(...args: RangeArgs): Tensor {
  const last: number | CreateOptions | undefined = args[args.length - 1];
  const options = typeof last === "object" ? last : {};
  checkCreate("arange", options);
  const numbers = (typeof last === "object" ? args.slice(0, -1) : args) as readonly number[];
  const [start, end, step = 1] = numbers.length === 1 ? [0, numbers[0]!] : numbers;
  const hint = "pass arange(end), arange(start, end) or arange(start, end, step)";
  if (start === undefined || end === undefined || numbers.length > 3) {
    const problem = numbers.length > 3 ? `${numbers.length} numbers` : "the end is missing";
    throw new core.ArgumentError(problem, { code: "argument/missing", op: "arange", hint });
  }
  for (const n of [start, end, step]) core.requireNumber("arange", "a number", n);
  if ((end - start) / step < 0) {
    const problem = `steps of ${step} do not lead from ${start} to ${end}`;
    throw new core.ArgumentError(problem, {
      code: "argument/range",
      op: "arange",
      hint: "turn the sign of the step",
    });
  }
  const integers = [start, end, step].every((v) => Number.isInteger(v));
  return finish(core.arange(start, end, step, options.dtype ?? (integers ? "int64" : "float32")), options);
}
/** The i-th of evenly spaced values. */
function evenly(start: number, end: number, steps: number): (i: number) => number {
  const half = steps / 2;
  const step = steps > 1 ? (end - start) / (steps - 1) : 0;
  return (i) => (i < half ? start + i * step : end - (steps - 1 - i) * step);
}
/**
 * `steps` values from start to end, both included, of shape [steps]; float32 by default.
 * @throws {ShapeError} unless steps is a non-negative integer
 * @throws {ArgumentError} unless start and end are numbers, for an unknown option, or when no backend is set
 * @throws {DTypeError} for a value that an integer dtype does not hold, an unknown dtype, or `requiresGrad` of
 *   integers or bool
 * @throws {OutOfMemoryError} when the device has no room
 * @see torch.linspace
 */
export function linspace(start: number, end: number, steps: number, options: CreateOptions = {}): Tensor {
  checkCreate("linspace", options);
  core.requireNumber("linspace", "start", start);
  core.requireNumber("linspace", "end", end);
  return finish(
    core.generate("linspace", steps, evenly(start, end, steps), options.dtype ?? "float32", Tensor),
    options,
  );
}
/** Options of `logspace`. */
export interface LogspaceOptions extends CreateOptions {
  /** Default 10. */
  readonly base?: number;
}
/**
 * `steps` powers of `base` (default 10), the exponents going evenly from start to end, both included; shape
 * [steps], float32 by default.
 * @throws {ShapeError} unless steps is a non-negative integer
 * @throws {ArgumentError} unless start, end and base are numbers, for an unknown option, or when no backend is set
 * @throws {DTypeError} for a value that an integer dtype does not hold, an unknown dtype, or `requiresGrad` of
 *   integers or bool
 * @throws {OutOfMemoryError} when the device has no room
 * @see torch.logspace
 */
export function logspace(start: number, end: number, steps: number, options: LogspaceOptions = {}): Tensor {
  core.checkOptions("logspace", options, ["dtype", "requiresGrad", "base"]);
  const { base = 10, dtype = "float32" } = options;
  for (const [name, n] of Object.entries({ start, end, base })) core.requireNumber("logspace", name, n);
  const exponent = evenly(start, end, steps);
  return finish(
    core.generate("logspace", steps, (i) => base ** exponent(i), dtype, Tensor),
    options,
  );
}
/**
 * Identity matrix of shape [n, m], m being n by default: 1 on the main diagonal, 0 elsewhere; float32 by
 * default. Options last: `eye(2, { dtype })`.
 * @throws {ShapeError} unless n and m are non-negative integers
 * @throws {ArgumentError} for an unknown option, or when no backend is set
 * @throws {DTypeError} for a dtype that the device does not have, or `requiresGrad` of integers or bool
 * @throws {OutOfMemoryError} when the device has no room
 * @see torch.eye
 */
export function eye(n: number, options?: CreateOptions): Tensor;
export function eye(n: number, m: number, options?: CreateOptions): Tensor;
export function eye(n: number, second: number | CreateOptions = n, third: CreateOptions = {}): Tensor {
  const [m, options] = typeof second === "object" ? [n, second] : [second, third];
  checkCreate("eye", options);
  core.requireShape("eye", [n, m]);
  return finish(core.eye(n, m, options.dtype ?? "float32"), options);
}

/** Options of `trilIndices` and `triuIndices`. */
export interface TriangleOptions {
  /** The diagonal that ends the triangle; 0, the main one, by default, 1 is above it. */
  readonly offset?: number;
  /** int64 (default) or int32. */
  readonly dtype?: "int32" | "int64";
}
const TRIANGLE = { offset: INTEGER, dtype: /* @__PURE__ */ oneOf("int32", "int64") };

/** Places of a triangle row by row; of row i the columns from `first` to below `end`. */
function triangle(
  op: string,
  rows: number,
  columns: number,
  options: TriangleOptions,
  range: (i: number) => readonly [first: number, end: number],
): Tensor {
  core.requireShape(op, [rows, columns]);
  checkOptions(op, options, TRIANGLE);
  // A matrix of that many places has no triangle worth listing.
  requireRoom(op, null, Math.max(rows, 1) * Math.max(columns, 1));
  const inRow = (i: number): readonly [number, number] => {
    const [first, end] = range(i);
    return [Math.max(0, first), Math.min(columns, end)];
  };
  let count = 0;
  for (let i = 0; i < rows && columns > 0; i++) {
    const [first, end] = inRow(i);
    count += Math.max(0, end - first);
  }
  const data = new Int32Array(2 * count);
  for (let i = 0, at = 0; at < count; i++) {
    const [first, end] = inRow(i);
    for (let j = first; j < end; j++, at++) {
      data[at] = i;
      data[count + at] = j;
    }
  }
  return core.scope(() => {
    const places = core.fromTypedArray(data, { shape: [2, count], tensorClass: Tensor });
    return asTensor(core.cast(places, options.dtype ?? "int64"));
  });
}
/**
 * Rows and columns of the lower triangle of a matrix, int64 of shape [2, K], row by row: up to the diagonal
 * `offset` (default 0).
 * @throws {ShapeError} unless the sizes are non-negative integers
 * @throws {ArgumentError} unless `offset` is an integer, for an unknown option, or when no backend is set
 * @throws {LimitExceededError} for a matrix of 2³¹ places or more
 * @see torch.tril_indices
 */
export function trilIndices(rows: number, columns: number, options: TriangleOptions = {}): Tensor {
  return triangle("trilIndices", rows, columns, options, (i) => [0, i + (options.offset ?? 0) + 1]);
}
/**
 * Rows and columns of the upper triangle of a matrix, int64 of shape [2, K], row by row: from the diagonal
 * `offset` (default 0) on.
 * @throws {ShapeError} unless the sizes are non-negative integers
 * @throws {ArgumentError} unless `offset` is an integer, for an unknown option, or when no backend is set
 * @throws {LimitExceededError} for a matrix of 2³¹ places or more
 * @see torch.triu_indices
 */
export function triuIndices(rows: number, columns: number, options: TriangleOptions = {}): Tensor {
  return triangle("triuIndices", rows, columns, options, (i) => [i + (options.offset ?? 0), columns]);
}
