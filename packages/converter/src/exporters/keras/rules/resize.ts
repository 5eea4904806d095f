// Resize: UpSampling by whole factors and Resizing to fixed sizes, where Keras interpolates the same way.
import { channelsLastPlaces } from "../emitter.js";
import type { KerasRule, KerasRules, NodeExport } from "../node.js";
import { placed } from "../emitter.js";

/** Scale of every axis of the IR: stated, or of the sizes. */
function scalesOf(n: NodeExport<"Resize">): readonly number[] {
  const from = n.dims(0);
  const to = n.outDims();
  const axes = n.attrs.axes ?? from.map((_, i) => i);
  const stated = n.has(2) ? n.numbers(2) : null;
  return from.map((d, axis) => {
    const at = axes.findIndex((a) => (a < 0 ? a + from.length : a) === axis);
    if (at < 0) return 1;
    const given = stated && stated.length > 0 ? stated[at] : undefined;
    if (given !== undefined) return given;
    const size = to[axis];
    if (typeof d === "number" && typeof size === "number") return size / d;
    throw n.error("the scale is not known");
  });
}

/** How Keras calls an interpolation; null when it has none like it. `whole` = by whole factors. */
function interpolation(n: NodeExport<"Resize">, whole: boolean): "nearest" | "bilinear" | "bicubic" | null {
  const { mode, coordinate_transformation_mode: coordinates, nearest_mode: nearest, cubic_coeff_a: a } = n.attrs;
  const half = coordinates === "half_pixel" || (coordinates === "pytorch_half_pixel" && whole);
  if (n.attrs.antialias || n.attrs.keep_aspect_ratio_policy !== "stretch") return null;
  if (mode === "linear") return half ? "bilinear" : null;
  if (mode === "cubic") return half && a === -0.5 && n.attrs.exclude_outside ? "bicubic" : null;
  if (coordinates === "half_pixel" || coordinates === "pytorch_half_pixel") {
    const rounds = nearest === "round_prefer_ceil" || (whole && nearest === "round_prefer_floor");
    return rounds ? "nearest" : null;
  }
  if (coordinates === "tf_half_pixel_for_nn") return nearest === "floor" ? "nearest" : null;
  return whole && coordinates === "asymmetric" && nearest === "floor" ? "nearest" : null;
}

const resize: KerasRule<"Resize"> = (n) => {
  const view = n.ordered(0);
  const rank = view.order.length;
  const scales = scalesOf(n);
  const changed = scales.flatMap((s, axis) => (s === 1 ? [] : [axis]));
  if (changed.length === 0) {
    n.out.set(n.result, view);
    return;
  }
  const order = axesInside(n, changed) ? view.order : channelsLastPlaces(rank);
  const x = n.arranged(0, order);
  const dims = n.placedOut(order);
  const factors = placed(scales, order).map(Number);
  if (factors[0] !== 1 || factors[rank - 1] !== 1 || rank < 3 || rank > 5) throw n.error("resizing of other axes than the spatial ones");
  const inner = factors.slice(1, -1);
  const whole = inner.every((s) => Number.isInteger(s));
  const mode = interpolation(n, whole);
  if (mode === null) throw n.error(`Keras does not interpolate like ${n.attrs.mode}, ${n.attrs.coordinate_transformation_mode}`);
  if (whole && (rank === 4 || mode === "nearest")) {
    const size = rank === 3 ? inner[0]! : inner;
    const config = rank === 3 ? { size } : { size, data_format: "channels_last" };
    const more = rank === 4 ? { ...config, interpolation: mode } : config;
    n.set(n.layer(`UpSampling${rank - 2}D`, x, dims, { config: more }), order);
    return;
  }
  const [, height, width] = dims;
  if (rank !== 4 || typeof height !== "number" || typeof width !== "number") throw n.error("resizing to a size that is not known");
  const config = { height, width, interpolation: mode, data_format: "channels_last" };
  n.set(n.layer("Resizing", x, dims, { config }), order);
};

/** True when the resized axes lie between the first and the last axis of the tensor. */
function axesInside(n: NodeExport<"Resize">, changed: readonly number[]): boolean {
  const { order } = n.ordered(0);
  return changed.every((axis) => order[axis]! > 0 && order[axis]! < order.length - 1);
}

/** Resampling. */
export const RESIZE_RULES: KerasRules = { Resize: resize };
