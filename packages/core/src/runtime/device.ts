// A device: one backend in use, its live storages, and its accounting.
import { DTypeError, LifetimeError, OutOfMemoryError } from "../errors.js";
import { itemSize, type DType } from "../tensor/dtype.js";
import type { ScalarCache } from "../tensor/scalar-cache.js";
import type { Backend, Capabilities, FallbackCounts } from "./backend.js";

/** Live storages and bytes of a device; `peakBytes` since the device was made. */
export interface MemoryInfo {
  readonly storages: number;
  readonly bytes: number;
  readonly peakBytes: number;
}

/**
 * Reference-counted device memory. Tensors and tape nodes hold references; the last one frees it. Made by
 * `Device.alloc` with one reference; the constructor takes a buffer and its size in bytes and never throws.
 */
export class Storage {
  readonly device: Device;
  readonly bytes: number;
  /** The backend's handle; opaque to core. */
  readonly buffer: unknown;
  refs = 1;
  /** Shared with the finaliser, which must not hold the storage itself. */
  readonly cell: StorageCell;

  constructor(device: Device, buffer: unknown, bytes: number) {
    this.device = device;
    this.buffer = buffer;
    this.bytes = bytes;
    this.cell = { device, buffer, bytes, freed: false, watched: false, excluded: false };
  }

  /** Gives up one reference; the last one frees the memory. Never throws. */
  release(): void {
    if (--this.refs === 0) this.device.reclaim(this.cell);
  }
}

interface StorageCell {
  readonly device: Device;
  readonly buffer: unknown;
  readonly bytes: number;
  freed: boolean;
  watched: boolean;
  excluded: boolean;
}

/**
 * One backend in use. Made by `createRuntime`; the constructor takes an initialised backend and never throws.
 */
export class Device {
  readonly backend: Backend;
  /** Shared 0-d constants, by dtype and value; see ops/broadcast.ts. Minus zero is under the key "-0". */
  readonly scalars: Map<DType, ScalarCache> = new Map();
  private readonly contiguousFamilies: ReadonlySet<string>;
  private readonly finalizer: FinalizationRegistryLike | null;
  private storages = 0;
  private bytes = 0;
  private peakBytes = 0;
  private closed = false;

  constructor(backend: Backend) {
    this.backend = backend;
    this.contiguousFamilies = new Set(backend.contiguous ?? []);
    const Registry = finalizationRegistry();
    this.finalizer = Registry ? new Registry((cell) => cell.device.reclaim(cell)) : null;
  }

  /** The backend's name. */
  get name(): string {
    return this.backend.name;
  }

  /** What the backend can do. */
  get capabilities(): Capabilities {
    return this.backend.capabilities;
  }

  /** True when inputs of the kernel family must be made contiguous first. Never throws. */
  needsContiguous(family: string): boolean {
    return this.contiguousFamilies.has(family);
  }

  /**
   * New uninitialised storage for `elements` elements.
   * @throws {LifetimeError} when the device was disposed
   * @throws {DTypeError} when the backend lacks the dtype, or it is not an element type
   * @throws {OutOfMemoryError} when the backend has no memory left, or the size in bytes is over 2^53 − 1
   */
  alloc(dtype: DType, elements: number): Storage {
    if (this.closed) throw closedDevice(this.name);
    const size = itemSize(dtype);
    if (!this.backend.capabilities.dtypes.includes(dtype)) {
      throw new DTypeError(`no ${dtype} tensors`, {
        code: "dtype/unsupported-by-backend",
        backend: this.name,
        hint: `use one of ${this.backend.capabilities.dtypes.join(", ")}`,
      });
    }
    const bytes = elements * size;
    if (!Number.isSafeInteger(bytes)) {
      throw new OutOfMemoryError(`${elements} elements of ${dtype} cannot be addressed`, {
        code: "memory/too-large",
        backend: this.name,
        hint: "use smaller tensors",
      });
    }
    const storage = new Storage(this, this.backend.alloc(bytes), bytes);
    this.storages++;
    this.bytes += bytes;
    if (this.bytes > this.peakBytes) this.peakBytes = this.bytes;
    return storage;
  }

  /** Frees a storage's memory once; later calls do nothing. Never throws. */
  reclaim(cell: StorageCell): void {
    if (cell.freed) return;
    cell.freed = true;
    if (!cell.excluded) {
      this.storages--;
      this.bytes -= cell.bytes;
    }
    if (!this.closed) this.backend.free(cell.buffer, cell.bytes);
  }

  /**
   * Lets the garbage collector free `storage` if nobody does it by hand: the net under tensors outside all
   * scopes. Never throws.
   */
  watch(storage: Storage): void {
    if (storage.cell.watched || this.finalizer === null) return;
    storage.cell.watched = true;
    this.finalizer.register(storage, storage.cell);
  }

  /**
   * Leaves a storage out of the accounting: shared constants that live as long as the device. Call once.
   * Never throws.
   */
  exclude(storage: Storage): void {
    storage.cell.excluded = true;
    this.storages--;
    this.bytes -= storage.bytes;
  }

  /** Live storages and bytes. */
  memory(): MemoryInfo {
    return { storages: this.storages, bytes: this.bytes, peakBytes: this.peakBytes };
  }

  /** Kernels that ran on another backend's code, by `family:dtype`. */
  fallbacks(): FallbackCounts {
    return this.backend.fallbacks?.() ?? {};
  }

  /** Frees the backend. Every tensor on it becomes unusable. */
  dispose(): void {
    if (this.closed) return;
    this.closed = true;
    this.backend.dispose?.();
  }
}

interface FinalizationRegistryLike {
  register(target: object, held: StorageCell): void;
}

function finalizationRegistry(): (new (cb: (cell: StorageCell) => void) => FinalizationRegistryLike) | null {
  return typeof FinalizationRegistry === "undefined" ? null : FinalizationRegistry<StorageCell>;
}

function closedDevice(name: string): LifetimeError {
  return new LifetimeError("the device was disposed", {
    code: "lifetime/device-disposed",
    backend: name,
    hint: "create a new runtime",
  });
}
