// What all kernels share: the heap, the modules made so far, and a descriptor area in page 0.
import { Heap } from "./memory/heap.js";
import { HOST_MATH } from "./math/index.js";
import { instantiate, ModuleBuilder, type HostFunction } from "./wasm/index.js";

/** Exports of an instantiated module. */
export type Exports = Readonly<Record<string, HostFunction>>;

/** Address of the descriptor area: strided loops read their shapes and strides from there. */
export const DESCRIPTOR = 1024;
/** Address of 128 scratch bytes for GEMM tiles at an edge. */
export const SPARE = 512;

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

  /** Modules made so far, by key. */
  moduleKeys(): string[] {
    return [...this.modules.keys()];
  }
}
