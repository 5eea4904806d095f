// Memory: here in JavaScript, so that everything but the kernels works from the start. For a device of its own, `Block`
// becomes its handle, and alloc, free, write and read of src/index.ts become its calls.
import { OutOfMemoryError } from "@isoform/core";

/** A block of memory, 8-byte aligned. */
export interface Block {
  readonly bytes: Uint8Array;
}

/** Blocks up to a limit. */
export class HostMemory {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  alloc(bytes: number): Block {
    if (!(this.#used + bytes <= this.#limit)) throw this.#full(bytes);
    try {
      // Filled with ones, NaN in floats, so that a result that a kernel forgot to write is seen.
      const block = { bytes: new Uint8Array(bytes).fill(0xff) };
      this.#used += bytes;
      return block;
    } catch (cause) {
      throw this.#full(bytes, cause);
    }
  }

  free(_block: Block, bytes: number): void {
    this.#used -= bytes;
  }

  #full(bytes: number, cause?: unknown): OutOfMemoryError {
    return new OutOfMemoryError(`no ${bytes} bytes: ${this.#used} of ${this.#limit} are in use`, {
      code: "memory/out-of-memory",
      backend: "__backend__",
      hint: "use smaller tensors, or release some",
      cause,
    });
  }
}
