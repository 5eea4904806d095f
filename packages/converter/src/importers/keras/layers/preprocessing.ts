// Preprocessing layers that compute something at inference.
import { isInteger, isDType } from "@isoform/core";
import type { IrValue } from "../../../ir/types.js";
import type { Laid } from "../laid.js";
import { input, type LayerCall, type LayerImporter } from "../layer.js";
import { expanded, reduced, squeezed } from "./common.js";

export const rescaling: LayerImporter = (c) => {
  const { site, cfg } = c;
  const x = site.ordered(site.float(input(c)));
  const by = (key: string, neutral: number): IrValue | null => {
    const values = cfg.numbers(key, [neutral]);
    if (values.length === 1 && values[0] === neutral) return null;
    return values.length === 1 ? site.scalar(values[0]!, x) : site.constant(x, values, [values.length]);
  };
  const scale = by("scale", 1);
  const offset = by("offset", 0);
  const scaled = scale ? site.map(x, (v) => site.op("Mul", [v, scale], {}, offset ? "scale" : undefined)) : x;
  return offset ? site.map(scaled, (v) => site.op("Add", [v, offset], {})) : scaled;
};

/** Integer classes as one-hot rows, multi-hot rows or counts of `depth` entries. */
function encoded(c: LayerCall, given: Laid, mode: string, depth: number): Laid {
  const { site } = c;
  const rank = given.order.length;
  const single = mode === "one_hot" && rank > 1 && site.dims(given).at(-1) === 1;
  const x = single ? squeezed(site, given, -1, "squeeze") : site.ordered(given);
  const values = site.b.literal([0, 1], [2], "float32");
  const hot = site.op(
    "OneHot",
    [x.value, site.b.scalar(depth, "int64"), values],
    { axis: -1 },
    mode === "one_hot" ? undefined : "one_hot",
  );
  const rows = site.laid(hot, [...x.order, x.order.length]);
  if (mode === "one_hot") return rows;
  const axis = x.order.length > 1 ? x.order.length - 1 : 0;
  return reduced(site, mode === "count" ? "ReduceSum" : "ReduceMax", rows, [axis], false);
}

function asInteger(c: LayerCall, x: Laid): Laid {
  const { dtype } = x.value;
  if (dtype !== null && isDType(dtype) && isInteger(dtype)) return x;
  return c.site.map(x, (v) => c.site.op("Cast", [v], { to: "int64" }, "integer"));
}

export const categoryEncoding: LayerImporter = (c) => {
  const mode = c.cfg.choice("output_mode", ["multi_hot", "one_hot", "count", "binary"], "multi_hot");
  if (c.inputs.length > 1 || c.kwargs.has("count_weights")) throw c.cfg.unsupported("counts with weights");
  const depth = c.cfg.int("num_tokens", undefined, 1);
  return encoded(c, asInteger(c, input(c)), mode === "binary" ? "multi_hot" : mode, depth);
};

/** The number of boundaries that are not above each value. */
export const discretization: LayerImporter = (c) => {
  const { site, cfg } = c;
  const x = site.ordered(input(c));
  const bounds = cfg.numbers("bin_boundaries");
  cfg.ignore("num_bins", "epsilon");
  const mode = cfg.choice("output_mode", ["int", "one_hot", "multi_hot", "count"], "int");
  const wide = expanded(site, x, -1, "expand");
  const limits = site.constant(wide, bounds, [bounds.length]);
  const reached = site.op("GreaterOrEqual", [wide.value, limits], {}, "reached");
  const counts = site.laid(site.op("Cast", [reached], { to: "int32" }, "reached_int"), wide.order);
  const bins = reduced(site, "ReduceSum", counts, [-1], false, mode === "int" ? undefined : "bins");
  return mode === "int" ? bins : encoded(c, bins, mode, bounds.length + 1);
};

/** Layers that change images in training only. */
export const augmentation: LayerImporter = (c) => {
  c.cfg.ignore(...Object.keys(c.cfg.raw));
  return c.site.map(input(c), (v) => c.site.op("Identity", [v], {}, undefined, { layer: c.cfg.className }));
};
