// Where resizing reads: for every output element the input elements and their weights, computed once on the host.
import { ArgumentError } from "../../../errors.js";

/** How an output position maps to an input position (ONNX's names). */
export type ResizeCoordinates =
  | "half_pixel"
  | "half_pixel_symmetric"
  | "asymmetric"
  | "align_corners"
  | "pytorch_half_pixel"
  | "tf_half_pixel_for_nn";
/** Interpolation of `resize`. */
export type ResizeMode = "nearest" | "linear" | "cubic";
/** Rounding of positions in mode `nearest`. */
export type NearestRounding = "floor" | "ceil" | "round_prefer_floor" | "round_prefer_ceil";

/** All coordinate rules. */
export const COORDINATES: readonly ResizeCoordinates[] = [
  "half_pixel",
  "half_pixel_symmetric",
  "asymmetric",
  "align_corners",
  "pytorch_half_pixel",
  "tf_half_pixel_for_nn",
];
/** All modes. */
export const MODES: readonly ResizeMode[] = ["nearest", "linear", "cubic"];
/** All roundings. */
export const ROUNDINGS: readonly NearestRounding[] = [
  "floor",
  "ceil",
  "round_prefer_floor",
  "round_prefer_ceil",
];

/** One axis to resize. `scale` is output/input unless the user gave another. */
export interface AxisResize {
  readonly input: number;
  readonly output: number;
  readonly scale: number | null;
}

/** What the taps of an axis are made from. */
export interface ResizeRule {
  readonly mode: ResizeMode;
  readonly coordinates: ResizeCoordinates;
  readonly nearest: NearestRounding;
  readonly cubicCoeff: number;
  readonly excludeOutside: boolean;
}

/** Tap k of output i reads element `indices[k][i]` with `weights[k][i]`. */
export interface Taps {
  readonly indices: readonly Int32Array[];
  readonly weights: readonly Float64Array[];
}

/** n·input/output, or n/scale. Products before quotients: whole results are exact. */
function unscale(n: number, { input, output, scale }: AxisResize): number {
  return scale === null ? (n * input) / output : n / scale;
}

function position(i: number, axis: AxisResize, rule: ResizeCoordinates): number {
  switch (rule) {
    case "half_pixel":
      return unscale(i + 0.5, axis) - 0.5;
    case "half_pixel_symmetric": {
      const exact = axis.scale === null ? axis.output : axis.input * axis.scale;
      const offset = (axis.input / 2) * (1 - axis.output / exact);
      return offset + unscale(i + 0.5, axis) - 0.5;
    }
    case "pytorch_half_pixel":
      return axis.output > 1 ? unscale(i + 0.5, axis) - 0.5 : 0;
    case "tf_half_pixel_for_nn":
      return unscale(i + 0.5, axis);
    case "asymmetric":
      return unscale(i, axis);
    case "align_corners":
      return axis.output > 1 ? (i * (axis.input - 1)) / (axis.output - 1) : 0;
  }
}

function rounded(x: number, rule: NearestRounding): number {
  switch (rule) {
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "round_prefer_floor":
      return Math.ceil(x - 0.5);
    case "round_prefer_ceil":
      return Math.floor(x + 0.5);
  }
}

/** Keys's cubic convolution kernel at distance d (Keys 1981). */
function cubic(d: number, a: number): number {
  const x = Math.abs(d);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/** Offsets from ⌊position⌋ that are read, and their weights at fraction t. */
function kernel(rule: ResizeRule): {
  readonly offsets: readonly number[];
  weight(offset: number, t: number): number;
} {
  switch (rule.mode) {
    case "nearest":
      return { offsets: [0], weight: () => 1 };
    case "linear":
      return { offsets: [0, 1], weight: (o, t) => (o === 0 ? 1 - t : t) };
    case "cubic":
      return { offsets: [-1, 0, 1, 2], weight: (o, t) => cubic(o - t, rule.cubicCoeff) };
  }
}

/** The taps of one axis. Positions outside read the edge, or count nothing with `excludeOutside`. */
export function tapsOf(axis: AxisResize, rule: ResizeRule): Taps {
  const { offsets, weight } = kernel(rule);
  const indices = offsets.map(() => new Int32Array(axis.output));
  const weights = offsets.map(() => new Float64Array(axis.output));
  const last = axis.input - 1;
  for (let i = 0; i < axis.output; i++) {
    const x = position(i, axis, rule.coordinates);
    const base = rule.mode === "nearest" ? rounded(x, rule.nearest) : Math.floor(x);
    let total = 0;
    offsets.forEach((offset, k) => {
      const at = base + offset;
      const inside = at >= 0 && at <= last;
      const w = rule.excludeOutside && !inside ? 0 : weight(offset, x - base);
      indices[k]![i] = Math.min(last, Math.max(0, at));
      weights[k]![i] = w;
      total += w;
    });
    if (rule.excludeOutside && total !== 0) for (const w of weights) w[i]! /= total;
  }
  return { indices, weights };
}

/**
 * Returns `scale`.
 * @throws {ArgumentError} unless it is a positive number
 */
export function requireScale(scale: number): number {
  if (typeof scale === "number" && scale > 0 && Number.isFinite(scale)) return scale;
  throw new ArgumentError(`scale is ${scale}`, {
    code: "argument/invalid",
    op: "resize",
    hint: "a scale is output size / input size, above 0",
  });
}
