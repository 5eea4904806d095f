// Dense layers, embeddings, activation layers and layers that do nothing at inference.
import { isInteger, isDType } from "@isoform/core";
import type { IrValue } from "../../../ir/types.js";
import type { WeightStep } from "../../../ir/weights.js";
import { shuffleSteps } from "../../../layout/index.js";
import { softmax } from "../activations.js";
import type { Laid } from "../laid.js";
import { constantArgument, input, tensorArgument, type LayerCall, type LayerImporter } from "../layer.js";
import { activate, reduced, squeezed } from "./common.js";
import { biasOf } from "./conv.js";

/** Kernel (in, out) to (out, in); a pending Flatten is absorbed by reordering the rows. */
export const dense: LayerImporter = (c) => {
  const { site } = c;
  const given = input(c);
  const rank = given.order.length;
  const inputs = site.dims(given).at(-1);
  const shape = site.shapeOf("kernel", [
    typeof inputs === "number" ? inputs : null,
    c.cfg.int("units", undefined, 1),
  ]);
  const last = given.order[rank - 1] === rank - 1;
  const x = site.float(last ? given : site.plain(site.natural(given), given.mask));
  const steps: WeightStep[] = [...shuffleSteps(x.shuffle, shape), { kind: "transpose", perm: [1, 0] }];
  const bias = biasOf(c);
  const w = site.weight("kernel", steps);
  const y = site.op("Linear", bias ? [x.value, w, bias] : [x.value, w], {});
  return activate(c, { ...x, value: y, shuffle: null });
};

/** Einsum over Keras axes; an ellipsis stays one. */
export const einsumDense: LayerImporter = (c) => {
  const { site } = c;
  const x = input(c);
  const equation = c.cfg.text("equation");
  c.cfg.ignore("output_shape");
  const y = site.op("Einsum", [site.natural(x), site.weight("kernel")], {
    equation: equation.replaceAll(" ", ""),
  });
  const axes = c.cfg.get("bias_axes");
  if (typeof axes !== "string") return activate(c, site.plain(y, x.mask));
  const output = equation.split("->")[1]?.replace("...", "") ?? "";
  const { shape } = site.tensor("bias");
  const spread = [...output].map((letter) => (axes.includes(letter) ? shape[[...axes].indexOf(letter)]! : 1));
  while (spread.length > 1 && spread[0] === 1) spread.shift();
  const bias = site.weight("bias", [{ kind: "reshape", shape: spread }]);
  return activate(c, site.plain(site.op("Add", [y, bias], {}, "bias_add"), x.mask));
};

/** Indices that may come as floats. */
function indices(c: LayerCall, x: Laid): IrValue {
  const { dtype } = x.value;
  if (dtype !== null && isDType(dtype) && isInteger(dtype)) return x.value;
  return c.site.op("Cast", [x.value], { to: "int32" }, "indices");
}

export const embedding: LayerImporter = (c) => {
  const { site } = c;
  const x = input(c);
  c.cfg.ignore("output_dim");
  site.tensor("embeddings", 2);
  const table = site.weight("embeddings");
  const rows = indices(c, { ...x, value: site.natural(x) });
  const y = site.op("Gather", [table, rows], { axis: 0 });
  if (!c.cfg.flag("mask_zero", false)) return site.plain(y);
  const zero = site.b.scalar(0, rows.dtype === "int64" ? "int64" : "int32");
  const mask = site.op("Not", [site.op("Equal", [rows, zero], {}, "is_zero")], {}, "mask");
  return site.plain(y, site.plain(mask));
};

/** ReversibleEmbedding in reverse: hidden states times the table. */
export const reversibleEmbedding: LayerImporter = (c) => {
  if (constantArgument(c, "reverse") !== true) {
    c.cfg.ignore("tie_weights", "reverse_dtype", "logit_soft_cap");
    return embedding(c);
  }
  c.cfg.ignore("output_dim", "mask_zero", "reverse_dtype");
  const { site } = c;
  const x = input(c);
  const tied = c.cfg.flag("tie_weights", true);
  const w = tied
    ? site.weight("embeddings")
    : site.weight("reverse_embeddings", [{ kind: "transpose", perm: [1, 0] }]);
  const y = site.plain(site.op("Linear", [site.natural(x), w], {}), x.mask);
  if (!c.cfg.has("logit_soft_cap")) return y;
  const cap = site.scalar(c.cfg.number("logit_soft_cap"));
  return site.map(y, (v) => {
    const t = site.op("Tanh", [site.op("Div", [v, cap], {}, "scaled")], {}, "tanh");
    return site.op("Mul", [t, cap], {}, "capped");
  });
};

export const activation: LayerImporter = (c) => activate(c, input(c));

/** clip(x if x > threshold else 0, 0, max) − slope · relu(threshold − x). */
export const relu: LayerImporter = (c) => {
  const { site } = c;
  const slope = c.cfg.number("negative_slope", c.cfg.number("alpha", 0));
  const threshold = c.cfg.number("threshold", 0);
  const top = c.cfg.has("max_value") ? c.cfg.number("max_value") : null;
  const x = input(c);
  const bound = (v: number) => site.scalar(v, x);
  if (threshold === 0 && top === null) {
    if (slope === 0) return site.map(x, (v) => site.op("Relu", [v], {}));
    return site.map(x, (v) => site.op("LeakyRelu", [v], { alpha: slope }));
  }
  if (threshold === 0) {
    if (slope === 0) return site.map(x, (v) => site.op("Clip", [v, bound(0), bound(top!)], {}));
    const leaky = site.map(x, (v) => site.op("LeakyRelu", [v], { alpha: slope }, "leaky_relu"));
    return site.map(leaky, (v) => site.op("Min", [v, bound(top!)], {}));
  }
  const part = (name: string, last: boolean) => (last ? undefined : name);
  return site.map(x, (v) => {
    const kept = site.op(
      "ThresholdedRelu",
      [v],
      { alpha: threshold },
      part("kept", top === null && slope === 0),
    );
    const capped =
      top === null ? kept : site.op("Clip", [kept, bound(0), bound(top)], {}, part("capped", slope === 0));
    if (slope === 0) return capped;
    const below = site.op("Relu", [site.op("Sub", [bound(threshold), v], {}, "below")], {}, "below_relu");
    return site.op("Sub", [capped, site.op("Mul", [below, bound(slope)], {}, "slope")], {});
  });
};

export const leakyRelu: LayerImporter = (c) => {
  const alpha = c.cfg.number("negative_slope", c.cfg.number("alpha", 0.3));
  return c.site.map(input(c), (v) => c.site.op("LeakyRelu", [v], { alpha }));
};

export const elu: LayerImporter = (c) =>
  c.site.map(input(c), (v) => c.site.op("Elu", [v], { alpha: c.cfg.number("alpha", 1) }));

export const thresholdedRelu: LayerImporter = (c) =>
  c.site.map(input(c), (v) => c.site.op("ThresholdedRelu", [v], { alpha: c.cfg.number("theta", 1) }));

/** alpha has the shape of the input without batch, 1 on shared axes. */
export const prelu: LayerImporter = (c) => {
  const { site } = c;
  const given = input(c);
  const x = site.ordered(given);
  c.cfg.ignore("shared_axes");
  const slope = site.broadcastWeight(x, "alpha", site.tensor("alpha").shape);
  return site.map(x, (v) => site.op("PRelu", [v, slope], {}));
};

export const softmaxLayer: LayerImporter = (c) => {
  const { site } = c;
  const x = input(c);
  const axes = c.cfg.ints("axis", [-1]);
  const mask = tensorArgument(c, "mask") ?? c.inputs[1] ?? x.mask;
  if (!mask) return softmax(site, x, axes, false, true);
  const low = site.plain(site.scalar(-1e9, x));
  const { values, like } = site.aligned([mask, x, low]);
  const masked = { ...like, value: site.op("Where", values, {}, "masked") };
  const y = softmax(site, masked, axes, false, false);
  const zeroed = site.aligned([mask, y, site.plain(site.scalar(0, x))]);
  return { ...zeroed.like, value: site.op("Where", zeroed.values, {}), mask: x.mask };
};

/** Dropout stays a node, so that the rate travels. */
export const dropout: LayerImporter = (c) =>
  c.site.map(input(c), (v) => {
    c.cfg.ignore("data_format");
    const rate = c.cfg.number("rate", c.cfg.number("p", 0.5));
    const facts = c.cfg.className === "Dropout" ? { rate } : { rate, layer: c.cfg.className };
    return c.site.op("Dropout", [v, c.site.b.scalar(rate)], {}, undefined, facts);
  });

/** Layers that act in training only; their class and rate stay on an Identity. */
export const trainingOnly =
  (...keys: readonly string[]): LayerImporter =>
  (c) => {
    const settings = keys.flatMap((key): [string, number][] =>
      c.cfg.has(key) ? [[key, c.cfg.number(key)]] : [],
    );
    const facts = { layer: c.cfg.className, ...Object.fromEntries(settings) };
    return c.site.map(input(c), (v) => c.site.op("Identity", [v], {}, undefined, facts));
  };

/** Steps equal to the mask value on every feature are masked, and zeroed. */
export const masking: LayerImporter = (c) => {
  const { site } = c;
  const x = site.ordered(input(c));
  const value = site.scalar(c.cfg.number("mask_value", 0), x);
  const same = site.op("Equal", [x.value, value], {}, "is_mask");
  const differs = site.op("Cast", [site.op("Not", [same], {}, "differs")], { to: "int32" }, "differs_int");
  const any = reduced(site, "ReduceMax", site.laid(differs, x.order), [-1], true, "any");
  const keep = site.map(any, (v) => site.op("Cast", [v], { to: "bool" }, "keep"));
  const mask = squeezed(site, keep, -1, "mask");
  const y = site.op("Where", [keep.value, x.value, site.scalar(0, x)], {});
  return site.laid(y, x.order, mask);
};

export const identity: LayerImporter = (c) => c.site.map(input(c), (v) => c.site.op("Identity", [v], {}));
