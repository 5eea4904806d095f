// The convolution kernel for float32, any number of spatial axes: implicit GEMM over offset tables, and a direct
// kernel where a group has a single input channel (depthwise). Padding and input dilation go through a padded copy.
import type { ConvAttrs } from "@isoform/core";
import { SPARE, type Engine } from "../../engine.js";
import type { CopyKernel } from "../copy/copy.js";
import { BLOCK_K, BLOCK_M, BLOCK_N, TILE_M, TILE_N } from "../matmul/gemm.js";
import type { MatmulKernel } from "../matmul/matmul.js";
import type { FillKernel } from "../source/fill.js";
import { addressOf, countOf, type CpuView } from "../view.js";
import { defineDirect } from "../window/direct.js";
import {
  cropped,
  fitsInside,
  offsetTable,
  paddedImage,
  placeTable,
  type Image,
  type Windows,
} from "../window/geometry.js";

/** Kernels a convolution is made of. */
export interface ConvParts {
  readonly copy: CopyKernel;
  readonly fill: FillKernel;
  readonly matmul: MatmulKernel;
}

/** With fewer positions per image than this, images are computed side by side in one product. */
const FEW_POSITIONS = 32;

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
const roundUp = (n: number, step: number): number => Math.ceil(n / step) * step;

/** Row-major view of `shape` at `buffer`. */
function dense(buffer: number, shape: readonly number[]): CpuView {
  const strides = shape.map((_, i) => product(shape.slice(i + 1)));
  return { buffer, dtype: "float32", shape, strides, offset: 0 };
}

/** Convolves float32 views. */
export class ConvKernel {
  private readonly engine: Engine;
  private readonly parts: ConvParts;

  constructor(engine: Engine, parts: ConvParts) {
    this.engine = engine;
    this.parts = parts;
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
    const free: (() => void)[] = [];
    const weights = this.denseWeights(w, free);
    const [batch, positions] = [out.shape[0]!, product(windows.output)];
    const waste = roundUp(positions, TILE_N) / positions;
    const depthwise = w.shape[1] === 1 && w.shape[0]! / attrs.groups < TILE_M;
    if (batch > 1 && !depthwise && (positions < FEW_POSITIONS || waste > 1.1)) {
      this.together(x, weights, out, windows, attrs.groups, free);
    } else {
      const image = this.image({ ...x, shape: [1, ...x.shape.slice(1)] }, windows, free);
      for (let n = 0; n < batch; n++) {
        const one = { ...x, shape: [1, ...x.shape.slice(1)], offset: x.offset + n * x.strides[0]! };
        const view = image === null ? cropped(one, windows) : (image.load(one), image.view);
        const to = addressOf(out) + n * out.strides[0]! * 4;
        if (depthwise) this.depthwise(view, weights, to, windows, attrs.groups);
        else this.groups(view, weights, to, windows, attrs.groups);
      }
    }
    for (const release of free) release();
  }

  /** Weights with (channel, kernel axes) adjacent. */
  private denseWeights(w: CpuView, free: (() => void)[]): CpuView {
    let step = 1;
    let adjacent = true;
    for (let d = w.shape.length - 1; d > 0; d--) {
      if (w.shape[d] !== 1 && w.strides[d] !== step) adjacent = false;
      step *= w.shape[d]!;
    }
    if (adjacent) return w;
    const bytes = countOf(w) * 4;
    const copy = dense(this.engine.heap.alloc(bytes), w.shape);
    free.push(() => this.engine.heap.free(copy.buffer, bytes));
    this.parts.copy.run(w, copy);
    return copy;
  }

  /** A padded copy for images like `x`, or null when none is needed. */
  private image(x: CpuView, windows: Windows, free: (() => void)[]): Image | null {
    if (fitsInside(windows, x.shape.slice(2))) return null;
    const image = paddedImage(this.engine, this.parts, x.shape, windows, 0);
    free.push(() => image.release());
    return image;
  }

  /** One product over the positions of all images, spread to the images afterwards. */
  private together(
    x: CpuView,
    w: CpuView,
    out: CpuView,
    windows: Windows,
    groups: number,
    free: (() => void)[],
  ): void {
    const image = this.image(x, windows, free);
    image?.load(x);
    const view = image?.view ?? cropped(x, windows);
    const [batch, channels] = [out.shape[0]!, out.shape[1]!];
    const positions = product(windows.output);
    const bytes = countOf(out) * 4;
    const result = dense(this.engine.heap.alloc(bytes), [channels, batch, positions]);
    free.push(() => this.engine.heap.free(result.buffer, bytes));
    this.groups(view, w, result.buffer, windows, groups);
    const [c, n, p] = result.strides as [number, number, number];
    this.parts.copy.run(
      { ...result, shape: [batch, channels, positions], strides: [n, c, p] },
      dense(addressOf(out), [batch, channels, positions]),
    );
  }

  /** Implicit GEMM of every group: `to` is [channels, images, positions], dense; all images of `x` at once. */
  private groups(x: CpuView, w: CpuView, to: number, windows: Windows, groups: number): void {
    const { heap } = this.engine;
    const bytesOf = (strides: readonly number[]): number[] => strides.map((s) => s * 4);
    const [imageStep, channelStep, ...steps] = bytesOf(x.strides) as [number, number, ...number[]];
    const perGroup = w.shape[1]!;
    const rows = w.shape[0]! / groups;
    const depth = perGroup * product(windows.window);
    const columns = x.shape[0]! * product(windows.output);
    const taps = placeTable(
      this.engine,
      offsetTable(
        [perGroup, ...windows.window],
        [channelStep, ...steps.map((s, d) => s * windows.dilation[d]!)],
      ),
    );
    const positions = placeTable(
      this.engine,
      offsetTable(
        [x.shape[0]!, ...windows.output],
        [imageStep, ...steps.map((s, d) => s * windows.strides[d]!)],
      ),
    );
    const blockK = Math.ceil(depth / Math.ceil(depth / BLOCK_K));
    const blockN = Math.min(BLOCK_N, roundUp(columns, TILE_N));
    const aBytes = roundUp(Math.min(rows, BLOCK_M), TILE_M) * blockK * 4;
    const bytes = aBytes + blockN * blockK * 4;
    const packed = heap.alloc(bytes);
    const weightRow = w.strides[0]! * 4;
    for (let g = 0; g < groups; g++) {
      this.parts.matmul.module["gemmPatches"]!(
        rows,
        columns,
        depth,
        addressOf(w) + g * rows * weightRow,
        weightRow,
        addressOf(x) + g * perGroup * channelStep,
        taps.address,
        positions.address,
        to + g * rows * columns * 4,
        columns * 4,
        packed,
        packed + aBytes,
        SPARE,
        blockK,
        blockN,
      );
    }
    heap.free(packed, bytes);
    heap.free(positions.address, positions.bytes);
    heap.free(taps.address, taps.bytes);
  }

  /** Every output channel of one image on its own; each group has one input channel. */
  private depthwise(x: CpuView, w: CpuView, to: number, windows: Windows, groups: number): void {
    const { heap } = this.engine;
    const steps = x.strides.slice(2).map((s) => s * 4);
    const width = windows.output.at(-1) ?? 1;
    const xStep = (steps.at(-1) ?? 1) * (windows.strides.at(-1) ?? 1);
    const rowSteps = steps.slice(0, -1).map((s, d) => s * windows.strides[d]!);
    const rows = placeTable(this.engine, offsetTable(windows.output.slice(0, -1), rowSteps));
    const taps = placeTable(
      this.engine,
      offsetTable(
        windows.window,
        steps.map((s, d) => s * windows.dilation[d]!),
      ),
    );
    const direct = this.engine.module("window:weighted", (m) => defineDirect(m, "weighted"))["direct"]!;
    const rowCount = product(windows.output) / width;
    const perGroup = w.shape[0]! / groups;
    for (let c = 0; c < w.shape[0]!; c++) {
      direct(
        to + c * rowCount * width * 4,
        rowCount,
        width,
        addressOf(x) + Math.floor(c / perGroup) * x.strides[1]! * 4,
        rows.address,
        xStep,
        product(windows.window),
        taps.address,
        addressOf(w) + c * w.strides[0]! * 4,
      );
    }
    heap.free(taps.address, taps.bytes);
    heap.free(rows.address, rows.bytes);
  }
}
