// Layers that merge several tensors.
import type { IrOp } from "../../../ir/ops/table.js";
import { concatShuffles, identityOrder, isIdentity, type Shuffle } from "../../../layout/index.js";
import type { Laid, Site } from "../laid.js";
import type { LayerCall, LayerImporter } from "../layer.js";
import { expanded } from "./common.js";

type Merge = Extract<IrOp, "Add" | "Sub" | "Mul" | "Max" | "Min" | "Sum" | "Mean">;

function operands(c: LayerCall): readonly Laid[] {
  const only = c.args.length === 1 || c.args.every((a) => a.kind !== "constant");
  if (c.inputs.length > 0 && only) return c.inputs;
  throw c.cfg.unsupported("the layer is called without tensors");
}

/** True where any of the masks is; none when one tensor has none. */
function anyMask(c: LayerCall, xs: readonly Laid[]): Laid | null {
  const masks = xs.flatMap((x) => (x.mask ? [x.mask] : []));
  if (masks.length < xs.length) return null;
  return masks.reduce((a, b) => {
    if (a.value === b.value) return a;
    const { values, like } = c.site.aligned([a, b]);
    return c.site.laid(c.site.op("Or", values, {}, "mask"), like.order);
  });
}

/** Tensors of fewer axes get axes of size 1 after the batch, as Keras does. */
function evenRanks(site: Site, xs: readonly Laid[]): readonly Laid[] {
  const rank = xs.reduce((most, x) => Math.max(most, x.order.length), 0);
  return xs.map((given) => {
    let x = given;
    while (x.order.length < rank) x = expanded(site, x, 1, "expand");
    return x;
  });
}

/** Elementwise over two or more tensors; `many` takes any number at once. */
export const merge =
  (two: Merge, many: Merge | null): LayerImporter =>
  (c) => {
    const { site } = c;
    const xs = evenRanks(site, operands(c));
    const [only] = xs;
    if (xs.length === 1 && only) return only;
    const { values, like } = site.aligned(xs);
    const mask = anyMask(c, c.inputs);
    if (values.length === 2 || many !== null) {
      const value = site.op(values.length === 2 ? two : (many ?? two), values, {});
      return { ...like, value, mask };
    }
    const value = values.reduce((a, b, i) =>
      site.op(two, [a, b], {}, i === values.length - 1 ? undefined : "step"),
    );
    return { ...like, value, mask };
  };

/** Joins along a Keras axis; pending orders of features are joined too. */
export function concatenated(site: Site, xs: readonly Laid[], axis: number, part?: string): Laid {
  const rank = xs[0]!.order.length;
  const at = axis < 0 ? axis + rank : axis;
  if (at === rank - 1 && xs.some((x) => x.shuffle) && xs.every((x) => isIdentity(x.order))) {
    const parts = xs.flatMap((x): (Shuffle | number)[] => {
      const size = site.dims(x).at(-1);
      return x.shuffle ? [x.shuffle] : typeof size === "number" ? [size] : [];
    });
    if (parts.length === xs.length) {
      const values = xs.map((x) => x.value);
      const value = site.op("Concat", values, { axis: at }, part);
      return { value, order: identityOrder(rank), shuffle: concatShuffles(parts), mask: null };
    }
  }
  const { values, like } = site.aligned(xs.map((x) => site.ordered(x)));
  return site.laid(site.op("Concat", values, { axis: site.axis(like, at) }, part), like.order);
}

export const concatenate: LayerImporter = (c) => {
  const xs = operands(c);
  const axis = c.cfg.int("axis", -1);
  const joined = xs.length === 1 ? xs[0]! : concatenated(c.site, xs, axis);
  return { ...joined, mask: concatMask(c, xs, axis) };
};

/** Masks [batch, time] are joined along the time axis, and agree along others. */
function concatMask(c: LayerCall, xs: readonly Laid[], axis: number): Laid | null {
  const masks = xs.flatMap((x) => (x.mask ? [x.mask] : []));
  const [first] = masks;
  if (!first) return null;
  if (masks.length === xs.length && masks.every((m) => m.value === first.value) && axis !== 1) return first;
  if (masks.length === xs.length && (axis === 1 || axis === 1 - xs[0]!.order.length))
    return concatenated(c.site, masks, 1, "mask");
  if (axis === 1 || masks.length === xs.length)
    throw c.cfg.unsupported("joining tensors of which only some have a mask, or differing masks");
  c.site.note("the mask of one of the joined tensors is not passed on");
  return null;
}

/** Σ over one axis of each of two tensors, the batch kept. */
export const dot: LayerImporter = (c) => {
  const { site, cfg } = c;
  const [a, b] = operands(c);
  if (!a || !b || c.inputs.length !== 2) throw cfg.unsupported("the layer takes two tensors");
  const listed = cfg.ints("axes");
  const pair = [a, b].map((x, i) => {
    const axis = listed[listed.length === 1 ? 0 : i]!;
    return axis < 0 ? axis + x.order.length : axis;
  });
  const normal = cfg.flag("normalize", false);
  const xs = [a, b].map((given, i) => {
    const x = site.ordered(given);
    return normal
      ? site.map(x, (v) => site.op("LpNormalization", [v], { axis: site.axis(x, pair[i]!), p: 2 }, "normal"))
      : x;
  });
  let next = 0;
  const letters = xs.map((x, i) =>
    x.order.map((_, axis) => (axis === 0 ? "b" : axis === pair[i] ? "k" : "cdefghij"[next++]!)),
  );
  const out = ["b", ...letters.flatMap((term) => term.filter((l) => l !== "b" && l !== "k"))];
  const terms = letters.map((term, i) => {
    const placed = [...term];
    term.forEach((letter, axis) => (placed[xs[i]!.order[axis]!] = letter));
    return placed.join("");
  });
  const equation = `${terms.join(",")}->${out.join("")}`;
  const bare = out.length === 1;
  const y = site.op(
    "Einsum",
    xs.map((x) => x.value),
    { equation },
    bare ? "einsum" : undefined,
  );
  return bare ? expanded(site, site.plain(y), 1) : site.plain(y);
};
