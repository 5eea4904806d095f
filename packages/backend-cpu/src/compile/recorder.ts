// An engine that computes nothing: it writes down the calls that kernels make, with the memory they name, so that all of
// them can become one function of one module. Addresses are virtual: a block number and an offset in one integer.
import { Plan } from "../kernels/strided/plan.js";
import type { Call, EagerEngine, Engine, Exports, Scratch } from "../engine.js";
import { StepModule } from "./step-module.js";
import type { Func, HostFunction, ModuleBuilder } from "../wasm/index.js";

const SPAN = 2 ** 33;
const MIDDLE = 2 ** 32;

/** Memory that a program names. Inputs and outputs are somewhere else at every run. */
export interface Block {
  readonly kind: "input" | "output" | "temporary" | "constant";
  readonly bytes: number;
  /** Words of a constant; addresses among them are virtual. */
  readonly words?: readonly number[];
}

/** A call of a function of the module. */
export interface RecordedCall {
  readonly func: Func;
  readonly args: readonly number[];
}

/** What happens, in order: a call, calls that may run at the same time, or something that JavaScript does. */
export type Recorded =
  | { readonly kind: "calls"; readonly calls: readonly RecordedCall[] }
  | {
      readonly kind: "host";
      /** Virtual addresses that are read or written. */
      readonly touches: readonly number[];
      readonly run: (real: (address: number) => number) => void;
    };

/** The block and offset of a virtual address, or null for other numbers. */
export function decode(value: number): { readonly block: number; readonly offset: number } | null {
  if (!(value >= SPAN)) return null;
  const block = Math.floor(value / SPAN);
  return { block: block - 1, offset: value - block * SPAN - MIDDLE };
}

/** Records calls of kernels. */
export class Recorder implements Engine {
  readonly threads: number;
  readonly blocks: Block[] = [];
  readonly steps: Recorded[] = [];
  /** Blocks that take over the memory of another one, which is read for the last time as they are written. */
  readonly heirs: Map<number, number> = new Map();
  readonly builder: StepModule;
  readonly plan: Plan = new Plan();
  private readonly modules = new Map<string, Exports>();
  private readonly functions = new Map<HostFunction, Func>();

  /** Records for an engine: programs compute what its kernels compute. */
  constructor(engine: EagerEngine) {
    this.threads = engine.threads;
    this.builder = new StepModule(engine.memoryLimits, engine.relaxedSimd);
  }

  /** A new block; its virtual address. */
  block(kind: Block["kind"], bytes: number, words?: readonly number[]): number {
    this.blocks.push(words === undefined ? { kind, bytes } : { kind, bytes, words });
    return this.blocks.length * SPAN + MIDDLE;
  }

  /** `heir` may lie where `block` is; both are virtual addresses of temporaries of one size. */
  inherit(heir: number, block: number): void {
    this.heirs.set(decode(heir)!.block, decode(block)!.block);
  }

  module(key: string, define: (m: ModuleBuilder) => void): Exports {
    const known = this.modules.get(key);
    if (known) return known;
    const table: Record<string, HostFunction> = {};
    for (const [name, func] of this.builder.collect(define)) {
      const record = (...args: number[]): number => {
        this.steps.push({ kind: "calls", calls: [{ func, args }] });
        return 0;
      };
      this.functions.set(record, func);
      table[name] = record;
    }
    this.modules.set(key, table);
    return table;
  }

  descriptor(words: readonly number[]): number {
    return this.block("constant", words.length * 4, [...words]);
  }

  withScratch(body: (scratch: Scratch) => void): void {
    body({
      take: (bytes) => this.block("temporary", bytes),
      table: (table) => {
        const length = Math.ceil(table.length / 8) * 8;
        const words = Array.from({ length }, (_, i) => table[Math.min(i, table.length - 1)] ?? 0);
        return this.block("constant", length * 4, words);
      },
    });
  }

  parallel(calls: readonly Call[]): void {
    const recorded = calls.map(([fn, ...args]) => ({ func: this.functions.get(fn)!, args }));
    this.steps.push({ kind: "calls", calls: recorded });
  }

  /** Something that JavaScript does at this point of every run. */
  host(touches: readonly number[], run: (real: (address: number) => number) => void): void {
    this.steps.push({ kind: "host", touches, run });
  }
}
