// Device memory: buffers by size class, kept for reuse, destroyed when too many lie idle. GPU buffers that nobody refers to
// are not freed by the garbage collector in time, so that every one is destroyed by hand.
import { OutOfMemoryError } from "@isoform/core";

/** A buffer handle of this backend. */
export interface GpuBuffer {
  readonly gpu: GPUBuffer;
  /** Number of `gpu` among all that its pool made. */
  readonly id: number;
  /** Bytes that were asked for. */
  readonly bytes: number;
  /** The last command that uses it; see stream.ts. */
  lastUse: number;
}

/** STORAGE | COPY_SRC | COPY_DST. */
const STORAGE_USAGE = 0x80 | 0x4 | 0x8;

/** Single numbers have a class of their own: constants that change with every step are made and kept among them. */
const SCALAR_BYTES = 16;

/** Next size of which buffers are kept: 16 bytes, 256 bytes, and from there a quarter of a power of two apart. */
export function sizeClass(bytes: number): number {
  if (bytes <= SCALAR_BYTES) return SCALAR_BYTES;
  if (bytes <= 256) return 256;
  const step = Math.max(256, 2 ** (Math.floor(Math.log2(bytes - 1)) - 2));
  return Math.ceil(bytes / step) * step;
}

type Maker = Pick<GPUDevice, "createBuffer" | "limits">;

/**
 * Buffers of a device. Of those that fit the one made first is handed out, so that a step of a program gets what the step before
 * it got, and its bind groups are found again.
 */
export class BufferPool {
  private readonly device: Maker;
  /** By size class, the lowest number last. */
  private readonly free = new Map<number, GpuBuffer[]>();
  /** All that were made and not destroyed. */
  private readonly there = new Set<GPUBuffer>();
  private made = 0;
  private readonly idleLimit: number;
  private idleBytes = 0;
  private liveBytes = 0;
  private liveCount = 0;
  private ended = false;

  constructor(device: Maker, idleLimit: number) {
    this.device = device;
    this.idleLimit = idleLimit;
  }

  /** Buffers handed out, and bytes on the device, idle ones too. */
  get stats(): { readonly buffers: number; readonly bytes: number; readonly idleBytes: number } {
    return { buffers: this.liveCount, bytes: this.liveBytes + this.idleBytes, idleBytes: this.idleBytes };
  }

  /**
   * A buffer of at least `bytes` bytes, its contents anything.
   * @throws {OutOfMemoryError} when the device's limits do not allow the size
   */
  alloc(bytes: number): GpuBuffer {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (!(bytes <= most)) {
      throw new OutOfMemoryError(`a tensor of ${bytes} bytes; this adapter binds at most ${most}`, {
        code: "memory/binding-limit",
        backend: "webgpu",
        hint: "use smaller tensors or batches, or cpu()",
      });
    }
    const size = Math.min(sizeClass(bytes), most - (most % 4));
    const kept = this.free.get(size)?.pop();
    if (kept) this.idleBytes -= size;
    const gpu = kept?.gpu ?? this.make(size);
    const id = kept?.id ?? this.made++;
    this.liveBytes += size;
    this.liveCount++;
    // Commands that were not submitted may still use the memory: a write must not overtake them.
    return { gpu, id, bytes, lastUse: kept?.lastUse ?? 0 };
  }

  private make(size: number): GPUBuffer {
    const gpu = this.device.createBuffer({ size, usage: STORAGE_USAGE });
    this.there.add(gpu);
    return gpu;
  }

  /** Takes a buffer back; commands that were given before may still use it. */
  release(buffer: GpuBuffer): void {
    const { gpu } = buffer;
    this.liveBytes -= gpu.size;
    this.liveCount--;
    if (this.ended) return;
    const list = this.free.get(gpu.size);
    if (list) list.splice(placeOf(list, buffer.id), 0, buffer);
    else this.free.set(gpu.size, [buffer]);
    this.idleBytes += gpu.size;
  }

  /** Destroys idle buffers beyond the limit. Only when no command that was not submitted uses them. */
  trim(limit: number = this.idleLimit): void {
    if (this.idleBytes <= limit) return;
    for (const [size, list] of this.free) {
      while (list.length > 0 && this.idleBytes > limit) {
        const { gpu } = list.shift()!;
        gpu.destroy();
        this.there.delete(gpu);
        this.idleBytes -= size;
      }
    }
  }

  /** Destroys all buffers, those in use too. */
  dispose(): void {
    this.ended = true;
    for (const gpu of this.there) gpu.destroy();
    this.there.clear();
    this.free.clear();
    this.idleBytes = 0;
  }
}

/** Where a buffer with `id` goes in a list whose numbers fall. */
function placeOf(list: readonly GpuBuffer[], id: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.id > id) low = middle + 1;
    else high = middle;
  }
  return low;
}
