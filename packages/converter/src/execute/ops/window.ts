// Padding of convolution and pooling windows: explicit, SAME, VALID, and the extra end of ceil mode.
import { checkHostSize } from "../host.js";

/** The window attributes that ONNX convolutions and pools share. */
export interface WindowAttributes {
  readonly auto_pad?: string;
  readonly pads?: readonly number[] | undefined;
  readonly strides?: readonly number[] | undefined;
  readonly dilations?: readonly number[] | undefined;
}

/** A window with every entry filled in, per spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  /** Padding that belongs to the input. */
  readonly padding: readonly (readonly [number, number])[];
}

/** TF's SAME: total = max((ceil(n/s) - 1)s + (k-1)d + 1 - n, 0), the odd element at the end (or the start). */
export function samePads(n: number, k: number, s: number, d: number, extraFirst: boolean): [number, number] {
  const total = Math.max((Math.ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0);
  const half = Math.floor(total / 2);
  return extraFirst ? [total - half, half] : [half, total - half];
}

/** Resolves window attributes for a spatial size. */
export function resolveWindow(
  spatial: readonly number[],
  kernel: readonly number[],
  a: WindowAttributes,
): Window {
  const strides = a.strides ?? kernel.map(() => 1);
  const dilation = a.dilations ?? kernel.map(() => 1);
  const auto = a.auto_pad ?? "NOTSET";
  const padding = kernel.map((k, i): [number, number] => {
    if (auto === "SAME_UPPER" || auto === "SAME_LOWER") {
      return samePads(spatial[i]!, k, strides[i]!, dilation[i]!, auto === "SAME_LOWER");
    }
    if (auto === "VALID" || !a.pads) return [0, 0];
    return [a.pads[i]!, a.pads[i + kernel.length]!];
  });
  return { kernel, strides, dilation, padding };
}

/** Extra end padding so that the last window of ceil mode fits; windows starting in the end padding are left out. */
export function ceilExtra(spatial: readonly number[], w: Window): number[] {
  return spatial.map((n, i) => {
    const reach = (w.kernel[i]! - 1) * w.dilation[i]! + 1;
    const [low, high] = w.padding[i]!;
    const s = w.strides[i]!;
    let count = Math.ceil((n + low + high - reach) / s) + 1;
    if ((count - 1) * s >= n + low) count--;
    return Math.max(0, (count - 1) * s + reach - (n + low + high));
  });
}

/** How many taps of each window lie in `from ≤ position < to` along one axis. */
export function windowCounts(out: number, w: Window, axis: number, from: number, to: number): number[] {
  checkHostSize(out * w.kernel[axis]!, "pool");
  return Array.from({ length: out }, (_, i) => {
    let count = 0;
    for (let k = 0; k < w.kernel[axis]!; k++) {
      const at = i * w.strides[axis]! - w.padding[axis]![0] + k * w.dilation[axis]!;
      if (at >= from && at < to) count++;
    }
    return count;
  });
}
