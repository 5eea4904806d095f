// Normalisation layers; they take any axis, so nothing moves.
import { typedArrayOf, type RawTensor } from "../../../formats/raw-tensor.js";
import type { WeightStep } from "../../../ir/weights.js";
import { plainView, shuffleSteps, type Shuffle } from "../../../layout/index.js";
import type { KView } from "../emitter.js";
import type { KerasRule, KerasRules, NodeExport } from "../node.js";
import type { WeightGiven } from "../tensors.js";

/** True for a literal of one value everywhere: the source had no such weight. */
function isNeutral(n: NodeExport, i: number, value: number): boolean {
  const weight = n.has(i) ? n.out.graph.weights.get(n.value(i)) : undefined;
  if (!weight || weight.source !== null) return false;
  return Array.from(typedArrayOf(weight.tensor), Number).every((v) => v === value);
}

function known(n: NodeExport, i: number): RawTensor {
  return n.constant(i, "a weight");
}

const flat = (n: NodeExport, i: number, shuffle: Shuffle | null): WeightGiven => {
  const { shape } = known(n, i);
  return n.weight(i, shuffleSteps(shuffle, shape));
};

const batchNorm: KerasRule<"BatchNormalization"> = (n) => {
  if (n.attrs.training_mode) throw n.error("batch statistics at inference");
  const view = n.view(0);
  const rank = view.order.length;
  if (rank < 2) throw n.error("a normalisation of a vector");
  const place = view.order[1]!;
  const scale = !isNeutral(n, 1, 1);
  const center = !isNeutral(n, 2, 0);
  const config = {
    axis: place === rank - 1 ? -1 : place,
    momentum: n.attrs.momentum,
    epsilon: n.attrs.epsilon,
    center,
    scale,
  };
  const { shuffle } = view;
  const weights = {
    gamma: scale ? flat(n, 1, shuffle) : null,
    beta: center ? flat(n, 2, shuffle) : null,
    moving_mean: flat(n, 3, shuffle),
    moving_variance: flat(n, 4, shuffle),
  };
  const t = n.layer("BatchNormalization", view.value, view.value.dims, { config, weights });
  n.out.set(n.result, { ...view, value: t });
};

/** The view whose last `count` axes of the IR are where a layer can normalise them, and those places. */
function trailing(
  n: NodeExport,
  axis: number,
): { readonly view: KView; readonly places: readonly number[]; readonly sizes: readonly number[] } {
  const rank = n.rank(0);
  const first = axis < 0 ? axis + rank : axis;
  const axes = Array.from({ length: rank - first }, (_, i) => first + i);
  const sizes = axes.map((a) => n.size(0, a, "it is normalised"));
  const given = n.ordered(0);
  const places = axes.map((a) => given.order[a]!);
  const sorted = places.every((p, i) => i === 0 || p > places[i - 1]!);
  if (sorted) return { view: given, places, sizes };
  return { view: plainView(n.plain(0), rank), places: axes, sizes };
}

const spread = (n: NodeExport, i: number, sizes: readonly number[]): WeightGiven => {
  const { shape } = known(n, i);
  const count = (list: readonly number[]) => list.reduce((p, d) => p * d, 1);
  if (count(shape) !== count(sizes)) throw n.error("a scale or bias that is broadcast");
  const steps: WeightStep[] = shape.length === sizes.length ? [] : [{ kind: "reshape", shape: sizes }];
  return n.weight(i, steps);
};

function axesConfig(places: readonly number[], rank: number): number | number[] {
  return places.length === 1 && places[0] === rank - 1 ? -1 : [...places];
}

const layerNorm: KerasRule<"LayerNormalization"> = (n) => {
  if (n.node.outputs[1] || n.node.outputs[2]) throw n.error("the statistics as outputs");
  const { view, places, sizes } = trailing(n, n.attrs.axis);
  const scale = !isNeutral(n, 1, 1);
  const center = n.has(2);
  const config = { axis: axesConfig(places, view.order.length), epsilon: n.attrs.epsilon, center, scale };
  const weights = { gamma: scale ? spread(n, 1, sizes) : null, beta: center ? spread(n, 2, sizes) : null };
  const t = n.layer("LayerNormalization", view.value, view.value.dims, { config, weights });
  n.out.set(n.result, { ...view, value: t });
};

const rmsNorm: KerasRule<"RMSNormalization"> = (n) => {
  const { view, places, sizes } = trailing(n, n.attrs.axis);
  const config = { axis: axesConfig(places, view.order.length), epsilon: n.attrs.epsilon };
  const t = n.layer("RMSNormalization", view.value, view.value.dims, {
    config,
    weights: { scale: spread(n, 1, sizes) },
  });
  n.out.set(n.result, { ...view, value: t });
};

/** Normalisation over groups of channels; one channel per group for instance norms. */
function groups(n: NodeExport<"GroupNormalization" | "InstanceNormalization">, count: number): void {
  const view = n.ordered(0);
  const rank = view.order.length;
  const place = view.order[1]!;
  const scale = !isNeutral(n, 1, 1);
  const center = !isNeutral(n, 2, 0);
  const config = {
    groups: count,
    axis: place === rank - 1 ? -1 : place,
    epsilon: n.attrs.epsilon,
    center,
    scale,
  };
  known(n, 1);
  known(n, 2);
  const weights = { gamma: scale ? n.weight(1) : null, beta: center ? n.weight(2) : null };
  const t = n.layer("GroupNormalization", view.value, view.value.dims, { config, weights });
  n.out.set(n.result, { ...view, value: t });
}

const lpNorm: KerasRule<"LpNormalization"> = (n) => {
  const view = n.ordered(0);
  const place = view.order.at(n.attrs.axis);
  if (n.attrs.p !== 2 || place === undefined) throw n.error(`a norm of order ${n.attrs.p}`);
  const config = { axis: place === view.order.length - 1 ? -1 : place };
  const t = n.layer("UnitNormalization", view.value, view.value.dims, { config });
  n.out.set(n.result, { ...view, value: t });
};

/** Normalisations. */
export const NORM_RULES: KerasRules = {
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  RMSNormalization: rmsNorm,
  GroupNormalization: (n) => groups(n, n.attrs.num_groups),
  InstanceNormalization: (n) => groups(n, n.size(0, 1, "its channels are the groups")),
  LpNormalization: lpNorm,
};
