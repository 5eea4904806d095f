// Builds a module: types, imports, functions, exports; one imported memory. Output is the binary format.
import { ByteSink } from "./bytes.js";
import { VALUE_CODES, type Expr, type ValueType } from "./expr.js";
import { FunctionBuilder, type Func, type LocalsOf, type Types } from "./function.js";

/** Limits of the imported memory, in pages; shared memory needs a maximum. */
export interface MemoryLimits {
  readonly initial: number;
  readonly maximum: number;
  readonly shared?: boolean;
}

/** A module under construction. Imports come before the first function. */
export class ModuleBuilder {
  private readonly types = new Map<string, number>();
  private readonly typeBytes = new ByteSink();
  private readonly imports: { name: string; type: number }[] = [];
  private readonly functionTypes: number[] = [];
  private readonly bodies: ByteSink[] = [];
  private readonly exports: { name: string; index: number }[] = [];
  private readonly memory: MemoryLimits;
  /** True when functions may use relaxed SIMD. */
  readonly relaxed: boolean;

  /** The module imports its memory as `env.memory`; `relaxed` allows relaxed SIMD. */
  constructor(memory: MemoryLimits = { initial: 1, maximum: 65536 }, relaxed = false) {
    this.memory = memory;
    this.relaxed = relaxed;
  }

  /** Imports a function as `env.name`. @throws Error after the first function is defined */
  importFunc<const P extends Types, R extends ValueType | null>(
    name: string,
    params: P,
    result: R,
  ): Func<P, R> {
    if (this.bodies.length > 0) throw new Error("imports come before functions");
    this.imports.push({ name, type: this.typeIndex(params, result) });
    return { index: this.imports.length - 1, params, result };
  }

  /** Defines a function. `body` returns the result's expression when there is a result. */
  func<const P extends Types, R extends ValueType | null>(
    params: P,
    result: R,
    body: (f: FunctionBuilder, ...params: LocalsOf<P>) => R extends ValueType ? Expr<R> : void,
  ): Func<P, R> {
    const f = new FunctionBuilder(params, this.relaxed);
    const locals = params.map((type, i) => f.param(type, i)) as LocalsOf<P>;
    const value = body(f, ...locals);
    if (value !== undefined) f.result(value as Expr);
    this.functionTypes.push(this.typeIndex(params, result));
    this.bodies.push(f.encode());
    return { index: this.imports.length + this.bodies.length - 1, params, result };
  }

  /** Makes a function callable from JavaScript under `name`. */
  export(name: string, func: Func): void {
    this.exports.push({ name, index: func.index });
  }

  /** Defines and exports a function. */
  exportFunc<const P extends Types, R extends ValueType | null>(
    name: string,
    params: P,
    result: R,
    body: (f: FunctionBuilder, ...params: LocalsOf<P>) => R extends ValueType ? Expr<R> : void,
  ): Func<P, R> {
    const func = this.func(params, result, body);
    this.export(name, func);
    return func;
  }

  /** The module's bytes. */
  build(): Uint8Array {
    const out = new ByteSink();
    out.bytes([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    section(out, 1, this.types.size, (s) => s.bytes(this.typeBytes.view()));
    section(out, 2, this.imports.length + 1, (s) => {
      s.name("env");
      s.name("memory");
      s.bytes([2, this.memory.shared ? 3 : 1]);
      s.u32(this.memory.initial);
      s.u32(this.memory.maximum);
      for (const { name, type } of this.imports) {
        s.name("env");
        s.name(name);
        s.byte(0);
        s.u32(type);
      }
    });
    section(out, 3, this.functionTypes.length, (s) => {
      for (const type of this.functionTypes) s.u32(type);
    });
    section(out, 7, this.exports.length, (s) => {
      for (const { name, index } of this.exports) {
        s.name(name);
        s.byte(0);
        s.u32(index);
      }
    });
    section(out, 10, this.bodies.length, (s) => {
      for (const body of this.bodies) s.block(body);
    });
    return out.view().slice();
  }

  private typeIndex(params: Types, result: ValueType | null): number {
    const key = `${params.join()}>${result}`;
    let index = this.types.get(key);
    if (index === undefined) {
      index = this.types.size;
      this.types.set(key, index);
      this.typeBytes.byte(0x60);
      this.typeBytes.u32(params.length);
      for (const p of params) this.typeBytes.byte(VALUE_CODES[p]);
      this.typeBytes.u32(result === null ? 0 : 1);
      if (result !== null) this.typeBytes.byte(VALUE_CODES[result]);
    }
    return index;
  }
}

function section(out: ByteSink, id: number, count: number, write: (s: ByteSink) => void): void {
  const s = new ByteSink();
  s.u32(count);
  write(s);
  out.byte(id);
  out.block(s);
}
