// Random tensors, drawn on the host from PyTorch's CPU streams.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor, TorchGenerator } from "@isoform/core";
import { drawn } from "../random.js";
import { asTensor, Tensor } from "../tensor/tensor.js";
import { createArgs, finish, type CreateArgs, type CreateOptions } from "./creation.js";

type Draw = (generator: TorchGenerator, n: number) => Float32Array;

/** PyTorch draws float64 from another stream; here other dtypes are cast from float32. */
function floats(op: string, args: readonly unknown[], draw: Draw): Tensor {
  const { shape, options } = createArgs(op, args);
  const spec = { shape, dtype: "float32" } as const;
  const values = drawn(spec, (generator) => draw(generator, core.sizeOf(shape)), Tensor);
  return finish(core.cast(values, options.dtype ?? "float32"), options);
}

/** Uniform on [0, 1), PyTorch's CPU stream. */
export function rand(...args: CreateArgs): Tensor {
  return floats("rand", args, (generator, n) => generator.rand(n));
}
/** Standard normal, PyTorch's CPU stream (last bits for 16 and more values depend on PyTorch's own build). */
export function randn(...args: CreateArgs): Tensor {
  return floats("randn", args, (generator, n) => generator.randn(n));
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
  const draw = (generator: TorchGenerator) => generator.randint(low, high, core.sizeOf(shape));
  return asTensor(drawn({ shape, dtype: "int64" }, draw, Tensor));
}
/** A permutation of 0…n−1, int64. */
export function randperm(n: number): Tensor {
  core.requireShape("randperm", [n]);
  const draw = (generator: TorchGenerator) => BigInt64Array.from(generator.randperm(n), BigInt);
  return asTensor(drawn({ shape: [n], dtype: "int64" }, draw, Tensor));
}
/** 1 with probability p, elementwise. Draws on the host. */
export function bernoulli(p: CoreTensor): Tensor {
  const uniform = drawn({ shape: p.shape, dtype: "float32" }, (generator) => generator.rand(p.size), Tensor);
  return asTensor(core.cast(core.lt(uniform, core.cast(core.detach(p), "float32")), "float32"));
}
