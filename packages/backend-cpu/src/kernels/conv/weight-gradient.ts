// Convolution with a window nearly as large as the image and few outputs, which is what gradients of weights are: a
// product of x, read in place at every offset of the window, and g packed point by point.
import { sizeOf } from "@isoform/core";
import type { Call, Engine, Scratch } from "../../engine.js";
import { f32x4, i32, maddF32x4, v128, type Func, type Local, type ModuleBuilder } from "../../wasm/index.js";
import { atMost } from "../matmul/block.js";
import { definePack } from "../matmul/pack.js";
import { threadsFor, ranges, roundUp } from "../matmul/plan.js";
import { TILE_M, TILE_N } from "../matmul/tile.js";
import type { CopyKernel } from "../copy/copy.js";
import { addressOf, type CpuView } from "../view.js";
import { offsetTable, type Windows } from "../window/geometry.js";

const I = "i32";
/** Most points of g packed at once: a panel of 16 KiB stays in L1. */
const POINTS = 512;
/** Most outputs along both axes, and fewest points of a window for each of them. */
const MOST_OUTPUTS = 64;

type TapTile = Func<readonly ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"], null>;

/** `(lines, width, x, offsets, lineStep, pointStep, b, c, cRow, add)`: sums over points of x at `rows` offsets. */
function defineTapTile(m: ModuleBuilder, rows: number): TapTile {
  return m.func(
    [I, I, I, I, I, I, I, I, I, I],
    null,
    (f, lines, width, x, offsets, lineStep, pointStep, b, c, cRow, add) => {
      const acc: Local<"v128">[][] = [];
      const starts: Local<"i32">[] = [];
      for (let i = 0; i < rows; i++) {
        acc.push([f.local("v128"), f.local("v128")]);
        starts.push(f.let(i32.add(x, i32.load(offsets, 4 * i))));
      }
      const lineBytes = f.let(i32.mul(width, 4 * TILE_N));
      const pointers = starts.map(() => f.local("i32"));
      const [b0, b1, ai] = [f.local("v128"), f.local("v128"), f.local("v128")];
      const end = f.local("i32");
      f.repeat(lines, () => {
        pointers.forEach((p, i) => f.set(p, starts[i]!));
        f.set(end, i32.add(b, lineBytes));
        f.loop((again) => {
          f.set(b0, v128.load(b));
          f.set(b1, v128.load(b, 16));
          acc.forEach((row, i) => {
            f.set(ai, v128.load32Splat(pointers[i]!));
            f.set(row[0]!, maddF32x4(ai, b0, row[0]!));
            f.set(row[1]!, maddF32x4(ai, b1, row[1]!));
          });
          for (const p of pointers) f.inc(p, pointStep);
          f.inc(b, 4 * TILE_N);
          f.brIf(again, i32.ne(b, end));
        });
        for (const s of starts) f.inc(s, lineStep);
      });
      acc.forEach((row) => {
        row.forEach((v, j) => {
          f.if(add, () => f.set(v, f32x4.add(v, v128.load(c, 16 * j))));
          v128.store(f, c, v, 16 * j);
        });
        f.inc(c, cRow);
      });
    },
  );
}

/**
 * Defines `taps(rows, offsets, x, images, imageStep, lineStep, pointStep, g, gImage, gOutput, gLine, gPoint, outputs,
 * height, width, chunk, c, cRow, packed)`: C[rows, outputs] over all points of all images; `chunk` lines of g are
 * packed at once, C has whole panels of columns.
 */
function defineTaps(m: ModuleBuilder): void {
  const pack = definePack(m);
  const tiles = [1, 2, 3, 4].map((rows) => defineTapTile(m, rows));
  m.exportFunc(
    "taps",
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    // oxfmt-ignore
    (f, rows, offsets, x, images, imageStep, lineStep, pointStep, g, gImage, gOutput, gLine, gPoint, outputs, height, width, chunk, c, cRow, packed) => {
      const add = f.let(i32.const(0));
      const lines = f.local("i32");
      f.repeat(images, () => {
        const y = f.let(i32.const(0));
        f.while(i32.ltS(y, height), () => {
          f.set(lines, atMost(i32.sub(height, y), chunk));
          const points = f.let(i32.mul(lines, width));
          f.call(pack, packed, i32.add(g, i32.mul(y, gLine)), outputs, points, gOutput, gPoint);
          const from = f.let(i32.add(x, i32.mul(y, lineStep)));
          const panel = f.let(packed);
          const column = f.let(c);
          const panels = i32.shrU(i32.add(outputs, TILE_N - 1), 3);
          f.repeat(panels, () => {
            const [tap, to, left] = [f.let(offsets), f.let(column), f.let(rows)];
            const rest = [from, tap, lineStep, pointStep, panel, to, cRow, add] as const;
            f.while(i32.geS(left, TILE_M), () => {
              f.call(tiles[TILE_M - 1]!, lines, width, ...rest);
              f.inc(tap, 4 * TILE_M);
              f.inc(to, i32.mul(cRow, TILE_M));
              f.inc(left, -TILE_M);
            });
            for (let n = 1; n < TILE_M; n++) f.if(i32.eq(left, n), () => f.call(tiles[n - 1]!, lines, width, ...rest));
            f.inc(panel, i32.mul(points, 4 * TILE_N));
            f.inc(column, 4 * TILE_N);
          });
          f.set(add, 1);
          f.inc(y, lines);
        });
        f.inc(x, imageStep);
        f.inc(g, gImage);
      });
    },
  );
}

/** True when the convolution is done here. */
export function isWeightGradient(windows: Windows, groups: number): boolean {
  const outputs = sizeOf(windows.output);
  const points = sizeOf(windows.window);
  return (
    groups === 1 &&
    windows.window.length === 2 &&
    windows.inputDilation.every((n) => n === 1) &&
    outputs <= MOST_OUTPUTS &&
    points >= 16 &&
    points > outputs
  );
}

/** Convolves x [channels, images, ...], which all windows lie inside of, with g [outputs, images, ...]. */
export function weightGradient(
  engine: Engine,
  copy: CopyKernel,
  x: CpuView,
  given: CpuView,
  out: CpuView,
  windows: Windows,
  scratch: Scratch,
): void {
  const taps = engine.module("conv:taps", defineTaps)["taps"]!;
  const [height, width] = windows.window as [number, number];
  const joins = height === 1 || given.strides[2] === width * given.strides[3]!;
  const g = joins ? given : copy.dense(given, scratch);
  const [channels, outputs] = out.shape as [number, number];
  const images = x.shape[1]!;
  const [channelStep, imageStep, line, point] = x.strides.map((s) => s * 4) as [
    number,
    number,
    number,
    number,
  ];
  const [gOutput, gImage, gLine, gPoint] = g.strides.map((s) => s * 4) as [number, number, number, number];
  const [strideY, strideX] = windows.strides as [number, number];
  const steps = [channelStep, line * strideY, point * strideX];
  const offsets = scratch.table(offsetTable([channels, ...windows.output], steps));
  const perChannel = sizeOf(windows.output);
  const rows = channels * perChannel;
  const columns = roundUp(outputs, TILE_N);
  const sums = scratch.take(rows * columns * 4);
  const chunk = Math.max(1, Math.floor(POINTS / width));
  const work = rows * outputs * images * height * width;
  const parts = threadsFor(engine, work);
  engine.parallel(
    ranges(outputs, TILE_N, parts).map(([start, count]): Call => [
      taps,
      rows,
      offsets,
      addressOf(x),
      images,
      imageStep,
      line * windows.dilation[0]!,
      point * windows.dilation[1]!,
      addressOf(g) + start * gOutput,
      gImage,
      gOutput,
      gLine,
      gPoint,
      count,
      height,
      width,
      chunk,
      sums + start * 4,
      columns * 4,
      scratch.take(roundUp(count, TILE_N) * chunk * width * 4),
    ]),
  );
  const shape = [channels, outputs, perChannel];
  copy.run(
    { buffer: sums, dtype: "float32", shape, strides: [perChannel * columns, 1, columns], offset: 0 },
    { ...out, shape, strides: [outputs * perChannel, perChannel, 1] },
  );
}
