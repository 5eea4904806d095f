// Convolution as a product of kernels and the input under them, which is gathered tile by tile and never written out.
import { itemSize } from "@isoform/core";
import type { Code, GpuLimits, Operand, Runner } from "../../wgsl/kernel.js";
import { placesOf, termsOf, type Convolution } from "./conv-geometry.js";
import { inputSource, kernelSource, type DepthAxis } from "./gather.js";
import { matrixOperand } from "./operand.js";
import { Params } from "./params.js";
import { sumPartial } from "./partial.js";
import { boundTo, targetOf, type Placing } from "./target.js";
import { isHalf, tiledCall, type TileSource } from "./tiled.js";
import { planProduct, type Tile } from "./tiles.js";

/** A kind of axis of k, with the strides of both operands. */
interface Depth {
  readonly size: number;
  readonly x: number;
  readonly w: number;
  readonly axis?: number;
  readonly dilation?: number;
}

/** Elements that lie near each other along an axis. */
const run = (size: number, step: number): number =>
  Math.abs(step) <= 4 ? size / Math.max(1, Math.abs(step)) : 1;

/** The axes of k, slowest first: what lies nearest in the input comes last. */
function depthAxes(g: Convolution): readonly Depth[] {
  const spatial = g.axes.map((a, axis): Depth => ({
    size: a.kernel,
    x: a.dilation * a.x,
    w: a.w,
    axis,
    dilation: a.dilation,
  }));
  const channel: Depth = { size: g.channels, x: g.xChannel, w: g.wChannel };
  const last = g.axes.at(-1)!;
  const channelsLast = g.channels > 1 && Math.abs(g.xChannel) < Math.abs(last.x);
  return channelsLast ? [...spatial, channel] : [channel, ...spatial];
}

/** The one stride along all axes of k of the kernels, if there is one. */
function evenStride(axes: readonly Depth[]): number | null {
  const busy = axes.filter((a) => a.size > 1);
  const even = busy.every((a, i) => i === busy.length - 1 || a.w === busy[i + 1]!.w * busy[i + 1]!.size);
  return even ? (busy.at(-1)?.w ?? 1) : null;
}

function placingOf(g: Convolution, params: Params): Placing {
  const places = placesOf(g);
  const [count, images, channel, offset, outputs, total] = [
    places,
    g.toBatch,
    g.toChannel,
    g.out.offset,
    g.outputs,
    g.batch * g.groups * g.outputs * places,
  ].map((v) => params.add(v));
  const axes = g.axes.map((a) => [a.places, a.to].map((v) => params.add(v)));
  const setup = (c: Code): string => `let out_channel = ${channel!(c)};
let out_base = ${offset!(c)} + split * ${total!(c)} + batch * ${outputs!(c)} * out_channel;`;
  const row = (_: Code, r: string): string => `${r} * out_channel`;
  if (g.whole) {
    return {
      key: "flat",
      setup,
      row,
      column: (c, name, column) =>
        `let ${name} = out_base + (${column} / ${count!(c)}) * ${images!(c)} + ${column} % ${count!(c)};`,
    };
  }
  return {
    key: `parts${axes.length}`,
    setup,
    row,
    column: (c, name, column) => {
      const lines = [`var ${name}_rest = ${column};`, `var ${name} = out_base;`];
      for (let d = axes.length - 1; d >= 0; d--) {
        const [size, to] = axes[d]!.map((p) => p(c));
        lines.push(`${name} += (${name}_rest % ${size}) * ${to}; ${name}_rest = ${name}_rest / ${size};`);
      }
      return [...lines, `${name} += ${name}_rest * ${images!(c)};`].join("\n");
    },
  };
}

/** Computes a convolution of floats whose inputs are not spread; of 16-bit floats only whole ones. */
export function productConvolution(runner: Runner, g: Convolution, chosen?: Tile): void {
  const places = placesOf(g);
  const size = { batch: g.groups, m: g.outputs, n: g.batch * places, k: termsOf(g) };
  const plan = planProduct(size, g.whole, chosen);
  const { tile } = plan;
  const params = new Params();
  const axes = depthAxes(g);
  const last = g.axes.at(-1)!;
  const fastest = axes.at(-1)!;
  const deep = run(fastest.size, fastest.x) > run(last.places, last.stride * last.x);
  const input = inputSource(
    {
      operand: 1,
      dtype: g.x.dtype,
      base: "at1",
      columns: size.n,
      imageStride: g.xBatch,
      axes: g.axes,
      depth: axes.map(({ size: n, x, axis, dilation }): DepthAxis => {
        return axis === undefined
          ? { size: n, stride: x }
          : { size: n, stride: x, axis, dilation: dilation! };
      }),
      tileDepth: tile.depth,
      tileColumns: tile.columns,
      deep,
    },
    params,
  );
  const { source: kernels, operand: kernelOperand } = kernelsOf(g, axes, tile, params, runner.limits);
  const starts = [g.w.offset, g.outputs * g.wOutput, g.x.offset, g.channels * g.xChannel].map((v) =>
    params.add(v),
  );
  const a: TileSource = {
    ...kernels,
    setup: (c, n) => {
      const [w, wGroup, x, xGroup] = starts.map((p) => p(c));
      return `let at0 = ${w} + batch * ${wGroup};
let at1 = ${x} + batch * ${xGroup};
${kernels.setup(c, n)}`;
    },
  };
  const { dtype } = g.out;
  const vector = g.whole && places % 4 === 0 && !deep;
  const direct = plan.splits === 1 && (vector || itemSize(dtype) === 4);
  const total = g.batch * g.groups * g.outputs * places;
  const to = direct ? g.out.buffer : runner.scratch(plan.splits * total * 4);
  const written = direct ? dtype : "float32";
  const target = targetOf({ dtype: written, operand: 2, vector, placing: placingOf(g, params) });
  const x: Operand = {
    buffer: g.x.buffer,
    dtype: g.x.dtype,
    access: "read",
    type: g.x.dtype === "float32" ? "f32" : "u32",
  };
  const out = boundTo(to, written, vector, g.whole ? "write" : "update");
  const goesOn = direct && g.whole && itemSize(dtype) === 4;
  const call = tiledCall({
    size,
    plan,
    a,
    b: input,
    target,
    operands: [kernelOperand, x, out],
    params,
    half: isHalf(runner.limits, g.x.dtype, g.w.dtype),
    goesOn,
  });
  runner.run({ ...call, key: `conv/${call.key}` });
  if (direct) return;
  sumPartial(runner, to, plan.splits, { ...g.out, shape: [total], strides: [1] });
  runner.release(to);
}

function kernelsOf(
  g: Convolution,
  axes: readonly Depth[],
  tile: Tile,
  params: Params,
  limits: GpuLimits,
): { readonly source: TileSource; readonly operand: Operand } {
  const even = evenStride(axes);
  if (even !== null) {
    const matrix = { view: g.w, stride: g.wOutput, depthStride: even, extent: g.outputs, depth: termsOf(g) };
    return matrixOperand({ ...matrix, steps: [g.outputs * g.wOutput] }, 0, "at0", params, limits);
  }
  const source = kernelSource(
    {
      operand: 0,
      dtype: g.w.dtype,
      base: "at0",
      rows: g.outputs,
      rowStride: g.wOutput,
      depth: axes.map((d): DepthAxis => ({ size: d.size, stride: d.w })),
      tileDepth: tile.depth,
    },
    params,
  );
  const type = g.w.dtype === "float32" ? "f32" : "u32";
  return { source, operand: { buffer: g.w.buffer, dtype: g.w.dtype, access: "read", type } };
}
