// Ops that move elements. Transposes move nothing: they change how the tensor is seen.
import type { PlainJson } from "../../../formats/keras/index.js";
import type { Dim } from "../../../ir/types.js";
import {
  concatShuffles,
  identityOrder,
  invertOrder,
  isIdentity,
  joinShuffle,
  type Shuffle,
} from "../../../layout/index.js";
import type { KView } from "../emitter.js";
import { channelsLastPlaces, placed } from "../emitter.js";
import type { KerasRule, KerasRules, NodeExport } from "../node.js";
import { KTensor, type Arg } from "../tensors.js";
import { aligned, tensorArgs } from "./align.js";

const numbersOf = (dims: readonly Dim[]): number[] | null => {
  const known = dims.filter((d) => typeof d === "number");
  return known.length === dims.length ? known : null;
};

/** Joins all axes but the first; a pending permutation becomes a pending order of the features. */
function flattenInto(n: NodeExport): void {
  const view = n.ordered(0);
  const rank = view.order.length;
  const out = n.outDims();
  if (rank === 2) {
    n.out.set(n.result, view);
    return;
  }
  const known = numbersOf(n.dims(0).slice(1));
  const follows = view.order[0] === 0 && known !== null;
  const x = follows ? view.value : n.plain(0);
  const t = n.layer("Flatten", x, out, { config: { data_format: "channels_last" } });
  if (!follows || known === null) {
    n.set(t);
    return;
  }
  const perm = invertOrder(view.order)
    .slice(1)
    .map((axis) => axis - 1);
  const shuffle = joinShuffle(known, perm);
  if (shuffle !== null) n.out.layouts.rememberJoin(t, view);
  n.set(t, [0, 1], shuffle);
}

const flatten: KerasRule<"Flatten"> = (n) => {
  if (n.attrs.axis === 1 && n.rank(0) >= 2) flattenInto(n);
  else reshapeTo(n, n.outDims());
};

/** A Reshape to sizes of which one may be open. */
function reshapeTo(n: NodeExport, to: readonly Dim[]): void {
  const from = n.dims(0);
  const batch = to.length > 0 && from.length > 0 && to[0] !== null && to[0] === from[0];
  const open = (dims: readonly Dim[]) => dims.filter((d) => typeof d !== "number").length;
  const target = (dims: readonly Dim[]) => dims.map((d) => (typeof d === "number" ? d : -1));
  if (batch && open(to.slice(1)) <= 1 && to.length > 1) {
    const order = freeOrder(from, to);
    const dims = placed(to, order);
    const x = n.plain(0);
    n.set(n.layer("Reshape", x, dims, { config: { target_shape: target(dims.slice(1)) } }), order);
    return;
  }
  if (open(to) > 1) throw n.error("a reshape to more than one size that is not known");
  n.set(n.operation("Reshape", [n.plain(0)], to, { config: { newshape: target(to) } }));
}

/** Channels last where that costs nothing: all new spatial axes have size 1 and the features stay in sequence. */
function freeOrder(from: readonly Dim[], to: readonly Dim[]): readonly number[] {
  const rank = to.length;
  const spatial = rank > 2 && to.slice(2).every((d) => d === 1);
  const row = from.length === 2 && from[1] === to[1];
  return spatial && row ? channelsLastPlaces(rank) : identityOrder(rank);
}

const reshape: KerasRule<"Reshape"> = (n) => {
  const from = n.dims(0);
  const to = n.outDims();
  const rest = numbersOf(from.slice(1));
  const size = rest?.reduce((p, d) => p * d, 1);
  const joins =
    to.length === 2 && from.length > 2 && to[0] !== null && to[0] === from[0] && size !== undefined;
  if (joins && to[1] === size) flattenInto(n);
  else if (from.length === to.length && from.every((d, i) => d !== null && d === to[i]))
    n.out.set(n.result, n.view(0));
  else reshapeTo(n, to);
};

const transpose: KerasRule<"Transpose"> = (n) => {
  const view = n.ordered(0);
  const perm = n.attrs.perm ?? identityOrder(view.order.length).toReversed();
  n.set(
    view.value,
    perm.map((p) => view.order[p]!),
  );
};

/** Axes of size 1 taken away; the places of the others close up. */
const squeeze: KerasRule<"Squeeze"> = (n) => {
  const view = n.ordered(0);
  const rank = view.order.length;
  const dims = n.dims(0);
  const given = n.has(1) ? n.literal(1, "the axes") : dims.flatMap((d, i) => (d === 1 ? [i] : []));
  const places = given.map((a) => view.order[a < 0 ? a + rank : a]!).toSorted((a, b) => b - a);
  const order = view.order
    .filter((p) => !places.includes(p))
    .map((p) => p - places.filter((q) => q < p).length);
  let t = view.value;
  places.forEach((place, i) => {
    const config = { axis: place };
    const next = t.dims.filter((_, k) => k !== place);
    const last = i === places.length - 1;
    t = n.operation("Squeeze", [t], next, last ? { config } : { config, part: `step_${i}`, dtype: t.dtype });
  });
  n.set(t, order);
};

const unsqueeze: KerasRule<"Unsqueeze"> = (n) => {
  const view = n.ordered(0);
  const axes = n.literal(1, "the axes");
  const rank = view.order.length + axes.length;
  const sorted = axes.map((a) => (a < 0 ? a + rank : a)).toSorted((a, b) => a - b);
  let { value } = view;
  let order = [...view.order];
  sorted.forEach((axis, i) => {
    const place = order[axis] ?? order.length;
    const next = [...value.dims.slice(0, place), 1, ...value.dims.slice(place)];
    const last = i === sorted.length - 1;
    const config = { axis: place };
    value = n.operation(
      "ExpandDims",
      [value],
      next,
      last ? { config } : { config, part: `step_${i}`, dtype: value.dtype },
    );
    order = order.map((p) => (p >= place ? p + 1 : p));
    order.splice(axis, 0, place);
  });
  n.set(value, order);
};

const concat: KerasRule<"Concat"> = (n) => {
  const indices = n.node.inputs.map((_, i) => i);
  const rank = n.outDims().length;
  const at = n.attrs.axis < 0 ? n.attrs.axis + rank : n.attrs.axis;
  if (indices.length === 1) {
    n.out.set(n.result, n.view(0));
    return;
  }
  const shuffles = joinedShuffle(n, at, rank);
  if (shuffles) {
    const tensors = indices.map((i) => n.view(i).value);
    n.set(
      n.layer("Concatenate", tensors[0]!, n.outDims(), { config: { axis: -1 }, args: [tensors] }),
      identityOrder(rank),
      shuffles,
    );
    return;
  }
  const a = aligned(n, indices);
  if (a.shuffle !== null && at === rank - 1) throw n.error("joined features in different orders");
  const place = a.order[at]!;
  const dims = n.placedOut(a.order);
  const tensors = tensorArgs(a);
  const config = { axis: place === rank - 1 ? -1 : place };
  const all: readonly Arg[] = [a.args];
  const t =
    tensors.length === a.args.length
      ? n.layer("Concatenate", tensors[0]!, dims, { config, args: all })
      : n.operation("Concatenate", all, dims, { config });
  n.out.set(n.result, { value: t, order: a.order, shuffle: a.shuffle });
};

/** The order of features that were joined end to end; null when there is nothing pending, or it cannot be followed. */
function joinedShuffle(n: NodeExport<"Concat">, at: number, rank: number): Shuffle | null {
  const indices = n.node.inputs.map((_, i) => i);
  if (at !== rank - 1 || indices.some((i) => n.isConstant(i))) return null;
  const views = indices.map((i) => n.view(i));
  if (!views.some((v) => v.shuffle) || !views.every((v) => isIdentity(v.order))) return null;
  const parts = views.flatMap((v, i): (Shuffle | number)[] => {
    const size = n.dims(i)[rank - 1];
    return v.shuffle ? [v.shuffle] : typeof size === "number" ? [size] : [];
  });
  return parts.length === views.length ? concatShuffles(parts) : null;
}

const split: KerasRule<"Split"> = (n) => {
  const view = n.ordered(0);
  const rank = view.order.length;
  const axis = n.attrs.axis < 0 ? n.attrs.axis + rank : n.attrs.axis;
  const place = view.order[axis]!;
  const sizes = n.node.outputs.map((_, i) => n.outDims(i)[axis]);
  const known = numbersOf(sizes.map((d) => d ?? null));
  if (known === null) throw n.error("parts of sizes that are not known");
  const cuts = known.slice(0, -1).map((_, i) => known.slice(0, i + 1).reduce((p, d) => p + d, 0));
  const outputs = n.node.outputs.map((v, i) => ({
    dims: n.placedOut(view.order, i),
    dtype: v?.dtype ?? view.value.dtype,
  }));
  const even = known.every((d) => d === known[0]);
  const config = { indices_or_sections: even ? known.length : cuts, axis: place };
  const parts = n.operations("Split", [view.value], outputs, { config });
  n.node.outputs.forEach((v, i) => {
    if (v) n.out.set(v, { value: parts[i]!, order: view.order, shuffle: null });
  });
};

interface Cut {
  readonly place: number;
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number;
}

/** The cuts of a Slice by place in the tensor; null = from or to the end. */
function cutsOf(n: NodeExport<"Slice">, view: KView): Cut[] {
  const starts = n.literal(1, "the start");
  const ends = n.literal(2, "the end");
  const axes = n.has(3) ? n.literal(3, "the axes") : starts.map((_, i) => i);
  const steps = n.has(4) ? n.literal(4, "the step") : starts.map(() => 1);
  const rank = view.order.length;
  return axes.map((given, i) => {
    const axis = given < 0 ? given + rank : given;
    const size = n.dims(0)[axis];
    const limit = typeof size === "number" ? size : 2 ** 31 - 1;
    const step = steps[i]!;
    const [start, end] = [starts[i]!, ends[i]!];
    const place = view.order[axis]!;
    if (step > 0) return { place, start: start === 0 ? null : start, stop: end >= limit ? null : end, step };
    const stop = end < -limit ? null : end;
    return { place, start: start === -1 || start >= limit - 1 ? null : start, stop, step };
  });
}

const slice: KerasRule<"Slice"> = (n) => {
  const view = n.ordered(0);
  const cuts = cutsOf(n, view);
  const { order, value } = view;
  const dims = n.placedOut(order);
  const rank = order.length;
  const [only, ...more] = cuts;
  if (only?.step === -1 && only.start === null && only.stop === null && more.length === 0) {
    n.set(n.operation("Flip", [value], dims, { config: { axis: only.place } }), order);
    return;
  }
  const crops = croppings(cuts, value, rank);
  if (crops) {
    const cropping: PlainJson = crops.length === 1 ? [...crops[0]!] : crops.map((p) => [...p]);
    const config = crops.length === 1 ? { cropping } : { cropping, data_format: "channels_last" };
    n.set(n.layer(`Cropping${crops.length}D`, value, dims, { config }), order);
    return;
  }
  const key = value.dims.map((_, place): PlainJson => {
    const cut = cuts.find((c) => c.place === place);
    const config = {
      start: cut?.start ?? null,
      stop: cut?.stop ?? null,
      step: cut && cut.step !== 1 ? cut.step : null,
    };
    return { class_name: "__slice__", config };
  });
  n.set(n.operation("GetItem", [value, key], dims), order);
};

/** The crops of a channels-last image, sequence or volume; null when the cuts are something else. */
function croppings(cuts: readonly Cut[], x: KTensor, rank: number): (readonly [number, number])[] | null {
  if (rank < 3 || rank > 5 || cuts.length === 0) return null;
  const out = Array.from({ length: rank - 2 }, (): readonly [number, number] => [0, 0]);
  for (const { place, start, stop, step } of cuts) {
    if (place === 0 || place === rank - 1 || step !== 1 || (start ?? 0) < 0) return null;
    const size = x.dims[place];
    const high = stop === null ? 0 : stop < 0 ? -stop : typeof size === "number" ? size - stop : null;
    if (high === null || high < 0) return null;
    out[place - 1] = [start ?? 0, high];
  }
  return out;
}

const MODES: Readonly<Record<string, string>> = { constant: "constant", reflect: "reflect" };

const pad: KerasRule<"Pad"> = (n) => {
  const view = n.ordered(0);
  const rank = view.order.length;
  const amounts = n.literal(1, "the padding");
  const axes = n.has(3) ? n.literal(3, "the axes").map((a) => (a < 0 ? a + rank : a)) : identityOrder(rank);
  const fill = n.has(2) ? (n.literal(2, "the value")[0] ?? 0) : 0;
  const mode = MODES[n.attrs.mode];
  if (mode === undefined) throw n.error(`padding of mode ${n.attrs.mode}`);
  if (amounts.some((p) => p < 0)) throw n.error("negative padding");
  if (!Number.isFinite(fill)) throw n.error("padding by infinities, which a config cannot hold");
  const width = Array.from({ length: rank }, (): readonly [number, number] => [0, 0]);
  axes.forEach((axis, i) => (width[view.order[axis]!] = [amounts[i]!, amounts[i + axes.length]!]));
  const dims = n.placedOut(view.order);
  const inner = width.slice(1, -1);
  const ends = [width[0]!, width[rank - 1]!].flat();
  if (mode === "constant" && fill === 0 && rank >= 3 && rank <= 5 && ends.every((p) => p === 0)) {
    const padding: PlainJson = inner.length === 1 ? [...inner[0]!] : inner.map((p) => [...p]);
    const config = inner.length === 1 ? { padding } : { padding, data_format: "channels_last" };
    n.set(n.layer(`ZeroPadding${inner.length}D`, view.value, dims, { config }), view.order);
    return;
  }
  const config = { pad_width: width.map((p) => [...p]), mode };
  const kwargs = { constant_values: mode === "constant" ? fill : null };
  n.set(n.operation("Pad", [view.value], dims, { config, kwargs }), view.order);
};

/** Repetition of axes of size 1, or of whole tensors. */
function repeated(n: NodeExport, times: readonly number[]): void {
  const view = n.ordered(0);
  if (times.every((k) => k === 1)) {
    n.out.set(n.result, view);
    return;
  }
  const repeats = placed(times, view.order).map(Number);
  n.set(n.operation("Tile", [view.value], n.placedOut(view.order), { config: { repeats } }), view.order);
}

const tile: KerasRule<"Tile"> = (n) => repeated(n, n.literal(1, "the repeats"));

const expand: KerasRule<"Expand"> = (n) => {
  const from = n.dims(0);
  const to = n.outDims();
  if (from.length !== to.length) throw n.error("broadcasting to more axes");
  repeated(
    n,
    to.map((d, i) => {
      if (d !== null && d === from[i]) return 1;
      if (from[i] === 1 && typeof d === "number") return d;
      throw n.error("broadcasting to a size that is not known");
    }),
  );
};

const trilu: KerasRule<"Trilu"> = (n) => {
  const k = n.has(1) ? (n.literal(1, "the diagonal")[0] ?? 0) : 0;
  n.set(n.operation(n.attrs.upper ? "Triu" : "Tril", [n.plain(0)], n.outDims(), { config: { k } }));
};

/** Blocks of channels into space, by reshaping, permuting and reshaping. */
const depthToSpace: KerasRule<"DepthToSpace"> = (n) => {
  const b = n.attrs.blocksize;
  const x = n.channelsLast(0);
  const [batch = null, h = null, w = null, c = null] = x.dims;
  if (typeof h !== "number" || typeof w !== "number" || typeof c !== "number")
    throw n.error("an image of a size that is not known");
  const depth = c / (b * b);
  const crd = n.attrs.mode === "CRD";
  const blocks = crd ? [h, w, depth, b, b] : [h, w, b, b, depth];
  const perm = crd ? [1, 4, 2, 5, 3] : [1, 3, 2, 4, 5];
  const wide = n.layer("Reshape", x, [batch, ...blocks], {
    config: { target_shape: blocks },
    part: "blocks",
  });
  const moved = n.layer("Permute", wide, [batch, ...perm.map((p) => blocks[p - 1]!)], {
    config: { dims: perm },
    part: "moved",
  });
  const target = [h * b, w * b, depth];
  n.set(
    n.layer("Reshape", moved, [batch, ...target], { config: { target_shape: target } }),
    channelsLastPlaces(4),
  );
};

const spaceToDepth: KerasRule<"SpaceToDepth"> = (n) => {
  const b = n.attrs.blocksize;
  const x = n.channelsLast(0);
  const [batch = null, h = null, w = null, c = null] = x.dims;
  if (typeof h !== "number" || typeof w !== "number" || typeof c !== "number")
    throw n.error("an image of a size that is not known");
  const blocks = [h / b, b, w / b, b, c];
  const perm = [1, 3, 2, 4, 5];
  const wide = n.layer("Reshape", x, [batch, ...blocks], {
    config: { target_shape: blocks },
    part: "blocks",
  });
  const moved = n.layer("Permute", wide, [batch, ...perm.map((p) => blocks[p - 1]!)], {
    config: { dims: perm },
    part: "moved",
  });
  const target = [h / b, w / b, c * b * b];
  n.set(
    n.layer("Reshape", moved, [batch, ...target], { config: { target_shape: target } }),
    channelsLastPlaces(4),
  );
};

/** Movement of elements. */
export const SHAPE_RULES: KerasRules = {
  Flatten: flatten,
  Reshape: reshape,
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Tile: tile,
  Expand: expand,
  Trilu: trilu,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
