// An engine that computes nothing: it writes down the calls that kernels make, with the memory they name, so that all of
// them can become one function of one module. Addresses are virtual: a block number and an offset in one integer.
import { sizeOf } from "@isoform/core";
import { Plan } from "../kernels/strided/plan.js";
import type { Call, EagerEngine, Engine, Exports, Part, PartRunner, Scratch } from "../engine.js";
import { StepModule } from "./step-module.js";
import type { Func, HostFunction, ModuleBuilder } from "../wasm/index.js";

const SPAN = 2 ** 33;
const MIDDLE = 2 ** 32;

/** Bytes of a part that lie in any L2 cache with what else is read and written along with them. */
const PART_BYTES = 2 ** 17;

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

/** What happens, in order: lists of calls that may run at the same time, or something that JavaScript does. */
export type Recorded =
  | { readonly kind: "calls"; readonly lists: readonly (readonly RecordedCall[])[] }
  | {
      readonly kind: "host";
      /** Virtual addresses that are read or written. */
      readonly touches: readonly number[];
      readonly run: (real: (address: number) => number) => void;
    };

/** A loop that takes turns with a kernel. */
interface PartLoop {
  /** The call for a part, which a reduction finds `at` an address of its own; null if there is none. */
  part(part: Part, at?: number): Call | null;
}

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
  parts: PartRunner | null = null;
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
        this.steps.push({ kind: "calls", lists: [[{ func, args }]] });
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
    this.launch(calls.map((call) => [call]));
  }

  private launch(lists: readonly (readonly Call[])[]): void {
    const recorded = lists.map((calls) =>
      calls.map(([fn, ...args]) => ({ func: this.functions.get(fn)!, args })),
    );
    this.steps.push({ kind: "calls", lists: recorded });
  }

  get partBytes(): number {
    return PART_BYTES;
  }

  /**
   * Records a kernel with a call of a loop after every part of its result, `elements` in all. With `passing`, it is a
   * reduction, with a call before every part of its input; `passing` says whether that is nowhere but in parts. Gives false,
   * with nothing recorded, when the kernel does not work in parts, or the loop has no call for one.
   */
  inParts(kernel: () => void, elements: number, passing: boolean | null, loop: PartLoop): boolean {
    const { steps, blocks } = this;
    const [step, block] = [steps.length, blocks.length];
    const places: number[] = [];
    const head = passing === null;
    let left = elements;
    let edge = -1;
    this.parts = {
      bytes: this.partBytes,
      place: (list, bytes) => (passing ? (places[list] ??= this.block("temporary", bytes)) : undefined),
      run: (lists) => {
        if (head || edge < 0) edge = steps.length;
        this.launch(
          lists.map((parts, i) =>
            parts.flatMap((part) => {
              const call = loop.part(part, places[i]);
              left -= call ? sizeOf(part.count) : NaN;
              return !call ? [] : head ? [part.call, call] : [call, part.call];
            }),
          ),
        );
      },
    };
    kernel();
    this.parts = null;
    // What a kernel does before its parts would read what is not there yet; what it does after them changes their results.
    if (left === 0 && edge === (head ? steps.length - 1 : step)) return true;
    [steps.length, blocks.length] = [step, block];
    return false;
  }

  /** Something that JavaScript does at this point of every run. */
  host(touches: readonly number[], run: (real: (address: number) => number) => void): void {
    this.steps.push({ kind: "host", touches, run });
  }
}
