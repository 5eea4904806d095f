// The convolution kernel for float32, any number of spatial axes: implicit GEMM over offset tables, and a direct
// kernel where a group has a single input channel (depthwise). Padding and input dilation go through a padded copy.
import { rowMajor, type ConvAttrs, sizeOf } from "@isoform/core";
import type { Call, Engine, Scratch } from "../../engine.js";
import type { CopyKernel } from "../copy/copy.js";
import { definePatchGemm } from "../matmul/gemm.js";
import type { MatmulKernel } from "../matmul/matmul.js";
import { threadsFor, planProduct, ranges, roundUp } from "../matmul/plan.js";
import { SPARE_BYTES, TILE_M, TILE_N } from "../matmul/tile.js";
import type { FillKernel } from "../source/fill.js";
import { addressOf, countOf, type CpuView } from "../view.js";
import { defineDirect } from "../window/direct.js";
import { cropped, fitsInside, offsetTable, paddedImage, type Windows } from "../window/geometry.js";
import { depthwise as depthwisePlanes, isDepthwise } from "./depthwise.js";
import { depthwiseGradient, isDepthwiseGradient } from "./depthwise-gradient.js";
import { isPhased, phasesOf } from "./phases.js";
import { isWeightGradient, weightGradient } from "./weight-gradient.js";
import { isWinograd, isWinogradGradient, winograd, winogradGradient } from "./winograd.js";

/** Kernels a convolution is made of. */
export interface ConvParts {
  readonly copy: CopyKernel;
  readonly fill: FillKernel;
  readonly matmul: MatmulKernel;
}

/** True when every window is one element of x, and positions lie one after the other. */
function isPointwise(x: CpuView, windows: Windows): boolean {
  const { window, strides, padding, inputDilation } = windows;
  const single = [...window, ...strides, ...inputDilation].every((n) => n === 1);
  if (!single || padding.some(([low, high]) => low !== 0 || high !== 0)) return false;
  let next: number | null = null;
  for (let d = x.shape.length - 1; d > 1; d--) {
    if (x.shape[d] === 1) continue;
    if (next !== null && x.strides[d] !== next) return false;
    next = x.strides[d]! * x.shape[d]!;
  }
  return true;
}

/** With fewer positions per image than this, images are computed side by side in one product. */
const FEW_POSITIONS = 32;

/** Most elements of images that are padded together. */
const MOST_PADDED = 2 ** 21;

/** Offset tables in linear memory, and the packing buffer once it is there. */
interface Tables {
  readonly taps: number;
  readonly positions: number;
  /** Bytes from one position of a row to the next. */
  readonly positionStep?: number;
  packed?: number;
}

/** Convolves views of what its products take. */
export class ConvKernel {
  private readonly engine: Engine;
  private readonly parts: ConvParts;

  constructor(engine: Engine, parts: ConvParts) {
    this.engine = engine;
    this.parts = parts;
  }

  /** Whether kernels that know float32 alone can be taken. */
  private get floats(): boolean {
    return this.parts.matmul.factors === "float32";
  }

  run(x: CpuView, w: CpuView, out: CpuView, attrs: ConvAttrs): void {
    if (countOf(out) === 0) return;
    const windows: Windows = {
      window: w.shape.slice(2),
      output: out.shape.slice(2),
      strides: attrs.strides,
      padding: attrs.padding,
      dilation: attrs.rhsDilation,
      inputDilation: attrs.lhsDilation,
    };
    if (countOf(w) === 0 || countOf(x) === 0) {
      this.parts.fill.run(out, 0);
      return;
    }
    this.convolution(x, w, out, windows, attrs.groups);
  }

  private convolution(x: CpuView, w: CpuView, out: CpuView, windows: Windows, groups: number): void {
    if (isPhased(windows)) this.phased(x, w, out, windows, groups);
    else if (isPointwise(x, windows) && (groups === 1 || w.shape[1] !== 1)) this.pointwise(x, w, out, groups);
    else if (this.floats && isWinograd(x, w, windows, groups)) winograd(this.engine, x, w, out, windows);
    else if (this.floats && isWinogradGradient(x, w, windows, groups))
      winogradGradient(this.engine, x, w, out, windows);
    else this.engine.withScratch((scratch) => this.convolve(x, w, out, windows, groups, scratch));
  }

  /** Phase by phase, each spread to its places in the output. */
  private phased(x: CpuView, w: CpuView, out: CpuView, windows: Windows, groups: number): void {
    const phases = phasesOf(x, w, out, windows);
    if (phases.reduce((n, p) => n + countOf(p.out), 0) < countOf(out)) this.parts.fill.run(out, 0);
    for (const p of phases) {
      this.engine.withScratch((scratch) => {
        const buffer = scratch.take(countOf(p.out) * 4);
        const part = { ...p.out, buffer, offset: 0, strides: rowMajor(p.out.shape) };
        if (countOf(p.x) === 0) this.parts.fill.run(part, 0);
        else this.convolution(p.x, p.w, part, p.windows, groups);
        this.parts.copy.run(part, p.out);
      });
    }
  }

  /** Windows of one element: a product for every image and group, over positions as they lie. */
  private pointwise(x: CpuView, w: CpuView, out: CpuView, groups: number): void {
    const [images, outputs] = out.shape as [number, number];
    const perGroup = w.shape[1]!;
    const positions = sizeOf(out.shape.slice(2));
    const rows = outputs / groups;
    const [image, channel] = x.strides as [number, number];
    const [wRow, wColumn] = w.strides as [number, number];
    const step = positions === 1 ? 1 : x.strides[x.shape.findLastIndex((n) => n > 1)]!;
    const batch = [images, groups];
    this.parts.matmul.run(
      { ...w, shape: [...batch, rows, perGroup], strides: [0, rows * wRow, wRow, wColumn] },
      { ...x, shape: [...batch, perGroup, positions], strides: [image, perGroup * channel, channel, step] },
      { ...out, shape: [...batch, rows, positions], strides: rowMajor([...batch, rows, positions]) },
    );
  }

  private convolve(
    x: CpuView,
    w: CpuView,
    out: CpuView,
    windows: Windows,
    groups: number,
    scratch: Scratch,
  ): void {
    const perChannel = this.floats && isDepthwiseGradient(x, w, windows, groups);
    if (perChannel || (this.floats && isWeightGradient(windows, groups))) {
      const adjacent = !perChannel || x.strides[3] === 1;
      const inside = adjacent && fitsInside(windows, x.shape.slice(2));
      const image = inside ? null : paddedImage(scratch, this.parts, x.shape, windows, 0);
      image?.load(x);
      const view = image?.view ?? cropped(x, windows);
      if (perChannel) depthwiseGradient(this.engine, view, this.parts.copy.dense(w, scratch), out, windows);
      else weightGradient(this.engine, this.parts.copy, view, w, out, windows, scratch);
      return;
    }
    const weights = this.denseWeights(w, scratch);
    const batch = out.shape[0]!;
    const positions = sizeOf(windows.output);
    const waste = roundUp(positions, TILE_N) / positions;
    const depthwise = this.floats && w.shape[1] === 1 && w.shape[0]! / groups < TILE_M;
    if (depthwise && isDepthwise(w, windows)) {
      depthwisePlanes(this.engine, x, weights, out, windows, (address, words) => {
        const view = { buffer: address, dtype: "float32", shape: [words], strides: [1], offset: 0 } as const;
        this.parts.fill.run(view, 0);
      });
      return;
    }
    const inside = fitsInside(windows, x.shape.slice(2));
    if (batch > 1 && !depthwise && (positions < FEW_POSITIONS || waste > 1.1)) {
      const image = inside ? null : paddedImage(scratch, this.parts, x.shape, windows, 0);
      image?.load(x);
      this.together(image?.view ?? cropped(x, windows), weights, out, windows, groups, scratch);
      return;
    }
    // One image at a time where padded copies of all would be large.
    const wide = inside || batch * sizeOf(x.shape.slice(1)) <= MOST_PADDED;
    const step = wide ? batch : 1;
    const shape = [step, ...x.shape.slice(1)];
    const image = inside ? null : paddedImage(scratch, this.parts, shape, windows, 0);
    const first = image?.view ?? cropped(x, windows);
    const one = { ...first, shape: [1, ...first.shape.slice(1)] };
    const tables = depthwise
      ? this.rowTables(one, windows, scratch)
      : this.patchTables(one, windows, w, scratch);
    const imageStep = first.strides[0]! * 4;
    for (let n = 0; n < batch; n += step) {
      image?.load({ ...x, shape, offset: x.offset + n * x.strides[0]! });
      const to = addressOf(out) + n * out.strides[0]! * 4;
      if (depthwise) {
        for (let i = 0; i < step; i++) {
          const at = addressOf(first) + i * imageStep;
          const outAt = to + i * out.strides[0]! * 4;
          this.depthwise(at, first.strides[1]!, weights, outAt, windows, groups, tables);
        }
      } else {
        const images = { count: step, step: imageStep };
        this.groups(addressOf(first), images, first, weights, to, positions, groups, tables, scratch);
      }
    }
  }

  /** Weights with (channel, kernel axes) adjacent. */
  private denseWeights(w: CpuView, scratch: Scratch): CpuView {
    let step = 1;
    for (let d = w.shape.length - 1; d > 0; d--) {
      if (w.shape[d] !== 1 && w.strides[d] !== step) return this.parts.copy.dense(w, scratch);
      step *= w.shape[d]!;
    }
    return w;
  }

  /** One product over the positions of all images, spread to the images afterwards. */
  private together(
    x: CpuView,
    w: CpuView,
    out: CpuView,
    windows: Windows,
    groups: number,
    scratch: Scratch,
  ): void {
    const batch = out.shape[0]!;
    const channels = out.shape[1]!;
    const positions = sizeOf(windows.output);
    const result = scratch.take(countOf(out) * 4);
    const tables = this.patchTables(x, windows, w, scratch);
    const images = { count: 1, step: 0 };
    this.groups(addressOf(x), images, x, w, result, batch * positions, groups, tables, scratch);
    const shape = [batch, channels, positions];
    this.parts.copy.run(
      { buffer: result, dtype: "float32", shape, strides: [positions, batch * positions, 1], offset: 0 },
      { ...out, shape, strides: rowMajor(shape) },
    );
  }

  /** Byte offsets of the taps (channel of a group, kernel axes) and of the positions of all images of `x`. */
  private patchTables(x: CpuView, windows: Windows, w: CpuView, scratch: Scratch): Tables {
    const [image, channel, ...steps] = x.strides.map((s) => s * 4) as [number, number, ...number[]];
    const tapSteps = steps.map((s, d) => s * windows.dilation[d]!);
    const positionSteps = steps.map((s, d) => s * windows.strides[d]!);
    const taps = offsetTable([w.shape[1]!, ...windows.window], [channel, ...tapSteps]);
    const positions = offsetTable([x.shape[0]!, ...windows.output], [image, ...positionSteps]);
    return {
      taps: scratch.table(taps),
      positions: scratch.table(positions),
    };
  }

  /** Byte offsets of the taps of one channel and of the first positions of the output's rows. */
  private rowTables(x: CpuView, windows: Windows, scratch: Scratch): Tables {
    const steps = x.strides.slice(2).map((s) => s * 4);
    const tapSteps = steps.map((s, d) => s * windows.dilation[d]!);
    const rowSteps = steps.slice(0, -1).map((s, d) => s * windows.strides[d]!);
    return {
      taps: scratch.table(offsetTable(windows.window, tapSteps)),
      positions: scratch.table(offsetTable(windows.output.slice(0, -1), rowSteps)),
      positionStep: (steps.at(-1) ?? 4) * (windows.strides.at(-1) ?? 1),
    };
  }

  /** Implicit GEMM of every group: the result at `to` is [channels, columns], dense. */
  private groups(
    from: number,
    images: { readonly count: number; readonly step: number },
    x: CpuView,
    w: CpuView,
    to: number,
    columns: number,
    groups: number,
    tables: Tables,
    scratch: Scratch,
  ): void {
    const perGroup = w.shape[1]!;
    const rows = w.shape[0]! / groups;
    const depth = sizeOf(w.shape.slice(1));
    const matrix = { address: 0, row: 0, column: 0 };
    const blocks = planProduct(rows, columns, depth, { ...matrix, column: 4 }, matrix);
    const parts = threadsFor(this.engine, images.count * rows * columns * depth);
    const bytes = roundUp(blocks.bBytes + SPARE_BYTES, SPARE_BYTES);
    const byImage = images.count >= parts;
    const cuts = byImage ? ranges(images.count, 1, parts) : ranges(columns, 2 * TILE_N, parts);
    const packed = (tables.packed ??= scratch.take(bytes * parts));
    const weightRow = w.strides[0]! * 4;
    const { factors } = this.parts.matmul;
    const key = `gemmPatches:${factors}`;
    const gemm = this.engine.module(key, (m) => definePatchGemm(m, factors))["gemmPatches"]!;
    const imageBytes = groups * rows * columns * 4;
    for (let g = 0; g < groups; g++) {
      this.engine.parallel(
        cuts.map(([start, count], i): Call => {
          const [image, column] = byImage ? [start, 0] : [0, start];
          const packedB = packed + i * bytes;
          return [
            gemm,
            byImage ? count : images.count,
            images.step,
            imageBytes,
            rows,
            byImage ? columns : count,
            depth,
            addressOf(w) + g * rows * weightRow,
            weightRow,
            from + image * images.step + g * perGroup * x.strides[1]! * 4,
            tables.taps,
            tables.positions + column * 4,
            to + image * imageBytes + g * rows * columns * 4 + column * 4,
            columns * 4,
            packedB,
            packedB + blocks.bBytes,
            blocks.blockK,
            blocks.blockN,
          ];
        }),
      );
    }
  }

  /** Every output channel of one image on its own; each group has one input channel. */
  private depthwise(
    from: number,
    channelStep: number,
    w: CpuView,
    to: number,
    windows: Windows,
    groups: number,
    tables: Tables,
  ): void {
    const width = windows.output.at(-1) ?? 1;
    const rows = sizeOf(windows.output) / width;
    const taps = sizeOf(windows.window);
    const perGroup = w.shape[0]! / groups;
    const direct = this.engine.module("window:weighted", (m) => defineDirect(m, "weighted"))["direct"]!;
    for (let c = 0; c < w.shape[0]!; c++) {
      const plane = from + Math.floor(c / perGroup) * channelStep * 4;
      const weights = addressOf(w) + c * w.strides[0]! * 4;
      const out = to + c * rows * width * 4;
      direct(out, rows, width, plane, tables.positions, tables.positionStep ?? 4, taps, tables.taps, weights);
    }
  }
}
