// batchNormTrain and its gradient. Where there are enough channels to keep the device busy, or few elements, a workgroup does
// all of a channel; else the sums are reductions of their own, which are cut in pieces. batchNorm with given statistics has no
// kernel: it is elementwise, and in compiled programs part of the convolution before it.
import { sizeOf, type Attrs, type CompositeKernel } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import { plus } from "../../wgsl/combine.js";
import { literalOf } from "../../wgsl/dtypes.js";
import type { Runner } from "../../wgsl/kernel.js";
import { mapElements } from "../pointwise.js";
import { reduceElements } from "../reduction/reduce.js";
import { denseView, type GpuView } from "../view.js";
import { allFloats, spread, statistics } from "./norms.js";
import { floatParam, runRows } from "./rows.js";

/** Channels that keep a device busy, and elements of a channel that one workgroup may do. */
const MANY = 256;
const SHORT = 1 << 14;

const float = (x: number): string => literalOf("float32", x);
const others = (x: GpuView, axis: number): number[] => x.shape.map((_, a) => a).filter((a) => a !== axis);
const inOneGroup = (x: GpuView, axis: number): boolean =>
  x.shape[axis]! >= MANY || sizeOf(x.shape) <= SHORT * x.shape[axis]!;

/** The sum over all axes but `axis` of an expression of views of x's shape, and as one of those. */
function sumOf(
  runner: Runner,
  name: string,
  inputs: readonly GpuView[],
  axis: number,
  out: GpuView,
  element: (...values: string[]) => string,
): GpuView {
  const { shape } = inputs[0]!;
  const axes = others(inputs[0]!, axis);
  reduceElements(runner, { kind: "sum", dtype: "float32", inputs, axes, name, element }, out);
  return spread(out, shape, [axis]);
}

/** Sums of x and of the squares of what is left without its mean, per channel. */
function moments(
  runner: Runner,
  x: GpuView,
  axis: number,
): { readonly sum: GpuView; readonly squares: GpuView; readonly mean: (sum: string) => string } {
  const channels = x.shape[axis]!;
  const each = float(channels / sizeOf(x.shape));
  const make = (): GpuView => denseView(runner.scratch(channels * 4), "float32", [channels]);
  const mean = (sum: string): string => `(${sum} * ${each})`;
  const sum = sumOf(runner, "", [x], axis, make(), (v) => v!);
  const centred = (v: string, s: string): string => `(${v} - ${mean(s)})`;
  const squares = sumOf(
    runner,
    `squares ${each}`,
    [x, sum],
    axis,
    make(),
    (v, s) => `(${centred(v!, s!)} * ${centred(v!, s!)})`,
  );
  return { sum, squares, mean };
}

/** A view with x's shape again as that of the channels. */
const perChannel = (v: GpuView, axis: number): GpuView => ({
  ...v,
  shape: [v.shape[axis]!],
  strides: [v.strides[axis]!],
});

/** One input after the other, where it is there. */
function present(x: readonly GpuView[], scale: GpuView | null, bias: GpuView | null): GpuView[] {
  return [...x, ...(scale ? [scale] : []), ...(bias ? [bias] : [])];
}

/** `y * scale + bias` with what `more` has of both. */
function affine(y: string, scale: boolean, bias: boolean, more: string[]): string {
  const scaled = scale ? `${y} * ${more.shift()!}` : y;
  return bias ? `${scaled} + ${more.shift()!}` : scaled;
}

function train(runner: Runner): CompositeKernel<GpuBuffer> {
  return {
    supports: (_, inputs) => allFloats(inputs),
    run: (attrs, inputs, [y, mean, variance]) => {
      const { axis, eps } = attrs as Attrs<"batchNormTrain">;
      const x = inputs[0]!;
      const [scale, bias] = [inputs[1], inputs[2]].map((v) => (v ? spread(v, x.shape, [axis]) : null));
      const form = `${scale ? "s" : ""}${bias ? "b" : ""}`;
      const given = present([x], scale!, bias!);
      if (inOneGroup(x, axis)) {
        runRows(runner, {
          name: `batchNorm ${form}`,
          inputs: given,
          outputs: [y!],
          perRow: [mean!, variance!],
          axes: others(x, axis),
          params: [floatParam(eps)],
          code: (rows) => `${rows.begin()}
${statistics(rows, 0, rows.code.fparam(rows.param(0)))}
${rows.putRow(0, "average")}
${rows.putRow(1, "variance")}
${rows.each(
  given.map((_, i) => i),
  (v, ...more) => rows.put(0, affine(`(${v!} - average) * factor`, !!scale, !!bias, more)),
)}`,
        });
        return;
      }
      const m = moments(runner, x, axis);
      const each = m.mean("1.0f");
      const standard = (v: string, s: string, q: string): string =>
        `(${v} - ${m.mean(s)}) * f_rsqrt(${m.mean(q)} + ${float(eps)})`;
      mapElements(
        runner,
        `batchNorm ${form} ${each} ${eps}`,
        present([x, m.sum, m.squares], scale!, bias!),
        y!,
        (v, s, q, ...more) => affine(standard(v!, s!, q!), !!scale, !!bias, more),
      );
      const average = (sum: GpuView, out: GpuView): void =>
        mapElements(runner, `average ${each}`, [perChannel(sum, axis)], out, (v) => m.mean(v!));
      average(m.sum, mean!);
      average(m.squares, variance!);
      runner.release(m.sum.buffer);
      runner.release(m.squares.buffer);
    },
  };
}

/** Gradient of x: with h = g * scale, factor * (h - mean h - xhat * mean(h * xhat)), where the means are those of g times scale. */
function trainGrad(runner: Runner): CompositeKernel<GpuBuffer> {
  return {
    supports: (_, inputs) => allFloats(inputs),
    run: (attrs, inputs, [dx, dscale, dbias]) => {
      const { axis, eps } = attrs as Attrs<"batchNormTrainGrad">;
      const [g, x] = [inputs[0]!, inputs[1]!];
      const scale = inputs[2] ? spread(inputs[2], x.shape, [axis]) : null;
      if (inOneGroup(x, axis)) {
        runRows(runner, {
          name: `batchNormGrad ${scale ? "s" : ""}`,
          inputs: present([x, g], scale, null),
          outputs: [dx!],
          perRow: [dscale!, dbias!],
          axes: others(x, axis),
          params: [floatParam(eps)],
          code: (rows) => `${rows.begin()}
${statistics(rows, 0, rows.code.fparam(rows.param(0)))}
var along = 0.0f;
var total = 0.0f;
${rows.each([0, 1], (v, h) => `along += ${h!} * ((${v!} - average) * factor); total += ${h!};`)}
${rows.combine("along", plus)}
${rows.combine("total", plus)}
${rows.putRow(0, "along")}
${rows.putRow(1, "total")}
let mean_along = along / f32(${rows.length});
let mean_total = total / f32(${rows.length});
${rows.each(scale ? [0, 1, 2] : [0, 1], (v, h, ...more) =>
  rows.put(
    0,
    affine(`(${h!} - mean_total - (${v!} - average) * factor * mean_along) * factor`, !!scale, false, more),
  ),
)}`,
        });
        return;
      }
      const m = moments(runner, x, axis);
      const each = m.mean("1.0f");
      const factor = (q: string): string => `f_rsqrt(${m.mean(q)} + ${float(eps)})`;
      const xhat = (v: string, s: string, q: string): string => `((${v} - ${m.mean(s)}) * ${factor(q)})`;
      const total = sumOf(runner, "", [g], axis, dbias!, (h) => h!);
      const along = sumOf(
        runner,
        `along ${each} ${eps}`,
        [g, x, m.sum, m.squares],
        axis,
        dscale!,
        (h, v, s, q) => `(${h!} * ${xhat(v!, s!, q!)})`,
      );
      mapElements(
        runner,
        `batchNormGrad ${scale ? "s" : ""} ${each} ${eps}`,
        present([g, x, m.sum, m.squares, total, along], scale, null),
        dx!,
        (h, v, s, q, t, a, ...more) =>
          affine(
            `(${h!} - ${m.mean(t!)} - ${xhat(v!, s!, q!)} * ${m.mean(a!)}) * ${factor(q!)}`,
            !!scale,
            false,
            more,
          ),
      );
      runner.release(m.sum.buffer);
      runner.release(m.squares.buffer);
    },
  };
}

/** Kernels of batchNorm in training. */
export function batchNormKernels(runner: Runner): Readonly<Record<string, CompositeKernel<GpuBuffer>>> {
  return { batchNormTrain: train(runner), batchNormTrainGrad: trainGrad(runner) };
}
