// The reduce kernel for float32: kept axes outside, up to two reduced axes inside; other layouts are copied first.
import { rowMajor, type ReduceKind } from "@isoform/core";
import type { Call, Engine, Exports, Part } from "../../engine.js";
import { f32, f64, i32, type ModuleBuilder } from "../../wasm/index.js";
import type { CopyKernel } from "../copy/copy.js";
import { defineNd } from "../strided/loop.js";
import { Plan, type Strided } from "../strided/plan.js";
import { runNd } from "../strided/runner.js";
import { addressOf, countOf, type CpuView } from "../view.js";
import { inParts, launch, ranges } from "../matmul/plan.js";
import { PANEL_BYTES, reduceStrips, sumColumns } from "./columns.js";
import { combine64, neutralOf, reduceLine, ROWS_AT_ONCE, sumInFour, sumRows } from "./rows.js";

const I = "i32";

/** Terms of one total per call, and results times terms per call on several threads. */
const PIECE = 1 << 15;
/** From this many columns on they are summed in memory instead of in registers. */
const MANY_COLUMNS = 64;

/**
 * `run(n, out, _, x, xStride, n1, s1, n2, s2, scratch)`: n results, each over n2 lines of n1 elements; `scratch` is
 * PANEL_BYTES of memory or 0. For one result of a long line: `part(out, x, n)` gives its float64 total, and
 * `join(out, parts, n)` the float32 result of n totals.
 */
function defineReduce(m: ModuleBuilder, kind: ReduceKind): void {
  const run = m.exportFunc(
    "run",
    [I, I, I, I, I, I, I, I, I, I],
    null,
    (f, n, out, _, x, xStride, n1, s1, n2, s2, scratch) => {
      f.if(i32.eq(xStride, 4), () => {
        if (kind === "sum") f.if(scratch, () => sumColumns(f, x, out, n, { n1, s1, n2, s2 }, scratch));
        for (const vectors of [8, 1]) reduceStrips(f, kind, vectors, x, out, n, { n1, s1, n2, s2 });
      });
      if (kind === "sum") {
        f.if(i32.and(i32.eq(s1, 4), i32.eq(n2, 1)), () => sumRows(f, x, xStride, n1, out, n));
      }
      f.while(i32.ne(n, 0), () => {
        const acc = f.let(f64.const(neutralOf(kind)));
        const line = f.let(x);
        f.repeat(n2, () => {
          reduceLine(f, kind, acc, line, n1, s1);
          f.inc(line, s2);
        });
        f32.store(f, out, f32.demoteF64(acc));
        f.inc(out, 4);
        f.inc(x, xStride);
        f.inc(n, -1);
      });
    },
  );
  defineNd(m, 2, run);
  m.exportFunc("part", [I, I, I], null, (f, out, x, n) => {
    const acc = f.let(f64.const(neutralOf(kind)));
    if (kind === "sum") {
      const whole = f.let(i32.and(n, -16));
      f.set(acc, sumInFour(f, x, whole));
      f.inc(x, i32.shl(whole, 2));
      f.inc(n, i32.sub(0, whole));
    }
    reduceLine(f, kind, acc, x, n, i32.const(4));
    f64.store(f, out, acc);
  });
  m.exportFunc("join", [I, I, I], null, (f, out, parts, n) => {
    const acc = f.let(f64.const(neutralOf(kind)));
    f.for(0, n, 1, (i) => {
      f.set(acc, combine64(kind, acc, f64.load(i32.add(parts, i32.shl(i, 3)))));
    });
    f32.store(f, out, f32.demoteF64(acc));
  });
}

/** Splits a view into the axes that are kept and those that are reduced. */
function split(x: CpuView, axes: readonly number[]): { kept: Strided; reduced: Strided } {
  const kept = { shape: [] as number[], strides: [] as number[] };
  const reduced = { shape: [] as number[], strides: [] as number[] };
  for (let i = 0; i < x.shape.length; i++) {
    const part = axes.includes(i) ? reduced : kept;
    part.shape.push(x.shape[i]!);
    part.strides.push(x.strides[i]!);
  }
  return { kept, reduced };
}

/** Reduces float32 views. */
export class ReduceKernel {
  private readonly engine: Engine;
  private readonly copy: CopyKernel;
  private readonly keptPlan = new Plan();
  private readonly reducedPlan = new Plan();
  private readonly kernels = new Map<ReduceKind, Exports>();

  constructor(engine: Engine, copy: CopyKernel) {
    this.engine = engine;
    this.copy = copy;
  }

  run(kind: ReduceKind, x: CpuView, out: CpuView, axes: readonly number[]): void {
    const { kept, reduced } = split(x, axes);
    const results = this.keptPlan.build(out.shape, [out, kept]);
    if (results === 0) return;
    const terms = this.reducedPlan.build(reduced.shape, [reduced]);
    if (this.reducedPlan.rank > 2) {
      this.runOnCopy(kind, x, out, axes);
      return;
    }
    const kernel = this.kernel(kind);
    const lines = this.lines(terms);
    if (this.keptPlan.rank === 0 && terms >= 2 * PIECE && lines[1] === 4 && lines[2] === 1) {
      this.total(kernel, addressOf(out), addressOf(x), terms);
      return;
    }
    const columns = this.keptPlan.inner(1) === 1 ? this.keptPlan.sizes[0]! : 0;
    const inMemory = kind === "sum" && terms > 1 && columns >= MANY_COLUMNS;
    if (this.keptPlan.rank > 1) {
      this.engine.withScratch((scratch) => {
        runNd(this.engine, kernel["nd"]!, this.keptPlan, [out, x], results * terms, false, () => [
          ...lines,
          inMemory ? scratch.take(PANEL_BYTES) : 0,
        ]);
      });
      return;
    }
    const [to, from, step] = [addressOf(out), addressOf(x), this.keptPlan.inner(1) * 4];
    const unit = columns > 0 ? (inMemory ? MANY_COLUMNS : 16) : lines[2] === 1 ? ROWS_AT_ONCE : 1;
    const threads = results * terms < 2 * PIECE ? 1 : this.engine.threads;
    if (threads === 1 && !inMemory && !this.engine.parts) {
      kernel["run"]!(results, to, 4, from, step, ...lines, 0);
      return;
    }
    const [n1, s1, n2] = lines;
    // Columns are far apart: no part of them is in cache.
    const shape = [n2, columns > 0 || s1 !== 4 ? 0 : results, n1];
    this.engine.withScratch((scratch) => {
      inParts(this.engine, results, unit, threads, terms * 4, (list) => {
        const panel = inMemory ? scratch.take(PANEL_BYTES) : 0;
        return (first, n): Part => {
          const at = this.engine.parts?.place(list, n * terms * 4);
          const where = at ? [at, n1 * 4, n1, 4, n2, n * n1 * 4] : [from + first * step, step, ...lines];
          const call: Call = [kernel["run"]!, n, to + first * 4, 4, ...where, panel];
          return { call, shape, start: [0, first], count: [n2, n, n1] };
        };
      });
    });
  }

  /** One result of a long line, always cut alike, so that its rounding does not depend on the threads. */
  private total(kernel: Exports, out: number, x: number, terms: number): void {
    this.engine.withScratch((scratch) => {
      const count = Math.ceil(terms / PIECE);
      const totals = scratch.take(count * 8);
      const part = (list: number, i: number): Part => {
        const n = Math.min(PIECE, terms - i * PIECE);
        const at = this.engine.parts?.place(list, n * 4);
        const call: Call = [kernel["part"]!, totals + i * 8, at ?? x + i * PIECE * 4, n];
        return { call, shape: [terms], start: [i * PIECE], count: [n] };
      };
      launch(
        this.engine,
        ranges(count, 1, this.engine.threads).map(([first, n], list) =>
          Array.from({ length: n }, (_, i) => part(list, first + i)),
        ),
      );
      kernel["join"]!(out, totals, count);
    });
  }

  /** Lengths and byte strides of the two reduced axes; adjacent elements inside. */
  private lines(total: number): readonly [number, number, number, number] {
    const { rank, sizes, strides } = this.reducedPlan;
    if (total === 0) return [0, 4, 1, 0];
    if (rank === 0) return [1, 4, 1, 0];
    const s = strides[0]!;
    if (rank === 1) return [sizes[0]!, s[0]! * 4, 1, 0];
    const [inside, outside] = s[1] === 1 ? [1, 0] : [0, 1];
    return [sizes[inside]!, s[inside]! * 4, sizes[outside]!, s[outside]! * 4];
  }

  /** Gathers the reduced axes behind the kept ones, row-major, so that they join into one. */
  private runOnCopy(kind: ReduceKind, x: CpuView, out: CpuView, axes: readonly number[]): void {
    const { kept, reduced } = split(x, axes);
    const shape = [...kept.shape, ...reduced.shape];
    const inner = reduced.shape.map((_, i) => kept.shape.length + i);
    this.engine.withScratch((scratch) => {
      const buffer = scratch.take(countOf(x) * 4);
      const dense: CpuView = { buffer, dtype: x.dtype, shape, strides: rowMajor(shape), offset: 0 };
      this.copy.run({ ...x, shape, strides: [...kept.strides, ...reduced.strides] }, dense);
      this.run(kind, dense, out, inner);
    });
  }

  private kernel(kind: ReduceKind): Exports {
    let kernel = this.kernels.get(kind);
    if (!kernel) {
      kernel = this.engine.module(`reduce:${kind}`, (m) => defineReduce(m, kind));
      this.kernels.set(kind, kernel);
    }
    return kernel;
  }
}
