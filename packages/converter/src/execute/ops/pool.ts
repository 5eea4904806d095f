// Pooling over windows, global and adaptive pools, unpooling.
import * as core from "@isoform/core";
import type { Tensor } from "@isoform/core";
import type { POOL_OPS } from "../../ir/ops/pool.js";
import type { Call, OpRuns, Result } from "../call.js";
import { HostTensor } from "../host.js";
import { maxRoiPool, roiAlign } from "./roi.js";
import { ceilExtra, resolveWindow, windowCounts, type Window } from "./window.js";

interface Resolved extends Window {
  /** Padding with the extra end of ceil mode. */
  readonly full: readonly (readonly [number, number])[];
}

function resolve(c: Call<"MaxPool" | "AveragePool" | "LpPool">): Resolved {
  const { attrs } = c;
  const spatial = c.shape(0).slice(2);
  const w = resolveWindow(spatial, attrs.kernel_shape, attrs);
  const extra = attrs.ceil_mode && attrs.auto_pad === "NOTSET" ? ceilExtra(spatial, w) : spatial.map(() => 0);
  return { ...w, full: w.padding.map(([low, high], i): [number, number] => [low, high + extra[i]!]) };
}

function maxPool(c: Call<"MaxPool">): Result {
  const { kernel, strides, dilation, full } = resolve(c);
  const options = { window: kernel, strides, dilation, padding: full };
  if (!c.wants(1)) return core.maxPool(c.t(0), options);
  const x = c.t(0);
  const [values, plane] = core.maxPoolWithIndices(x, options);
  const size = core.sizeOf(x.shape.slice(2));
  const places = c.attrs.storage_order === 0 ? plane : columnMajor(plane, x.shape.slice(2));
  const lead = core.iota([x.shape[0]! * x.shape[1]!], 0);
  const offset = core.reshape(core.mul(lead, size), [x.shape[0]!, x.shape[1]!, ...kernel.map(() => 1)]);
  return [values, core.add(places, offset)];
}

/** Row-major places of a plane as column-major ones. */
function columnMajor(places: Tensor, shape: readonly number[]): Tensor {
  let out: Tensor | null = null;
  let step = 1;
  let below = core.sizeOf(shape);
  for (const n of shape) {
    below /= n;
    const index = core.mod(core.div(places, below), n);
    const part = core.mul(index, step);
    out = out === null ? part : core.add(out, part);
    step *= n;
  }
  return out ?? places;
}

/** Sum over every window divided by the number of elements that count. */
function averagePool(c: Call<"AveragePool">): Tensor {
  const x = c.t(0);
  const w = resolve(c);
  const spatial = x.shape.slice(2);
  const counted = c.attrs.count_include_pad !== 0;
  const ceiled = w.full.some(([, high], i) => high !== w.padding[i]![1]);
  const { kernel, strides, dilation, full } = w;
  if (!ceiled) {
    return core.avgPool(x, { window: kernel, strides, dilation, padding: full, countIncludePad: counted });
  }
  const sum = core.reduceWindow(x, { kind: "sum", window: kernel, strides, dilation, padding: full });
  return spatial.reduce((y, n, i) => {
    const [low, high] = counted ? w.padding[i]! : [0, 0];
    const counts = windowCounts(y.shape[i + 2]!, w, i, -low, n + high);
    const shape = y.shape.map((m, d) => (d === i + 2 ? m : 1));
    return core.div(y, core.cast(c.upload(new HostTensor("float32", shape, counts)), x.dtype));
  }, sum);
}

function lpPool(c: Call<"LpPool">): Tensor {
  const { kernel, strides, dilation, full } = resolve(c);
  const { p } = c.attrs;
  const powers = core.pow(core.abs(c.t(0)), p);
  const sum = core.reduceWindow(powers, { kind: "sum", window: kernel, strides, dilation, padding: full });
  return core.pow(sum, 1 / p);
}

const spatialAxes = (x: Tensor): number[] => x.shape.flatMap((_, i) => (i < 2 ? [] : [i]));

function globalAverage(c: Call<"GlobalAveragePool">): Tensor {
  const x = c.t(0);
  return core.mean(x, spatialAxes(x), { keepDims: true });
}

function globalLp(c: Call<"GlobalLpPool">): Tensor {
  const x = c.t(0);
  const { p } = c.attrs;
  return core.pow(core.sum(core.pow(core.abs(x), p), spatialAxes(x), { keepDims: true }), 1 / p);
}

/** Puts values back at their places; the shape is given or the smallest that pooling could have come from. */
function maxUnpool(c: Call<"MaxUnpool">): Tensor {
  const x = c.t(0);
  const { kernel_shape: kernel, strides, pads } = c.attrs;
  const natural = kernel.map((k, i) => {
    const padding = (pads?.[i] ?? 0) + (pads?.[i + kernel.length] ?? 0);
    return (x.shape[i + 2]! - 1) * (strides?.[i] ?? 1) - padding + k;
  });
  const wanted = c.optInts(2)?.slice(2) ?? natural;
  const plane = core.sizeOf(natural);
  const whole = core.maxUnpool(x, core.mod(c.t(1), plane), natural);
  const high = [0, 0, ...wanted.map((n, i) => Math.max(0, n - natural[i]!))];
  return core.pad(whole, { low: high.map(() => 0), high });
}

/** Pooling. */
export const POOL: OpRuns<keyof typeof POOL_OPS> = {
  AveragePool: { run: averagePool },
  GlobalAveragePool: { run: globalAverage },
  GlobalLpPool: { run: globalLp },
  GlobalMaxPool: { run: (c) => core.max(c.t(0), spatialAxes(c.t(0)), { keepDims: true }) },
  LpPool: { run: lpPool },
  MaxPool: { run: maxPool },
  MaxRoiPool: { host: "all", run: maxRoiPool },
  MaxUnpool: { host: [2], run: maxUnpool },
  RoiAlign: { host: "all", run: roiAlign },
  AdaptiveAveragePool: { run: (c) => core.adaptiveAvgPool(c.t(0), c.attrs.output_size) },
  AdaptiveMaxPool: { run: (c) => core.adaptiveMaxPool(c.t(0), c.attrs.output_size) },
};
