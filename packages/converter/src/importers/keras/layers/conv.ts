// Convolutions: kernels to (out, in, k…), SAME to explicit pads where the size is known.
import { samePads } from "../../../execute/ops/window.js";
import type { IrValue } from "../../../ir/types.js";
import type { WeightStep } from "../../../ir/weights.js";
import type { Site } from "../laid.js";
import { input, type LayerCall, type LayerImporter } from "../layer.js";
import { activate, kernelSteps } from "./common.js";

interface Padding {
  readonly auto_pad?: string;
  readonly pads?: readonly number[];
}

/** Pads of a window. SAME with stride 1 never depends on the size; else unknown sizes are left to run time. */
export function padding(
  mode: string,
  sizes: readonly (number | null)[],
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): Padding {
  if (mode === "valid") return {};
  if (mode === "causal")
    return { pads: [...kernel.map((k, i) => (k - 1) * dilations[i]!), ...kernel.map(() => 0)] };
  const known = kernel.map((k, i) => {
    const n = sizes[i] ?? (strides[i] === 1 ? 1 : null);
    return n === null ? null : samePads(n, k, strides[i]!, dilations[i]!, false);
  });
  const pairs = known.flatMap((p) => (p === null ? [] : [p]));
  if (pairs.length < kernel.length) return { auto_pad: "SAME_UPPER" };
  return { pads: [...pairs.map(([low]) => low), ...pairs.map(([, high]) => high)] };
}

/** Sizes of the spatial axes of an N, C, spatial value. */
export function spatialSizes(v: IrValue): (number | null)[] {
  return (v.dims ?? []).slice(2).map((d) => (typeof d === "number" ? d : null));
}

const PADDINGS = ["valid", "same", "causal"] as const;

interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly mode: string;
}

function geometry(c: LayerCall, spatial: number): Geometry {
  return {
    kernel: c.cfg.perAxis("kernel_size", spatial),
    strides: c.cfg.perAxis(
      "strides",
      spatial,
      Array.from({ length: spatial }, () => 1),
    ),
    dilations: c.cfg.perAxis(
      "dilation_rate",
      spatial,
      Array.from({ length: spatial }, () => 1),
    ),
    mode: c.cfg.choice("padding", PADDINGS, "valid"),
  };
}

interface ConvParts {
  readonly w: IrValue;
  readonly bias: IrValue | null;
  readonly group: number;
  readonly part?: string | undefined;
}

function convolve(s: Site, x: IrValue, g: Geometry, parts: ConvParts): IrValue {
  const attrs = {
    kernel_shape: g.kernel,
    strides: g.strides,
    dilations: g.dilations,
    group: parts.group,
    ...padding(g.mode, spatialSizes(x), g.kernel, g.strides, g.dilations),
  };
  const inputs = parts.bias ? [x, parts.w, parts.bias] : [x, parts.w];
  return s.op("Conv", inputs, attrs, parts.part);
}

/** The bias weight, when the layer has one. */
export function biasOf(c: LayerCall, site: Site = c.site): IrValue | null {
  return c.cfg.flag("use_bias", true) ? site.weight("bias") : null;
}

export const conv =
  (spatial: number): LayerImporter =>
  (c) => {
    const last = c.cfg.channelsLast;
    const x = c.site.channelsFirst(input(c), last);
    const g = geometry(c, spatial);
    c.site.shapeOf("kernel", [...g.kernel, null, c.cfg.int("filters", undefined, 1)]);
    const w = c.site.weight("kernel", kernelSteps(spatial));
    const y = convolve(c.site, x, g, { w, bias: biasOf(c), group: c.cfg.int("groups", 1, 1) });
    return activate(c, c.site.fromChannelsFirst(y, last));
  };

/** (k…, in, m) -> (in*m, 1, k…). */
function depthwiseSteps(s: Site, name: string, spatial: number): WeightStep[] {
  const { shape } = s.tensor(name, spatial + 2);
  const [channels, multiplier] = [shape[spatial]!, shape[spatial + 1]!];
  return [
    { kind: "transpose", perm: [spatial, spatial + 1, ...Array.from({ length: spatial }, (_, i) => i)] },
    { kind: "reshape", shape: [channels * multiplier, 1, ...shape.slice(0, spatial)] },
  ];
}

export const depthwise =
  (spatial: number): LayerImporter =>
  (c) => {
    const { site } = c;
    const last = c.cfg.channelsLast;
    const x = site.channelsFirst(input(c), last);
    c.cfg.ignore("depth_multiplier", "filters");
    const name = site.hasWeight("kernel") ? "kernel" : "depthwise_kernel";
    const w = site.weight(name, depthwiseSteps(site, name, spatial));
    const group = site.tensor(name).shape[spatial]!;
    const y = convolve(site, x, geometry(c, spatial), { w, bias: biasOf(c), group });
    return activate(c, site.fromChannelsFirst(y, last));
  };

export const separable =
  (spatial: number): LayerImporter =>
  (c) => {
    const { site } = c;
    const last = c.cfg.channelsLast;
    const x = site.channelsFirst(input(c), last);
    const g = geometry(c, spatial);
    c.cfg.ignore("depth_multiplier", "filters");
    const first = site.weight("depthwise_kernel", depthwiseSteps(site, "depthwise_kernel", spatial));
    const group = site.tensor("depthwise_kernel").shape[spatial]!;
    const deep = convolve(site, x, g, { w: first, bias: null, group, part: "depthwise" });
    const ones = g.kernel.map(() => 1);
    const point: Geometry = { kernel: ones, strides: ones, dilations: ones, mode: "valid" };
    const w = site.weight("pointwise_kernel", kernelSteps(spatial));
    const y = convolve(site, deep, point, { w, bias: biasOf(c), group: 1 });
    return activate(c, site.fromChannelsFirst(y, last));
  };

/** Transposed convolution with explicit pads: SAME crops max(k - s, 0), the smaller half first. */
export const convTranspose =
  (spatial: number): LayerImporter =>
  (c) => {
    const { site } = c;
    const last = c.cfg.channelsLast;
    const x = site.channelsFirst(input(c), last);
    const { kernel, strides, dilations, mode } = geometry(c, spatial);
    c.cfg.ignore("filters");
    const given = c.cfg.has("output_padding") ? c.cfg.perAxis("output_padding", spatial, undefined, 0) : null;
    const low: number[] = [];
    const high: number[] = [];
    const extra: number[] = [];
    kernel.forEach((size, i) => {
      const k = (size - 1) * dilations[i]! + 1;
      const s = strides[i]!;
      const op = given?.[i];
      const same = mode === "same";
      // Length of the output relative to the full one, (n - 1) s + k, by Keras' formula.
      const grow =
        op === undefined ? (same ? s - k : Math.max(s - k, 0)) : op - (same ? 2 * Math.floor(k / 2) : 0);
      const crop = same ? Math.max(-grow, 0) : 0;
      low.push(Math.floor(crop / 2));
      high.push(crop - Math.floor(crop / 2));
      extra.push(grow + crop);
    });
    const w = site.weight("kernel", [
      { kind: "transpose", perm: [spatial + 1, spatial, ...Array.from({ length: spatial }, (_, i) => i)] },
    ]);
    const bias = biasOf(c);
    const attrs = {
      kernel_shape: kernel,
      strides,
      dilations,
      pads: [...low, ...high],
      output_padding: extra,
    };
    const y = site.op("ConvTranspose", bias ? [x, w, bias] : [x, w], attrs);
    return activate(c, site.fromChannelsFirst(y, last));
  };
