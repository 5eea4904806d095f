// The simulated device: memory that only commands see, a queue of commands, and a processor that runs it later.
import {
  DeviceLostError,
  itemSize,
  OutOfMemoryError,
  typedArrayView,
  type BufferView,
  type TypedArray,
} from "@isoform/core";

/** What the host knows of a block of device memory: a number, as of a real device. */
export type Handle = number;

/** A view as commands see it: with the memory behind it. */
export interface DeviceView extends Omit<BufferView<Handle>, "buffer"> {
  readonly data: TypedArray;
}

/** Device memory, given to commands and to nobody else. */
export interface DeviceMemory {
  bytes(handle: Handle): Uint8Array;
  view(view: BufferView<Handle>): DeviceView;
}

type Command = (memory: DeviceMemory) => void;

/** True for the arguments of kernels that are views. */
export function isView(value: unknown): value is BufferView<Handle> {
  return typeof value === "object" && value !== null && "buffer" in value && "strides" in value;
}

/** A device with a queue. Errors of commands lose it: every read after that rejects. */
export class SimulatedDevice {
  readonly #blocks = new Map<Handle, ArrayBuffer>();
  readonly #limit: number;
  #used = 0;
  #next: Handle = 1;
  #queue: Command[] = [];
  #scheduled = false;
  #lost: DeviceLostError | null = null;
  readonly #sizes = new Map<Handle, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A handle at once; the block itself is made by the queue, which also clears it with ones to show what nobody wrote. */
  alloc(bytes: number): Handle {
    if (!(this.#used + bytes <= this.#limit)) {
      throw new OutOfMemoryError(`no ${bytes} bytes: ${this.#used} of ${this.#limit} are in use`, {
        code: "memory/out-of-memory",
        backend: "minimal",
        hint: "use smaller tensors, release some, or minimal({ memory })",
      });
    }
    const handle = this.#next++;
    this.#used += bytes;
    this.#sizes.set(handle, bytes);
    this.enqueue(() => {
      const block = new ArrayBuffer(Math.ceil(bytes / 8) * 8);
      new Uint8Array(block).fill(0xff);
      this.#blocks.set(handle, block);
    });
    return handle;
  }

  free(handle: Handle): void {
    this.#used -= this.#sizes.get(handle) ?? 0;
    this.#sizes.delete(handle);
    this.enqueue(() => this.#blocks.delete(handle));
  }

  write(handle: Handle, byteOffset: number, data: Uint8Array): void {
    const copy = data.slice();
    this.enqueue((memory) => memory.bytes(handle).set(copy, byteOffset));
  }

  read(handle: Handle, byteOffset: number, bytes: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(this.#lost);
      this.#queue.push((memory) => {
        if (this.#lost) reject(this.#lost);
        else resolve(memory.bytes(handle).slice(byteOffset, byteOffset + bytes));
      });
      this.#schedule();
    });
  }

  /** Puts a command behind all others. */
  enqueue(command: Command): void {
    if (this.#lost) return;
    this.#queue.push((memory) => {
      if (!this.#lost) command(memory);
    });
    this.#schedule();
  }

  /** The device is gone; what waits is not done, and reads reject. */
  lose(reason: string, cause?: unknown): void {
    this.#lost ??= new DeviceLostError(reason, {
      code: "device/lost",
      backend: "minimal",
      hint: "make a new backend",
      cause,
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#run());
  }

  #run(): void {
    this.#scheduled = false;
    const queue = this.#queue;
    this.#queue = [];
    const memory = this.#memory();
    for (const command of queue) {
      try {
        command(memory);
      } catch (error) {
        this.lose(`a command failed: ${String(error)}`, error);
      }
    }
    if (this.#lost) this.#blocks.clear();
  }

  #memory(): DeviceMemory {
    const block = (handle: Handle): ArrayBuffer => {
      const found = this.#blocks.get(handle);
      if (found) return found;
      throw new RangeError(`there is no memory ${handle}: it was freed`);
    };
    return {
      bytes: (handle) => new Uint8Array(block(handle)),
      view: ({ buffer, dtype, shape, strides, offset }) => {
        const bytes = block(buffer);
        const data = typedArrayView(dtype, bytes, 0, bytes.byteLength / itemSize(dtype));
        return { data, dtype, shape, strides, offset };
      },
    };
  }
}
