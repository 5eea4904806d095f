// Random tensors, drawn on the host from PyTorch's CPU streams.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor, TorchGenerator } from "@isoform/core";
import { checkProbability } from "../nn/functional/dropout.js";
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

/**
 * Uniform on [0, 1) in a shape: `rand(2, 3)`, options last; PyTorch's CPU stream of float32, cast to other
 * dtypes.
 * @throws {ShapeError} unless the sizes are non-negative integers
 * @throws {ArgumentError} for an unknown option, 2³¹ values or more, or when no backend is set
 * @throws {DTypeError} for a dtype that the device does not have, or `requiresGrad` of integers or bool
 * @see torch.rand
 */
export function rand(...args: CreateArgs): Tensor {
  return floats("rand", args, (generator, n) => generator.rand(n));
}
/**
 * Standard normal in a shape: `randn(2, 3)`, options last; PyTorch's CPU stream of float32, cast to other
 * dtypes (last bits for 16 and more values depend on PyTorch's own build).
 * @throws {ShapeError} unless the sizes are non-negative integers
 * @throws {ArgumentError} for an unknown option, 2³¹ values or more, or when no backend is set
 * @throws {DTypeError} for a dtype that the device does not have, or `requiresGrad` of integers or bool
 * @see torch.randn
 */
export function randn(...args: CreateArgs): Tensor {
  return floats("randn", args, (generator, n) => generator.randn(n));
}
/**
 * Uniform on [0, 1) in the shape of another tensor; float32 unless `dtype` is given.
 * @throws {ArgumentError} unless x is a tensor, for an unknown option, or 2³¹ values or more
 * @throws {DTypeError} for a dtype that the device does not have, or `requiresGrad` of integers or bool
 * @see torch.rand_like
 */
export function randLike(x: CoreTensor, options: CreateOptions = {}): Tensor {
  return rand(core.requireTensor("randLike", x).shape, options);
}
/**
 * Standard normal in the shape of another tensor; float32 unless `dtype` is given.
 * @throws {ArgumentError} unless x is a tensor, for an unknown option, or 2³¹ values or more
 * @throws {DTypeError} for a dtype that the device does not have, or `requiresGrad` of integers or bool
 * @see torch.randn_like
 */
export function randnLike(x: CoreTensor, options: CreateOptions = {}): Tensor {
  return randn(core.requireTensor("randnLike", x).shape, options);
}
/**
 * Integers from low (default 0) to high − 1 in a shape, int64: `randint(10, [2])`, `randint(0, 10, [2])`.
 * @throws {ShapeError} unless the sizes are non-negative integers
 * @throws {ArgumentError} unless low and high are integers and low < high, or when no backend is set
 * @see torch.randint
 */
export function randint(high: number | bigint, shape: readonly number[]): Tensor;
export function randint(low: number | bigint, high: number | bigint, shape: readonly number[]): Tensor;
export function randint(
  a: number | bigint,
  b: number | bigint | readonly number[],
  c?: readonly number[],
): Tensor {
  const [low, high, shape] = core.isList(b) ? [0, a, b] : [a, b, c!];
  core.requireShape("randint", shape);
  const draw = (generator: TorchGenerator) => generator.randint(low, high, core.sizeOf(shape));
  return asTensor(drawn({ shape, dtype: "int64" }, draw, Tensor));
}
/**
 * A permutation of 0…n−1, int64 of shape [n].
 * @throws {ShapeError} unless n is a non-negative integer
 * @throws {ArgumentError} for n of 2³¹ or more, or when no backend is set
 * @see torch.randperm
 */
export function randperm(n: number): Tensor {
  core.requireShape("randperm", [n]);
  const draw = (generator: TorchGenerator) => BigInt64Array.from(generator.randperm(n), BigInt);
  return asTensor(drawn({ shape: [n], dtype: "int64" }, draw, Tensor));
}
/**
 * 1 with probability p, else 0, elementwise: float32 in p's shape. Draws on the host.
 * @throws {ArgumentError} unless p is a tensor of numbers from 0 to 1; on a device that is only read
 *   asynchronously numbers below 0 count as 0, above 1 as 1
 * @throws {DTypeError} unless p holds floats
 * @throws {LifetimeError} when p was released
 * @see torch.bernoulli
 */
export function bernoulli(p: CoreTensor): Tensor {
  core.requireFloat("bernoulli", core.requireTensor("bernoulli", p, "p"));
  const wide = core.cast(core.detach(p), p.dtype === "float64" ? "float64" : "float32");
  core.checkValues(wide, (values) => {
    for (let i = 0; i < values.length; i++) checkProbability("bernoulli", values[i]!);
  });
  const uniform = drawn({ shape: p.shape, dtype: "float32" }, (generator) => generator.rand(p.size), Tensor);
  return asTensor(core.cast(core.lt(uniform, core.cast(wide, "float32")), "float32"));
}
