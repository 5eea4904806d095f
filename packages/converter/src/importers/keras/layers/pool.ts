// Pooling layers.
import type { IrValue } from "../../../ir/types.js";
import { input, type LayerCall, type LayerImporter } from "../layer.js";
import { reduced } from "./common.js";
import { padding, spatialSizes } from "./conv.js";

function windowed(c: LayerCall, spatial: number, pool: (x: IrValue, attrs: PoolAttrs) => IrValue) {
  const last = c.cfg.channelsLast;
  const x = c.site.channelsFirst(input(c), last);
  const kernel = c.cfg.perAxis(
    "pool_size",
    spatial,
    Array.from({ length: spatial }, () => 2),
  );
  const strides = c.cfg.perAxis("strides", spatial, kernel);
  const ones = kernel.map(() => 1);
  const pads = padding(
    c.cfg.choice("padding", ["valid", "same"], "valid"),
    spatialSizes(x),
    kernel,
    strides,
    ones,
  );
  return c.site.fromChannelsFirst(pool(x, { kernel_shape: kernel, strides, ...pads }), last);
}

interface PoolAttrs {
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[];
  readonly pads?: readonly number[];
  readonly auto_pad?: string;
}

export const maxPool =
  (spatial: number): LayerImporter =>
  (c) =>
    windowed(c, spatial, (x, attrs) => c.site.op("MaxPool", [x], attrs));

/** Padding never counts. */
export const averagePool =
  (spatial: number): LayerImporter =>
  (c) =>
    windowed(c, spatial, (x, attrs) => c.site.op("AveragePool", [x], { ...attrs, count_include_pad: 0 }));

export const globalPool =
  (max: boolean): LayerImporter =>
  (c) => {
    const { site } = c;
    const given = input(c);
    const last = c.cfg.channelsLast;
    if (!max && given.mask && given.order.length === 3) return maskedAverage(c);
    const x = site.ordered(given);
    const axes = x.order.flatMap((_, i) => (i === 0 || i === (last ? x.order.length - 1 : 1) ? [] : [i]));
    return reduced(site, max ? "ReduceMax" : "ReduceMean", x, axes, c.cfg.flag("keepdims", false));
  };

/** The mean over the steps that the mask keeps. */
function maskedAverage(c: LayerCall) {
  const { site } = c;
  const x = input(c);
  const time = c.cfg.channelsLast ? 1 : 2;
  const keep = site.op("Cast", [site.natural(x.mask!)], { to: "float32" }, "mask");
  const wide = site.op("Unsqueeze", [keep, site.ints([time === 1 ? 2 : 1])], {}, "mask_wide");
  const axes = site.ints([time]);
  const keepdims = c.cfg.flag("keepdims", false) ? 1 : 0;
  const kept = site.op("Mul", [site.natural(x), wide], {}, "kept");
  const total = site.op("ReduceSum", [kept, axes], { keepdims }, "total");
  const count = site.op("ReduceSum", [wide, axes], { keepdims }, "count");
  return site.plain(site.op("Div", [total, count], {}));
}

export const adaptivePool =
  (spatial: number, max: boolean): LayerImporter =>
  (c) => {
    const last = c.cfg.channelsLast;
    const x = c.site.channelsFirst(input(c), last);
    const size = { output_size: c.cfg.perAxis("output_size", spatial) };
    const y = max ? c.site.op("AdaptiveMaxPool", [x], size) : c.site.op("AdaptiveAveragePool", [x], size);
    return c.site.fromChannelsFirst(y, last);
  };
