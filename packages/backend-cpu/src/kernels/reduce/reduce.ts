// The reduce kernel for float32: kept axes outside, up to two reduced axes inside; other layouts are copied first.
import { rowMajor, type ReduceKind } from "@isoform/core";
import type { Engine, Exports } from "../../engine.js";
import { f32, f64, i32, type ModuleBuilder } from "../../wasm/index.js";
import type { CopyKernel } from "../copy/copy.js";
import { defineNd, descriptorOf } from "../strided/loop.js";
import { Plan, type Strided } from "../strided/plan.js";
import { addressOf, countOf, type CpuView } from "../view.js";
import { reduceStrips } from "./columns.js";
import { neutralOf, reduceLine } from "./rows.js";

const I = "i32";

/** `run(n, out, _, x, xStride, n1, s1, n2, s2)`: n results, each over n2 lines of n1 elements. */
function defineReduce(m: ModuleBuilder, kind: ReduceKind): void {
  const run = m.exportFunc(
    "run",
    [I, I, I, I, I, I, I, I, I],
    null,
    (f, n, out, _, x, xStride, n1, s1, n2, s2) => {
      f.if(i32.eq(xStride, 4), () => {
        for (const vectors of [8, 1]) reduceStrips(f, kind, vectors, x, out, n, { n1, s1, n2, s2 });
      });
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
    const [n1, s1, n2, s2] = this.lines(terms);
    if (this.keptPlan.rank > 1) {
      kernel["nd"]!(this.engine.descriptor(descriptorOf(this.keptPlan, [out, x])), n1, s1, n2, s2);
    } else {
      kernel["run"]!(results, addressOf(out), 4, addressOf(x), this.keptPlan.inner(1) * 4, n1, s1, n2, s2);
    }
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
