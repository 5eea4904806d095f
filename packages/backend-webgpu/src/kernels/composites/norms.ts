// Normalisations over the axes of a sample: layerNorm, rmsNorm, groupNorm and instanceNorm.
import { dtypeKind, type Attrs, type CompositeKernel } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import { plus } from "../../wgsl/combine.js";
import type { Runner } from "../../wgsl/kernel.js";
import type { GpuView } from "../view.js";
import { floatParam, runRows, type Rows } from "./rows.js";

type Inputs = readonly (GpuView | null)[];

/** Whether all inputs that are there are floats, which are computed in float32. */
export const allFloats = (inputs: Inputs): boolean =>
  inputs.every((v) => v === null || dtypeKind(v.dtype) === "float");

/** `parameter`, whose axes are `axes` of a shape, as a view of that shape. */
export function spread(parameter: GpuView, shape: readonly number[], axes: readonly number[]): GpuView {
  const strides = shape.map((_, a) => {
    const at = axes.indexOf(a);
    return at < 0 ? 0 : parameter.strides[at]!;
  });
  return { ...parameter, shape, strides };
}

/** Defines `average` of input `v` over the row, and `factor`, one over the root of the variance plus `eps`. */
export function statistics(rows: Rows, v: number, eps: string): string {
  return `var average = 0.0f;
${rows.each([v], (x) => `average += ${x!};`)}
${rows.combine("average", plus)}
average = average / f32(${rows.length});
${squares(rows, v, "average")}
let factor = f_rsqrt(variance + ${eps});`;
}

/** Defines `variance`: the mean of the squares of input `v` less `centre`. */
function squares(rows: Rows, v: number, centre: string): string {
  return `var variance = 0.0f;
${rows.each([v], (x) => `let d = ${x!} - ${centre}; variance += d * d;`)}
${rows.combine("variance", plus)}
variance = variance / f32(${rows.length});`;
}

/** Standardises x over `axes`; all views have x's shape. */
function standardise(
  runner: Runner,
  centred: boolean,
  x: GpuView,
  scale: GpuView | null,
  bias: GpuView | null,
  out: GpuView,
  axes: readonly number[],
  eps: number,
): void {
  const inputs = [x, scale, bias].filter((v) => v !== null);
  runRows(runner, {
    name: `${centred ? "norm" : "rms"} ${scale === null ? "" : "s"}${bias === null ? "" : "b"}`,
    inputs,
    outputs: [out],
    axes,
    params: [floatParam(eps)],
    code: (rows) => {
      const small = rows.code.fparam(rows.param(0));
      const begin = centred
        ? statistics(rows, 0, small)
        : `${squares(rows, 0, "0.0f")}\nlet factor = f_rsqrt(variance + ${small});`;
      const write = rows.each(
        inputs.map((_, i) => i),
        (v, ...more) => {
          let value = centred ? `(${v!} - average) * factor` : `${v!} * factor`;
          if (scale !== null) value = `${value} * ${more.shift()!}`;
          if (bias !== null) value = `${value} + ${more.shift()!}`;
          return rows.put(0, value);
        },
      );
      return `${rows.begin()}\n${begin}\n${write}`;
    },
  });
}

function overAxes(runner: Runner, centred: boolean): CompositeKernel<GpuBuffer> {
  return {
    supports: (_, inputs) => allFloats(inputs),
    run: (attrs, [x, scale, bias], [out]) => {
      const { axes, eps } = attrs as Attrs<"layerNorm">;
      const along = (v: GpuView | null | undefined): GpuView | null => (v ? spread(v, x!.shape, axes) : null);
      standardise(runner, centred, x!, along(scale), along(bias), out!, axes, eps);
    },
  };
}

/** A view of `[N, C, …]` as `[N, groups, C / groups, …]`. */
function grouped(v: GpuView, groups: number): GpuView {
  const [n, channels, ...rest] = v.shape;
  const [first, step, ...strides] = v.strides;
  const each = channels! / groups;
  return {
    ...v,
    shape: [n!, groups, each, ...rest],
    strides: [first!, step! * each, step!, ...strides],
  };
}

function overGroups(
  runner: Runner,
  groupsOf: (attrs: object, x: GpuView) => number,
): CompositeKernel<GpuBuffer> {
  return {
    supports: (_, inputs) => allFloats(inputs),
    run: (attrs, [x, scale, bias], [out]) => {
      const { eps } = attrs as Attrs<"instanceNorm">;
      const groups = groupsOf(attrs, x!);
      const along = (v: GpuView | null | undefined): GpuView | null =>
        v ? grouped(spread(v, x!.shape, [1]), groups) : null;
      const axes = x!.shape.slice(1).map((_, a) => a + 2);
      standardise(
        runner,
        true,
        grouped(x!, groups),
        along(scale),
        along(bias),
        grouped(out!, groups),
        axes,
        eps,
      );
    },
  };
}

/** Kernels of normalisations without running statistics. */
export function normKernels(runner: Runner): Readonly<Record<string, CompositeKernel<GpuBuffer>>> {
  return {
    layerNorm: overAxes(runner, true),
    rmsNorm: overAxes(runner, false),
    groupNorm: overGroups(runner, (attrs) => (attrs as Attrs<"groupNorm">).groups),
    instanceNorm: overGroups(runner, (_, x) => x.shape[1]!),
  };
}
