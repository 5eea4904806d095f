// Resize: UpSampling by whole factors and Resizing to fixed sizes, where Keras interpolates the same way.
import { channelsLastPlaces } from "../emitter.js";
import type { KerasRule, KerasRules, NodeExport } from "../node.js";

/** Scale of every axis of the IR: stated, or of the sizes; null where a size is open. */
function statedScales(n: NodeExport<"Resize">): readonly (number | null)[] {
  const from = n.dims(0);
  const to = n.outDims();
  const axes = n.attrs.axes ?? from.map((_, i) => i);
  const stated = n.has(2) ? n.numbers(2) : null;
  return from.map((d, axis) => {
    const at = axes.findIndex((a) => (a < 0 ? a + from.length : a) === axis);
    const given = at >= 0 && stated && stated.length > 0 ? stated[at] : undefined;
    if (given !== undefined) return given;
    const size = to[axis];
    if (at < 0 || (size !== null && size === d)) return 1;
    return typeof d === "number" && typeof size === "number" ? size / d : null;
  });
}

/** How Keras calls an interpolation; null when it has none like it. `whole` = by whole factors. */
function interpolation(n: NodeExport<"Resize">, whole: boolean): "nearest" | "bilinear" | "bicubic" | null {
  const {
    mode,
    coordinate_transformation_mode: coordinates,
    nearest_mode: nearest,
    cubic_coeff_a: a,
  } = n.attrs;
  const half = coordinates === "half_pixel" || (coordinates === "pytorch_half_pixel" && whole);
  if (n.attrs.keep_aspect_ratio_policy !== "stretch") return null;
  if (n.attrs.antialias && (!n.attrs.exclude_outside || !half)) return null;
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
  const rank = n.rank(0);
  const stated = statedScales(n);
  const changed = stated.flatMap((s, axis) => (s === 1 ? [] : [axis]));
  if (changed.length === 0) {
    n.out.set(n.result, n.ordered(0));
    return;
  }
  const order = axesInside(n, changed) ? n.ordered(0).order : channelsLastPlaces(rank);
  const x = n.arranged(0, order);
  const dims = n.placedOut(order);
  const factors = new Array<number | null>(rank);
  order.forEach((place, axis) => (factors[place] = stated[axis] ?? null));
  if (factors[0] !== 1 || factors[rank - 1] !== 1 || rank < 3 || rank > 5)
    throw n.error("resizing of other axes than the spatial ones");
  const inner = factors.slice(1, -1);
  const whole = inner.flatMap((s) => (s !== null && Number.isInteger(s) ? [s] : []));
  const up = whole.length === inner.length;
  const mode = interpolation(n, up);
  if (mode === null)
    throw n.error(
      `Keras does not interpolate like ${n.attrs.mode}, ${n.attrs.coordinate_transformation_mode}`,
    );
  if (up && !n.attrs.antialias && (rank === 4 || mode === "nearest")) {
    const size = rank === 3 ? whole[0]! : whole;
    const config = rank === 3 ? { size } : { size, data_format: "channels_last" };
    const more = rank === 4 ? { ...config, interpolation: mode } : config;
    n.set(n.layer(`UpSampling${rank - 2}D`, x, dims, { config: more }), order);
    return;
  }
  const [, height, width] = dims;
  if (rank !== 4 || typeof height !== "number" || typeof width !== "number")
    throw n.error("resizing to a size that is not known");
  const antialias = n.attrs.antialias !== 0;
  const config = { height, width, interpolation: mode, antialias, data_format: "channels_last" };
  n.set(n.layer("Resizing", x, dims, { config }), order);
};

/** True when the resized axes lie between the first and the last axis of the tensor. */
function axesInside(n: NodeExport<"Resize">, changed: readonly number[]): boolean {
  const { order } = n.ordered(0);
  return changed.every((axis) => order[axis]! > 0 && order[axis]! < order.length - 1);
}

/** Resampling. */
export const RESIZE_RULES: KerasRules = { Resize: resize };
