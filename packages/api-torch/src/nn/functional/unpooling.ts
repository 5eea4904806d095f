// Partial inverses of max pooling in torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, COUNT, listOf, orNull, perAxis, type Kinds } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { requireImage, tuple, type Size } from "./conv.js";

/** Options of the partial inverses of max pooling. The stride defaults to the kernel size. */
export interface MaxUnpoolFnOptions {
  readonly stride?: Size;
  readonly padding?: Size;
  /** Size of the result where several fit: its pooled axes, or all. */
  readonly outputSize?: readonly number[];
}

/** Kinds of the options of a partial inverse of max pooling. */
export const unpoolOptions = (n: number): Kinds => ({
  stride: orNull(perAxis(n)),
  padding: perAxis(n),
  outputSize: listOf(COUNT, "a list of sizes"),
});

function maxUnpoolNd(
  op: string,
  n: number,
  x: CoreTensor,
  indices: CoreTensor,
  kernelSize: Size,
  o: MaxUnpoolFnOptions,
): Tensor {
  checkOptions(op, o, unpoolOptions(n));
  requireImage(op, n, x);
  checkTensors(op, { indices });
  const k = tuple(op, "kernelSize", kernelSize, n);
  const s = tuple(op, "stride", o.stride ?? kernelSize, n);
  const p = tuple(op, "padding", o.padding ?? 0, n);
  const spatial = x.shape.slice(-n).map((size, i) => (size - 1) * s[i]! - 2 * p[i]! + k[i]!);
  const given = o.outputSize?.slice(-n);
  const fits = given?.every((size, i) => Math.abs(size - spatial[i]!) < s[i]!) ?? true;
  if (!fits || (given && given.length < n)) {
    throw new core.ArgumentError(`outputSize is ${core.shown(o.outputSize)}`, {
      code: "argument/output-size",
      op,
      inputs: [core.describe(x)],
      hint: `it must be less than one stride from [${spatial.join(", ")}]`,
    });
  }
  return asTensor(core.maxUnpool(x, indices, given ?? spatial));
}

/**
 * Partial inverse of max pooling: values at their `indices` (of x's shape), zeros elsewhere: `[N, C, L]` (or without
 * N) -> `[N, C, L_out]`, L_out = (L − 1)·stride − 2·padding + k, or as `outputSize` says.
 * @throws {ShapeError} when x has other axes, or x and the indices differ in shape.
 * @throws {DTypeError} when the indices are not integers.
 * @throws {ArgumentError} when an output size is negative or a stride or more from that one, a size is for other axes,
 * or an option is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.max_unpool1d
 */
export function maxUnpool1d(
  x: CoreTensor,
  indices: CoreTensor,
  kernelSize: Size,
  options: MaxUnpoolFnOptions = {},
): Tensor {
  return maxUnpoolNd("maxUnpool1d", 1, x, indices, kernelSize, options);
}
/**
 * Partial inverse of max pooling: values at their `indices` (of x's shape), zeros elsewhere: `[N, C, H, W]` (or
 * without N) -> `[N, C, H_out, W_out]`, each (n − 1)·stride − 2·padding + k, or as `outputSize` says.
 * @throws {ShapeError} when x has other axes, or x and the indices differ in shape.
 * @throws {DTypeError} when the indices are not integers.
 * @throws {ArgumentError} when an output size is negative or a stride or more from that one, a size is for other axes,
 * or an option is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.max_unpool2d
 */
export function maxUnpool2d(
  x: CoreTensor,
  indices: CoreTensor,
  kernelSize: Size,
  options: MaxUnpoolFnOptions = {},
): Tensor {
  return maxUnpoolNd("maxUnpool2d", 2, x, indices, kernelSize, options);
}
/**
 * Partial inverse of max pooling: values at their `indices` (of x's shape), zeros elsewhere: `[N, C, D, H, W]` (or
 * without N) -> `[N, C, D_out, H_out, W_out]`, each (n − 1)·stride − 2·padding + k, or as `outputSize` says.
 * @throws {ShapeError} when x has other axes, or x and the indices differ in shape.
 * @throws {DTypeError} when the indices are not integers.
 * @throws {ArgumentError} when an output size is negative or a stride or more from that one, a size is for other axes,
 * or an option is unknown.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.max_unpool3d
 */
export function maxUnpool3d(
  x: CoreTensor,
  indices: CoreTensor,
  kernelSize: Size,
  options: MaxUnpoolFnOptions = {},
): Tensor {
  return maxUnpoolNd("maxUnpool3d", 3, x, indices, kernelSize, options);
}
