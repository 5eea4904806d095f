// Convolutions as numbers: sizes and strides of every axis, axes that do nothing left out, spread inputs taken apart.
import type { ConvAttrs } from "@isoform/core";
import type { GpuView } from "../view.js";

/** One spatial axis. Place p of the output and element k of the kernel meet at `p * stride + k * dilation - low`. */
export interface ConvAxis {
  /** Elements of the input, of the kernel and of the output. */
  readonly size: number;
  readonly kernel: number;
  readonly places: number;
  readonly stride: number;
  readonly dilation: number;
  readonly low: number;
  /** Steps between input elements. */
  readonly spread: number;
  /** Strides of input, kernel and output. */
  readonly x: number;
  readonly w: number;
  readonly to: number;
}

/** A convolution. */
export interface Convolution {
  /** Strides and shapes of the views do not count, only buffer, dtype and offset. */
  readonly x: GpuView;
  readonly w: GpuView;
  readonly out: GpuView;
  readonly batch: number;
  readonly groups: number;
  /** Input channels and output channels of a group. */
  readonly channels: number;
  readonly outputs: number;
  readonly xBatch: number;
  readonly xChannel: number;
  readonly wOutput: number;
  readonly wChannel: number;
  readonly toBatch: number;
  readonly toChannel: number;
  readonly axes: readonly ConvAxis[];
  /** The output is all of `out`, row-major. */
  readonly whole: boolean;
}

/** Reads a convolution off its views. */
export function convolutionOf(x: GpuView, w: GpuView, out: GpuView, attrs: ConvAttrs): Convolution {
  const axes = x.shape.slice(2).map((size, d): ConvAxis => {
    const [kernel, places] = [w.shape[d + 2]!, out.shape[d + 2]!];
    return {
      size,
      kernel,
      places,
      stride: places === 1 ? 1 : attrs.strides[d]!,
      dilation: kernel === 1 ? 1 : attrs.rhsDilation[d]!,
      low: attrs.padding[d]![0],
      spread: size <= 1 ? 1 : attrs.lhsDilation[d]!,
      x: x.strides[d + 2]!,
      w: w.strides[d + 2]!,
      to: out.strides[d + 2]!,
    };
  });
  const busy = axes.filter((a) => a.size !== 1 || a.kernel !== 1 || a.places !== 1 || a.low !== 0);
  return {
    x,
    w,
    out,
    batch: x.shape[0]!,
    groups: attrs.groups,
    channels: w.shape[1]!,
    outputs: w.shape[0]! / attrs.groups,
    xBatch: x.strides[0]!,
    xChannel: x.strides[1]!,
    wOutput: w.strides[0]!,
    wChannel: w.strides[1]!,
    toBatch: out.strides[0]!,
    toChannel: out.strides[1]!,
    axes: busy.length > 0 ? busy : axes.slice(0, 1),
    whole: true,
  };
}

/** Places of the output of one image and channel. */
export function placesOf(g: Convolution): number {
  return g.axes.reduce((p, a) => p * a.places, 1);
}

/** Elements that every result adds up. */
export function termsOf(g: Convolution): number {
  return g.axes.reduce((p, a) => p * a.kernel, g.channels);
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
const modulo = (a: number, n: number): number => ((a % n) + n) % n;

/** Most convolutions that one is taken apart into. */
const MOST_PHASES = 16;

/** Number of convolutions without spread inputs that make up this one. */
function phasesOf(a: ConvAxis): number {
  return a.spread / gcd(a.stride, a.spread);
}

/**
 * Convolutions whose inputs are not spread and that together give this one, each a regular part of the places of the output: where
 * the input has gaps, only every n-th element of the kernel meets anything. Null when there would be too many.
 */
export function phases(g: Convolution): readonly Convolution[] | null {
  if (g.axes.every((a) => a.spread === 1)) return [g];
  if (g.axes.reduce((n, a) => n * phasesOf(a), 1) > MOST_PHASES) return null;
  let found: Convolution[] = [g];
  g.axes.forEach((axis, d) => {
    if (axis.spread === 1) return;
    found = found.flatMap((part) => Array.from({ length: phasesOf(axis) }, (_, r) => phase(part, d, r)));
  });
  return found.filter((part) => part.axes.every((a) => a.places > 0));
}

/** The places r, r + n, r + 2n, … along axis d. */
function phase(g: Convolution, d: number, r: number): Convolution {
  const axis = g.axes[d]!;
  const { spread, stride, dilation, low, kernel } = axis;
  const count = phasesOf(axis);
  const step = spread / gcd(dilation, spread);
  const start = (k: number): number => r * stride + k * dilation - low;
  const candidates = Array.from({ length: Math.min(step, kernel) }, (_, k) => k);
  const first = candidates.find((k) => modulo(start(k), spread) === 0);
  const taken = first === undefined ? 0 : Math.ceil((kernel - first) / step);
  const axes = g.axes.with(d, {
    ...axis,
    kernel: taken,
    places: Math.ceil((axis.places - r) / count),
    stride: (count * stride) / spread,
    dilation: (step * dilation) / spread,
    low: first === undefined ? 0 : -start(first) / spread,
    spread: 1,
    w: axis.w * step,
    to: axis.to * count,
  });
  const w = { ...g.w, offset: g.w.offset + (first ?? 0) * axis.w };
  const out = { ...g.out, offset: g.out.offset + r * axis.to };
  return { ...g, w, out, axes, whole: false };
}
