// Random tensors, drawn on the host from PyTorch's CPU streams.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { defaultGenerator } from "../random.js";
import { asTensor, Tensor } from "../tensor/tensor.js";
import { createArgs, finish, type CreateArgs, type CreateOptions } from "./creation.js";

type Draw = (n: number) => Float32Array;

/** PyTorch draws float64 from another stream; here other dtypes are cast from float32. */
function drawn(op: string, args: readonly unknown[], draw: Draw): Tensor {
  const { shape, options } = createArgs(op, args);
  const values = core.tensor(draw(core.sizeOf(shape)), { shape, tensorClass: Tensor });
  return finish(core.cast(values, options.dtype ?? "float32"), options);
}

/** Uniform on [0, 1), PyTorch's CPU stream. */
export function rand(...args: CreateArgs): Tensor {
  return drawn("rand", args, (n) => defaultGenerator().rand(n));
}
/** Standard normal, PyTorch's CPU stream (last bits for 16 and more values depend on PyTorch's own build). */
export function randn(...args: CreateArgs): Tensor {
  return drawn("randn", args, (n) => defaultGenerator().randn(n));
}
/** Uniform on [0, 1) in the shape of another tensor. */
export function randLike(x: CoreTensor, options: CreateOptions = {}): Tensor {
  return rand(x.shape, options);
}
/** Standard normal in the shape of another tensor. */
export function randnLike(x: CoreTensor, options: CreateOptions = {}): Tensor {
  return randn(x.shape, options);
}
/** Integers from low to high − 1, int64: `randint(10, [2])`, `randint(0, 10, [2])`. */
export function randint(high: number, shape: readonly number[]): Tensor;
export function randint(low: number, high: number, shape: readonly number[]): Tensor;
export function randint(a: number, b: number | readonly number[], c: readonly number[] = []): Tensor {
  const [low, high, shape] = typeof b === "number" ? [a, b, c] : [0, a, b];
  core.requireShape("randint", shape);
  const values = defaultGenerator().randint(low, high, core.sizeOf(shape));
  return asTensor(core.tensor(values, { shape, tensorClass: Tensor }));
}
/** A permutation of 0…n−1, int64. */
export function randperm(n: number): Tensor {
  const values = BigInt64Array.from(defaultGenerator().randperm(n), BigInt);
  return asTensor(core.tensor(values, { tensorClass: Tensor }));
}
/** 1 with probability p, elementwise. Reads p. */
export function bernoulli(p: CoreTensor): Tensor {
  const values = Float32Array.from(p.dataSync(), Number);
  const drawn = defaultGenerator()
    .rand(values.length)
    .map((u, i) => (u < values[i]! ? 1 : 0));
  return asTensor(core.tensor(drawn, { shape: p.shape, tensorClass: Tensor }));
}
