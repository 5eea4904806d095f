// Operations of keras.ops that move elements, and matrix products.
import { isDType } from "@isoform/core";
import { isPlainObject, type PlainJson } from "../../../formats/keras/index.js";
import type { IrValue } from "../../../ir/types.js";
import { identityOrder } from "../../../layout/index.js";
import type { Laid } from "../laid.js";
import type { LayerCall, LayerImporter, LayerTable } from "../layer.js";
import { expanded, padded, sliced, squeezed } from "../layers/common.js";
import { concatenated } from "../layers/merge.js";
import { interpolation } from "../layers/reshape.js";
import {
  flatNumbers,
  operandAt,
  promoted,
  settingOf,
  tensorAt,
  tensorList,
  wholeNumbers,
} from "./operands.js";

/** A setting that must be whole numbers. */
function numbers(c: LayerCall, key: string, index = -1): readonly number[] {
  const found = wholeNumbers(settingOf(c, key, index));
  if (found) return found;
  throw c.cfg.unsupported(`${key} is not given as whole numbers`);
}

/** The target of a reshape, null entries meaning "what is left". */
function target(c: LayerCall): readonly number[] {
  const v = settingOf(c, "newshape", 1);
  const list: readonly PlainJson[] = Array.isArray(v) ? v : [v ?? null];
  return list.map((n) => {
    if (n === null) return -1;
    if (typeof n === "number" && Number.isSafeInteger(n)) return n;
    throw c.cfg.unsupported("a shape that is not given as whole numbers");
  });
}

const reshape: LayerImporter = (c) => {
  const { site } = c;
  const shape = target(c);
  const value = site.op("Reshape", [site.natural(tensorAt(c, 0, "x")), site.ints(shape)], {
    allowzero: shape.includes(0) ? 1 : 0,
  });
  return site.plain(value);
};

const transpose: LayerImporter = (c) => {
  const x = c.site.ordered(tensorAt(c, 0, "x"));
  const axes = wholeNumbers(settingOf(c, "axes", 1)) ?? identityOrder(x.order.length).toReversed();
  return c.site.laid(
    x.value,
    axes.map((a) => c.site.axis(x, a)),
  );
};

const swapaxes: LayerImporter = (c) => {
  const x = c.site.ordered(tensorAt(c, 0, "x"));
  const [a] = numbers(c, "axis1", 1).map((n) => (n < 0 ? n + x.order.length : n));
  const [b] = numbers(c, "axis2", 2).map((n) => (n < 0 ? n + x.order.length : n));
  return c.site.laid(
    x.value,
    x.order.map((p, i) => (i === a ? x.order[b!]! : i === b ? x.order[a!]! : p)),
  );
};

const expandDims: LayerImporter = (c) => {
  const given = tensorAt(c, 0, "x");
  const axes = numbers(c, "axis", 1);
  const rank = given.order.length + axes.length;
  const places = axes.map((a) => (a < 0 ? a + rank : a)).toSorted((a, b) => a - b);
  return places.reduce<Laid>(
    (x, axis, i) => expanded(c.site, x, axis, i === places.length - 1 ? undefined : "step"),
    given,
  );
};

const squeeze: LayerImporter = (c) => {
  const given = tensorAt(c, 0, "x");
  const dims = c.site.dims(given);
  const listed = wholeNumbers(settingOf(c, "axis", 1));
  const axes = (listed ?? dims.flatMap((d, i) => (d === 1 ? [i] : []))).map((a) =>
    a < 0 ? a + dims.length : a,
  );
  const last = axes.toSorted((a, b) => b - a);
  return last.reduce<Laid>(
    (x, axis, i) => squeezed(c.site, x, axis, i === last.length - 1 ? undefined : "step"),
    given,
  );
};

const concatenate: LayerImporter = (c) =>
  concatenated(c.site, promoted(c.site, tensorList(c)), numbers(c, "axis", 1)[0] ?? -1);

const stack: LayerImporter = (c) => {
  const xs = promoted(c.site, tensorList(c));
  const [given = 0] = numbers(c, "axis", 1);
  const axis = given < 0 ? given + xs[0]!.order.length + 1 : given;
  return concatenated(
    c.site,
    xs.map((x, i) => expanded(c.site, x, axis, `expand_${i}`)),
    axis,
  );
};

const split: LayerImporter = (c) => {
  const { site } = c;
  const x = site.ordered(tensorAt(c, 0, "x"));
  const [axis = 0] = wholeNumbers(settingOf(c, "axis", 2)) ?? [];
  const place = site.axis(x, axis);
  const v = settingOf(c, "indices_or_sections", 1);
  const size = site.size(x, axis);
  const given = wholeNumbers(v);
  if (!given) throw c.cfg.unsupported("places that are not given as whole numbers");
  const sizes = Array.isArray(v)
    ? [...given, size].map((n, i) => n - (given[i - 1] ?? 0))
    : Array.from({ length: given[0]! }, () => size / given[0]!);
  const parts = site.ops(
    "Split",
    [x.value, site.ints(sizes)],
    { axis: place },
    sizes.map((_, i) => String(i)),
  );
  return parts.flatMap((p) => (p ? [site.laid(p, x.order)] : []));
};

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end: number | null;
  readonly step: number;
}

/** `x[…]` with slices, numbers, an ellipsis and new axes. */
const getItem: LayerImporter = (c) => {
  const { site } = c;
  const x = tensorAt(c, 0, "x");
  const key = settingOf(c, "key", 1);
  const parts: readonly PlainJson[] = Array.isArray(key) ? key : [key ?? null];
  const name = (p: PlainJson) => (isPlainObject(p) ? p["class_name"] : null);
  const rest = parts.filter((p) => p !== null && name(p) !== "__ellipsis__").length;
  const cuts: Cut[] = [];
  const gone: number[] = [];
  const fresh: number[] = [];
  let axis = 0;
  let out = 0;
  for (const part of parts) {
    if (part === null) fresh.push(out++);
    else if (name(part) === "__ellipsis__") {
      const skip = x.order.length - rest;
      axis += skip;
      out += skip;
    } else if (typeof part === "number") {
      cuts.push({ axis, start: part, end: part === -1 ? null : part + 1, step: 1 });
      gone.push(axis++);
    } else {
      const bounds = sliceOf(c, part);
      if (bounds) cuts.push({ axis, ...bounds });
      axis++;
      out++;
    }
  }
  const last = gone.length + fresh.length === 0;
  const cut = sliced(site, x, cuts, last ? undefined : "slice");
  const kept = gone
    .toReversed()
    .reduce<Laid>(
      (y, a, i) => squeezed(site, y, a, i === gone.length - 1 && fresh.length === 0 ? undefined : "squeeze"),
      cut,
    );
  return fresh.reduce<Laid>((y, a) => expanded(site, y, a, "expand"), kept);
};

function sliceOf(c: LayerCall, v: PlainJson): Omit<Cut, "axis"> | null {
  const config = isPlainObject(v) && v["class_name"] === "__slice__" ? v["config"] : undefined;
  if (!isPlainObject(config))
    throw c.cfg.unsupported("an index that is no number, slice, ellipsis or new axis");
  const { start, stop, step } = config;
  const all = [start, stop, step].map((n) => n ?? null);
  if (all.every((n) => n === null)) return null;
  if (all.some((n) => n !== null && typeof n !== "number"))
    throw c.cfg.unsupported("a slice that is computed");
  const by = typeof step === "number" ? step : 1;
  const from = typeof start === "number" ? start : by < 0 ? -1 : 0;
  return { start: from, end: typeof stop === "number" ? stop : null, step: by };
}

const flip: LayerImporter = (c) => {
  const x = tensorAt(c, 0, "x");
  const axes = wholeNumbers(settingOf(c, "axis", 1)) ?? identityOrder(x.order.length);
  return sliced(
    c.site,
    x,
    axes.map((axis) => ({ axis, start: -1, end: null, step: -1 })),
  );
};

const pad: LayerImporter = (c) => {
  const x = tensorAt(c, 0, "x");
  const flat = flatNumbers(settingOf(c, "pad_width", 1));
  const mode = settingOf(c, "mode") ?? "constant";
  const fill = settingOf(c, "constant_values") ?? 0;
  const modes: Readonly<Record<string, string>> = { constant: "constant", reflect: "reflect", edge: "edge" };
  const ours = typeof mode === "string" && Object.hasOwn(modes, mode) ? modes[mode] : undefined;
  if (!flat || !ours || typeof fill !== "number")
    throw c.cfg.unsupported(`padding of mode ${JSON.stringify(mode)}`);
  const rank = x.order.length;
  const at = (axis: number, side: number): number => {
    if (flat.shape.length === 0) return flat.values[0]!;
    if (flat.shape.length === 1) return flat.values[flat.values.length === 1 ? 0 : side]!;
    return flat.values[(flat.shape[0] === 1 ? 0 : axis) * flat.shape[1]! + side]!;
  };
  const pads = identityOrder(rank).map((axis): readonly [number, number] => [at(axis, 0), at(axis, 1)]);
  return padded(c.site, x, pads, ours, undefined, fill);
};

const tile: LayerImporter = (c) => {
  const { site } = c;
  const x = site.ordered(tensorAt(c, 0, "x"));
  const repeats = numbers(c, "repeats", 1);
  if (repeats.length > x.order.length) throw c.cfg.unsupported("tiling along new axes");
  const times = x.order.map(() => 1);
  repeats.forEach((n, i) => (times[x.order[i + x.order.length - repeats.length]!] = n));
  return site.laid(site.op("Tile", [x.value, site.ints(times)], {}), x.order);
};

/** Repeats every element of an axis. */
const repeat: LayerImporter = (c) => {
  const { site } = c;
  const x = site.ordered(tensorAt(c, 0, "x"));
  const [n, ...more] = numbers(c, "repeats", 1);
  const [axis] = wholeNumbers(settingOf(c, "axis", 2)) ?? [];
  if (axis === undefined || n === undefined || more.length > 0)
    throw c.cfg.unsupported("repeating by different numbers or over all axes");
  const scales = x.order.map((_, i) => (i === site.axis(x, axis) ? n : 1));
  const literal = site.b.literal(scales, [scales.length], "float32");
  const attrs = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
  return site.laid(site.op("Resize", [x.value, null, literal], attrs), x.order);
};

const take: LayerImporter = (c) => {
  const { site } = c;
  const x = site.ordered(tensorAt(c, 0, "x"));
  const indices = operandAt(c, 1, null, "indices");
  const [axis] = wholeNumbers(settingOf(c, "axis", 2)) ?? [];
  if (!indices || axis === undefined) throw c.cfg.unsupported("indices or axis are not given");
  const value = site.op("Gather", [site.natural(x), site.natural(indices)], {
    axis: axis < 0 ? axis + x.order.length : axis,
  });
  return site.plain(value);
};

const takeAlongAxis: LayerImporter = (c) => {
  const { site } = c;
  const x = site.ordered(tensorAt(c, 0, "x"));
  const indices = operandAt(c, 1, null, "indices");
  const [axis] = wholeNumbers(settingOf(c, "axis", 2)) ?? [];
  if (!indices || axis === undefined) throw c.cfg.unsupported("indices or axis are not given");
  const order = x.order;
  return site.laid(
    site.op("GatherElements", [x.value, site.arranged(indices, order)], { axis: site.axis(x, axis) }),
    order,
  );
};

const matmul: LayerImporter = (c) => {
  const { site } = c;
  const xs = [operandAt(c, 0, null, "x1"), operandAt(c, 1, c.inputs[0] ?? null, "x2")];
  const [a, b] = xs;
  if (!a || !b) throw c.cfg.unsupported("an operand is no tensor");
  return site.plain(
    site.op(
      "MatMul",
      promoted(site, [a, b]).map((x) => site.natural(x)),
      {},
    ),
  );
};

const einsum: LayerImporter = (c) => {
  const { site } = c;
  const equation = settingOf(c, "subscripts");
  if (typeof equation !== "string") throw c.cfg.unsupported("an equation that is no text");
  const values = promoted(site, tensorList(c)).map((x) => site.natural(x));
  return site.plain(site.op("Einsum", values, { equation: equation.replaceAll(" ", "") }));
};

const oneHot: LayerImporter = (c) => {
  const { site } = c;
  const x = site.ordered(tensorAt(c, 0, "x"));
  const [depth] = numbers(c, "num_classes", 1);
  if ((settingOf(c, "axis") ?? -1) !== -1)
    throw c.cfg.unsupported("one-hot along another axis than the last");
  const dtype = settingOf(c, "dtype") ?? "float32";
  c.cfg.ignore("sparse");
  const to = typeof dtype === "string" && isDType(dtype) ? dtype : "float32";
  const values = site.b.literal([0, 1], [2], to);
  const value = site.op("OneHot", [x.value, site.b.scalar(depth!, "int64"), values], { axis: -1 });
  return site.laid(value, [...x.order, x.order.length]);
};

const triangle =
  (upper: number): LayerImporter =>
  (c) => {
    const { site } = c;
    const [k = 0] = wholeNumbers(settingOf(c, "k")) ?? [];
    return site.plain(
      site.op("Trilu", [site.natural(tensorAt(c, 0, "x")), site.b.scalar(k, "int64")], { upper }),
    );
  };

const broadcastTo: LayerImporter = (c) => {
  const { site } = c;
  const shape = numbers(c, "shape", 1);
  return site.plain(site.op("Expand", [site.natural(tensorAt(c, 0, "x")), site.ints(shape)], {}));
};

const resize: LayerImporter = (c) => {
  const { site } = c;
  const x = site.ordered(tensorAt(c, 0, "images"));
  const size = numbers(c, "size");
  const mode = settingOf(c, "interpolation") ?? "bilinear";
  const attrs = typeof mode === "string" ? interpolation(mode) : null;
  c.cfg.ignore("fill_mode", "fill_value");
  const plain = ["crop_to_aspect_ratio", "pad_to_aspect_ratio"].every((key) => settingOf(c, key) !== true);
  if (!attrs || !plain || size.length !== 2)
    throw c.cfg.unsupported(`resizing with interpolation ${JSON.stringify(mode)}`);
  const first = settingOf(c, "data_format") === "channels_first";
  const from = x.order.length - (first ? 2 : 3);
  const axes = [from, from + 1].map((a) => site.axis(x, a));
  const sizes: IrValue = site.ints(axes[0]! < axes[1]! ? size : size.toReversed());
  const antialias = settingOf(c, "antialias") === true && mode !== "nearest" ? 1 : 0;
  const value = site.op("Resize", [x.value, null, null, sizes], {
    ...attrs,
    axes: axes.toSorted((a, b) => a - b),
    antialias,
  });
  return site.laid(value, x.order);
};

/** Movement of elements, and products. */
export const SHAPE_OPERATIONS: LayerTable = {
  Reshape: reshape,
  Transpose: transpose,
  Swapaxes: swapaxes,
  ExpandDims: expandDims,
  Squeeze: squeeze,
  Concatenate: concatenate,
  Stack: stack,
  Split: split,
  GetItem: getItem,
  Flip: flip,
  Pad: pad,
  Tile: tile,
  Repeat: repeat,
  Take: take,
  TakeAlongAxis: takeAlongAxis,
  Matmul: matmul,
  Einsum: einsum,
  OneHot: oneHot,
  Triu: triangle(1),
  Tril: triangle(0),
  BroadcastTo: broadcastTo,
  Resize: resize,
};
