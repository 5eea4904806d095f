// Depthwise convolution over two axes, plane by plane: a plane is copied into a padded one that stays in L1, weights stay
// in registers, four outputs of two rows at a time.
import {
  f32x4,
  i32,
  maddF32x4,
  shuffle32,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import type { Engine, Part } from "../../engine.js";
import { inParts, threadsFor, roundUp } from "../matmul/plan.js";
import { addressOf, type CpuView } from "../view.js";
import { extents, type Windows } from "../window/geometry.js";

const I = "i32";
/** Most weights of a window: more would not stay in registers, or near them. */
const MOST_TAPS = 25;

/** Stores rows of `n` >= 4 elements four at a time, the last four overlapping. */
function overVectors(f: FunctionBuilder, n: Expr<"i32">, body: (at: Local<"i32">) => void): void {
  const at = f.let(i32.const(0));
  const last = f.let(i32.sub(n, 4));
  f.loop((again) => {
    body(at);
    const more = f.let(i32.ltS(at, last));
    f.inc(at, 4);
    f.if(i32.gtS(at, last), () => f.set(at, last));
    f.brIf(again, more);
  });
}

/** What a module is made for. */
interface Shape {
  readonly window: readonly number[];
  readonly stride: number;
  readonly dilation: readonly number[];
}

/**
 * Defines `depthwise(out, x, images, imageStep, channels, channelStep, rowStep, columnStep, rows, columns, padded, to,
 * pitch, w, weightStep, perChannel, height,
 * width, outImage)`: planes of `rows` x `columns` elements are copied to `to`, inside of the padded
 * plane at `padded` whose rows are `pitch` bytes apart and whose border is already 0; without columns, x is read in
 * place. The weights of a window and the outputs are dense, steps in bytes.
 */
function defineDepthwise(m: ModuleBuilder, { window, stride, dilation }: Shape): void {
  const [tall, wide] = window as [number, number];
  m.exportFunc(
    "depthwise",
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    // oxfmt-ignore
    (f, out, x, images, imageStep, channels, channelStep, rowStep, columnStep, rows, columns, padded, to, pitch, w, weightStep, perChannel, height, width, outImage) => {
      const plane = f.local("i32");
      const row = f.local("i32");
      const weight = f.local("i32");
      const result = f.local("i32");
      const base = f.let(padded);
      // A row of the plane is read once for all of the outputs' rows that need it.
      const outputRows = (weights: readonly (readonly Expr<"v128">[])[], count: number): void => {
        const last = (count - 1) * stride + (tall - 1) * dilation[0]!;
        const lines = Array.from({ length: last + 1 }, (_, y) => f.let(i32.add(row, i32.mul(pitch, y))));
        overVectors(f, width, (column) => {
          const offset = f.let(i32.shl(column, stride === 1 ? 2 : 3));
          const sums = Array.from({ length: count }, () => f.local("v128"));
          lines.forEach((line, y) => {
            const factors = sums.map((_, r) => weights[(y - r * stride) / dilation[0]!]);
            if (!factors.some(Boolean)) return;
            const at = f.let(i32.add(line, offset));
            for (let k = 0; k < wide; k++) {
              const step = 4 * k * dilation[1]!;
              let v: Expr<"v128"> = v128.load(at, step);
              if (stride === 2) v = shuffle32(v, v128.load(at, step + 12), [0, 2, 5, 7]);
              const read = f.let(v);
              sums.forEach((sum, r) => {
                const factor = factors[r]?.[k];
                if (factor) f.set(sum, y - r * stride + k === 0 ? f32x4.mul(factor, read) : maddF32x4(factor, read, sum));
              });
            }
          });
          sums.forEach((sum, r) => v128.store(f, i32.add(result, i32.shl(i32.add(column, i32.mul(width, r)), 2)), sum));
        });
        f.inc(result, i32.shl(width, count + 1));
        f.inc(row, i32.mul(pitch, stride * count));
      };
      f.repeat(images, () => {
        f.set(plane, x);
        f.set(weight, w);
        f.set(result, out);
        f.repeat(channels, () => {
          f.if(columns, () => copyPlane(f, to, pitch, plane, rows, columns, rowStep, columnStep), () => f.set(base, plane));
          f.repeat(perChannel, () => {
            const weights = Array.from({ length: tall }, (_, y) => Array.from({ length: wide }, (_, k) => f.let(v128.load32Splat(weight, 4 * (y * wide + k)))));
            f.set(row, base);
            f.repeat(i32.shrU(height, 1), () => outputRows(weights, 2));
            f.if(i32.and(height, 1), () => outputRows(weights, 1));
            f.inc(weight, weightStep);
          });
          f.inc(plane, channelStep);
        });
        f.inc(x, imageStep);
        f.inc(out, outImage);
      });
    },
  );
}

function copyPlane(
  f: FunctionBuilder,
  to: Expr<"i32">,
  pitch: Expr<"i32">,
  from: Expr<"i32">,
  rows: Expr<"i32">,
  columns: Expr<"i32">,
  rowStep: Expr<"i32">,
  columnStep: Expr<"i32">,
): void {
  const line = f.let(from);
  const dst = f.let(to);
  f.repeat(rows, () => {
    f.if(
      i32.and(i32.eq(columnStep, 4), i32.geS(columns, 4)),
      () => {
        overVectors(f, columns, (at) => {
          const bytes = f.let(i32.shl(at, 2));
          v128.store(f, i32.add(dst, bytes), v128.load(i32.add(line, bytes)));
        });
      },
      () => {
        const [p, q] = [f.let(line), f.let(dst)];
        f.repeat(columns, () => {
          v128.store32Lane(f, q, v128.load32Zero(p), 0);
          f.inc(p, columnStep);
          f.inc(q, 4);
        });
      },
    );
    f.inc(line, rowStep);
    f.inc(dst, pitch);
  });
}

/** True when the convolution is done here. */
export function isDepthwise(w: CpuView, windows: Windows): boolean {
  const { window, strides, output, inputDilation } = windows;
  return (
    window.length === 2 &&
    w.shape[1] === 1 &&
    window[0]! * window[1]! <= MOST_TAPS &&
    (strides[1] === 1 || strides[1] === 2) &&
    strides[0] === strides[1] &&
    inputDilation.every((n) => n === 1) &&
    output[1]! >= 4
  );
}

/** Where the elements of one axis go: the first one that windows touch, its place, and how many there are. */
function interior(
  size: number,
  low: number,
  extent: number,
): readonly [from: number, to: number, count: number] {
  const from = Math.max(0, -low);
  const to = from + low;
  return [from, to, Math.max(0, Math.min(size - from, extent - to))];
}

/** Convolves every channel with its own windows; the weights of a window are dense, `clear` fills words with 0. */
export function depthwise(
  engine: Engine,
  x: CpuView,
  w: CpuView,
  out: CpuView,
  windows: Windows,
  clear: (address: number, words: number) => void,
): void {
  const { window, strides, dilation } = windows;
  const stride = strides[0]!;
  const key = `depthwise:${window.join("x")}:${stride}:${dilation.join("x")}`;
  const kernel = engine.module(key, (m) => defineDepthwise(m, { window, stride, dilation }))["depthwise"]!;
  const [images, outputs, height, width] = out.shape as [number, number, number, number];
  const channels = x.shape[1]!;
  const perChannel = outputs / channels;
  const weightStep = w.strides[0]! * 4;
  const taps = window[0]! * window[1]!;
  const [tall, wide] = extents(windows) as [number, number];
  const [top, down, rows] = interior(x.shape[2]!, windows.padding[0]![0], tall);
  const [left, across, columns] = interior(x.shape[3]!, windows.padding[1]![0], wide);
  const [imageStep, channelStep, rowStep, columnStep] = x.strides.map((s) => s * 4) as [
    number,
    number,
    number,
    number,
  ];
  const inPlace = columnStep === 4 && rows === tall && columns === wide;
  const pitch = roundUp(wide + 4, 4) * 4;
  const bytes = inPlace ? 0 : pitch * tall + 16;
  const corner = addressOf(x) + top * rowStep + left * columnStep;
  const parts = threadsFor(engine, images * outputs * height * width * taps);
  engine.withScratch((scratch) => {
    const byImage = images > 1 && images >= parts;
    const plane = height * width;
    const [size, each] = byImage ? [images, outputs * plane * 4] : [channels, perChannel * plane * 4];
    inParts(engine, size, 1, parts, byImage ? each : each * images, () => {
      const padded = inPlace ? 0 : scratch.take(bytes);
      if (!inPlace) clear(padded, bytes / 4);
      return (start, n): Part => {
        const [count, planes] = byImage ? [n, channels] : [images, n];
        return {
          call: [
            kernel,
            addressOf(out) + start * each,
            corner + start * (byImage ? imageStep : channelStep),
            count,
            imageStep,
            planes,
            channelStep,
            rowStep,
            columnStep,
            rows,
            inPlace ? 0 : columns,
            padded,
            padded + down * pitch + across * 4,
            inPlace ? rowStep : pitch,
            addressOf(w) + (byImage ? 0 : start * perChannel * weightStep),
            weightStep,
            perChannel,
            height,
            width,
            outputs * plane * 4,
          ],
          shape: [images, outputs, plane],
          start: byImage ? [start] : [0, start * perChannel],
          count: [count, planes * perChannel, plane],
        };
      };
    });
  });
}
