// A module that takes in what kernels define for modules of their own: exports are collected instead of exported, and
// the host's functions are imported once.
import { importHostMath } from "../math/index.js";
import { ModuleBuilder, type Func, type MemoryLimits, type Types, type ValueType } from "../wasm/index.js";

/** The module of a program. */
export class StepModule extends ModuleBuilder {
  private readonly imported = new Map<string, Func>();
  private collected: Map<string, Func> | null = null;

  constructor(memory: MemoryLimits, relaxed: boolean) {
    super(memory, relaxed);
    importHostMath(this);
  }

  /** Runs `define` and returns what it would have exported. */
  collect(define: (m: ModuleBuilder) => void): ReadonlyMap<string, Func> {
    const outer = this.collected;
    const found = new Map<string, Func>();
    this.collected = found;
    define(this);
    this.collected = outer;
    return found;
  }

  override importFunc<const P extends Types, R extends ValueType | null>(
    name: string,
    params: P,
    result: R,
  ): Func<P, R> {
    const { index } = this.imported.get(name) ?? super.importFunc(name, params, result);
    const func: Func<P, R> = { index, params, result };
    this.imported.set(name, func);
    return func;
  }

  override export(name: string, func: Func): void {
    if (this.collected) this.collected.set(name, func);
    else super.export(name, func);
  }
}
