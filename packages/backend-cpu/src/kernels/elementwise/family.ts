// The elementwise families as tables of kernels by function and dtype, made on first use.
import type { BinaryFn, CompareFn, DType, UnaryFn } from "@isoform/core";
import { itemSize } from "@isoform/core";
import type { CopyKernel } from "../copy/copy.js";
import { Plan } from "../strided/plan.js";
import { runStrided } from "../strided/runner.js";
import type { CpuView } from "../view.js";
import { binaryFunction, castFunction, compareFunction, unaryFunction, whereFunction } from "./functions.js";
import type { Elementwise } from "./generate.js";
import { ElementwiseKernel } from "./kernel.js";
import {
  defineWide,
  wideBinary,
  wideCast,
  wideCompare,
  wideUnary,
  wideWhere,
  type WideFunction,
} from "./wide.js";

type Find<F> = (fn: F, dtype: DType) => Elementwise | undefined;

/** Kernels of one family by function and dtype; null where there is no native one. */
class Table<F extends string> {
  private readonly byFunction = new Map<F, Map<DType, ElementwiseKernel | null>>();
  private readonly copy: CopyKernel;
  private readonly family: string;
  private readonly find: Find<F>;

  constructor(copy: CopyKernel, family: string, find: Find<F>) {
    this.copy = copy;
    this.family = family;
    this.find = find;
  }

  get(fn: F, dtype: DType): ElementwiseKernel | null {
    let kernels = this.byFunction.get(fn);
    if (!kernels) this.byFunction.set(fn, (kernels = new Map()));
    let kernel = kernels.get(dtype);
    if (kernel === undefined) {
      const made = this.find(fn, dtype);
      const key = `${this.family}:${fn}:${dtype}`;
      kernel = made ? new ElementwiseKernel(this.copy, key, made) : null;
      kernels.set(dtype, kernel);
    }
    return kernel;
  }
}

/** unary, binary, compare, where and cast. Every method says whether it had a native kernel. */
export class ElementwiseFamilies {
  private readonly copy: CopyKernel;
  private readonly plan = new Plan();
  private readonly unaries: Table<UnaryFn>;
  private readonly binaries: Table<BinaryFn>;
  private readonly compares: Table<CompareFn>;
  private readonly casts: Table<DType>;
  private readonly wheres: (ElementwiseKernel | undefined)[] = [];

  constructor(copy: CopyKernel) {
    this.copy = copy;
    this.unaries = new Table(copy, "unary", unaryFunction);
    this.binaries = new Table(copy, "binary", binaryFunction);
    this.compares = new Table(copy, "compare", compareFunction);
    this.casts = new Table<DType>(copy, "cast", (to, from) => castFunction(from, to));
  }

  unary(fn: UnaryFn, x: CpuView, out: CpuView): boolean {
    const kernel = this.unaries.get(fn, x.dtype);
    if (kernel === null) return this.wide(`unary:${fn}`, [out, x], wideUnary(fn, x.dtype));
    kernel.run1(x, out);
    return true;
  }

  binary(fn: BinaryFn, a: CpuView, b: CpuView, out: CpuView): boolean {
    const kernel = this.binaries.get(fn, a.dtype);
    if (kernel === null) return this.wide(`binary:${fn}`, [out, a, b], wideBinary(fn, a.dtype));
    kernel.run2(a, b, out);
    return true;
  }

  compare(fn: CompareFn, a: CpuView, b: CpuView, out: CpuView): boolean {
    const kernel = this.compares.get(fn, a.dtype);
    if (kernel === null) return this.wide(`compare:${fn}`, [out, a, b], wideCompare(fn, a.dtype));
    kernel.run2(a, b, out);
    return true;
  }

  where(cond: CpuView, a: CpuView, b: CpuView, out: CpuView): boolean {
    const bytes = itemSize(out.dtype);
    if (bytes !== 1 && bytes !== 2 && bytes !== 4)
      return this.wide("where", [out, cond, a, b], wideWhere(out.dtype));
    const kernel = (this.wheres[bytes] ??= new ElementwiseKernel(
      this.copy,
      `where:${bytes}`,
      whereFunction(bytes),
    ));
    kernel.run([out, cond, a, b]);
    return true;
  }

  cast(x: CpuView, out: CpuView): boolean {
    const kernel = this.casts.get(out.dtype, x.dtype);
    if (kernel === null) return this.wide(`cast:${out.dtype}`, [out, x], wideCast(x.dtype, out.dtype));
    kernel.run1(x, out);
    return true;
  }

  /** `views` are the result and the inputs. */
  private wide(name: string, views: readonly CpuView[], fn: WideFunction | null): boolean {
    if (fn === null) return false;
    const key = `${name}:${views[1]!.dtype}`;
    const { engine } = this.copy;
    const kernel = engine.module(key, (m) => defineWide(m, fn));
    runStrided(engine, this.plan, kernel, views);
    return true;
  }
}
