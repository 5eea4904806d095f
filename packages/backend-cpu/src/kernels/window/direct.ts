// Windows applied directly, row by row of the output: depthwise convolution and pooling of one image plane.
import {
  f32,
  f32x4,
  i32,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import type { V } from "../../math/index.js";
import { neutralOf } from "../reduce/rows.js";

/** What is done with the elements under a window: multiplied with weights and summed, or reduced. */
export type WindowOp = "weighted" | "sum" | "prod" | "max" | "min";

function combine(op: WindowOp, acc: V, x: V, weight: V): V {
  switch (op) {
    case "weighted":
      return f32x4.add(acc, f32x4.mul(x, weight));
    case "sum":
      return f32x4.add(acc, x);
    case "prod":
      return f32x4.mul(acc, x);
    case "max":
      return f32x4.max(acc, x);
    case "min":
      return f32x4.min(acc, x);
  }
}

interface Plane {
  readonly taps: Local<"i32">;
  readonly tapOffsets: Local<"i32">;
  readonly weights: Local<"i32">;
  readonly xStep: Local<"i32">;
}

/** Accumulates groups of four outputs over all taps; `read(p, group)` loads the elements under one tap. */
function overTaps(
  f: FunctionBuilder,
  op: WindowOp,
  plane: Plane,
  base: Expr<"i32">,
  groups: number,
  read: (p: Local<"i32">, group: number) => V,
): Local<"v128">[] {
  const start = op === "weighted" ? 0 : neutralOf(op);
  const acc = Array.from({ length: groups }, () => f.let(f32x4.const(start)));
  const tap = f.let(plane.tapOffsets);
  const weight = f.let(plane.weights);
  const factor = f.local("v128");
  const p = f.local("i32");
  f.repeat(plane.taps, () => {
    f.set(p, i32.add(base, i32.load(tap)));
    if (op === "weighted") f.set(factor, v128.load32Splat(weight));
    acc.forEach((a, i) => f.set(a, combine(op, a, read(p, i), factor)));
    f.inc(tap, 4);
    f.inc(weight, 4);
  });
  return acc;
}

/**
 * Defines `direct(out, rows, width, x, rowOffsets, xStep, taps, tapOffsets, weights)`: output row r, column c is the
 * op over x + rowOffsets[r] + c * xStep + tapOffsets[t]. Tables hold byte offsets; the output is dense.
 */
export function defineDirect(m: ModuleBuilder, op: WindowOp): void {
  const I = "i32";
  m.exportFunc(
    "direct",
    [I, I, I, I, I, I, I, I, I],
    null,
    (f, out, rows, width, x, rowOffsets, xStep, taps, tapOffsets, weights) => {
      const plane = { taps, tapOffsets, weights, xStep };
      f.repeat(rows, () => {
        const base = f.let(i32.add(x, i32.load(rowOffsets)));
        const left = f.let(width);
        const strip = (groups: number, read: (p: Local<"i32">, group: number) => V): void => {
          f.while(i32.geU(left, 4 * groups), () => {
            overTaps(f, op, plane, base, groups, read).forEach((a, i) => v128.store(f, out, a, 16 * i));
            f.inc(base, i32.mul(xStep, 4 * groups));
            f.inc(out, 16 * groups);
            f.inc(left, -4 * groups);
          });
        };
        f.if(
          i32.eq(xStep, 4),
          () => {
            for (const groups of [4, 1]) strip(groups, (p, group) => v128.load(p, 16 * group));
          },
          () => {
            const at = f.local("i32");
            const lanes = f.local("v128");
            strip(1, (p) => {
              f.set(at, p);
              f.set(lanes, v128.load32Zero(at));
              for (let lane = 1; lane < 4; lane++) {
                f.inc(at, xStep);
                f.set(lanes, v128.load32Lane(at, lanes, lane));
              }
              return lanes;
            });
          },
        );
        f.while(i32.ne(left, 0), () => {
          const [one] = overTaps(f, op, plane, base, 1, (p) => v128.load32Splat(p));
          f32.store(f, out, f32x4.extract(one!, 0));
          f.inc(base, xStep);
          f.inc(out, 4);
          f.inc(left, -1);
        });
        f.inc(rowOffsets, 4);
      });
    },
  );
}
