// reduceWindow and selectAndScatter for float32, over any number of trailing axes.
import type { ReduceKind, WindowAttrs } from "@isoform/core";
import type { Engine, Scratch } from "../../engine.js";
import type { CopyKernel } from "../copy/copy.js";
import type { ReduceKernel } from "../reduce/reduce.js";
import { neutralOf } from "../reduce/rows.js";
import type { FillKernel } from "../source/fill.js";
import { addressOf, countOf, type CpuView } from "../view.js";
import { defineDirect } from "./direct.js";
import { cropped, fitsInside, offsetTable, paddedImage, type Windows } from "./geometry.js";
import { defineSelect, windowPlaces } from "./select.js";

/** Kernels that pooling is made of. */
export interface PoolParts {
  readonly copy: CopyKernel;
  readonly fill: FillKernel;
  readonly reduce: ReduceKernel;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

function windowsOf(attrs: WindowAttrs, output: readonly number[]): Windows {
  const rank = attrs.window.length;
  return { ...attrs, output: output.slice(output.length - rank), inputDilation: attrs.window.map(() => 1) };
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
    if (inside && product(windows.output) === 1 && attrs.dilation.every((d) => d === 1)) {
      const axes = attrs.window.map((_, d) => lead + d);
      this.parts.reduce.run(kind, cropped(x, windows), { ...out, shape: out.shape.slice(0, lead) }, axes);
      return;
    }
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
    const tapCount = product(windows.window);
    const rowCount = product(windows.output) / width;
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
    this.parts.fill.run(out, 0);
    if (countOf(source) === 0) return;
    const windows = windowsOf(attrs, source.shape);
    const lead = x.shape.length - attrs.window.length;
    const image = x.shape.slice(lead);
    const select = this.engine.module(`select:${kind}`, (m) => defineSelect(m, kind))["select"]!;
    this.engine.withScratch((scratch) => {
      const places = scratch.table(windowPlaces(windows, image));
      select(
        addressOf(out),
        addressOf(this.parts.copy.dense(x, scratch)),
        addressOf(this.parts.copy.dense(source, scratch)),
        product(x.shape.slice(0, lead)),
        product(image) * 4,
        product(windows.output),
        product(windows.window),
        places,
      );
    });
  }
}
