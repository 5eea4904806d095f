// The functions of the `torch` namespace: creation, random numbers, elementwise and shape functions, modes.
import * as core from "@isoform/core";
import type { DType, Tensor as CoreTensor, TensorValue, TypedArray } from "@isoform/core";
import { defaultGenerator } from "./random.js";
import { asTensor, Tensor, type ShapeArgs, type TensorLike } from "./tensor/tensor.js";

export { setBackend, scope, keep } from "@isoform/core";
export { manualSeed, defaultGenerator } from "./random.js";
export { Tensor } from "./tensor/tensor.js";

/** Dtype names, so that `torch.float32` can be written. */
export const float32 = "float32";
/** The dtype name "float64". */
export const float64 = "float64";
/** The dtype name "float16". */
export const float16 = "float16";
/** The dtype name "bfloat16". */
export const bfloat16 = "bfloat16";
/** The dtype name "int8". */
export const int8 = "int8";
/** The dtype name "int16". */
export const int16 = "int16";
/** The dtype name "int32". */
export const int32 = "int32";
/** The dtype name "int64". */
export const int64 = "int64";
/** The dtype name "uint8". */
export const uint8 = "uint8";
/** The dtype name "bool". */
export const bool = "bool";

/** Options of creation functions. */
export interface CreateOptions {
  readonly dtype?: DType;
  readonly requiresGrad?: boolean;
}

function finish(t: CoreTensor, requiresGrad: boolean | undefined): Tensor {
  const out = asTensor(t);
  return requiresGrad ? out.requiresGrad_(true) : out;
}

/** A tensor of JavaScript values: numbers with only integers become float32, as JavaScript has one number type. */
export function tensor(value: TensorValue | TypedArray, options: CreateOptions = {}): Tensor {
  core.checkOptions("tensor", options, ["dtype", "requiresGrad"]);
  const { dtype, requiresGrad } = options;
  return finish(core.tensor(value, { ...(dtype ? { dtype } : {}), tensorClass: Tensor }), requiresGrad);
}

/** The elements of a typed array, without conversion; shape by `reshape`. */
export function fromTypedArray(data: TypedArray): Tensor {
  return asTensor(core.fromTypedArray(data, { tensorClass: Tensor }));
}

type CreateArgs = readonly [...ShapeArgs] | readonly [...ShapeArgs, CreateOptions];

function parse(args: readonly unknown[]): { shape: readonly number[]; options: CreateOptions } {
  const last = args[args.length - 1];
  const withOptions = typeof last === "object" && last !== null && !Array.isArray(last);
  const options: CreateOptions = withOptions ? last : {};
  core.checkOptions("torch", options, ["dtype", "requiresGrad"]);
  const sizes = withOptions ? args.slice(0, -1) : args;
  const first = sizes[0];
  const shape = Array.isArray(first) ? first.map(Number) : sizes.map(Number);
  return { shape, options };
}

/** Zeros: `zeros(2, 3)`, `zeros([2, 3])`, options last. */
export function zeros(...args: CreateArgs): Tensor {
  const { shape, options } = parse(args);
  return finish(core.zeros(shape, options.dtype), options.requiresGrad);
}
/** Ones. */
export function ones(...args: CreateArgs): Tensor {
  const { shape, options } = parse(args);
  return finish(core.ones(shape, options.dtype), options.requiresGrad);
}
/** One value everywhere. */
export function full(shape: readonly number[], value: number, options: CreateOptions = {}): Tensor {
  return finish(core.full(shape, value, options.dtype), options.requiresGrad);
}
/** Zeros like another tensor. */
export function zerosLike(x: CoreTensor): Tensor {
  return asTensor(core.zerosLike(x));
}
/** Ones like another tensor. */
export function onesLike(x: CoreTensor): Tensor {
  return asTensor(core.onesLike(x));
}
/** Integers from `start` (default 0) below `end`; int64 unless a bound is a fraction. */
export function arange(start: number, end?: number, step = 1, options: CreateOptions = {}): Tensor {
  const [from, to] = end === undefined ? [0, start] : [start, end];
  const integers = [from, to, step].every(Number.isInteger);
  return finish(
    core.arange(from, to, step, options.dtype ?? (integers ? "int64" : "float32")),
    options.requiresGrad,
  );
}
/** `steps` values from start to end, both included. */
export function linspace(start: number, end: number, steps: number, options: CreateOptions = {}): Tensor {
  const half = Math.floor(steps / 2);
  const step = steps > 1 ? (end - start) / (steps - 1) : 0;
  const values = Array.from({ length: steps }, (_, i) =>
    i < half ? start + i * step : end - (steps - 1 - i) * step,
  );
  if (steps === 1) values[0] = start;
  return finish(
    core.tensor(values, { dtype: options.dtype ?? "float32", tensorClass: Tensor }),
    options.requiresGrad,
  );
}
/** Identity matrix. */
export function eye(n: number, m: number = n, options: CreateOptions = {}): Tensor {
  return finish(core.eye(n, m, options.dtype ?? "float32"), options.requiresGrad);
}

/** Uniform on [0, 1), PyTorch's CPU stream. */
export function rand(...args: CreateArgs): Tensor {
  const { shape, options } = parse(args);
  return finish(
    core.tensor(defaultGenerator().rand(core.sizeOf(shape)), { shape, tensorClass: Tensor }),
    options.requiresGrad,
  );
}
/** Standard normal, PyTorch's CPU stream (last bits for 16 and more values depend on PyTorch's own build). */
export function randn(...args: CreateArgs): Tensor {
  const { shape, options } = parse(args);
  return finish(
    core.tensor(defaultGenerator().randn(core.sizeOf(shape)), { shape, tensorClass: Tensor }),
    options.requiresGrad,
  );
}
/** Integers from low to high − 1, int64. */
export function randint(low: number, high: number, shape: readonly number[]): Tensor {
  const values = defaultGenerator().randint(low, high, core.sizeOf(shape));
  return asTensor(core.tensor(values, { shape, tensorClass: Tensor }));
}
/** A permutation of 0…n−1, int64. */
export function randperm(n: number): Tensor {
  const values = BigInt64Array.from(defaultGenerator().randperm(n), BigInt);
  return asTensor(core.tensor(values, { tensorClass: Tensor }));
}
/** 1 with probability p, elementwise. */
export function bernoulli(p: CoreTensor): Tensor {
  const values = Float32Array.from(p.dataSync(), Number);
  const drawn = defaultGenerator()
    .rand(values.length)
    .map((u, i) => (u < values[i]! ? 1 : 0));
  return asTensor(core.tensor(drawn, { shape: p.shape, tensorClass: Tensor }));
}

type Unary = (x: CoreTensor) => Tensor;
const unary =
  (fn: (x: CoreTensor) => CoreTensor): Unary =>
  (x) =>
    asTensor(fn(x));

/** |x|. */
export const abs: Unary = unary((x) => core.abs(x));
/** eˣ. */
export const exp: Unary = unary((x) => core.exp(x));
/** Natural logarithm. */
export const log: Unary = unary((x) => core.log(x));
/** Square root. */
export const sqrt: Unary = unary((x) => core.sqrt(x));
/** Sine (radians). */
export const sin: Unary = unary((x) => core.sin(x));
/** Cosine (radians). */
export const cos: Unary = unary((x) => core.cos(x));
/** Hyperbolic tangent. */
export const tanh: Unary = unary((x) => core.tanh(x));
/** Logistic function. */
export const sigmoid: Unary = unary((x) => core.sigmoid(x));
/** max(x, 0). */
export const relu: Unary = unary((x) => core.relu(x));
/** x². */
export const square: Unary = unary((x) => core.mul(x, x));

/** a + b. */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return asTensor(core.add(a, b));
}
/** a − b. */
export function sub(a: TensorLike, b: TensorLike): Tensor {
  return asTensor(core.sub(a, b));
}
/** a · b. */
export function mul(a: TensorLike, b: TensorLike): Tensor {
  return asTensor(core.mul(a, b));
}
/** Matrix product. */
export function matmul(a: CoreTensor, b: CoreTensor): Tensor {
  return asTensor(core.matmul(a, b));
}
/** Elementwise choice. */
export function where(cond: CoreTensor, a: TensorLike, b: TensorLike): Tensor {
  return asTensor(core.where(cond, a, b));
}
/** Tensors joined along an axis. */
export function cat(tensors: readonly CoreTensor[], dim = 0): Tensor {
  return asTensor(core.concat(tensors, dim));
}
/** Tensors joined along a new axis. */
export function stack(tensors: readonly CoreTensor[], dim = 0): Tensor {
  return asTensor(core.stack(tensors, dim));
}
/** Sum of products by Einstein's notation. */
export function einsum(equation: string, ...tensors: readonly CoreTensor[]): Tensor {
  return asTensor(core.einsum(equation, tensors));
}
/** Whether all elements agree within `atol + rtol·|b|`. Reads from the device. */
export async function allclose(
  a: CoreTensor,
  b: CoreTensor,
  options: { readonly rtol?: number; readonly atol?: number } = {},
): Promise<boolean> {
  const { rtol = 1e-5, atol = 1e-8 } = options;
  const [x, y] = [await a.data(), await b.data()];
  return (
    x.length === y.length &&
    [...x].every((v, i) => Math.abs(Number(v) - Number(y[i])) <= atol + rtol * Math.abs(Number(y[i])))
  );
}

/** Without recording: `noGrad(() => …)`, or `using _ = noGrad()` in a synchronous block. */
export function noGrad(): Disposable;
export function noGrad<T>(fn: () => T): T;
export function noGrad<T>(fn?: () => T): T | Disposable {
  return fn ? core.noGrad(fn) : core.noGradGuard();
}
/** With recording, also inside `noGrad`. */
export const enableGrad: typeof core.enableGrad = core.enableGrad;
/** Whether ops are being recorded. */
export function isGradEnabled(): boolean {
  return core.ambient.gradEnabled;
}

/** Prints tensors as PyTorch does (reading them from the device) and everything else as text. */
export function print(...values: readonly unknown[]): void {
  const text = values.map((v) => (v instanceof core.Tensor ? asTensor(v)._format(v.dataSync()) : String(v)));
  output().log(text.join(" "));
}

function output(): { log(text: string): void } {
  const found = (globalThis as { console?: { log(text: string): void } }).console;
  return found ?? { log: () => undefined };
}

/** `torch.autograd`. */
export const autograd: { grad: typeof grad } = { grad };

/**
 * Gradients of the outputs with respect to given tensors, without touching `.grad`.
 * @throws ArgumentError when one of the inputs does not reach the outputs, unless `allowUnused`
 */
export function grad(
  outputs: CoreTensor | readonly CoreTensor[],
  inputs: CoreTensor | readonly CoreTensor[],
  options: {
    readonly gradOutputs?: readonly (CoreTensor | null)[];
    readonly retainGraph?: boolean;
    readonly createGraph?: boolean;
    readonly allowUnused?: boolean;
  } = {},
): (Tensor | null)[] {
  core.checkOptions("autograd.grad", options, ["gradOutputs", "retainGraph", "createGraph", "allowUnused"]);
  const roots = outputs instanceof core.Tensor ? [outputs] : outputs;
  const sources = inputs instanceof core.Tensor ? [inputs] : inputs;
  const { createGraph = false, retainGraph = createGraph } = options;
  const seeds = options.gradOutputs ?? roots.map(() => null);
  const found = core.backward(roots, seeds, { sources }, { createGraph, retainGraph });
  return sources.map((s, i) => {
    const g = found.get(s);
    if (g) return asTensor(g);
    if (options.allowUnused) return null;
    throw new core.ArgumentError(`input ${i} was not used to compute the outputs`, {
      code: "autograd/unused",
      op: "autograd.grad",
      inputs: [core.describe(s)],
      hint: "pass allowUnused to get null",
    });
  });
}
