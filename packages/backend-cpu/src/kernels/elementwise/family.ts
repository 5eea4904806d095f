// The elementwise families as tables of kernels by function and dtype, made on first use.
import type { BinaryFn, CompareFn, DType, UnaryFn } from "@isoform/core";
import { itemSize } from "@isoform/core";
import type { Engine } from "../../engine.js";
import { Plan } from "../strided/plan.js";
import { runStrided } from "../strided/runner.js";
import type { CpuView } from "../view.js";
import { binaryFunction, castFunction, compareFunction, unaryFunction, whereFunction } from "./functions.js";
import type { Elementwise } from "./generate.js";
import { ElementwiseKernel } from "./kernel.js";
import { defineWideCast, hasWideCast } from "./wide-cast.js";

type Find<F> = (fn: F, dtype: DType) => Elementwise | undefined;

/** Kernels of one family by function and dtype; null where there is no native one. */
class Table<F extends string> {
  private readonly byFunction = new Map<F, Map<DType, ElementwiseKernel | null>>();
  private readonly engine: Engine;
  private readonly family: string;
  private readonly find: Find<F>;

  constructor(engine: Engine, family: string, find: Find<F>) {
    this.engine = engine;
    this.family = family;
    this.find = find;
  }

  get(fn: F, dtype: DType): ElementwiseKernel | null {
    let kernels = this.byFunction.get(fn);
    if (!kernels) this.byFunction.set(fn, (kernels = new Map()));
    let kernel = kernels.get(dtype);
    if (kernel === undefined) {
      const made = this.find(fn, dtype);
      kernel = made ? new ElementwiseKernel(this.engine, `${this.family}:${fn}:${dtype}`, made) : null;
      kernels.set(dtype, kernel);
    }
    return kernel;
  }
}

/** unary, binary, compare, where and cast. Every method says whether it had a native kernel. */
export class ElementwiseFamilies {
  private readonly engine: Engine;
  private readonly plan = new Plan();
  private readonly unaries: Table<UnaryFn>;
  private readonly binaries: Table<BinaryFn>;
  private readonly compares: Table<CompareFn>;
  private readonly casts: Table<DType>;
  private readonly wheres: (ElementwiseKernel | undefined)[] = [];

  constructor(engine: Engine) {
    this.engine = engine;
    this.unaries = new Table(engine, "unary", unaryFunction);
    this.binaries = new Table(engine, "binary", binaryFunction);
    this.compares = new Table(engine, "compare", compareFunction);
    this.casts = new Table<DType>(engine, "cast", (to, from) => castFunction(from, to));
  }

  unary(fn: UnaryFn, x: CpuView, out: CpuView): boolean {
    const kernel = this.unaries.get(fn, x.dtype);
    if (kernel) kernel.run1(x, out);
    return kernel !== null;
  }

  binary(fn: BinaryFn, a: CpuView, b: CpuView, out: CpuView): boolean {
    const kernel = this.binaries.get(fn, a.dtype);
    if (kernel) kernel.run2(a, b, out);
    return kernel !== null;
  }

  compare(fn: CompareFn, a: CpuView, b: CpuView, out: CpuView): boolean {
    const kernel = this.compares.get(fn, a.dtype);
    if (kernel) kernel.run2(a, b, out);
    return kernel !== null;
  }

  where(cond: CpuView, a: CpuView, b: CpuView, out: CpuView): boolean {
    const bytes = itemSize(out.dtype);
    if (bytes !== 1 && bytes !== 2 && bytes !== 4) return false;
    const kernel = (this.wheres[bytes] ??= new ElementwiseKernel(
      this.engine,
      `where:${bytes}`,
      whereFunction(bytes),
    ));
    kernel.run3(cond, a, b, out);
    return true;
  }

  cast(x: CpuView, out: CpuView): boolean {
    const kernel = this.casts.get(out.dtype, x.dtype);
    if (kernel) {
      kernel.run1(x, out);
      return true;
    }
    if (!hasWideCast(x.dtype, out.dtype)) return false;
    const wide = this.engine.module(`cast:${x.dtype}:${out.dtype}`, (m) =>
      defineWideCast(m, x.dtype, out.dtype),
    );
    runStrided(this.engine, this.plan, wide, [out, x]);
    return true;
  }
}
