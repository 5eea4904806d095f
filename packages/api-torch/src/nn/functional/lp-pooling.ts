// p-norm pooling of torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { ABOVE_ZERO, checkOptions, checkValue } from "../../checks.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { requireImage, type Size } from "./conv.js";
import { maxOptions, windowsOf } from "./pooling.js";
import { inOrder, type InOrder } from "../../options.js";

/** Options of p-norm pooling. The stride defaults to the kernel size. */
export interface LPPoolFnOptions {
  readonly stride?: Size;
  readonly ceilMode?: boolean;
}

function lpPoolNd(
  op: string,
  n: number,
  x: CoreTensor,
  normType: number,
  kernelSize: Size,
  o: LPPoolFnOptions,
): Tensor {
  checkValue(op, "normType", normType, ABOVE_ZERO);
  const { stride, ceilMode } = maxOptions(n);
  checkOptions(op, o, { stride, ceilMode });
  requireImage(op, n, x);
  const w = windowsOf(op, n, x, kernelSize, o);
  if (normType === Infinity) return asTensor(core.maxPool(core.abs(x), w));
  const { window, strides, padding } = w;
  const y = core.lpPool(x, { p: normType, window, strides, padding });
  if (padding.every(([, high]) => high === 0)) return asTensor(y);
  // The last windows of ceilMode are partly outside; as in PyTorch their sums count for the whole window.
  const inside = core.ones(x.shape.slice(-n), y.dtype);
  const part = core.avgPool(inside, { window, strides, padding, countIncludePad: true });
  return asTensor(core.mul(y, core.pow(part, -1 / normType)));
}

const LP_POOL = ["stride", "ceilMode"] as const;

/**
 * p-norm, p = `normType`, of windows along the last axis: `[N, C, L]` (or without N) -> `[N, C, L_out]`, L_out = ⌊(L −
 * k)/stride⌋ + 1. The stride is the kernel size by default, ceilMode false. Of absolute values; PyTorch takes the values
 * themselves, which differs for negative ones where p is not even.
 * @throws {ShapeError} when x has other axes, or the window is larger than the axis.
 * @throws {ArgumentError} when `normType` is not above 0, a size is out of range, or an option is unknown.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.lp_pool1d
 */
export function lpPool1d(
  x: CoreTensor,
  normType: number,
  kernelSize: Size,
  ...given: InOrder<LPPoolFnOptions, typeof LP_POOL>
): Tensor {
  return lpPoolNd(
    "lpPool1d",
    1,
    x,
    normType,
    kernelSize,
    inOrder<LPPoolFnOptions>("lpPool1d", given, LP_POOL),
  );
}
/**
 * p-norm, p = `normType`, of windows over the last two axes: `[N, C, H, W]` (or without N) -> `[N, C, H_out, W_out]`,
 * each ⌊(n − k)/stride⌋ + 1. The stride is the kernel size by default, ceilMode false. Of absolute values;
 * PyTorch takes the values themselves, which differs for negative ones where p is not even.
 * @throws {ShapeError} when x has other axes, or the window is larger than the axis.
 * @throws {ArgumentError} when `normType` is not above 0, a size is out of range, or an option is unknown.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.lp_pool2d
 */
export function lpPool2d(
  x: CoreTensor,
  normType: number,
  kernelSize: Size,
  ...given: InOrder<LPPoolFnOptions, typeof LP_POOL>
): Tensor {
  return lpPoolNd(
    "lpPool2d",
    2,
    x,
    normType,
    kernelSize,
    inOrder<LPPoolFnOptions>("lpPool2d", given, LP_POOL),
  );
}
