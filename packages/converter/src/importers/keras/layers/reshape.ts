// Layers that move, cut, pad or repeat elements.
import type { IrAttrsGiven } from "../../../ir/ops/table.js";
import { identityOrder, invertOrder, joinShuffle } from "../../../layout/index.js";
import type { Laid, Site } from "../laid.js";
import { input, type LayerCall, type LayerImporter } from "../layer.js";
import { expanded, padded, sliced } from "./common.js";

/** Joins all axes but the batch. A pending permutation becomes a pending order of the features. */
export function flattened(site: Site, given: Laid, part?: string): Laid {
  const x = site.ordered(given);
  const rank = x.order.length;
  if (rank === 1) return expanded(site, x, 1, part);
  if (rank === 2) return x;
  const dims = site.dims(x).slice(1);
  const known = dims.filter((d) => typeof d === "number");
  const follows = x.order[0] === 0 && known.length === dims.length;
  if (!follows) return site.plain(site.op("Flatten", [site.natural(x)], { axis: 1 }, part));
  const perm = invertOrder(x.order)
    .slice(1)
    .map((axis) => axis - 1);
  const shuffle = joinShuffle(known, perm);
  const value = site.op("Flatten", [x.value], { axis: 1 }, part);
  if (shuffle !== null) site.shared.layouts.rememberJoin(value, x);
  return { value, order: [0, 1], shuffle, mask: null };
}

export const flatten: LayerImporter = (c) => {
  const x = input(c);
  const rank = x.order.length;
  if (c.cfg.channelsLast || rank < 3) return flattened(c.site, x);
  // Keras moves the channels last before it flattens.
  const order = [0, ...identityOrder(rank - 2).map((i) => i + 2), 1];
  const whole = c.site.ordered(x);
  return flattened(
    c.site,
    c.site.laid(
      whole.value,
      order.map((i) => whole.order[i]!),
    ),
  );
};

export const reshape: LayerImporter = (c) => {
  const { site } = c;
  const target = c.cfg.ints("target_shape");
  if (target.length === 1) return flattened(site, input(c));
  const shape = [0, ...target];
  return site.plain(site.op("Reshape", [site.natural(input(c)), site.ints(shape)], {}));
};

/** Nothing moves until something needs the order. `dims` counts from 1, the batch apart. */
export const permute: LayerImporter = (c) => {
  const { site } = c;
  const x = site.ordered(input(c));
  const dims = c.cfg.ints("dims");
  const sorted = dims.toSorted((a, b) => a - b);
  if (dims.length !== x.order.length - 1 || sorted.some((d, i) => d !== i + 1))
    throw c.cfg.wrong("dims", `a permutation of 1 … ${x.order.length - 1}`);
  return site.laid(x.value, [x.order[0]!, ...dims.map((d) => x.order[d]!)]);
};

export const repeatVector: LayerImporter = (c) => {
  const { site } = c;
  const x = expanded(site, input(c), 1, "expand");
  const times = x.order.map(() => 1);
  times[x.order[1]!] = c.cfg.int("n", undefined, 1);
  return site.laid(site.op("Tile", [x.value, site.ints(times)], {}), x.order);
};

/** Keras axes of the spatial sizes. */
export function spatialAxes(c: LayerCall, spatial: number): readonly number[] {
  return identityOrder(spatial).map((i) => i + (c.cfg.channelsLast ? 1 : 2));
}

export const zeroPadding =
  (spatial: number): LayerImporter =>
  (c) => {
    const x = input(c);
    const pads = x.order.map((): readonly [number, number] => [0, 0]);
    const axes = spatialAxes(c, spatial);
    c.cfg.pairs("padding", spatial).forEach((pair, i) => (pads[axes[i]!] = pair));
    return padded(c.site, x, pads);
  };

export const cropping =
  (spatial: number): LayerImporter =>
  (c) => {
    const axes = spatialAxes(c, spatial);
    const cuts = c.cfg.pairs("cropping", spatial).flatMap(([low, high], i) => {
      const axis = axes[i]!;
      return low === 0 && high === 0 ? [] : [{ axis, start: low, end: high === 0 ? null : -high }];
    });
    return sliced(c.site, input(c), cuts);
  };

/** How Keras (TensorFlow) interpolates: half-pixel centres; cubic with a = -0.5 and weights renormalised at edges. */
export function interpolation(mode: string): IrAttrsGiven<"Resize"> | null {
  switch (mode) {
    case "nearest":
      return { mode: "nearest", nearest_mode: "round_prefer_ceil" };
    case "bilinear":
      return { mode: "linear" };
    case "bicubic":
      return { mode: "cubic", cubic_coeff_a: -0.5, exclude_outside: 1 };
    default:
      return null;
  }
}

const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n));

/** TensorFlow reads cubic weights from a table of 1,024 places between two pixels. */
function cubicNote(c: LayerCall, exact: boolean): void {
  if (!exact)
    c.site.note(
      "TensorFlow rounds the places of bicubic interpolation to 1/1024 pixel; values may differ by 1e-3",
    );
}

/** Images as N, C, spatial: runtimes interpolate cubically in that order only. */
function imageFirst(c: LayerCall, x: Laid): Laid {
  return c.site.fromChannelsFirst(c.site.channelsFirst(x, c.cfg.channelsLast), c.cfg.channelsLast, x.mask);
}

/** Repeats or interpolates by whole factors. */
export const upSampling =
  (spatial: number): LayerImporter =>
  (c) => {
    const { site } = c;
    const given = input(c);
    const factors = c.cfg.perAxis(
      "size",
      spatial,
      Array.from({ length: spatial }, () => 2),
    );
    const mode = spatial === 2 ? c.cfg.text("interpolation", "nearest") : "nearest";
    const x = mode === "bicubic" ? imageFirst(c, given) : site.ordered(given);
    if (mode === "bicubic") cubicNote(c, factors.every(isPowerOfTwo));
    const axes = spatial === 1 ? [1] : spatialAxes(c, spatial);
    const scales = x.order.map(() => 1);
    axes.forEach((axis, i) => (scales[site.axis(x, axis)] = factors[i]!));
    const attrs =
      mode === "nearest"
        ? { mode, coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" }
        : interpolation(mode);
    if (!attrs) throw c.cfg.unsupported(`interpolation ${JSON.stringify(mode)} has no counterpart`);
    const sizes = site.b.literal(scales, [scales.length], "float32");
    return site.laid(site.op("Resize", [x.value, null, sizes], attrs), x.order);
  };

/** Resizes the two spatial axes of images to fixed sizes. */
export function resized(
  c: LayerCall,
  given: Laid,
  size: readonly [number, number],
  mode: string,
  antialias: boolean,
): Laid {
  const { site } = c;
  const batched = given.order.length === 4;
  const x = mode === "bicubic" && batched ? imageFirst(c, given) : site.ordered(given);
  if (mode === "bicubic") cubicNote(c, false);
  const attrs = interpolation(mode);
  if (!attrs) throw c.cfg.unsupported(`interpolation ${JSON.stringify(mode)} has no counterpart`);
  const axes = imageAxes(c, x).map((axis) => site.axis(x, axis));
  const [low, high] = axes[0]! < axes[1]! ? [0, 1] : [1, 0];
  // Weights outside of the image are left out and the others scaled up.
  const smooth = antialias && mode !== "nearest" ? { antialias: 1, exclude_outside: 1 } : {};
  const scales = exactScales(x, axes, size);
  if (scales) {
    const literal = site.b.literal(scales, [scales.length], "float32");
    return site.laid(site.op("Resize", [x.value, null, literal], { ...attrs, ...smooth }), x.order);
  }
  const sizes = site.ints([size[low]!, size[high]!]);
  const options = { ...attrs, ...smooth, axes: [axes[low]!, axes[high]!] };
  return site.laid(site.op("Resize", [x.value, null, null, sizes], options), x.order);
}

/** Scales of all axes that give the wanted sizes exactly; null when a size is open. Runtimes know them better than sizes. */
function exactScales(x: Laid, axes: readonly number[], size: readonly number[]): readonly number[] | null {
  const scales = x.order.map(() => 1);
  for (const [i, axis] of axes.entries()) {
    const from = x.value.dims?.[axis];
    if (typeof from !== "number") return null;
    let scale = Math.fround(size[i]! / from);
    if (Math.floor(Math.fround(from * scale)) < size[i]!) scale = Math.fround(scale * (1 + 2 ** -23));
    if (Math.floor(Math.fround(from * scale)) !== size[i]) return null;
    scales[axis] = scale;
  }
  return scales;
}

/** Keras axes of height and width, of a batch or of one image. */
function imageAxes(c: LayerCall, x: Laid): readonly [number, number] {
  const batch = x.order.length - 3;
  return c.cfg.channelsLast ? [batch, batch + 1] : [batch + 1, batch + 2];
}

const f32 = Math.fround;

export const resizing: LayerImporter = (c) => {
  const { site, cfg } = c;
  const given = input(c);
  const size = [cfg.int("height", undefined, 1), cfg.int("width", undefined, 1)] as const;
  const mode = cfg.text("interpolation", "bilinear");
  const antialias = cfg.flag("antialias", false);
  cfg.ignore("fill_mode", "fill_value", "bounding_box_format", "data_format");
  const x = mode === "nearest" ? given : site.float(given);
  if (cfg.flag("pad_to_aspect_ratio", false))
    throw cfg.unsupported("padding to the aspect ratio has no counterpart");
  if (!cfg.flag("crop_to_aspect_ratio", false)) return resized(c, x, size, mode, antialias);
  const axes = imageAxes(c, x);
  const [h, w] = axes.map((axis) => site.size(x, axis)) as [number, number];
  const ratio = (a: number, to: number, of: number) => Math.trunc(f32(f32(a * to) / of));
  const cropped = [
    Math.max(Math.min(h, ratio(w, size[0], size[1])), 1),
    Math.max(Math.min(w, ratio(h, size[1], size[0])), 1),
  ];
  const cuts = axes.map((axis, i) => {
    const start = Math.trunc(((i === 0 ? h : w) - cropped[i]!) / 2);
    return { axis, start, end: start + cropped[i]! };
  });
  return resized(c, sliced(site, x, cuts, "crop"), size, mode, antialias);
};

export const centerCrop: LayerImporter = (c) => {
  const { site, cfg } = c;
  const x = site.float(input(c));
  const size = [cfg.int("height", undefined, 1), cfg.int("width", undefined, 1)];
  cfg.ignore("bounding_box_format");
  const cuts = imageAxes(c, x).map((axis, i) => {
    const start = Math.floor((site.size(x, axis) - size[i]!) / 2);
    return { axis, start, end: start + size[i]! };
  });
  if (cuts.some(({ start }) => start < 0)) throw cfg.unsupported("the image is smaller than the crop");
  return sliced(site, x, cuts);
};
