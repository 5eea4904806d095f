// Pooling of planes with adjacent columns: the rows under a row of windows are combined first, into a line with the
// padding at its ends, then the elements of the line under each window.
import {
  f32x4,
  i32,
  shuffle32,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import type { V } from "../../math/index.js";
import { atMost } from "../matmul/block.js";
import { neutralOf } from "../reduce/rows.js";
import { mapRow } from "../rows/sweep.js";

const I = "i32";

/** What becomes of the elements of a window. */
export type SeparableOp = "max" | "min" | "sum";

/** Four elements with one between each two, and nothing read behind them. */
export const everySecond = (p: Local<"i32">, offset: number): V =>
  shuffle32(v128.load(p, offset), v128.load(p, offset + 12), [0, 2, 5, 7]);

/** Combines `taps` elements of the line for each of `width` windows that lie `step` bytes apart. */
function across(
  f: FunctionBuilder,
  combine: (a: V, b: V) => V,
  out: Local<"i32">,
  line: Expr<"i32">,
  width: Expr<"i32">,
  taps: Expr<"i32">,
  step: Expr<"i32">,
): void {
  const left = f.let(width);
  const base = f.let(line);
  const p = f.local(I);
  const windows = (vectors: number, read: (vector: number) => V): Local<"v128">[] => {
    f.set(p, base);
    const acc = Array.from({ length: vectors }, (_, v) => f.let(read(v)));
    f.repeat(i32.sub(taps, 1), () => {
      f.inc(p, 4);
      acc.forEach((a, v) => f.set(a, combine(a, read(v))));
    });
    return acc;
  };
  const strip = (vectors: number, read: (vector: number) => V): void => {
    f.while(i32.geU(left, 4 * vectors), () => {
      windows(vectors, read).forEach((a, v) => v128.store(f, out, a, 16 * v));
      f.inc(base, i32.mul(step, 4 * vectors));
      f.inc(out, 16 * vectors);
      f.inc(left, -4 * vectors);
    });
  };
  // The last windows of four or more are done with some of those before them once more.
  const strips = (read: (vector: number) => V): void => {
    for (const vectors of [4, 1]) strip(vectors, read);
    f.if(i32.and(i32.ne(left, 0), i32.geU(width, 4)), () => {
      const again = f.let(i32.sub(4, left));
      f.set(base, i32.sub(base, i32.mul(step, again)));
      f.set(out, i32.sub(out, i32.shl(again, 2)));
      f.set(left, 4);
      strip(1, read);
    });
  };
  f.if(i32.eq(step, 4), () => strips((v) => v128.load(p, 16 * v)));
  f.if(i32.eq(step, 8), () => strips((v) => everySecond(p, 32 * v)));
  f.repeat(left, () => {
    const [one] = windows(1, () => v128.load32Splat(p));
    v128.store32Lane(f, out, one!, 0);
    f.inc(base, step);
    f.inc(out, 4);
  });
}

/**
 * Defines `pool(out, x, planes, offsets, height, width, rowStep, outHeight, outWidth, rows, columns, down, step, top,
 * left, line, lineVectors)`: windows of `rows` x `columns`, `down` rows and `step` bytes apart, over planes of
 * `height` x `width` with `top` rows and `left` bytes of padding before them. `offsets` has the bytes to each plane;
 * `line` is scratch memory for the columns under all windows.
 */
export function defineSeparable(m: ModuleBuilder, op: SeparableOp): void {
  const combine = { max: f32x4.max, min: f32x4.min, sum: f32x4.add }[op];
  const neutral = f32x4.const(neutralOf(op));
  const clear = m.func([I, I], null, (f, line, vectors) => {
    f.repeat(vectors, () => {
      v128.store(f, line, neutral);
      f.inc(line, 16);
    });
  });
  m.exportFunc(
    "pool",
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    // oxfmt-ignore
    (f, out, x, planes, offsets, height, width, rowStep, outHeight, outWidth, rows, columns, down, step, top, left, line, lineVectors) => {
      const [y, first, last, to, from] = [f.local(I), f.local(I), f.local(I), f.local(I), f.local(I)];
      f.call(clear, line, lineVectors);
      f.repeat(planes, () => {
        const plane = f.let(i32.add(x, i32.load(offsets)));
        f.set(y, i32.sub(0, top));
        f.repeat(outHeight, () => {
          f.set(last, atMost(height, f.let(i32.add(y, rows))));
          f.set(first, i32.mul(y, i32.geS(y, 0)));
          f.if(i32.geS(first, last), () => f.call(clear, line, lineVectors));
          const row = f.let(i32.add(plane, i32.mul(first, rowStep)));
          const start = (): void => {
            f.set(from, row);
            f.set(to, i32.add(line, left));
            f.inc(row, rowStep);
          };
          f.if(i32.ltS(first, last), () => {
            start();
            mapRow(f, width, [to, from], to, 4, (load) => load(from));
            f.repeat(i32.sub(i32.sub(last, first), 1), () => {
              start();
              mapRow(f, width, [to, from], to, 4, (load) => combine(load(to), load(from)));
            });
          });
          across(f, combine, out, line, outWidth, columns, step);
          f.inc(y, down);
        });
        f.inc(offsets, 4);
      });
    },
  );
}
