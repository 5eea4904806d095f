// reduceWindow and selectAndScatter for float32, over any number of trailing axes.
import { sizeOf, type ReduceKind, type WindowAttrs } from "@isoform/core";
import type { Call, Engine, Scratch } from "../../engine.js";
import type { CopyKernel } from "../copy/copy.js";
import { inParts, ranges } from "../matmul/plan.js";
import type { ReduceKernel } from "../reduce/reduce.js";
import { neutralOf } from "../reduce/rows.js";
import type { FillKernel } from "../source/fill.js";
import { addressOf, countOf, type CpuView } from "../view.js";
import { defineDirect } from "./direct.js";
import { cropped, extents, fitsInside, offsetTable, paddedImage, type Windows } from "./geometry.js";
import { defineHalve, defineUnhalve, type HalveOp } from "./halve.js";
import { defineSeparable } from "./separable.js";
import { defineSelect, interior, windowPlaces } from "./select.js";

/** Kernels that pooling is made of. */
export interface PoolParts {
  readonly copy: CopyKernel;
  readonly fill: FillKernel;
  readonly reduce: ReduceKernel;
}

function windowsOf(attrs: WindowAttrs, output: readonly number[]): Windows {
  const rank = attrs.window.length;
  return { ...attrs, output: output.slice(output.length - rank), inputDilation: attrs.window.map(() => 1) };
}

const HALVE: Partial<Record<ReduceKind, HalveOp>> = { max: "max", min: "min", sum: "sum", prod: "prod" };

/** So few additions of adjacent elements cost less than going over a line twice. */
const FEW_TAPS = 4;

/** Fewer windows than this are not worth a second thread. */
const PARALLEL_WINDOWS = 2 ** 14;

/** Planes that 2x2 windows walk: two axes of them, and rows; steps in bytes. */
interface Planes {
  readonly images: number;
  readonly imageStep: number;
  readonly planes: number;
  readonly planeStep: number;
  readonly rowStep: number;
  /** Windows per column and row of a plane. */
  readonly height: number;
  readonly width: number;
}

/** The planes of x where windows are 2x2, do not overlap, and columns are adjacent; null elsewhere. */
function planesOf(x: CpuView, windows: Windows): Planes | null {
  const { window, strides, dilation, output } = windows;
  const lead = x.shape.length - 2;
  if (window.length !== 2 || lead > 2 || x.strides[lead + 1] !== 1) return null;
  if (!window.every((n, d) => n === 2 && strides[d] === 2 && dilation[d] === 1)) return null;
  const steps = x.strides.map((s) => s * 4);
  const [images, planes] = lead === 2 ? [x.shape[0]!, x.shape[1]!] : [1, x.shape[0] ?? 1];
  return {
    images,
    imageStep: lead === 2 ? steps[0]! : 0,
    planes,
    planeStep: lead > 0 ? steps[lead - 1]! : 0,
    rowStep: steps[lead]!,
    height: output[0]!,
    width: output[1]!,
  };
}

/** Pools float32 views. */
export class PoolKernel {
  private readonly engine: Engine;
  private readonly parts: PoolParts;

  constructor(engine: Engine, parts: PoolParts) {
    this.engine = engine;
    this.parts = parts;
  }

  reduceWindow(kind: ReduceKind, x: CpuView, out: CpuView, attrs: WindowAttrs): void {
    if (countOf(out) === 0) return;
    if (countOf(x) === 0) {
      this.parts.fill.run(out, neutralOf(kind));
      return;
    }
    const windows = windowsOf(attrs, out.shape);
    const lead = x.shape.length - attrs.window.length;
    const inside = fitsInside(windows, x.shape.slice(lead));
    if (inside && sizeOf(windows.output) === 1 && attrs.dilation.every((d) => d === 1)) {
      const axes = attrs.window.map((_, d) => lead + d);
      this.parts.reduce.run(kind, cropped(x, windows), { ...out, shape: out.shape.slice(0, lead) }, axes);
      return;
    }
    if (inside && this.halve(kind, cropped(x, windows), out, windows)) return;
    const few = kind === "sum" && inside && attrs.strides.at(-1) === 1 && sizeOf(attrs.window) <= FEW_TAPS;
    if (!few && this.separate(kind, x, out, windows)) return;
    this.engine.withScratch((scratch) => {
      if (inside) {
        this.planes(kind, cropped(x, windows), out, windows, scratch);
        return;
      }
      const image = paddedImage(scratch, this.parts, x.shape, windows, neutralOf(kind));
      image.load(x);
      this.planes(kind, image.view, out, windows, scratch);
    });
  }

  /** Windows of two axes on planes with adjacent columns, padded or not; false where they are not. */
  private separate(kind: ReduceKind, x: CpuView, out: CpuView, windows: Windows): boolean {
    const { window, strides, padding, dilation, output } = windows;
    const lead = x.shape.length - 2;
    if (kind === "prod" || window.length !== 2 || x.strides[lead + 1] !== 1) return false;
    if (padding.some(([low]) => low < 0) || dilation.some((d) => d !== 1)) return false;
    const [rows, columns] = window as [number, number];
    const [height, width] = output as [number, number];
    const { pool } = this.engine.module(`separable:${kind}`, (m) => defineSeparable(m, kind));
    const extent = extents(windows)[1]!;
    const left = padding[1]![0];
    const inLine = Math.min(x.shape[lead + 1]!, extent - left);
    const lineVectors = Math.ceil(Math.max(extent, left + inLine) / 4);
    const planes = sizeOf(x.shape.slice(0, lead));
    const parts = planes * height * width < PARALLEL_WINDOWS ? 1 : this.engine.threads;
    const steps = x.strides.slice(0, lead).map((s) => s * 4);
    this.engine.withScratch((scratch) => {
      const offsets = scratch.table(offsetTable(x.shape.slice(0, lead), steps));
      this.engine.parallel(
        ranges(planes, 1, parts).map(([plane, count]): Call => [
          pool!,
          addressOf(out) + plane * height * width * 4,
          addressOf(x),
          count,
          offsets + plane * 4,
          x.shape[lead]!,
          Math.max(0, inLine),
          x.strides[lead]! * 4,
          height,
          width,
          rows,
          columns,
          strides[0]!,
          strides[1]! * 4,
          padding[0]![0],
          left * 4,
          scratch.take(lineVectors * 16),
          lineVectors,
        ]),
      );
    });
    return true;
  }

  /** 2x2 windows side by side on planes with adjacent columns; false where they are not. */
  private halve(kind: ReduceKind, x: CpuView, out: CpuView, windows: Windows): boolean {
    const op = HALVE[kind];
    const layout = planesOf(x, windows);
    if (op === undefined || layout === null) return false;
    const { height, width, rowStep } = layout;
    const halve = this.engine.module(`halve:${op}`, (m) => defineHalve(m, op))["halve"]!;
    const to = addressOf(out);
    this.overPlanes(layout, height * width, addressOf(x), (plane, from, walk) => [
      halve,
      to + plane * height * width * 4,
      from,
      ...walk,
      height,
      width,
      rowStep,
    ]);
    return true;
  }

  /**
   * Calls over all planes, `size` results each, by the first plane, its address in x, and what to walk: images, their
   * step, planes of each and their step.
   */
  private overPlanes(
    { images, imageStep, planes, planeStep, height, width }: Planes,
    size: number,
    x: number,
    call: (plane: number, from: number, walk: readonly number[]) => Call,
  ): void {
    const threads = images * planes * height * width < PARALLEL_WINDOWS ? 1 : this.engine.threads;
    const [all, each, step] = images === 1 ? [planes, 1, planeStep] : [images, planes, imageStep];
    inParts(this.engine, all, 1, threads, each * size * 4, () => (start, count) => {
      const walk = images === 1 ? [1, 0, count, planeStep] : [count, imageStep, planes, planeStep];
      return {
        call: call(start * each, x + start * step, walk),
        shape: [all, each, size],
        start: [start],
        count: [count, each, size],
      };
    });
  }

  private unhalve(kind: "max" | "min", x: CpuView, source: CpuView, out: CpuView, windows: Windows): boolean {
    const layout = planesOf(x, windows);
    if (layout === null || windows.padding.some(([low]) => low !== 0)) return false;
    const { height, width, rowStep } = layout;
    const [rows, columns] = x.shape.slice(-2) as [number, number];
    if (rows > 2 * height || columns > 2 * width) this.parts.fill.run(out, 0);
    const unhalve = this.engine.module(`unhalve:${kind}`, (m) => defineUnhalve(m, kind))["unhalve"]!;
    const outPlane = rows * columns * 4;
    this.engine.withScratch((scratch) => {
      const given = addressOf(this.parts.copy.dense(source, scratch));
      const to = addressOf(out);
      this.overPlanes(layout, rows * columns, addressOf(x), (plane, from, walk) => [
        unhalve,
        to + plane * outPlane,
        from,
        given + plane * height * width * 4,
        ...walk,
        height,
        width,
        rowStep,
        outPlane,
        columns * 4,
      ]);
    });
    return true;
  }

  private planes(kind: ReduceKind, x: CpuView, out: CpuView, windows: Windows, scratch: Scratch): void {
    const lead = x.shape.length - windows.window.length;
    const steps = x.strides.slice(lead).map((s) => s * 4);
    const width = windows.output.at(-1) ?? 1;
    const xStep = (steps.at(-1) ?? 1) * (windows.strides.at(-1) ?? 1);
    const rowSteps = steps.slice(0, -1).map((s, d) => s * windows.strides[d]!);
    const tapSteps = steps.map((s, d) => s * windows.dilation[d]!);
    const rows = scratch.table(offsetTable(windows.output.slice(0, -1), rowSteps));
    const taps = scratch.table(offsetTable(windows.window, tapSteps));
    const direct = this.engine.module(`window:${kind}`, (m) => defineDirect(m, kind))["direct"]!;
    const tapCount = sizeOf(windows.window);
    const rowCount = sizeOf(windows.output) / width;
    const planeBytes = rowCount * width * 4;
    let to = addressOf(out);
    const start = addressOf(x);
    const planeSteps = x.strides.slice(0, lead).map((s) => s * 4);
    for (const plane of offsetTable(x.shape.slice(0, lead), planeSteps)) {
      direct(to, rowCount, width, start + plane, rows, xStep, tapCount, taps, taps);
      to += planeBytes;
    }
  }

  selectAndScatter(kind: "max" | "min", x: CpuView, source: CpuView, out: CpuView, attrs: WindowAttrs): void {
    if (countOf(out) === 0) return;
    const windows = windowsOf(attrs, source.shape);
    const lead = x.shape.length - attrs.window.length;
    const some = countOf(source) > 0;
    if (some && fitsInside(windows, x.shape.slice(lead)) && this.unhalve(kind, x, source, out, windows))
      return;
    this.parts.fill.run(out, 0);
    if (!some) return;
    const image = x.shape.slice(lead);
    const select = this.engine.module(`select:${kind}`, (m) => defineSelect(m, kind))["select"]!;
    const inner = interior(windows, image);
    const taps = sizeOf(windows.window);
    const words = windowPlaces(windows, image, inner);
    const planes = sizeOf(x.shape.slice(0, lead));
    const [planeBytes, sourceBytes] = [sizeOf(image) * 4, sizeOf(windows.output) * 4];
    const parts = planes * sizeOf(windows.output) < PARALLEL_WINDOWS ? 1 : this.engine.threads;
    this.engine.withScratch((scratch) => {
      const places = scratch.table(words);
      const [from, given] = [x, source].map((v) => addressOf(this.parts.copy.dense(v, scratch))) as [
        number,
        number,
      ];
      this.engine.parallel(
        ranges(planes, 1, parts).map(([plane, count]): Call => [
          select,
          addressOf(out) + plane * planeBytes,
          from + plane * planeBytes,
          given + plane * sourceBytes,
          count,
          planeBytes,
          sourceBytes,
          words.length / (taps + 1),
          taps,
          places,
          ...inner.walk,
        ]),
      );
    });
  }
}
