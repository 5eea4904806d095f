// What kernels run on: the functions of modules, scratch memory, and words to read. Kernels are JavaScript that decides
// and WebAssembly that computes; the deciding part never touches memory itself, so that its calls can be written down
// once and replayed (see compile/).
import { Heap } from "./memory/heap.js";
import { HOST_MATH } from "./math/index.js";
import { callError } from "./threads/call-error.js";
import type { Patience, Pool } from "./threads/pool.js";
import {
  hasRelaxedSimd,
  instantiate,
  ModuleBuilder,
  type HostFunction,
  type MemoryLimits,
} from "./wasm/index.js";

/** Exports of an instantiated module. */
export type Exports = Readonly<Record<string, HostFunction>>;

/** Address of the descriptor area: strided loops read their shapes and strides from there. */
export const DESCRIPTOR = 1024;
const SLOT_BYTES = 2048;
/** Descriptors that are there at the same time, of at most 512 words if there is more than one. */
export const SLOTS = 31;

/** Temporary blocks of one kernel call. */
export interface Scratch {
  /** Address of `bytes` uncleared bytes. @throws {OutOfMemoryError} */
  take(bytes: number): number;
  /** Address of a copy of `table`, filled up with its last entry to a multiple of 8. */
  table(table: Int32Array): number;
}

/** A call of an exported function with its arguments. */
export type Call = readonly [fn: HostFunction, ...args: number[]];

/**
 * A call with the part of the kernel's result that it completes, or of a reduction's input that only it reads: of the
 * elements as a row-major array of `shape`, `count` from `start` on along every axis (0 along those that it leaves out).
 */
export interface Part {
  readonly call: Call;
  readonly shape: readonly number[];
  readonly start: readonly number[];
  readonly count: readonly number[];
}

/** Takes the calls of a kernel together with something else to do for each part. */
export interface PartRunner {
  /** Bytes of a part that still lie in cache when it is used again. */
  readonly bytes: number;
  /**
   * Where calls of one list find their parts of the input, row-major, if not in the input; the first asks for most bytes.
   */
  place(list: number, bytes: number): number | undefined;
  /** As `Engine.parallel`, where the calls of one list come one after the other. */
  run(lists: readonly (readonly Part[])[]): void;
}

/** What kernels are launched through. */
export interface Engine {
  /** How many calls of `parallel` run at the same time, at least 1. */
  readonly threads: number;
  /** Exports of the module `key`, made by `define` on first use. */
  module(key: string, define: (m: ModuleBuilder) => void): Exports;
  /**
   * Address of words (integers or addresses) for the next call, which may overwrite them. Calls of one round need
   * different slots, from 0 to SLOTS - 1.
   */
  descriptor(words: readonly number[], slot?: number): number;
  /** Runs `body` with scratch memory, which is given back when it returns or throws. */
  withScratch(body: (scratch: Scratch) => void): void;
  /**
   * Runs calls that write to different memory, in any order or at the same time, and returns when all are done. What a
   * kernel computes must not depend on how it is cut into calls, so that results are the same for any number of threads.
   */
  parallel(calls: readonly Call[]): void;
  /** Where parts of the present kernel's result (or input) are wanted one by one; see `inParts`. */
  readonly parts?: PartRunner | null;
}

class HeapScratch implements Scratch {
  private readonly heap: Heap;
  private readonly blocks: number[] = [];

  constructor(heap: Heap) {
    this.heap = heap;
  }

  take(bytes: number): number {
    const address = this.heap.alloc(bytes);
    this.blocks.push(address, bytes);
    return address;
  }

  table(table: Int32Array): number {
    const length = Math.ceil(table.length / 8) * 8;
    const address = this.take(length * 4);
    this.heap.i32.set(table, address / 4);
    this.heap.i32.fill(table.at(-1) ?? 0, address / 4 + table.length, address / 4 + length);
    return address;
  }

  release(): void {
    while (this.blocks.length > 0) {
      const bytes = this.blocks.pop()!;
      this.heap.free(this.blocks.pop()!, bytes);
    }
  }
}

/** Makes the pool of `threads - 1` workers. */
export type PoolMaker = (heap: Heap, threads: number, patience?: Patience) => Pool;

/** What an engine is made with. */
export interface EngineOptions {
  /**
   * Threads, the calling one included. Default 1. More need `pool`, and memory that can be shared
   * (`threadsUnavailableReason`).
   */
  readonly threads?: number;
  readonly pool?: PoolMaker | undefined;
  /** Allows relaxed SIMD where the engine has it. Default false. */
  readonly relaxedSimd?: boolean;
  /** How long a worker may stay in a call. */
  readonly patience?: Patience;
}

/** Runs every call at once, on a heap of its own. */
export class EagerEngine implements Engine {
  readonly heap: Heap;
  /** True when modules use relaxed SIMD instructions, whose results differ in the last bits from machine to machine. */
  readonly relaxedSimd: boolean;
  /** The workers' pool, null on one thread. */
  readonly pool: Pool | null;
  private readonly shared: boolean;
  private readonly modules = new Map<string, Exports>();

  constructor(maxBytes: number, options: EngineOptions = {}) {
    const { threads = 1, pool, relaxedSimd = false, patience } = options;
    this.shared = threads > 1;
    this.heap = new Heap(maxBytes, this.shared);
    this.pool = (this.shared && pool?.(this.heap, threads, patience)) || null;
    this.relaxedSimd = relaxedSimd && hasRelaxedSimd();
  }

  get threads(): number {
    return this.pool?.threads ?? 1;
  }

  module(key: string, define: (m: ModuleBuilder) => void): Exports {
    let exports = this.modules.get(key);
    if (exports === undefined) {
      const m = new ModuleBuilder(this.memoryLimits, this.relaxedSimd);
      define(m);
      exports = this.load(m.build());
      this.modules.set(key, exports);
    }
    return exports;
  }

  /** The memory as modules for this engine import it. */
  get memoryLimits(): MemoryLimits {
    return { initial: 1, maximum: 65536, shared: this.shared };
  }

  /** Exports of a module on this engine's memory, for all of its threads. */
  load(bytes: Uint8Array): Exports {
    const exports = instantiate(bytes, this.heap.memory, HOST_MATH);
    this.pool?.register(bytes, Object.values(exports));
    return exports;
  }

  descriptor(words: readonly number[], slot = 0): number {
    const { i32 } = this.heap;
    const address = DESCRIPTOR + slot * SLOT_BYTES;
    for (let i = 0; i < words.length; i++) i32[address / 4 + i] = words[i]!;
    return address;
  }

  withScratch(body: (scratch: Scratch) => void): void {
    const scratch = new HeapScratch(this.heap);
    try {
      body(scratch);
    } finally {
      scratch.release();
    }
  }

  parallel(calls: readonly Call[]): void {
    if (calls.length > 1 && this.pool?.run(calls)) return;
    for (const [fn, ...args] of calls) {
      try {
        fn(...args);
      } catch (error) {
        throw callError(error, fn.name);
      }
    }
  }
}
