// Resize: one interpolation matrix per axis, applied by matrix products. Covers every mode of ONNX; the common
// image cases go to core's `resize`.
import * as core from "@isoform/core";
import { isFloat, type Tensor } from "@isoform/core";
import type { IrAttrs } from "../../ir/ops/table.js";
import type { Call } from "../call.js";
import { checkHostSize, HostTensor } from "../host.js";

type Attrs = IrAttrs<"Resize">;

/** What is done along one axis. */
interface AxisPlan {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly roi: readonly [number, number];
}

/** Input coordinate of an output index. */
function coordinate(i: number, p: AxisPlan, mode: string): number {
  const { from, to, scale, roi } = p;
  switch (mode) {
    case "asymmetric":
      return i / scale;
    case "align_corners":
      // The scaled length is not rounded: with scales given it may be fractional.
      return to === 1 || from * scale === 1 ? 0 : (i * (from - 1)) / (from * scale - 1);
    case "pytorch_half_pixel":
      return to > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case "tf_half_pixel_for_nn":
      return (i + 0.5) / scale;
    case "half_pixel_symmetric": {
      const adjustment = to / (scale * from);
      return (from / 2) * (1 - adjustment) + (i + 0.5) / scale - 0.5;
    }
    case "tf_crop_and_resize":
      if (to > 1) return roi[0] * (from - 1) + (i * (roi[1] - roi[0]) * (from - 1)) / (to - 1);
      return 0.5 * (roi[0] + roi[1]) * (from - 1);
    default:
      return (i + 0.5) / scale - 0.5;
  }
}

function nearest(x: number, mode: string): number {
  switch (mode) {
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "round_prefer_ceil":
      return Math.floor(x + 0.5);
    default:
      return Math.ceil(x - 0.5);
  }
}

/** Cubic convolution kernel (Keys 1981). */
function cubic(t: number, a: number): number {
  const x = Math.abs(t);
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  if (x < 2) return a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a;
  return 0;
}

/** Weights of the input elements for one output: `[index, weight]`, unclamped indices. */
function taps(x: number, scale: number, attrs: Attrs): [number, number][] {
  if (attrs.mode === "nearest") return [[nearest(x, attrs.nearest_mode), 1]];
  const shrink = attrs.antialias && scale < 1 ? scale : 1;
  const radius = (attrs.mode === "cubic" ? 2 : 1) / shrink;
  const kernel = (t: number) =>
    attrs.mode === "cubic" ? cubic(t * shrink, attrs.cubic_coeff_a) : Math.max(0, 1 - Math.abs(t * shrink));
  const out: [number, number][] = [];
  for (let k = Math.floor(x - radius) + 1; k < x + radius; k++) {
    const weight = kernel(x - k);
    if (weight !== 0) out.push([k, weight]);
  }
  if (shrink === 1 && attrs.mode === "linear" && out.length === 0) out.push([Math.round(x), 1]);
  return out;
}

/** What every output element of an axis reads: clamped indices and normalised weights. */
interface AxisTaps {
  readonly taps: readonly (readonly (readonly [number, number])[])[];
  /** Rows that are extrapolated. */
  readonly outside: readonly boolean[];
}

function axisTaps(p: AxisPlan, attrs: Attrs): AxisTaps {
  const crop = attrs.coordinate_transformation_mode === "tf_crop_and_resize";
  const normalise = attrs.exclude_outside || (attrs.antialias && attrs.mode !== "nearest");
  const outside: boolean[] = [];
  checkHostSize(p.to, "Resize");
  const rows = Array.from({ length: p.to }, (_, i) => {
    const x = coordinate(i, p, attrs.coordinate_transformation_mode);
    outside.push(crop && (x < 0 || x > p.from - 1));
    let list = taps(x, p.scale, attrs);
    if (attrs.exclude_outside) list = list.filter(([k]) => k >= 0 && k < p.from);
    const total = normalise ? list.reduce((sum, [, w]) => sum + w, 0) : 1;
    return list.map(([k, w]): [number, number] => [Math.min(Math.max(k, 0), p.from - 1), w / total]);
  });
  return { taps: rows, outside };
}

/** Output size and scale of every axis. */
function plan(c: Call<"Resize">): AxisPlan[] {
  const shape = c.shape(0);
  const axes = (c.attrs.axes ?? shape.map((_, i) => i)).map((a) => (a < 0 ? a + shape.length : a));
  const rois = c.optInts(1) ?? [];
  const scales = c.has(2) && c.shape(2)[0] !== 0 ? c.ints(2) : null;
  const sizes = c.has(3) && c.shape(3)[0] !== 0 ? c.ints(3) : null;
  const roiOf = (i: number): [number, number] => [rois[i] ?? 0, rois[i + axes.length] ?? 1];
  if (scales) {
    return axes.map((axis, i) => {
      const from = shape[axis]!;
      const roi = roiOf(i);
      const span = c.attrs.coordinate_transformation_mode === "tf_crop_and_resize" ? roi[1] - roi[0] : 1;
      return { axis, from, to: Math.floor(from * span * scales[i]! + 1e-6), scale: scales[i]!, roi };
    });
  }
  if (!sizes) throw c.error("neither scales nor sizes are given");
  const policy = c.attrs.keep_aspect_ratio_policy;
  if (policy === "stretch") {
    return axes.map((axis, i) => {
      const from = shape[axis]!;
      return { axis, from, to: sizes[i]!, scale: sizes[i]! / from, roi: roiOf(i) };
    });
  }
  const ratios = axes.map((axis, i) => sizes[i]! / shape[axis]!);
  const scale = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  return axes.map((axis, i) => {
    const from = shape[axis]!;
    return { axis, from, to: Math.floor(from * scale + 0.5), scale, roi: roiOf(i) };
  });
}

/** Few taps are weighted gathers, many (antialiasing) one matrix product. */
const MAX_GATHERS = 4;

function interpolate(x: Tensor, c: Call<"Resize">, p: AxisPlan, rows: AxisTaps["taps"]): Tensor {
  const count = rows.reduce((n, row) => Math.max(n, row.length), 0);
  if (count > MAX_GATHERS) return applyMatrix(x, c, p, rows);
  const shape = x.shape.map((_, i) => (i === p.axis ? p.to : 1));
  let sum: Tensor | null = null;
  for (let t = 0; t < count; t++) {
    const places = rows.map((row) => row[t]?.[0] ?? 0);
    const weights = rows.map((row) => row[t]?.[1] ?? 0);
    const values = core.gather(x, c.upload(new HostTensor("int32", [p.to], places)), p.axis);
    const part = core.mul(values, core.cast(c.upload(new HostTensor("float32", shape, weights)), x.dtype));
    sum = sum === null ? part : core.add(sum, part);
  }
  return (
    sum ??
    core.zeros(
      x.shape.map((n, i) => (i === p.axis ? p.to : n)),
      x.dtype,
    )
  );
}

/** y along `axis` = matrix · x. */
function applyMatrix(x: Tensor, c: Call<"Resize">, p: AxisPlan, rows: AxisTaps["taps"]): Tensor {
  const matrix = new Float64Array(p.to * p.from);
  rows.forEach((row, i) => {
    for (const [k, w] of row) matrix[i * p.from + k]! += w;
  });
  const m = core.cast(c.upload(new HostTensor("float32", [p.to, p.from], [...matrix])), x.dtype);
  const last = x.rank - 1;
  const perm = x.shape.map((_, i) => (i === p.axis ? last : i === last ? p.axis : i));
  const moved = core.transpose(x, perm);
  return core.transpose(core.matmul(moved, core.swapLast(m)), perm);
}

/** Longest axis that is made: weights of an axis live on the host. */
const MAX_AXIS = 2 ** 24;

/** The `Resize` op. */
export function resize(c: Call<"Resize">): Tensor {
  const given = c.t(0);
  for (const p of plan(c)) {
    if (Number.isInteger(p.to) && p.to >= 0 && p.to <= MAX_AXIS && p.from > 0) continue;
    throw c.error(`axis ${p.axis} cannot become ${p.to} long`);
  }
  let x = isFloat(given.dtype) && given.dtype !== "float16" ? given : core.cast(given, "float32");
  const plans = plan(c).filter(
    (p) =>
      p.from !== p.to || p.scale !== 1 || c.attrs.coordinate_transformation_mode === "tf_crop_and_resize",
  );
  if (c.attrs.mode === "nearest" && c.attrs.coordinate_transformation_mode !== "tf_crop_and_resize") {
    return plans.reduce((t, p) => pick(t, c, p), given);
  }
  let outside: Tensor | null = null;
  for (const p of plans) {
    const { taps: rows, outside: flagged } = axisTaps(p, c.attrs);
    x = interpolate(x, c, p, rows);
    if (!flagged.includes(true)) continue;
    const flags = core.cast(c.upload(new HostTensor("int32", [p.to], flagged.map(Number))), "bool");
    const shaped = core.reshape(
      flags,
      given.shape.map((_, i) => (i === p.axis ? p.to : 1)),
    );
    outside = outside === null ? shaped : core.or(outside, shaped);
  }
  if (outside !== null) x = core.where(core.broadcastTo(outside, x.shape), c.attrs.extrapolation_value, x);
  return core.cast(core.isFloat(given.dtype) ? x : core.round(x), given.dtype);
}

/** Nearest neighbour along one axis is a gather. */
function pick(x: Tensor, c: Call<"Resize">, p: AxisPlan): Tensor {
  checkHostSize(p.to, "Resize");
  const places = Array.from({ length: p.to }, (_, i) => {
    const at = nearest(coordinate(i, p, c.attrs.coordinate_transformation_mode), c.attrs.nearest_mode);
    return Math.min(Math.max(at, 0), p.from - 1);
  });
  return core.gather(x, c.upload(new HostTensor("int32", [p.to], places)), p.axis);
}
