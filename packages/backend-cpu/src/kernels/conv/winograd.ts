// 3x3 convolution by Winograd's F(2x2, 3x3): when it applies, and the gradient of its weights, which is a convolution
// with a large window and 3x3 outputs.
import type { Call, Engine } from "../../engine.js";
import { ranges, roundUp } from "../matmul/plan.js";
import { SPARE_BYTES, TILE_N } from "../matmul/tile.js";
import { addressOf, type CpuView } from "../view.js";
import type { Windows } from "../window/geometry.js";
import { defineWinograd, defineWinogradGradient, GRID } from "./winograd-code.js";

/** With fewer channels than this on either side, transforms cost more than they save. */
const LEAST_CHANNELS = 8;
/** Floats of transformed tiles of one block: half an L2 cache of 1 MiB. */
const BLOCK_FLOATS = 2 ** 17;
/** Bytes between the grids of transformed tiles, so that they do not all fall into the same sets of L1. */
const SKEW = 64;

/** Most tiles summed one after the other in a gradient; longer sums are sums of such, which keeps rounding errors small. */
const CHAIN = 64;

const isOnes = (v: readonly number[]): boolean => v.every((n) => n === 1);

function unitSteps(windows: Windows, groups: number): boolean {
  return (
    groups === 1 &&
    windows.window.length === 2 &&
    isOnes(windows.strides) &&
    isOnes(windows.dilation) &&
    isOnes(windows.inputDilation)
  );
}

/** True when the convolution of x with w is done here. */
export function isWinograd(x: CpuView, w: CpuView, windows: Windows, groups: number): boolean {
  return (
    unitSteps(windows, groups) &&
    windows.window.every((n) => n === 3) &&
    windows.output.every((n) => n >= 3) &&
    Math.min(x.shape[1]!, w.shape[0]!) >= LEAST_CHANNELS
  );
}

/** True when the convolution is the gradient of 3x3 weights and is done here. */
export function isWinogradGradient(x: CpuView, w: CpuView, windows: Windows, groups: number): boolean {
  return (
    unitSteps(windows, groups) &&
    windows.output.every((n) => n === 3) &&
    windows.window.every((n) => n >= 3) &&
    Math.min(x.shape[0]!, w.shape[0]!) >= LEAST_CHANNELS
  );
}

/** Tiles of a block: its grids of `channels` in all stay in L2. */
function blockTiles(channels: number, tiles: number, unit: number): number {
  const fit = Math.floor(BLOCK_FLOATS / (GRID * channels * unit)) * unit;
  return Math.min(Math.max(fit, 32), roundUp(tiles, unit));
}

/** The arguments that say where a view [images, channels, rows, columns] lies. */
function imageOf(v: CpuView, images: number, channels: number): number[] {
  const steps = v.strides.map((s) => s * 4);
  return [
    addressOf(v),
    steps[images]!,
    v.shape[channels]!,
    steps[channels]!,
    steps[2]!,
    steps[3]!,
    v.shape[2]!,
    v.shape[3]!,
  ];
}

/** Convolves 3x3 windows. `out` is dense. */
export function winograd(engine: Engine, x: CpuView, w: CpuView, out: CpuView, windows: Windows): void {
  const { weights, forward } = engine.module("winograd", (m) => defineWinograd(m));
  const [batch, outputs, height, width] = out.shape as [number, number, number, number];
  const channels = x.shape[1]!;
  const tilesX = Math.ceil(width / 2);
  const perImage = tilesX * Math.ceil(height / 2);
  const tiles = batch * perImage;
  const gridU = outputs * channels * 4 + SKEW;
  engine.withScratch((scratch) => {
    const u = scratch.take(GRID * gridU);
    const steps = w.strides.map((s) => s * 4) as [number, number, number, number];
    const parts = outputs * perImage * channels * batch < 2 ** 15 ? 1 : engine.threads;
    engine.parallel(
      ranges(outputs, 1, parts).map(([o, count]): Call => {
        const to = u + o * channels * 4;
        return [weights!, to, gridU, addressOf(w) + o * steps[0], count, channels, ...steps];
      }),
    );
    const block = blockTiles(channels + outputs, Math.ceil(tiles / parts), TILE_N);
    const gridV = block * channels * 4 + SKEW;
    const gridM = block * outputs * 4 + SKEW;
    engine.parallel(
      ranges(tiles, TILE_N, parts).map(([first, count]): Call => {
        const v = scratch.take(GRID * (gridV + gridM) + SPARE_BYTES);
        const mm = v + GRID * gridV;
        return [
          forward!,
          ...imageOf(x, 0, 1),
          windows.padding[0]![0],
          windows.padding[1]![0],
          tilesX,
          perImage,
          first,
          first + count,
          block,
          v,
          mm,
          gridV,
          gridM,
          u,
          gridU,
          outputs,
          addressOf(out),
          outputs * height * width * 4,
          height * width * 4,
          width * 4,
          height,
          width,
          mm + GRID * gridM,
        ];
      }),
    );
  });
}

/** Sums over all positions of g, the window, for each of 3x3 offsets: x is [channels, images, ...], g [outputs, images, ...]. */
export function winogradGradient(
  engine: Engine,
  x: CpuView,
  g: CpuView,
  out: CpuView,
  windows: Windows,
): void {
  const { gradient, untransform } = engine.module("winograd:gradient", (m) => defineWinogradGradient(m));
  const [channels, outputs] = out.shape as [number, number];
  const tilesX = Math.ceil(g.shape[3]! / 2);
  const perImage = tilesX * Math.ceil(g.shape[2]! / 2);
  const tiles = g.shape[1]! * perImage;
  engine.withScratch((scratch) => {
    const parts = channels * outputs * tiles < 2 ** 15 ? 1 : engine.threads;
    const byOutputs = outputs >= channels;
    const cuts = ranges(byOutputs ? outputs : channels, TILE_N, parts);
    const calls = cuts.map(([start, count]) => {
      const xs = byOutputs ? x : part(x, start, count);
      const gs = byOutputs ? part(g, start, count) : g;
      const [c, o] = [xs.shape[0]!, gs.shape[0]!];
      const block = Math.min(blockTiles(c + o, tiles, 4), CHAIN);
      const gridV = block * c * 4 + SKEW;
      const gridD = block * o * 4 + SKEW;
      const gridU = c * o * 4 + SKEW;
      const packed = block * roundUp(o, TILE_N) * 4;
      const v = scratch.take(GRID * (gridV + gridD + gridU) + packed + SPARE_BYTES);
      const d = v + GRID * gridV;
      const u = d + GRID * gridD;
      const sum: Call = [
        gradient!,
        ...imageOf(xs, 1, 0),
        windows.padding[0]![0],
        windows.padding[1]![0],
        ...imageOf(gs, 1, 0),
        tilesX,
        perImage,
        tiles,
        block,
        v,
        d,
        gridV,
        gridD,
        u + GRID * gridU,
        u,
        gridU,
        u + GRID * gridU + packed,
      ];
      const to = addressOf(out) + start * (byOutputs ? 36 : outputs * 36);
      const back: Call = [untransform!, to, outputs * 36, o, c, u, gridU];
      return { sum, back };
    });
    engine.parallel(calls.map((c) => c.sum));
    engine.parallel(calls.map((c) => c.back));
  });
}

/** Entries of the first axis. */
function part(v: CpuView, start: number, count: number): CpuView {
  return { ...v, offset: v.offset + start * v.strides[0]!, shape: [count, ...v.shape.slice(1)] };
}
