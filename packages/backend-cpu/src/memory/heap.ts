// The backend's linear memory: allocation, growth, and typed-array windows that survive growth.
import { OutOfMemoryError } from "@isoform/core";
import { newMemory, PAGE_BYTES, type HostMemory } from "../wasm/index.js";
import { Allocator, type AllocatorStats } from "./allocator.js";

/** Bytes below the heap: page 0, for kernel descriptors. Address 0 is never handed out. */
export const RESERVED_BYTES: number = PAGE_BYTES;
/** Most pages: 4 GiB less one page, so that no block ends at address 2^32. */
export const MAX_PAGES = 65535;
const GROW_STEP = 256;

/** One growable WebAssembly memory with an allocator. */
export class Heap {
  readonly memory: HostMemory;
  /** The limit in bytes. */
  readonly maxBytes: number;
  /** The whole memory as bytes, 32-bit integers and floats; replaced when the memory grows. */
  u8: Uint8Array;
  i32: Int32Array;
  f32: Float32Array;
  private readonly allocator: Allocator;

  /**
   * A heap that may grow to `maxBytes`, rounded down to pages of 64 KiB, or to less where the engine cannot set aside
   * that much. `shared` memory can be given to workers.
   */
  constructor(maxBytes: number, shared: boolean = false) {
    const wanted = Math.max(2, Math.min(MAX_PAGES, Math.floor(maxBytes / PAGE_BYTES)));
    const initial = Math.min(16, wanted);
    const { memory, maximum } = reserve(initial, wanted, shared);
    this.maxBytes = maximum * PAGE_BYTES;
    this.memory = memory;
    this.u8 = new Uint8Array(this.memory.buffer);
    this.i32 = new Int32Array(this.memory.buffer);
    this.f32 = new Float32Array(this.memory.buffer);
    this.allocator = new Allocator(RESERVED_BYTES, initial * PAGE_BYTES, (end) => this.grow(end));
  }

  /** Address of `bytes` uncleared bytes, 64-byte aligned. @throws {OutOfMemoryError} */
  alloc(bytes: number): number {
    const address = this.allocator.alloc(bytes);
    if (address < 0) throw this.outOfMemory(bytes);
    return address;
  }

  /** Like `alloc`, but null when there is no room. */
  tryAlloc(bytes: number): number | null {
    const address = this.allocator.alloc(bytes);
    return address < 0 ? null : address;
  }

  /** Gives back a block; `bytes` as it was asked for. */
  free(address: number, bytes: number): void {
    this.allocator.free(address, bytes);
  }

  /** Size of the memory in pages. */
  get pages(): number {
    return this.u8.length / PAGE_BYTES;
  }

  stats(): AllocatorStats {
    return this.allocator.stats();
  }

  private grow(end: number): number {
    const { pages } = this;
    const need = Math.ceil(end / PAGE_BYTES);
    const most = this.maxBytes / PAGE_BYTES;
    if (need > most) return this.u8.length;
    const generous = Math.min(most, Math.max(need, pages + Math.max(GROW_STEP, pages >> 2)));
    if (!this.tryGrow(generous - pages) && !this.tryGrow(need - pages)) return this.u8.length;
    this.u8 = new Uint8Array(this.memory.buffer);
    this.i32 = new Int32Array(this.memory.buffer);
    this.f32 = new Float32Array(this.memory.buffer);
    return this.u8.length;
  }

  private tryGrow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }

  private outOfMemory(bytes: number): OutOfMemoryError {
    const { live, blocks } = this.allocator.stats();
    return new OutOfMemoryError(
      `no room for ${bytes} bytes: ${live} in ${blocks} blocks are in use, of ${this.maxBytes}`,
      {
        code: "memory/out-of-memory",
        backend: "cpu",
        attrs: { bytes, live, blocks, limit: this.maxBytes },
        hint: "free tensors (end scopes, smaller batches) or raise `maxMemory` (at most 4 GiB)",
      },
    );
  }
}

/** A memory with the greatest maximum that the engine grants, `wanted` or a half, a quarter, … of it. */
function reserve(
  initial: number,
  wanted: number,
  shared: boolean,
): { readonly memory: HostMemory; readonly maximum: number } {
  for (let maximum = wanted; ; maximum = Math.max(initial, maximum >> 1)) {
    try {
      return { memory: newMemory(initial, maximum, shared), maximum };
    } catch (error) {
      if (maximum <= initial) {
        throw new OutOfMemoryError(`the engine has no room for ${initial * PAGE_BYTES} bytes`, {
          code: "memory/out-of-memory",
          backend: "cpu",
          hint: "dispose of backends that are no longer used",
          cause: error,
        });
      }
    }
  }
}
