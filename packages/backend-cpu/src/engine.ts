// What all kernels share: the heap, scratch memory, the modules made so far, and a descriptor area in page 0.
import { Heap } from "./memory/heap.js";
import { HOST_MATH } from "./math/index.js";
import { instantiate, ModuleBuilder, type HostFunction } from "./wasm/index.js";

/** Exports of an instantiated module. */
export type Exports = Readonly<Record<string, HostFunction>>;

/** Address of the descriptor area: strided loops read their shapes and strides from there. */
export const DESCRIPTOR = 1024;
/** Address of 128 scratch bytes for GEMM tiles at an edge. */
export const SPARE = 512;

/** Temporary blocks of one kernel call. */
export class Scratch {
  private readonly heap: Heap;
  private readonly blocks: number[] = [];

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** Address of `bytes` uncleared bytes. @throws OutOfMemoryError */
  take(bytes: number): number {
    const address = this.heap.alloc(bytes);
    this.blocks.push(address, bytes);
    return address;
  }

  /** Gives all blocks back. */
  release(): void {
    while (this.blocks.length > 0) {
      const bytes = this.blocks.pop()!;
      this.heap.free(this.blocks.pop()!, bytes);
    }
  }
}

/** A heap and the kernels compiled for it. */
export class Engine {
  readonly heap: Heap;
  private readonly modules = new Map<string, Exports>();

  constructor(maxBytes: number) {
    this.heap = new Heap(maxBytes);
  }

  /** Exports of the module `key`, made by `define` on first use. */
  module(key: string, define: (m: ModuleBuilder) => void): Exports {
    let exports = this.modules.get(key);
    if (exports === undefined) {
      const m = new ModuleBuilder();
      define(m);
      exports = instantiate(m.build(), this.heap.memory, HOST_MATH);
      this.modules.set(key, exports);
    }
    return exports;
  }

  /** Runs `body` with scratch memory, which is given back when it returns or throws. */
  withScratch(body: (scratch: Scratch) => void): void {
    const scratch = new Scratch(this.heap);
    try {
      body(scratch);
    } finally {
      scratch.release();
    }
  }
}
