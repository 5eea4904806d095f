// Steps that several layers share.
import { isPlainObject, layerEntry, type PlainJson, type PlainObject } from "../../../formats/keras/index.js";
import type { WeightStep } from "../../../ir/weights.js";
import { applyActivation, isActivation } from "../activations.js";
import { serialisedName } from "../config.js";
import type { Facts, IrValue } from "../../../ir/types.js";
import type { Laid, Site } from "../laid.js";
import { callWith, type LayerCall } from "../layer.js";

/** Applies the `activation` of a config, a name or a serialised layer. */
export function activate(c: LayerCall, x: Laid, site: Site = c.site, key = "activation"): Laid {
  const value = c.cfg.get(key);
  const name = serialisedName(value);
  if (name === null || name === "linear") return x;
  if (isPlainObject(value) && value["class_name"] !== "function" && !isActivation(name)) {
    const entry = layerEntry(value, `${c.cfg.path}.config.${key}`);
    const [y] = c.call(entry, site.inner("activation"), callWith([x]));
    if (y) return y;
  }
  return applyActivation(site, x, name, c.cfg);
}

/** Keras kernel (k…, in, out) as (out, in, k…). */
export function kernelSteps(spatial: number): WeightStep[] {
  return [
    { kind: "transpose", perm: [spatial + 1, spatial, ...Array.from({ length: spatial }, (_, i) => i)] },
  ];
}

/** Keras axes that are not the batch, counted from the front. */
export function positiveAxes(axes: readonly number[], rank: number): number[] {
  return axes.map((a) => (a < 0 ? a + rank : a)).sort((a, b) => a - b);
}

/** Reductions that layers use. */
export type Reduction =
  | "ReduceSum"
  | "ReduceMean"
  | "ReduceMax"
  | "ReduceMin"
  | "ReduceProd"
  | "ReduceSumSquare";

/** A reduction over Keras axes; what is left keeps its place in the value. */
export function reduced(
  site: Site,
  op: Reduction,
  given: Laid,
  axes: readonly number[],
  keepdims: boolean,
  part?: string,
): Laid {
  const x = site.ordered(given);
  const places = axes.map((a) => site.axis(x, a)).toSorted((a, b) => a - b);
  const value = site.op(op, [x.value, site.ints(places)], { keepdims: keepdims ? 1 : 0 }, part);
  if (keepdims) return site.laid(value, x.order);
  const left = x.order.filter((p) => !places.includes(p));
  return site.laid(
    value,
    left.map((p) => p - places.filter((q) => q < p).length),
  );
}

/** A new Keras axis of size 1 before `axis`, the value not moved. */
export function expanded(site: Site, given: Laid, axis: number, part?: string): Laid {
  const x = site.ordered(given);
  const at = axis < 0 ? axis + x.order.length + 1 : axis;
  const place = x.order[at] ?? x.order.length;
  const value: IrValue = site.op("Unsqueeze", [x.value, site.ints([place])], {}, part);
  const order = x.order.map((p) => (p >= place ? p + 1 : p));
  order.splice(at, 0, place);
  return site.laid(value, order);
}

/** Without a Keras axis of size 1. */
export function squeezed(site: Site, given: Laid, axis: number, part?: string): Laid {
  const x = site.ordered(given);
  const place = site.axis(x, axis);
  const value = site.op("Squeeze", [x.value, site.ints([place])], {}, part);
  return site.laid(
    value,
    x.order.filter((p) => p !== place).map((p) => (p > place ? p - 1 : p)),
  );
}

/** Part of a Keras axis: start, start + step, … before end (null = all that is left). */
export function sliced(
  site: Site,
  given: Laid,
  cuts: readonly {
    readonly axis: number;
    readonly start: number;
    readonly end: number | null;
    readonly step?: number;
  }[],
  part?: string,
): Laid {
  const x = site.ordered(given);
  if (cuts.length === 0) return x;
  const last = (c: (typeof cuts)[number]) => c.end ?? ((c.step ?? 1) < 0 ? -(2 ** 63) : 2 ** 63);
  const inputs = [
    x.value,
    site.ints(cuts.map((c) => c.start)),
    site.ints(cuts.map(last)),
    site.ints(cuts.map((c) => site.axis(x, c.axis))),
  ];
  if (cuts.some((c) => (c.step ?? 1) !== 1)) inputs.push(site.ints(cuts.map((c) => c.step ?? 1)));
  return site.laid(site.op("Slice", inputs, {}, part), x.order);
}

/** Padding by Keras axis. */
export function padded(
  site: Site,
  given: Laid,
  pads: readonly (readonly [number, number])[],
  mode = "constant",
  part?: string,
  fill: number | null = null,
): Laid {
  const x = site.ordered(given);
  const low = pads.map(() => 0);
  const high = pads.map(() => 0);
  pads.forEach(([l, h], axis) => {
    low[x.order[axis]!] = l;
    high[x.order[axis]!] = h;
  });
  const amounts = site.ints([...low, ...high]);
  const inputs = fill === null || fill === 0 ? [x.value, amounts] : [x.value, amounts, site.scalar(fill, x)];
  return site.laid(site.op("Pad", inputs, { mode }, part), x.order);
}

/**
 * What nodes stand for, so that an exporter to Keras can write the layer itself: its class and settings, the values
 * that go in (with the places of Keras' axes), constant arguments of the call, and the values that hold its weights.
 */
export function layerFacts(
  site: Site,
  layer: string,
  config: PlainObject,
  given: {
    readonly inputs: readonly Laid[];
    /** Places of Keras' axes in the output; default: their own. */
    readonly output?: readonly number[];
    readonly listed?: boolean;
    readonly tensors?: Readonly<Record<string, readonly Laid[]>>;
    readonly kwargs?: PlainObject;
    readonly weights?: Readonly<Record<string, string>>;
  },
): Facts {
  const place = (given: Laid): PlainJson => {
    const { value, order } = site.ordered(given);
    return [value.name, [...order]];
  };
  const tensors = Object.entries(given.tensors ?? {}).map(([key, list]) => [key, list.map(place)] as const);
  return {
    layer,
    config: JSON.stringify(config),
    inputs: JSON.stringify(given.inputs.map(place)),
    ...(given.output ? { output: JSON.stringify(given.output) } : {}),
    listed: given.listed ?? false,
    tensors: JSON.stringify(Object.fromEntries(tensors)),
    kwargs: JSON.stringify(given.kwargs ?? {}),
    weights: JSON.stringify(given.weights ?? {}),
  };
}
