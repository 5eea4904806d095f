// Pooling by windows of 2x2 that do not overlap, and its gradient: four windows at a time, rows read once, no tables.
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

type V = Expr<"v128">;
const I = "i32";

/** What becomes of the four elements of a window. */
export type HalveOp = "max" | "min" | "sum" | "prod";

/** Runs `strip` on four windows at a time, the last of them on some again, and `one` on rows of fewer than four. */
function overRow(
  f: FunctionBuilder,
  width: Expr<"i32">,
  step: (count: Expr<"i32">) => void,
  strip: () => void,
  one: () => void,
): void {
  const left = f.let(width);
  f.if(
    i32.geS(left, 4),
    () => {
      f.loop((again) => {
        strip();
        f.inc(left, -4);
        const move = f.let(i32.const(4));
        f.if(i32.and(i32.gtS(left, 0), i32.ltS(left, 4)), () => {
          f.set(move, left);
          f.set(left, 4);
        });
        step(move);
        f.brIf(again, i32.gtS(left, 0));
      });
    },
    () => {
      f.repeat(left, () => {
        one();
        step(i32.const(1));
      });
    },
  );
}

/**
 * Defines `halve(out, x, images, imageStep, planes, planeStep, height, width, rowStep)`: the op over 2x2 elements of
 * planes whose columns are adjacent; `height` and `width` count windows, the output is dense, steps in bytes.
 */
export function defineHalve(m: ModuleBuilder, op: HalveOp): void {
  const combine = { max: f32x4.max, min: f32x4.min, sum: f32x4.add, prod: f32x4.mul }[op];
  m.exportFunc(
    "halve",
    [I, I, I, I, I, I, I, I, I],
    null,
    (f, out, x, images, imageStep, planes, planeStep, height, width, rowStep) => {
      const [plane, row, upper, lower] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
      f.repeat(images, () => {
        f.set(plane, x);
        f.repeat(planes, () => {
          f.set(row, plane);
          f.repeat(height, () => {
            f.set(upper, row);
            f.set(lower, i32.add(row, rowStep));
            const rows = (offset: number): V => combine(v128.load(upper, offset), v128.load(lower, offset));
            overRow(
              f,
              width,
              (count) => {
                f.inc(upper, i32.shl(count, 3));
                f.inc(lower, i32.shl(count, 3));
                f.inc(out, i32.shl(count, 2));
              },
              () => {
                const [a, b] = [f.let(rows(0)), f.let(rows(16))];
                v128.store(f, out, combine(shuffle32(a, b, [0, 2, 4, 6]), shuffle32(a, b, [1, 3, 5, 7])));
              },
              () => {
                const a = f.let(combine(v128.load64Zero(upper), v128.load64Zero(lower)));
                v128.store32Lane(f, out, combine(a, shuffle32(a, a, [1, 1, 1, 1])), 0);
              },
            );
            f.inc(row, i32.shl(rowStep, 1));
          });
          f.inc(plane, planeStep);
        });
        f.inc(x, imageStep);
      });
    },
  );
}

/** The source where each of the four elements is the window's first extremum (the first NaN, if any), else 0. */
function select(f: FunctionBuilder, kind: "max" | "min", source: V, elements: readonly V[]): Local<"v128">[] {
  const best = f.let(elements[0]!);
  const wins = elements.slice(1).map((v) => {
    const loses = kind === "max" ? f32x4.le(v, best) : f32x4.ge(v, best);
    const better = f.let(v128.andnot(f32x4.eq(best, best), loses));
    f.set(best, v128.bitselect(v, best, better));
    return better;
  });
  const left = f.let(source);
  const parts = wins.toReversed().map((win) => {
    const part = f.let(v128.and(left, win));
    f.set(left, v128.andnot(left, win));
    return part;
  });
  return [left, ...parts.toReversed()];
}

/**
 * Defines `unhalve(out, x, source, images, imageStep, planes, planeStep, height, width, rowStep, outPlane, outRow)`: the
 * source's elements at their windows' extrema and 0 elsewhere in the windows; x as in `halve`, the source dense.
 */
export function defineUnhalve(m: ModuleBuilder, kind: "max" | "min"): void {
  m.exportFunc(
    "unhalve",
    [I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    (f, out, x, source, images, imageStep, planes, planeStep, height, width, rowStep, outPlane, outRow) => {
      const [plane, row, upper, lower] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
      const [to, toUpper, toLower] = [f.local("i32"), f.local("i32"), f.local("i32")];
      const put = (lanes: 4 | 1): void => {
        const read = lanes === 4 ? v128.load : v128.load64Zero;
        const evens = [upper, lower].flatMap((at) => {
          const a = f.let(read(at));
          const b = lanes === 4 ? f.let(v128.load(at, 16)) : a;
          return [f.let(shuffle32(a, b, [0, 2, 4, 6])), f.let(shuffle32(a, b, [1, 3, 5, 7]))];
        });
        const given = lanes === 4 ? v128.load(source) : v128.load32Zero(source);
        const [a, b, c, d] = select(f, kind, given, evens);
        for (const [at, even, odd] of [[toUpper, a, b] as const, [toLower, c, d] as const]) {
          const low = shuffle32(even!, odd!, [0, 4, 1, 5]);
          if (lanes === 1) {
            v128.store64Lane(f, at, low, 0);
          } else {
            v128.store(f, at, low);
            v128.store(f, at, shuffle32(even!, odd!, [2, 6, 3, 7]), 16);
          }
        }
      };
      f.repeat(images, () => {
        f.set(plane, x);
        f.repeat(planes, () => {
          f.set(row, plane);
          f.set(to, out);
          f.repeat(height, () => {
            f.set(upper, row);
            f.set(lower, i32.add(row, rowStep));
            f.set(toUpper, to);
            f.set(toLower, i32.add(to, outRow));
            overRow(
              f,
              width,
              (count) => {
                for (const at of [upper, lower, toUpper, toLower]) f.inc(at, i32.shl(count, 3));
                f.inc(source, i32.shl(count, 2));
              },
              () => put(4),
              () => put(1),
            );
            f.inc(row, i32.shl(rowStep, 1));
            f.inc(to, i32.shl(outRow, 1));
          });
          f.inc(plane, planeStep);
          f.inc(out, outPlane);
        });
        f.inc(x, imageStep);
      });
    },
  );
}
