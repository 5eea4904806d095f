// Builds one function body: locals and structured control flow. Statements are written in the order they are called.
import { ByteSink, leb } from "./bytes.js";
import {
  node,
  toExpr,
  VALUE_CODES,
  type Arg,
  type Emitter,
  type Expr,
  type Local,
  type ValueType,
} from "./expr.js";
import { i32 } from "./scalar.js";

/** Parameter or operand types of a signature. */
export type Types = readonly ValueType[];
/** Operands that fit a signature. */
export type ArgsOf<P extends Types> = { readonly [I in keyof P]: Arg<P[I]> };
/** Locals that hold a signature's parameters. */
export type LocalsOf<P extends Types> = { readonly [I in keyof P]: Local<P[I]> };

/** A function of the module, by index. `result` is null when it returns nothing. */
export interface Func<P extends Types = Types, R extends ValueType | null = ValueType | null> {
  readonly index: number;
  readonly params: P;
  readonly result: R;
}

/** A branch target: the start of a loop or the end of a block. */
export interface Label {
  readonly depth: number;
}

const VOID = 0x40;

/** The body of a function under construction. */
export class FunctionBuilder implements Emitter {
  private readonly body = new ByteSink();
  private readonly locals: ValueType[] = [];
  private readonly paramCount: number;
  private readonly relaxed: boolean;
  private depth = 0;

  /** `relaxed` allows relaxed SIMD. */
  constructor(params: Types, relaxed = false) {
    this.paramCount = params.length;
    this.relaxed = relaxed;
  }

  /** The i-th parameter. */
  param<T extends ValueType>(type: T, index: number): Local<T> {
    return { type, index, code: [0x20, ...leb(index)], args: [] };
  }

  /** A new local; 0 at function entry, not at the point of declaration. */
  local<T extends ValueType>(type: T): Local<T> {
    return this.param(type, this.paramCount + this.locals.push(type) - 1);
  }

  /** A new local set to `value` here. */
  let<T extends ValueType>(value: Expr<T>): Local<T> {
    const local = this.local(value.type);
    this.set(local, value as Arg<T>);
    return local;
  }

  /** Assigns a local. */
  set<T extends ValueType>(local: Local<T>, value: Arg<T>): void {
    this.emit([toExpr(local.type, value)], [0x21, ...leb(local.index)]);
  }

  /** `local += value` on i32, the usual pointer step. */
  inc(local: Local<"i32">, value: Arg<"i32">): void {
    this.set(local, i32.add(local, value));
  }

  emit(args: readonly Expr[], code: readonly number[]): void {
    for (const arg of args) {
      const { args: operands, code: own } = (this.relaxed && arg.relaxed) || arg;
      this.emit(operands, own);
    }
    this.body.bytes(code);
  }

  /** Evaluates `value` for its effect. */
  drop(value: Expr): void {
    this.emit([value], [0x1a]);
  }

  /** Calls a function for its effect; a result is dropped. */
  call<P extends Types>(target: Func<P>, ...args: ArgsOf<P>): void {
    this.emit(callArgs(target, args), [0x10, ...leb(target.index)]);
    if (target.result !== null) this.body.byte(0x1a);
  }

  /** Runs `body`; branching to the label leaves the block. */
  block(body: (exit: Label) => void): void {
    this.nest([0x02, VOID], body);
  }

  /** Runs `body` once; branching to the label runs it again. */
  loop(body: (again: Label) => void): void {
    this.nest([0x03, VOID], body);
  }

  br(label: Label): void {
    this.body.bytes([0x0c, ...leb(this.depth - label.depth)]);
  }

  brIf(label: Label, condition: Arg<"i32">): void {
    this.emit([toExpr("i32", condition)], [0x0d, ...leb(this.depth - label.depth)]);
  }

  if(condition: Arg<"i32">, then: () => void, otherwise?: () => void): void {
    this.emit([toExpr("i32", condition)], [0x04, VOID]);
    this.depth++;
    then();
    if (otherwise) {
      this.body.byte(0x05);
      otherwise();
    }
    this.depth--;
    this.body.byte(0x0b);
  }

  /** Repeats `body` while the condition holds. The condition is written twice, so it must be a plain expression. */
  while(condition: Expr<"i32">, body: () => void): void {
    this.if(condition, () => {
      this.loop((again) => {
        body();
        this.brIf(again, condition);
      });
    });
  }

  /** Runs `body` with i = start, start + step, … while i < end (signed). `end` is evaluated once. */
  for(start: Arg<"i32">, end: Arg<"i32">, step: number, body: (i: Local<"i32">) => void): void {
    const i = this.let(toExpr("i32", start));
    const limit = this.let(toExpr("i32", end));
    this.while(i32.ltS(i, limit), () => {
      body(i);
      this.inc(i, step);
    });
  }

  /** Runs `body` `count` times (not at all when count <= 0). */
  repeat(count: Arg<"i32">, body: () => void): void {
    const left = this.let(toExpr("i32", count));
    this.while(i32.gtS(left, 0), () => {
      body();
      this.inc(left, -1);
    });
  }

  /** Leaves `value` as the function's result. */
  result(value: Expr): void {
    this.emit([value], []);
  }

  /** The encoded code-section entry. */
  encode(): ByteSink {
    const out = new ByteSink();
    const runs: [number, ValueType][] = [];
    for (const type of this.locals) {
      const last = runs.at(-1);
      if (last && last[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    out.u32(runs.length);
    for (const [count, type] of runs) {
      out.u32(count);
      out.byte(VALUE_CODES[type]);
    }
    out.bytes(this.body.view());
    out.byte(0x0b);
    return out;
  }

  private nest(code: readonly number[], body: (label: Label) => void): void {
    this.body.bytes(code);
    this.depth++;
    body({ depth: this.depth });
    this.depth--;
    this.body.byte(0x0b);
  }
}

function callArgs<P extends Types>(target: Func<P>, args: ArgsOf<P>): Expr[] {
  return target.params.map((type, i) => toExpr(type, args[i] as Arg<ValueType>));
}

/** The value of a call. */
export function call<P extends Types, R extends ValueType>(target: Func<P, R>, ...args: ArgsOf<P>): Expr<R> {
  return node(target.result, [0x10, ...leb(target.index)], callArgs(target, args));
}
