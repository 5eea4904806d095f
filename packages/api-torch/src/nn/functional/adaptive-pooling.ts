// Adaptive pooling of torch.nn.functional: the output size is given, windows follow.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkValue, COUNT, either, listOf, orNull } from "../../checks.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { requireImage } from "./conv.js";

function outputSize(
  op: string,
  size: number | null | readonly (number | null)[],
  x: CoreTensor,
  n: number,
): number[] {
  requireImage(op, n, x);
  const use = `one output size, or ${n} of them, each a non-negative integer or null for that of the input`;
  const side = orNull(COUNT);
  checkValue(op, "size", size, either(side, listOf(side, use, n), use));
  const list = typeof size === "number" || size === null ? new Array<number | null>(n).fill(size) : size;
  return list.map((v, i) => v ?? x.shape[x.rank - n + i]!);
}

/**
 * Means that turn the last two axes into `size` (one number for both; null keeps an axis): `[…, H, W]` -> `[…,
 * *size]`.
 * @throws {ArgumentError} when `size` is not for two axes, is not positive, or x has fewer than 2 axes.
 * @throws {ShapeError} when a pooled axis is empty.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.adaptive_avg_pool2d
 */
export function adaptiveAvgPool2d(x: CoreTensor, size: number | readonly (number | null)[]): Tensor {
  return asTensor(core.adaptiveAvgPool(x, outputSize("adaptiveAvgPool2d", size, x, 2)));
}
/**
 * Means that turn the last axis into `size`: `[…, L]` -> `[…, size]`.
 * @throws {ArgumentError} when `size` is not a positive integer or x is a scalar.
 * @throws {ShapeError} when the axis is empty.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.adaptive_avg_pool1d
 */
export function adaptiveAvgPool1d(x: CoreTensor, size: number): Tensor {
  return asTensor(core.adaptiveAvgPool(x, outputSize("adaptiveAvgPool1d", size, x, 1)));
}
/**
 * Maxima that turn the last two axes into `size` (one number for both; null keeps an axis): `[…, H, W]` -> `[…,
 * *size]`.
 * @throws {ArgumentError} when `size` is not for two axes, is not positive, or x has fewer than 2 axes.
 * @throws {ShapeError} when a pooled axis is empty.
 * @throws {DTypeError} when x is bool.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.adaptive_max_pool2d
 */
export function adaptiveMaxPool2d(x: CoreTensor, size: number | readonly (number | null)[]): Tensor {
  return asTensor(core.adaptiveMaxPool(x, outputSize("adaptiveMaxPool2d", size, x, 2)));
}
/**
 * Means that turn the last three axes into `size` (one number for all; null keeps an axis): `[N, C, D, H, W]` -> `[N,
 * C, *size]`.
 * @throws {ArgumentError} when `size` is not for three axes or not positive.
 * @throws {ShapeError} when x has other axes, or a pooled axis is empty.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.adaptive_avg_pool3d
 */
export function adaptiveAvgPool3d(x: CoreTensor, size: number | readonly (number | null)[]): Tensor {
  return asTensor(core.adaptiveAvgPool(x, outputSize("adaptiveAvgPool3d", size, x, 3)));
}
/**
 * Maxima that turn the last axis into `size`: `[N, C, L]` -> `[N, C, size]`.
 * @throws {ArgumentError} when `size` is not a positive integer.
 * @throws {ShapeError} when x has other axes, or a pooled axis is empty.
 * @throws {DTypeError} when x is bool.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.adaptive_max_pool1d
 */
export function adaptiveMaxPool1d(x: CoreTensor, size: number): Tensor {
  return asTensor(core.adaptiveMaxPool(x, outputSize("adaptiveMaxPool1d", size, x, 1)));
}
/**
 * Maxima that turn the last three axes into `size` (one number for all; null keeps an axis): `[N, C, D, H, W]` -> `[N,
 * C, *size]`.
 * @throws {ArgumentError} when `size` is not for three axes or not positive.
 * @throws {ShapeError} when x has other axes, or a pooled axis is empty.
 * @throws {DTypeError} when x is bool.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.adaptive_max_pool3d
 */
export function adaptiveMaxPool3d(x: CoreTensor, size: number | readonly (number | null)[]): Tensor {
  return asTensor(core.adaptiveMaxPool(x, outputSize("adaptiveMaxPool3d", size, x, 3)));
}
