// Normalisation layers.
import { typedArrayOf } from "../../../formats/raw-tensor.js";
import type { IrValue } from "../../../ir/types.js";
import type { Laid } from "../laid.js";
import { layerEntry, type PlainJson } from "../../../formats/keras/index.js";
import { callWith, input, type LayerCall, type LayerImporter } from "../layer.js";
import { layerFacts, positiveAxes } from "./common.js";

/** The order that puts one Keras axis on IR axis 1 and keeps the others in sequence. */
function axisSecond(axis: number, rank: number): number[] {
  let next = 2;
  return Array.from({ length: rank }, (_, i) => (i === 0 ? 0 : i === axis ? 1 : next++));
}

function filled(c: LayerCall, size: number, value: number): IrValue {
  return c.site.b.literal(
    Array.from({ length: size }, () => value),
    [size],
    "float32",
  );
}

/** Gamma, beta, or their neutral values. */
function scaleShift(c: LayerCall, size: number): readonly [IrValue, IrValue] {
  const { site } = c;
  return [
    c.cfg.flag("scale", true) ? site.weight("gamma") : filled(c, size, 1),
    c.cfg.flag("center", true) ? site.weight("beta") : filled(c, size, 0),
  ];
}

export const batchNorm: LayerImporter = (c) => {
  const { site } = c;
  if (c.cfg.flag("renorm", false)) throw c.cfg.unsupported("batch renormalisation has no counterpart");
  const given = input(c);
  const rank = given.order.length;
  const [listed] = c.cfg.ints("axis", [-1]);
  const axis = (listed ?? -1) < 0 ? (listed ?? -1) + rank : (listed ?? -1);
  const keep = given.shuffle === null && given.order[axis] === 1;
  const order = keep ? given.order : axisSecond(axis, rank);
  const x = site.arranged(given, order);
  const [gamma, beta] = scaleShift(c, site.tensor("moving_mean").shape[0]!);
  const stats = [site.weight("moving_mean"), site.weight("moving_variance")];
  const attrs = { epsilon: c.cfg.number("epsilon", 1e-3), momentum: c.cfg.number("momentum", 0.99) };
  return site.laid(site.op("BatchNormalization", [x, gamma, beta, ...stats], attrs), order, given.mask);
};

/** Brings the normalised Keras axes to the end: where they already are there in the value, it stays as it is. */
function trailing(
  c: LayerCall,
  given: Laid,
  axes: readonly number[],
): { x: IrValue; order: readonly number[] } {
  const { site } = c;
  const rank = given.order.length;
  const first = rank - axes.length;
  const fits = given.shuffle === null && axes.every((a, i) => given.order[a] === first + i);
  if (fits) return { x: given.value, order: given.order };
  let next = 0;
  const order = Array.from({ length: rank }, (_, i) => {
    const at = axes.indexOf(i);
    return at >= 0 ? first + at : next++;
  });
  return { x: site.arranged(given, order), order };
}

export const layerNorm: LayerImporter = (c) => {
  const { site } = c;
  const given = input(c);
  const axes = positiveAxes(c.cfg.ints("axis", [-1]), given.order.length);
  const { x, order } = trailing(c, given, axes);
  const sizes = axes.map((a) => site.size(given, a));
  const count = sizes.reduce((p, n) => p * n, 1);
  const epsilon = c.cfg.number("epsilon", 1e-3);
  if (c.cfg.flag("rms_scaling", false)) return rmsScaled(c, x, order, axes.length, epsilon, given);
  const neutral = (v: number) =>
    site.b.literal(
      Array.from({ length: count }, () => v),
      sizes,
      "float32",
    );
  const gamma = c.cfg.flag("scale", true)
    ? site.weight("gamma", [{ kind: "reshape", shape: sizes }])
    : neutral(1);
  const beta = c.cfg.flag("center", true) ? site.weight("beta", [{ kind: "reshape", shape: sizes }]) : null;
  const attrs = { axis: -axes.length, epsilon };
  const y = site.op("LayerNormalization", beta ? [x, gamma, beta] : [x, gamma], attrs);
  return site.laid(y, order, given.mask);
};

/** LayerNormalization(rms_scaling): x / sqrt(var + eps) * gamma, without centring. */
function rmsScaled(
  c: LayerCall,
  x: IrValue,
  order: readonly number[],
  count: number,
  epsilon: number,
  given: Laid,
): Laid {
  const { site } = c;
  const axes = site.ints(Array.from({ length: count }, (_, i) => i - count));
  const centred = site.op("Sub", [x, site.op("ReduceMean", [x, axes], {}, "mean")], {}, "centred");
  const variance = site.op(
    "ReduceMean",
    [site.op("Mul", [centred, centred], {}, "square"), axes],
    {},
    "variance",
  );
  const root = site.op(
    "Sqrt",
    [site.op("Add", [variance, site.scalar(epsilon, given)], {}, "shifted")],
    {},
    "root",
  );
  const normal = site.op("Div", [x, root], {}, "normal");
  return site.laid(site.op("Mul", [normal, site.weight("gamma")], {}), order, given.mask);
}

export const rmsNorm: LayerImporter = (c) => {
  const { site } = c;
  const given = input(c);
  const axes = positiveAxes(c.cfg.ints("axis", [-1]), given.order.length);
  const { x, order } = trailing(c, given, axes);
  const attrs = { axis: -axes.length, epsilon: c.cfg.number("epsilon", 1e-6) };
  return site.laid(site.op("RMSNormalization", [x, site.weight("scale")], attrs), order, given.mask);
};

export const groupNorm: LayerImporter = (c) => {
  const { site } = c;
  const given = input(c);
  const rank = given.order.length;
  const listed = c.cfg.int("axis", -1);
  const axis = listed < 0 ? listed + rank : listed;
  const order = given.shuffle === null && given.order[axis] === 1 ? given.order : axisSecond(axis, rank);
  const channels = site.size(given, axis);
  const groups = c.cfg.int("groups", 32);
  const [gamma, beta] = scaleShift(c, channels);
  const attrs = { num_groups: groups === -1 ? channels : groups, epsilon: c.cfg.number("epsilon", 1e-3) };
  return site.laid(
    site.op("GroupNormalization", [site.arranged(given, order), gamma, beta], attrs),
    order,
    given.mask,
  );
};

/** x divided by its Euclidean norm over the axes. */
export const unitNorm: LayerImporter = (c) => {
  const { site } = c;
  const given = input(c);
  const x = site.ordered(given);
  const axes = c.cfg.ints("axis", [-1]).map((a) => site.axis(x, a));
  const [only] = axes;
  if (axes.length === 1 && only !== undefined)
    return site.map(x, (v) => site.op("LpNormalization", [v], { axis: only, p: 2 }));
  return site.map(x, (v) => {
    const square = site.op("ReduceSumSquare", [v, site.ints(axes)], {}, "square");
    const floor = site.op("Max", [square, site.scalar(1e-12, x)], {}, "floor");
    return site.op("Div", [v, site.op("Sqrt", [floor], {}, "norm")], {});
  });
};

/** (x - mean) / max(sqrt(variance), 1e-7), or its inverse; statistics are given or were adapted. */
export const normalization: LayerImporter = (c) => {
  const { site, cfg } = c;
  const x = site.ordered(site.float(input(c)));
  const rank = x.order.length;
  const axes = cfg.has("axis") ? positiveAxes(cfg.ints("axis"), rank) : [];
  const shape = Array.from({ length: rank }, (_, i) => (axes.includes(i) ? site.size(x, i) : 1));
  const count = shape.reduce((p, d) => p * d, 1);
  const adapted = !cfg.has("mean");
  const statistic = (key: "mean" | "variance"): readonly number[] => {
    const values = adapted ? floats(c, key) : cfg.numbers(key);
    if (values.length === count) return values;
    if (values.length !== 1) throw cfg.wrong(key, `${count} numbers`);
    return Array.from({ length: count }, () => values[0]!);
  };
  const [means, variances] = [statistic("mean"), statistic("variance")];
  const mean = site.constant(x, means, shape);
  const deviation = site.constant(
    x,
    variances.map((v) => Math.max(Math.sqrt(v), 1e-7)),
    shape,
  );
  const invert = cfg.flag("invert", false);
  if (adapted) {
    site.shared.used.add(`${site.path}/count`);
    site.note("the adapted statistics become constants");
  }
  const settings = {
    axis: axes.length > 0 ? axes : null,
    invert,
    mean: nested(means, axes),
    variance: nested(variances, axes),
  };
  const facts =
    axes.length > 1
      ? undefined
      : layerFacts(site, "Normalization", settings, { inputs: [x], output: x.order });
  if (invert)
    return site.map(x, (v) =>
      site.op("Add", [site.op("Mul", [v, deviation], {}, "scale"), mean], {}, undefined, facts),
    );
  return site.map(x, (v) =>
    site.op("Div", [site.op("Sub", [v, mean], {}, "centre"), deviation], {}, undefined, facts),
  );
};

/** Statistics as the layer takes them: a number without axes, a list for one. */
function nested(values: readonly number[], axes: readonly number[]): PlainJson {
  return axes.length === 0 ? (values[0] ?? 0) : [...values];
}

function floats(c: LayerCall, name: string): number[] {
  return Array.from(typedArrayOf(c.site.tensor(name)), Number);
}

/** The kernel in the file is already divided by its spectral norm. */
export const spectralNorm: LayerImporter = (c) => {
  const entry = layerEntry(c.cfg.get("layer"), `${c.cfg.path}.config.layer`);
  c.cfg.ignore("power_iterations");
  c.site.shared.used.add(`${c.site.path}/vector_u`);
  c.site.note("the spectral normalisation acts in training only and is not carried over");
  return c.call(entry, c.site.inner(entry.name), callWith(c.inputs));
};
