// Pooling of torch.nn.functional over 1, 2 or 3 spatial axes.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, FLAG, orNull, perAxis, type Kind } from "../../checks.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { requireImage, tuple, type Size } from "./conv.js";
import { inOrder, type InOrder } from "../../options.js";

/** Options of max pooling. The stride defaults to the kernel size. */
export interface MaxPoolFnOptions {
  readonly stride?: Size;
  readonly padding?: Size;
  readonly dilation?: Size;
  /** Keep a last window that starts inside the input or its left padding. */
  readonly ceilMode?: boolean;
}

/** Options of average pooling. */
export interface AvgPoolFnOptions {
  readonly stride?: Size;
  readonly padding?: Size;
  readonly ceilMode?: boolean;
  /** Count padded zeros in the mean. */
  readonly countIncludePad?: boolean;
}

/** Windows as core takes them. */
export interface Windows {
  readonly window: number[];
  readonly strides: number[];
  readonly padding: [number, number][];
  readonly dilation: number[];
}

/** High padding that gives the ceil-mode output size: the last window must start inside input or left padding. */
function ceilHigh(n: number, k: number, s: number, p: number, d: number): number {
  const reach = d * (k - 1) + 1;
  let out = Math.ceil((n + 2 * p - reach) / s) + 1;
  if ((out - 1) * s >= n + p) out--;
  return Math.max(p, (out - 1) * s + reach - n - p);
}

/** Windows of n axes. @throws {ArgumentError, ShapeError} */
export function windowsOf(op: string, n: number, x: CoreTensor, kernel: Size, o: MaxPoolFnOptions): Windows {
  const window = tuple(op, "kernelSize", kernel, n);
  const strides = tuple(op, "stride", o.stride ?? kernel, n);
  const pads = tuple(op, "padding", o.padding ?? 0, n);
  const dilation = tuple(op, "dilation", o.dilation ?? 1, n);
  const spatial = x.shape.slice(-n);
  const padding = pads.map((p, i): [number, number] => {
    if (p > Math.floor(window[i]! / 2)) {
      throw core.shapeError(
        op,
        `padding ${p} is more than half of the kernel`,
        [x],
        "use at most half of the kernel size",
      );
    }
    return [p, o.ceilMode ? ceilHigh(spatial[i]!, window[i]!, strides[i]!, p, dilation[i]!) : p];
  });
  return { window, strides, padding, dilation };
}

/** Kinds of the options of max pooling. */
export const maxOptions = (
  n: number,
): Readonly<Record<"stride" | "padding" | "dilation" | "ceilMode", Kind>> => ({
  stride: orNull(perAxis(n)),
  padding: perAxis(n),
  dilation: perAxis(n),
  ceilMode: FLAG,
});

function maxPoolNd(op: string, n: number, x: CoreTensor, kernel: Size, o: MaxPoolFnOptions): Tensor {
  checkOptions(op, o, maxOptions(n));
  requireImage(op, n, x);
  return asTensor(core.maxPool(x, windowsOf(op, n, x, kernel, o)));
}

function avgPoolNd(op: string, n: number, x: CoreTensor, kernel: Size, o: AvgPoolFnOptions): Tensor {
  const { dilation: _, ...kinds } = maxOptions(n);
  checkOptions(op, o, { ...kinds, countIncludePad: FLAG });
  requireImage(op, n, x);
  const { countIncludePad = true, ...rest } = o;
  const w = windowsOf(op, n, x, kernel, rest);
  if (!o.ceilMode || !countIncludePad) return asTensor(core.avgPool(x, { ...w, countIncludePad }));
  const pads = tuple(op, "padding", o.padding ?? 0, n);
  const lead = new Array<number>(x.rank - n).fill(0);
  const padded = core.pad(x, { low: [...lead, ...pads], high: [...lead, ...pads] });
  const beyond = w.padding.map(([, h], i): [number, number] => [0, h - pads[i]!]);
  return asTensor(core.avgPool(padded, { ...w, padding: beyond, countIncludePad: false }));
}

const MAX_POOL = ["stride", "padding", "dilation", "ceilMode"] as const;

/**
 * Maximum of windows along the last axis: `[N, C, L]` (or `[C, L]`) -> `[N, C, L_out]`, L_out = ⌊(L + 2·padding −
 * dilation·(k − 1) − 1)/stride⌋ + 1. By default padding 0, dilation 1, ceilMode false.
 * @throws {ShapeError} when x has other axes, the window is larger than the padded axis, or the padding exceeds half
 * the window.
 * @throws {ArgumentError} when a size is out of range or for other axes, or an option is unknown.
 * @throws {DTypeError} when x is bool.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.max_pool1d
 */
export function maxPool1d(
  x: CoreTensor,
  kernelSize: Size,
  ...given: InOrder<MaxPoolFnOptions, typeof MAX_POOL>
): Tensor {
  return maxPoolNd("maxPool1d", 1, x, kernelSize, inOrder<MaxPoolFnOptions>("maxPool1d", given, MAX_POOL));
}
/**
 * Maximum of windows over the last two axes: `[N, C, H, W]` (or `[C, H, W]`) -> `[N, C, H_out, W_out]`, each ⌊(n +
 * 2·padding − dilation·(k − 1) − 1)/stride⌋ + 1. By default padding 0, dilation 1, ceilMode false.
 * @throws {ShapeError} when x has other axes, the window is larger than the padded axis, or the padding exceeds half
 * the window.
 * @throws {ArgumentError} when a size is out of range or for other axes, or an option is unknown.
 * @throws {DTypeError} when x is bool.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.max_pool2d
 */
export function maxPool2d(
  x: CoreTensor,
  kernelSize: Size,
  ...given: InOrder<MaxPoolFnOptions, typeof MAX_POOL>
): Tensor {
  return maxPoolNd("maxPool2d", 2, x, kernelSize, inOrder<MaxPoolFnOptions>("maxPool2d", given, MAX_POOL));
}
/**
 * Maximum of windows over the last three axes: `[N, C, D, H, W]` (or `[C, D, H, W]`) -> `[N, C, D_out, H_out, W_out]`,
 * each ⌊(n + 2·padding − dilation·(k − 1) − 1)/stride⌋ + 1. By default padding 0, dilation 1, ceilMode false.
 * @throws {ShapeError} when x has other axes, the window is larger than the padded axis, or the padding exceeds half
 * the window.
 * @throws {ArgumentError} when a size is out of range or for other axes, or an option is unknown.
 * @throws {DTypeError} when x is bool.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.max_pool3d
 */
export function maxPool3d(
  x: CoreTensor,
  kernelSize: Size,
  ...given: InOrder<MaxPoolFnOptions, typeof MAX_POOL>
): Tensor {
  return maxPoolNd("maxPool3d", 3, x, kernelSize, inOrder<MaxPoolFnOptions>("maxPool3d", given, MAX_POOL));
}
const AVG_POOL = ["stride", "padding", "ceilMode", "countIncludePad"] as const;

/**
 * Mean of windows along the last axis: `[N, C, L]` (or `[C, L]`) -> `[N, C, L_out]`, L_out = ⌊(L + 2·padding −
 * k)/stride⌋ + 1. By default padding 0, ceilMode false, countIncludePad true; the stride is the kernel size.
 * @throws {ShapeError} when x has other axes, the window is larger than the padded axis, or the padding exceeds half
 * the window.
 * @throws {ArgumentError} when a size is out of range or for other axes, or an option is unknown.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.avg_pool1d
 */
export function avgPool1d(
  x: CoreTensor,
  kernelSize: Size,
  ...given: InOrder<AvgPoolFnOptions, typeof AVG_POOL>
): Tensor {
  return avgPoolNd("avgPool1d", 1, x, kernelSize, inOrder<AvgPoolFnOptions>("avgPool1d", given, AVG_POOL));
}
/**
 * Mean of windows over the last two axes: `[N, C, H, W]` (or `[C, H, W]`) -> `[N, C, H_out, W_out]`, each ⌊(n +
 * 2·padding − k)/stride⌋ + 1. By default padding 0, ceilMode false, countIncludePad true; the stride is the kernel
 * size.
 * @throws {ShapeError} when x has other axes, the window is larger than the padded axis, or the padding exceeds half
 * the window.
 * @throws {ArgumentError} when a size is out of range or for other axes, or an option is unknown.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.avg_pool2d
 */
export function avgPool2d(
  x: CoreTensor,
  kernelSize: Size,
  ...given: InOrder<AvgPoolFnOptions, typeof AVG_POOL>
): Tensor {
  return avgPoolNd("avgPool2d", 2, x, kernelSize, inOrder<AvgPoolFnOptions>("avgPool2d", given, AVG_POOL));
}
/**
 * Mean of windows over the last three axes: `[N, C, D, H, W]` (or `[C, D, H, W]`) -> `[N, C, D_out, H_out, W_out]`,
 * each ⌊(n + 2·padding − k)/stride⌋ + 1. By default padding 0, ceilMode false, countIncludePad true; the stride is the
 * kernel size.
 * @throws {ShapeError} when x has other axes, the window is larger than the padded axis, or the padding exceeds half
 * the window.
 * @throws {ArgumentError} when a size is out of range or for other axes, or an option is unknown.
 * @throws {DTypeError} when x is not a float tensor.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.avg_pool3d
 */
export function avgPool3d(
  x: CoreTensor,
  kernelSize: Size,
  ...given: InOrder<AvgPoolFnOptions, typeof AVG_POOL>
): Tensor {
  return avgPoolNd("avgPool3d", 3, x, kernelSize, inOrder<AvgPoolFnOptions>("avgPool3d", given, AVG_POOL));
}

function maxPoolWithIndices(
  op: string,
  n: number,
  x: CoreTensor,
  kernel: Size,
  o: MaxPoolFnOptions,
): [Tensor, Tensor] {
  checkOptions(op, o, maxOptions(n));
  requireImage(op, n, x);
  const [v, i] = core.maxPoolWithIndices(x, windowsOf(op, n, x, kernel, o));
  return [asTensor(v), asTensor(i)];
}

/**
 * `[values, indices]` of max pooling along the last axis, both `[N, C, L_out]` as of `maxPool1d`; indices are int64,
 * counted along the axis. (PyTorch: `return_indices=True`.)
 * @throws {ShapeError} when x has other axes, the window is larger than the padded axis, or the padding exceeds half
 * the window.
 * @throws {ArgumentError} when a size is out of range, or an option is unknown.
 * @throws {DTypeError} when x is bool.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.max_pool1d
 */
export function maxPool1dWithIndices(
  x: CoreTensor,
  kernelSize: Size,
  ...given: InOrder<MaxPoolFnOptions, typeof MAX_POOL>
): [Tensor, Tensor] {
  return maxPoolWithIndices(
    "maxPool1dWithIndices",
    1,
    x,
    kernelSize,
    inOrder<MaxPoolFnOptions>("maxPool1dWithIndices", given, MAX_POOL),
  );
}
/**
 * `[values, indices]` of max pooling over the last two axes, both `[N, C, H_out, W_out]` as of `maxPool2d`; indices
 * are int64, flat within the pooled plane. (PyTorch: `return_indices=True`.)
 * @throws {ShapeError} when x has other axes, the window is larger than the padded axis, or the padding exceeds half
 * the window.
 * @throws {ArgumentError} when a size is out of range, or an option is unknown.
 * @throws {DTypeError} when x is bool.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.max_pool2d
 */
export function maxPool2dWithIndices(
  x: CoreTensor,
  kernelSize: Size,
  ...given: InOrder<MaxPoolFnOptions, typeof MAX_POOL>
): [Tensor, Tensor] {
  return maxPoolWithIndices(
    "maxPool2dWithIndices",
    2,
    x,
    kernelSize,
    inOrder<MaxPoolFnOptions>("maxPool2dWithIndices", given, MAX_POOL),
  );
}
/**
 * `[values, indices]` of max pooling over the last three axes, both `[N, C, D_out, H_out, W_out]` as of `maxPool3d`;
 * indices are int64, flat within the pooled volume. (PyTorch: `return_indices=True`.)
 * @throws {ShapeError} when x has other axes, the window is larger than the padded axis, or the padding exceeds half
 * the window.
 * @throws {ArgumentError} when a size is out of range, or an option is unknown.
 * @throws {DTypeError} when x is bool.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.max_pool3d
 */
export function maxPool3dWithIndices(
  x: CoreTensor,
  kernelSize: Size,
  ...given: InOrder<MaxPoolFnOptions, typeof MAX_POOL>
): [Tensor, Tensor] {
  return maxPoolWithIndices(
    "maxPool3dWithIndices",
    3,
    x,
    kernelSize,
    inOrder<MaxPoolFnOptions>("maxPool3dWithIndices", given, MAX_POOL),
  );
}
