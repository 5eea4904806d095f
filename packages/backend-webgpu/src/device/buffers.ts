// Device memory: buffers by size class, kept for reuse, destroyed when too many lie idle. GPU buffers that nobody refers to
// are not freed by the garbage collector in time, so that every one is destroyed by hand.
import { OutOfMemoryError } from "@isoform/core";

/** A buffer handle of this backend. */
export interface GpuBuffer {
  readonly gpu: GPUBuffer;
  /** Bytes that were asked for. */
  readonly bytes: number;
  /** The last command that uses it; see stream.ts. */
  lastUse: number;
}

/** STORAGE | COPY_SRC | COPY_DST. */
const STORAGE_USAGE = 0x80 | 0x4 | 0x8;

/** Next size of which buffers are kept: a quarter of a power of two apart, at least 256 bytes. */
export function sizeClass(bytes: number): number {
  if (bytes <= 256) return 256;
  const step = Math.max(256, 2 ** (Math.floor(Math.log2(bytes - 1)) - 2));
  return Math.ceil(bytes / step) * step;
}

/** Buffers of a device. */
export class BufferPool {
  private readonly device: GPUDevice;
  private readonly free = new Map<number, GpuBuffer[]>();
  private readonly idleLimit: number;
  private idleBytes = 0;
  private liveBytes = 0;
  private liveCount = 0;
  private ended = false;

  constructor(device: GPUDevice, idleLimit: number) {
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
    const gpu = kept?.gpu ?? this.device.createBuffer({ size, usage: STORAGE_USAGE });
    this.liveBytes += size;
    this.liveCount++;
    // Commands that were not submitted may still use the memory: a write must not overtake them.
    return { gpu, bytes, lastUse: kept?.lastUse ?? 0 };
  }

  /** Takes a buffer back; commands that were given before may still use it. */
  release(buffer: GpuBuffer): void {
    const { gpu } = buffer;
    this.liveBytes -= gpu.size;
    this.liveCount--;
    if (this.ended) return;
    const list = this.free.get(gpu.size);
    if (list) list.push(buffer);
    else this.free.set(gpu.size, [buffer]);
    this.idleBytes += gpu.size;
  }

  /** Destroys idle buffers beyond the limit. Only when no command that was not submitted uses them. */
  trim(limit: number = this.idleLimit): void {
    if (this.idleBytes <= limit) return;
    for (const [size, list] of this.free) {
      while (list.length > 0 && this.idleBytes > limit) {
        list.pop()!.gpu.destroy();
        this.idleBytes -= size;
      }
    }
  }

  /** Destroys all idle buffers; those in use are destroyed with the device. */
  dispose(): void {
    this.ended = true;
    this.trim(-1);
  }
}
