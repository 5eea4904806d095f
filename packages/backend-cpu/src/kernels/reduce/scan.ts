// argReduce and cumulative for float32: one line at a time, over any strides.
import type { ReduceKind } from "@isoform/core";
import type { V } from "../../math/index.js";
import {
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  i64,
  select,
  shuffle32,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import type { Engine, Exports } from "../../engine.js";
import { defineNd } from "../strided/loop.js";
import { Plan } from "../strided/plan.js";
import { runPlanned } from "../strided/runner.js";
import type { CpuView } from "../view.js";
import { combine64, neutralOf } from "./rows.js";

const I = "i32";

/** `run(n, out, outStride, x, xStride, length, step)`: n int64 indices of the first extremum of n lines. */
export function defineArgReduce(m: ModuleBuilder, kind: "max" | "min"): void {
  const run = m.exportFunc(
    "run",
    [I, I, I, I, I, I, I],
    null,
    (f, n, out, outStride, x, xStride, length, step) => {
      f.while(i32.ne(n, 0), () => {
        const p = f.let(x);
        const best = f.let(f32.load(p));
        const at = f.let(i32.const(0));
        f.block((found) => {
          f.for(1, length, 1, (j) => {
            f.brIf(found, f32.ne(best, best));
            f.inc(p, step);
            const v = f.let(f32.load(p));
            // Not "v <= best" also holds when v is NaN, which then ends the search.
            const loses = kind === "max" ? f32.le(v, best) : f32.ge(v, best);
            f.if(i32.eqz(loses), () => {
              f.set(best, v);
              f.set(at, j);
            });
          });
        });
        i64.store(f, out, i64.extendI32S(at));
        f.inc(out, outStride);
        f.inc(x, xStride);
        f.inc(n, -1);
      });
    },
  );
  defineNd(m, 2, run);
}

interface ScanAxis {
  readonly length: Expr<"i32">;
  readonly outStep: Expr<"i32">;
  readonly xStep: Expr<"i32">;
  readonly exclusive: Expr<"i32">;
}

/** Running reductions of `4 * vectors` adjacent lines at a time, advancing `out` and `x`. */
function scanStrips(
  f: FunctionBuilder,
  kind: ReduceKind,
  vectors: number,
  n: Local<"i32">,
  out: Local<"i32">,
  x: Local<"i32">,
  axis: ScanAxis,
): void {
  const combine = { sum: f64x2.add, prod: f64x2.mul, max: f64x2.max, min: f64x2.min }[kind];
  f.while(i32.geU(n, 4 * vectors), () => {
    const running = Array.from({ length: 2 * vectors }, () => f.let(f64x2.const(neutralOf(kind))));
    const to = f.let(out);
    const from = f.let(x);
    f.repeat(axis.length, () => {
      for (let i = 0; i < vectors; i++) {
        const low = running[2 * i]!;
        const high = running[2 * i + 1]!;
        const before = f.let(narrowed(low, high));
        const v = f.let(v128.load(from, 16 * i));
        f.set(low, combine(low, f64x2.promoteLowF32x4(v)));
        f.set(high, combine(high, f64x2.promoteLowF32x4(shuffle32(v, v, [2, 3, 2, 3]))));
        v128.store(f, to, select(axis.exclusive, before, narrowed(low, high)), 16 * i);
      }
      f.inc(to, axis.outStep);
      f.inc(from, axis.xStep);
    });
    f.inc(out, 16 * vectors);
    f.inc(x, 16 * vectors);
    f.inc(n, -4 * vectors);
  });
}

/** Two pairs of float64 lanes as four float32 lanes. */
function narrowed(low: V, high: V): V {
  return shuffle32(f32x4.demoteF64x2Zero(low), f32x4.demoteF64x2Zero(high), [0, 1, 4, 5]);
}

/** `run(n, out, outStride, x, xStride, length, outStep, xStep, exclusive)`: n running reductions, in float64. */
export function defineCumulative(m: ModuleBuilder, kind: ReduceKind): void {
  const run = m.exportFunc(
    "run",
    [I, I, I, I, I, I, I, I, I],
    null,
    (f, n, out, outStride, x, xStride, length, outStep, xStep, exclusive) => {
      f.if(i32.and(i32.eq(outStride, 4), i32.eq(xStride, 4)), () => {
        const axis = { length, outStep, xStep, exclusive };
        for (const vectors of [4, 1]) scanStrips(f, kind, vectors, n, out, x, axis);
      });
      f.while(i32.ne(n, 0), () => {
        const running = f.let(f64.const(neutralOf(kind)));
        const to = f.let(out);
        const from = f.let(x);
        f.repeat(length, () => {
          const next = f.let(combine64(kind, running, f64.promoteF32(f32.load(from))));
          f32.store(f, to, f32.demoteF64(select(exclusive, running, next)));
          f.set(running, next);
          f.inc(to, outStep);
          f.inc(from, xStep);
        });
        f.inc(out, outStride);
        f.inc(x, xStride);
        f.inc(n, -1);
      });
    },
  );
  defineNd(m, 2, run);
}

/** The view without one axis. */
function without(view: CpuView, axis: number): CpuView {
  const keep = (values: readonly number[]): number[] => values.filter((_, d) => d !== axis);
  return { ...view, shape: keep(view.shape), strides: keep(view.strides) };
}

/** argReduce and cumulative of float32 views. */
export class ScanKernels {
  private readonly engine: Engine;
  private readonly plan = new Plan();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  argReduce(kind: "max" | "min", x: CpuView, out: CpuView, axis: number): void {
    const kernel = this.engine.module(`argReduce:${kind}`, (m) => defineArgReduce(m, kind));
    const views = [out, without(x, axis)];
    this.lines(kernel, views, x.shape[axis]!, x.strides[axis]! * 4);
  }

  /** Runs `kernel` on lines of `length` elements; `views` are of what there is one of for each line. */
  private lines(
    kernel: Exports,
    views: readonly CpuView[],
    length: number,
    ...more: readonly number[]
  ): void {
    const n = this.plan.build(views[0]!.shape, views);
    if (n > 0) runPlanned(this.engine, this.plan, kernel, views, n, [length, ...more], n * length);
  }

  cumulative(
    kind: ReduceKind,
    x: CpuView,
    out: CpuView,
    attrs: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean },
  ): void {
    const kernel = this.engine.module(`cumulative:${kind}`, (m) => defineCumulative(m, kind));
    const length = x.shape[attrs.axis]!;
    if (length === 0) return;
    const line = (view: CpuView): CpuView => {
      const start = attrs.reverse ? (length - 1) * view.strides[attrs.axis]! : 0;
      return without({ ...view, offset: view.offset + start }, attrs.axis);
    };
    const step = (view: CpuView): number => view.strides[attrs.axis]! * (attrs.reverse ? -4 : 4);
    const views = [line(out), line(x)];
    this.lines(kernel, views, length, step(out), step(x), attrs.exclusive ? 1 : 0);
  }
}
