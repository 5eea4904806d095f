// Convolutions with Keras' kernels, paddings and layouts, on core's.
import * as core from "@isoform/core";
import { samePadding, type Tensor } from "@isoform/core";
import type { DataFormat } from "../session.js";
import { channelsBack, channelsSecond } from "./layout.js";

/** Padding of convolutions; `causal` pads the past of one axis only. */
export type ConvPadding = "valid" | "same" | "causal";

/** Attributes of convolutions, one entry per spatial axis. */
export interface ConvSettings {
  readonly strides: readonly number[];
  readonly padding: ConvPadding;
  readonly dataFormat: DataFormat;
  readonly dilationRate: readonly number[];
  readonly groups?: number;
}

type Pair = readonly [number, number];

function paddings(size: readonly number[], kernel: readonly number[], s: ConvSettings): Pair[] {
  return kernel.map((k, i): Pair => {
    if (s.padding === "same") return samePadding(size[i]!, k, s.strides[i]!, s.dilationRate[i]!);
    return s.padding === "causal" ? [(k - 1) * s.dilationRate[i]!, 0] : [0, 0];
  });
}

/** Refuses windows that fit nowhere. @throws {ShapeError} when one is larger than the padded input */
function requireFit(
  x: Tensor,
  kernel: Tensor,
  padding: readonly Pair[],
  dilation: readonly number[],
  spatial: readonly number[],
): void {
  const at = padding.findIndex(([low, high], i) => {
    const reach = (kernel.shape[i]! - 1) * dilation[i]! + 1;
    return spatial[i]! + low + high < reach;
  });
  if (at < 0) return;
  throw core.shapeError(
    "conv",
    `the kernel is larger than the padded input on spatial axis ${at}`,
    [x, kernel],
    "pad more or use a smaller kernel",
  );
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** A kernel `[...k, in, out]` as `[out, in, ...k]`; a view. */
export function kernelFirst(kernel: Tensor): Tensor {
  const n = kernel.rank - 2;
  return core.transpose(kernel, [n + 1, n, ...range(n)]);
}

/** Convolution with a kernel `[...k, in / groups, out]` and a bias `[out]` or null. @throws {ShapeError} */
export function conv(x: Tensor, kernel: Tensor, bias: Tensor | null, s: ConvSettings): Tensor {
  const inner = channelsSecond(x, s.dataFormat);
  const padding = paddings(inner.shape.slice(2), kernel.shape.slice(0, -2), s);
  requireFit(x, kernel, padding, s.dilationRate, inner.shape.slice(2));
  const y = core.convolution(inner, kernelFirst(kernel), bias, {
    strides: s.strides,
    padding,
    rhsDilation: s.dilationRate,
    groups: s.groups ?? 1,
  });
  return channelsBack(y, s.dataFormat);
}

/** Depthwise convolution with a kernel `[...k, in, multiplier]`: output channel `c * multiplier + m`. @throws {ShapeError} */
export function depthwiseConv(x: Tensor, kernel: Tensor, bias: Tensor | null, s: ConvSettings): Tensor {
  const inner = channelsSecond(x, s.dataFormat);
  const n = kernel.rank - 2;
  const [channels, multiplier] = kernel.shape.slice(-2) as [number, number];
  const window = kernel.shape.slice(0, -2);
  const first = core.transpose(kernel, [n, n + 1, ...range(n)]);
  const padding = paddings(inner.shape.slice(2), window, s);
  requireFit(x, kernel, padding, s.dilationRate, inner.shape.slice(2));
  const y = core.convolution(inner, core.reshape(first, [channels * multiplier, 1, ...window]), bias, {
    strides: s.strides,
    padding,
    rhsDilation: s.dilationRate,
    groups: channels,
  });
  return channelsBack(y, s.dataFormat);
}

/** Sizes of a transposed convolution (TensorFlow's rules). */
export function transposedSize(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: "valid" | "same",
  outputPadding: number | null,
): number {
  const reach = (kernel - 1) * dilation + 1;
  if (outputPadding === null)
    return padding === "same" ? size * stride : size * stride + Math.max(reach - stride, 0);
  const full = (size - 1) * stride + reach;
  return padding === "same" ? full - 2 * Math.floor(reach / 2) + outputPadding : full + outputPadding;
}

/**
 * Transposed convolution with a kernel `[...k, out, in]`: the gradient of the convolution with the same settings, as
 * TensorFlow defines it. @throws {ShapeError}
 */
export function convTranspose(
  x: Tensor,
  kernel: Tensor,
  bias: Tensor | null,
  s: ConvSettings & { readonly padding: "valid" | "same"; readonly outputPadding: readonly number[] | null },
): Tensor {
  const inner = channelsSecond(x, s.dataFormat);
  const window = kernel.shape.slice(0, -2);
  const cut = window.map((k, i): { pair: Pair; extra: number } => {
    const [stride, dilation] = [s.strides[i]!, s.dilationRate[i]!];
    const size = inner.shape[i + 2]!;
    const out = transposedSize(size, k, stride, dilation, s.padding, s.outputPadding?.[i] ?? null);
    const excess = (size - 1) * stride + (k - 1) * dilation + 1 - out;
    const low = s.padding === "same" ? Math.floor(Math.max(excess, 0) / 2) : 0;
    return excess - low >= 0
      ? { pair: [low, excess - low], extra: 0 }
      : { pair: [low, 0], extra: low - excess };
  });
  const y = core.convTranspose(inner, kernelFirst(kernel), bias, {
    strides: s.strides,
    padding: cut.map((c) => c.pair),
    outputPadding: cut.map((c) => c.extra),
    dilation: s.dilationRate,
  });
  return channelsBack(y, s.dataFormat);
}
