// The __backend__ backend of Isoform.
import { BACKEND_CONTRACT, type Backend } from "@isoform/core";
import { kernels } from "./kernels.js";
import { HostMemory, type Block } from "./memory.js";

/** Options of `__factory__`. */
export interface Options {
  /** Bytes of memory. Default 1 GiB; more than that at once is an OutOfMemoryError. */
  readonly memory?: number;
}

/**
 * The __backend__ backend: pass it to `setBackend` or `createRuntime` of @isoform/core.
 * @throws {OutOfMemoryError} later, from `alloc`, when the memory is full
 */
export function __factory__(options: Options = {}): Backend<Block> {
  const memory = new HostMemory(options.memory ?? 2 ** 30);
  return {
    name: "__backend__",
    contract: BACKEND_CONTRACT,
    capabilities: {
      // False for a device that gives its memory only later; `readSync` below goes then, too.
      syncRead: true,
      // float32, int64 and bool are the least. Declare what your kernels have; the suite tests what is declared.
      dtypes: ["float32", "int64", "int32", "bool"],
    },
    kernels,
    // Fused kernels of composite ops come here once the primitives pass: composites: { softmax: … }
    alloc: (bytes) => memory.alloc(bytes),
    free: (block, bytes) => memory.free(block, bytes),
    write: (block, byteOffset, data) => block.bytes.set(data, byteOffset),
    read: (block, byteOffset, bytes) => Promise.resolve(block.bytes.slice(byteOffset, byteOffset + bytes)),
    readSync: (block, byteOffset, bytes) => block.bytes.slice(byteOffset, byteOffset + bytes),
  };
}
