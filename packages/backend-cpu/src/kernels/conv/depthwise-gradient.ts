// Gradient of depthwise weights: every tap is the product of a plane of g with x moved by the tap, summed. A row of taps
// at a time stays in registers, so that g is read once for all of them.
import type { Call, Engine } from "../../engine.js";
import {
  f32,
  f32x4,
  i32,
  maddF32x4,
  shuffle32,
  v128,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import { threadsFor, ranges } from "../matmul/plan.js";
import { addressOf, type CpuView } from "../view.js";
import type { Windows } from "../window/geometry.js";

const I = "i32";
/** Most taps of a row: each has a register for its sum. */
const MOST_TAPS = 8;

/**
 * Defines `taps(planes, out, rows, x, xPlane, xTap, images, xImage, lines, xLine, width, g, gPlane, gImage, gLine)`: for
 * every plane `rows` x `taps` sums, adjacent; x lies `step` elements per point of g, taps `spread` elements apart. Steps
 * in bytes, points of g adjacent.
 */
function defineRowOfTaps(m: ModuleBuilder, taps: number, spread: number, step: number): void {
  m.exportFunc(
    "taps",
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    // oxfmt-ignore
    (f, planes, out, rows, x, xPlane, xTap, images, xImage, lines, xLine, width, g, gPlane, gImage, gLine) => {
      const sums = Array.from({ length: taps }, () => f.local("v128"));
      const [point, moved] = [f.local("v128"), f.local("v128")];
      const [p, q, left] = [f.local("i32"), f.local("i32"), f.local("i32")];
      const take = (v: Local<"v128">, k: number, load: (offset: number) => ReturnType<typeof v128.load>): void => {
        f.set(moved, load(4 * k * spread));
        f.set(sums[k]!, maddF32x4(v, moved, sums[k]!));
      };
      f.repeat(planes, () => {
        const row = f.let(x);
        f.repeat(rows, () => {
          for (const s of sums) f.set(s, f32x4.const(0));
          const [xi, gi] = [f.let(row), f.let(g)];
          f.repeat(images, () => {
            const [xl, gl] = [f.let(xi), f.let(gi)];
            f.repeat(lines, () => {
              f.set(p, xl);
              f.set(q, gl);
              f.set(left, width);
              f.while(i32.geU(left, 4), () => {
                f.set(point, v128.load(q));
                for (let k = 0; k < taps; k++)
                  take(point, k, (at) => step === 1 ? v128.load(p, at) : shuffle32(v128.load(p, at), v128.load(p, at + 12), [0, 2, 5, 7]));
                f.inc(p, 16 * step);
                f.inc(q, 16);
                f.inc(left, -4);
              });
              f.while(left, () => {
                f.set(point, v128.load32Zero(q));
                for (let k = 0; k < taps; k++) take(point, k, (at) => v128.load32Zero(p, at));
                f.inc(p, 4 * step);
                f.inc(q, 4);
                f.inc(left, -1);
              });
              f.inc(xl, xLine);
              f.inc(gl, gLine);
            });
            f.inc(xi, xImage);
            f.inc(gi, gImage);
          });
          for (const s of sums) {
            const [a, b, c, d] = [0, 1, 2, 3].map((lane) => f32x4.extract(s, lane));
            f32.store(f, out, f32.add(f32.add(a!, b!), f32.add(c!, d!)));
            f.inc(out, 4);
          }
          f.inc(row, xTap);
        });
        f.inc(x, xPlane);
        f.inc(g, gPlane);
      });
    },
  );
}

/** True when the convolution, of x with g for weights, is done here. */
export function isDepthwiseGradient(x: CpuView, g: CpuView, windows: Windows, groups: number): boolean {
  const { window, output, dilation, inputDilation } = windows;
  return (
    window.length === 2 &&
    groups > 1 &&
    x.shape[0] === 1 &&
    g.shape[0] === groups &&
    inputDilation.every((n) => n === 1) &&
    output[1]! <= MOST_TAPS &&
    window[1]! >= 4 &&
    window[0]! * window[1]! > output[0]! * output[1]! &&
    dilation[1]! <= 2
  );
}

/** x `[1, groups * images, ...]`, which all windows lie inside of with adjacent columns; g `[groups, images, ...]`, too. */
export function depthwiseGradient(
  engine: Engine,
  x: CpuView,
  g: CpuView,
  out: CpuView,
  windows: Windows,
): void {
  const [rows, taps] = windows.output as [number, number];
  const [height, width] = windows.window as [number, number];
  const [groups, images] = g.shape as [number, number];
  const step = windows.dilation[1]!;
  const spread = windows.strides[1]!;
  const kernel = engine.module(`depthwiseGradient:${taps}:${spread}:${step}`, (m) =>
    defineRowOfTaps(m, taps, spread, step),
  )["taps"]!;
  const [, xImage, xLine] = x.strides.map((s) => s * 4) as [number, number, number];
  const [gPlane, gImage, gLine] = g.strides.map((s) => s * 4) as [number, number, number];
  const work = groups * images * height * width * rows * taps;
  const parts = threadsFor(engine, work);
  engine.parallel(
    ranges(groups, 1, parts).map(([start, count]): Call => [
      kernel,
      count,
      addressOf(out) + start * rows * taps * 4,
      rows,
      addressOf(x) + start * images * xImage,
      images * xImage,
      xLine * windows.strides[0]!,
      images,
      xImage,
      height,
      xLine * windows.dilation[0]!,
      width,
      addressOf(g) + start * gPlane,
      gPlane,
      gImage,
      gLine,
    ]),
  );
}
