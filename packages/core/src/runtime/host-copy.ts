// Computing on another backend by way of the host: what a view covers is read, computed with, and written back.
import { itemSize } from "../tensor/dtype.js";
import { isContiguous, rowMajor, sizeOf } from "../tensor/view.js";
import type { Backend, BufferView } from "./backend.js";

/** Where the bytes of views are read from and written to. */
type Memory<B> = Pick<Backend<B>, "read" | "readSync" | "write">;

/** The part of a buffer that a view covers. */
interface Extent {
  /** Bytes from the start of the buffer. */
  readonly at: number;
  readonly bytes: number;
  /** The view's offset in elements from `at`. */
  readonly offset: number;
}

type Compute = (hosted: readonly BufferView<unknown>[]) => void;

/** Carries calls of one backend over to another, which reads synchronously. */
export class HostCopy<B, R> {
  readonly #memory: Memory<B>;
  readonly #other: Backend<R>;

  constructor(memory: Memory<B>, other: Backend<R>) {
    this.#memory = memory;
    this.#other = other;
  }

  /** At once. The last `outputs` views are written. */
  runSync(views: readonly BufferView<B>[], outputs: number, dense: boolean, compute: Compute): void {
    const extents = views.map(extentOf);
    const data = extents.map((e, i) =>
      isNeeded(views, outputs, i) ? this.#memory.readSync!(views[i]!.buffer, e.at, e.bytes) : null,
    );
    this.#compute(views, extents, data, outputs, dense, compute);
  }

  /** When the device has given the inputs; they are asked for before this returns. */
  async run(
    views: readonly BufferView<B>[],
    outputs: number,
    dense: boolean,
    compute: Compute,
  ): Promise<void> {
    const extents = views.map(extentOf);
    const reads = extents.map((e, i) =>
      isNeeded(views, outputs, i) ? this.#memory.read(views[i]!.buffer, e.at, e.bytes) : null,
    );
    this.#compute(views, extents, await Promise.all(reads), outputs, dense, compute);
  }

  #compute(
    views: readonly BufferView<B>[],
    extents: readonly Extent[],
    data: readonly (Uint8Array | null)[],
    outputs: number,
    dense: boolean,
    compute: Compute,
  ): void {
    const other = this.#other;
    const held: { readonly buffer: R; readonly bytes: number }[] = [];
    const alloc = (bytes: number): R => {
      const buffer = other.alloc(bytes);
      held.push({ buffer, bytes });
      return buffer;
    };
    try {
      const first = views.length - outputs;
      const hosted = views.map((v, i): BufferView<R> => {
        const { bytes, offset } = extents[i]!;
        const buffer = alloc(bytes);
        const given = data[i];
        if (given) other.write(buffer, 0, given);
        const view = { buffer, dtype: v.dtype, shape: v.shape, strides: v.strides, offset };
        return dense && i < first && !isContiguous(view) ? this.#packed(view, alloc) : view;
      });
      compute(hosted);
      for (let i = first; i < views.length; i++) {
        const { at, bytes } = extents[i]!;
        if (bytes > 0) this.#memory.write(views[i]!.buffer, at, other.readSync!(hosted[i]!.buffer, 0, bytes));
      }
    } finally {
      for (const { buffer, bytes } of held) other.free(buffer, bytes);
    }
  }

  /** A row-major copy of a view, for kernels that want one. */
  #packed(view: BufferView<R>, alloc: (bytes: number) => R): BufferView<R> {
    const buffer = alloc(sizeOf(view.shape) * itemSize(view.dtype));
    const out = { ...view, buffer, strides: rowMajor(view.shape), offset: 0 };
    this.#other.kernels.copy(view, out);
    return out;
  }
}

function extentOf<B>(v: BufferView<B>): Extent {
  const size = itemSize(v.dtype);
  if (sizeOf(v.shape) === 0) return { at: 0, bytes: 0, offset: 0 };
  let low = v.offset;
  let high = v.offset;
  v.shape.forEach((n, i) => {
    const reach = (n - 1) * v.strides[i]!;
    if (reach < 0) low += reach;
    else high += reach;
  });
  return { at: low * size, bytes: (high - low + 1) * size, offset: v.offset - low };
}

/** Inputs are; so are outputs with gaps, which must stay as they are. */
function isNeeded<B>(views: readonly BufferView<B>[], outputs: number, i: number): boolean {
  const v = views[i]!;
  if (sizeOf(v.shape) === 0) return false;
  return i < views.length - outputs || !isContiguous(v);
}
