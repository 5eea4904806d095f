// Pooling layers, channels last.
import type { RawTensor } from "../../../formats/raw-tensor.js";
import { fromTypedArray } from "../../../formats/raw-tensor.js";
import { ceilExtra, windowCounts } from "../../../execute/ops/window.js";
import type { Dim } from "../../../ir/types.js";
import { channelsLastPlaces } from "../emitter.js";
import type { KerasRule, KerasRules, NodeExport } from "../node.js";
import { arrayArg, type KTensor } from "../tensors.js";
import { kerasWindow, padSpatial } from "./windows.js";

type Pool = "MaxPool" | "AveragePool";
type Pair = readonly [number, number];

/** The smallest float32, which no maximum keeps: configs cannot hold −∞. */
const LOWEST = -3.4028234663852886e38;

/** The window with the extra end of ceil mode as padding. */
function windowOf(n: NodeExport<Pool>) {
  const { attrs } = n;
  const kernel = attrs.kernel_shape;
  const sizes = n.dims(0).slice(2);
  if (kernel.length < 1 || kernel.length > 3) throw n.error(`a pool over ${kernel.length} axes`);
  if (attrs.dilations?.some((d) => d !== 1)) throw n.error("a pool with dilation");
  const strides = attrs.strides ?? kernel.map(() => 1);
  const given = attrs.pads ?? [...kernel, ...kernel].map(() => 0);
  if (attrs.ceil_mode && attrs.auto_pad === "NOTSET") {
    const known = sizes.map((d) => (typeof d === "number" ? d : null));
    const pads = kernel.map((_, i): Pair => [given[i]!, given[i + kernel.length]!]);
    const extra = ceilExtra(
      known.map((d, i) => d ?? guess(n, kernel[i]!, strides[i]!, pads[i]!)),
      { kernel, strides, dilation: kernel.map(() => 1), padding: pads },
    );
    const whole = [...pads.map(([low]) => low), ...pads.map(([, high], i) => high + extra[i]!)];
    return {
      kernel,
      strides,
      extra,
      pads,
      window: kerasWindow(n, { ...attrs, pads: whole, strides }, kernel, sizes),
    };
  }
  const pads = kernel.map((_, i): Pair => [given[i]!, given[i + kernel.length]!]);
  return { kernel, strides, extra: kernel.map(() => 0), pads, window: kerasWindow(n, attrs, kernel, sizes) };
}

/** A dynamic size in ceil mode is fine only where every size gives the same extra, which is where none is ever needed. */
function guess(n: NodeExport<Pool>, kernel: number, stride: number, [low, high]: Pair): number {
  if (stride === 1) return kernel;
  throw n.error(`ceil mode over a dynamic size (kernel ${kernel}, stride ${stride}, padding ${low}+${high})`);
}

function pool(
  n: NodeExport<Pool>,
  className: string,
  x: KTensor,
  padding: string,
  w: { kernel: readonly number[]; strides: readonly number[] },
  part?: string,
): KTensor {
  const order = channelsLastPlaces(w.kernel.length + 2);
  const config = {
    pool_size: [...w.kernel],
    strides: [...w.strides],
    padding,
    data_format: "channels_last",
  };
  return n.layer(
    `${className}${w.kernel.length}D`,
    x,
    n.placedOut(order),
    part === undefined ? { config } : { config, part },
  );
}

const maxPool: KerasRule<"MaxPool"> = (n) => {
  if (n.node.outputs[1]) throw n.error("the places of the maxima");
  const w = windowOf(n);
  const x = n.channelsLast(0);
  const ready = w.window.before ? padSpatial(n, x, w.window.before, LOWEST) : x;
  n.set(pool(n, "MaxPooling", ready, w.window.padding, w), channelsLastPlaces(n.rank(0)));
};

/** How often a window's mean is to be multiplied: elements of the window by elements that count. */
function corrections(
  n: NodeExport<"AveragePool">,
  w: ReturnType<typeof windowOf>,
  before: readonly Pair[],
): RawTensor | null {
  const { kernel, strides } = w;
  const counted = n.attrs.count_include_pad !== 0;
  if (counted && w.extra.every((e) => e === 0)) return null;
  const sizes = n.dims(0).slice(2);
  const outs = n.outDims().slice(2);
  const axes = kernel.map((_, i) => {
    const [size, out] = [sizes[i], outs[i]];
    if (typeof size !== "number" || typeof out !== "number")
      throw n.error("padding that does not count, of a dynamic size");
    const from = counted ? -w.pads[i]![0] : 0;
    const to = size + (counted ? w.pads[i]![1] : 0);
    const window = { kernel, strides, dilation: kernel.map(() => 1), padding: before };
    return windowCounts(out, window, i, from, to);
  });
  const shape = [...axes.map((a) => a.length), 1];
  const area = kernel.reduce((p, k) => p * k, 1);
  const total = shape.reduce((p, d) => p * d, 1);
  const values = Float32Array.from({ length: total }, (_, at) => {
    let rest = at;
    let count = 1;
    for (let i = axes.length - 1; i >= 0; i--) {
      count *= axes[i]![rest % axes[i]!.length]!;
      rest = Math.floor(rest / axes[i]!.length);
    }
    return area / count;
  });
  return fromTypedArray("float32", shape, values);
}

const averagePool: KerasRule<"AveragePool"> = (n) => {
  const w = windowOf(n);
  const x = n.channelsLast(0);
  const order = channelsLastPlaces(n.rank(0));
  const { window } = w;
  const uncounted = n.attrs.count_include_pad === 0 && w.extra.every((e) => e === 0);
  if (window.padding === "valid" && window.before === null) {
    n.set(pool(n, "AveragePooling", x, "valid", w), order);
    return;
  }
  if (window.padding === "same" && uncounted) {
    n.set(pool(n, "AveragePooling", x, "same", w), order);
    return;
  }
  const before = window.before ?? samePairs(n, w);
  const padded = padSpatial(n, x, before);
  const factors = corrections(n, w, before);
  if (factors === null) {
    n.set(pool(n, "AveragePooling", padded, "valid", w), order);
    return;
  }
  const mean = pool(n, "AveragePooling", padded, "valid", w, "window");
  n.set(n.operation("Multiply", [mean, arrayArg(factors, n.path)], mean.dims), order);
};

/** The pads that `same` stands for. */
function samePairs(n: NodeExport<"AveragePool">, w: ReturnType<typeof windowOf>): readonly Pair[] {
  if (n.attrs.auto_pad !== "NOTSET") throw n.error("padding that counts, of a size that is not stated");
  return w.pads.map(([low, high], i): Pair => [low, high + w.extra[i]!]);
}

const globalPool =
  (className: string): KerasRule<"GlobalAveragePool" | "GlobalMaxPool"> =>
  (n) => {
    const axes = n.rank(0) - 2;
    if (axes < 1 || axes > 3) throw n.error(`a pool over ${axes} axes`);
    const order = channelsLastPlaces(axes + 2);
    const config = { data_format: "channels_last", keepdims: true };
    n.set(n.layer(`${className}${axes}D`, n.channelsLast(0), n.placedOut(order), { config }), order);
  };

const adaptive =
  (className: string): KerasRule<"AdaptiveAveragePool" | "AdaptiveMaxPool"> =>
  (n) => {
    const size = n.attrs.output_size;
    const order = channelsLastPlaces(n.rank(0));
    const dims: readonly Dim[] = n.placedOut(order);
    const config = { output_size: [...size], data_format: "channels_last" };
    n.set(n.layer(`${className}${size.length}D`, n.channelsLast(0), dims, { config }), order);
  };

/** Pools. */
export const POOL_RULES: KerasRules = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalPool("GlobalAveragePooling"),
  GlobalMaxPool: globalPool("GlobalMaxPooling"),
  AdaptiveAveragePool: adaptive("AdaptiveAveragePooling"),
  AdaptiveMaxPool: adaptive("AdaptiveMaxPooling"),
};
