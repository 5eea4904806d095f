// Kernels against the reference backend: the same bytes on both, the same calls, and how far the results are apart.
import { reference, type ReferenceBuffer } from "@isoform/backend-reference";
import {
  dtypeKind,
  elementReader,
  elementWriter,
  itemSize,
  newTypedArray,
  rowMajor,
  sizeOf,
  typedArrayView,
  type Backend,
  type BufferView,
  type DType,
  type Kernels,
} from "@isoform/core";
import { openDevice } from "../device/adapter.js";
import type { GpuBuffer } from "../device/buffers.js";
import { EagerRunner } from "../device/eager.js";
import { Stream } from "../device/stream.js";
import { writeBytes } from "../kernels/bytes.js";
import { compositesOn, kernelsOn } from "../kernels/index.js";
import type { GpuLimits, Runner } from "../wgsl/kernel.js";

/** One tensor on both backends. */
export interface Twin {
  readonly gpu: BufferView<GpuBuffer>;
  readonly exact: BufferView<ReferenceBuffer>;
}

/** How a tensor lies in memory. `last` puts axis 1 last, `repeated` gives the first axis stride 0. */
export type Layout = "dense" | "offset" | "transposed" | "gapped" | "reversed" | "repeated" | "last";

/** Numbers 0 <= u < 1 from a seed (mulberry32). */
export function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Placed {
  readonly elements: number;
  readonly strides: readonly number[];
  readonly offset: number;
}

function placed(shape: readonly number[], layout: Layout): Placed {
  const count = sizeOf(shape);
  const plain = rowMajor(shape);
  const permuted = (order: readonly number[]): readonly number[] => {
    const inner = rowMajor(order.map((axis) => shape[axis]!));
    return shape.map((_, axis) => inner[order.indexOf(axis)]!);
  };
  const axes = shape.map((_, i) => i);
  switch (layout) {
    case "dense":
      return { elements: count, strides: plain, offset: 0 };
    case "offset":
      return { elements: count + 7, strides: plain, offset: 5 };
    case "transposed":
      return {
        elements: count,
        strides: permuted([...axes.slice(0, -2), ...axes.slice(-2).reverse()]),
        offset: 0,
      };
    case "gapped":
      return { elements: count * 2 + 3, strides: plain.map((s) => s * 2), offset: 3 };
    case "reversed":
      return { elements: count, strides: plain.map((s) => -s), offset: Math.max(0, count - 1) };
    case "repeated":
      return { elements: count, strides: [0, ...plain.slice(1)], offset: 0 };
    case "last":
      return { elements: count, strides: permuted([0, ...axes.slice(2), 1]), offset: 0 };
  }
}

/** What of a backend tests need. */
type Memory<B> = Pick<Backend<B>, "alloc" | "write" | "read" | "kernels">;

/** Numbers between `-scale` and `scale` in some order. */
export function wave(scale: number): (i: number) => number {
  return (i) => Math.round(scale * Math.sin(i * 12.9898 + 1) * 64) / 64;
}

/** Both backends. */
export class Against {
  readonly runner: Runner;
  readonly gpu: Memory<GpuBuffer> & Pick<Backend<GpuBuffer>, "composites">;
  readonly exact: Backend<ReferenceBuffer> = reference({ poison: true });
  private readonly stream: Stream;
  private readonly held: GpuBuffer[] = [];

  private constructor(stream: Stream, without: Partial<GpuLimits>) {
    // The kernels that real GPUs get.
    const runner = new EagerRunner(stream, { ...stream.limits, software: false, ...without });
    this.stream = stream;
    this.runner = runner;
    this.gpu = {
      kernels: kernelsOn(runner),
      composites: compositesOn(runner),
      alloc: (bytes) => stream.pool.alloc(bytes),
      write: (buffer, at, data) => writeBytes(stream, runner, buffer, at, data),
      read: (buffer, at, bytes) => stream.read(buffer, at, bytes),
    };
  }

  /** Finds the GPU; `without` says what kernels are not to use of it. */
  static async open(without: Partial<GpuLimits> = {}): Promise<Against> {
    return new Against(new Stream(await openDevice(undefined), 2 ** 26), without);
  }

  /** GPU buffers in use. */
  get buffers(): number {
    return this.stream.pool.stats.buffers;
  }

  /** Frees the tensors that were made. */
  clear(): void {
    for (const b of this.held.splice(0)) this.stream.pool.release(b);
  }

  /** Ends the work with the GPU. */
  close(): void {
    this.stream.dispose();
  }

  /** A tensor of random numbers; integers of any size, floats of both signs. */
  tensor(dtype: DType, shape: readonly number[], seed: number, layout: Layout = "dense"): Twin {
    const next = random(seed);
    const bits = itemSize(dtype) * 8;
    const kind = dtypeKind(dtype);
    const value = (): number | bigint => {
      if (kind === "float") return next() * 4 - 2;
      if (kind === "bool") return next() < 0.5 ? 0 : 1;
      const word = (BigInt(Math.floor(next() * 2 ** 32)) << 32n) | BigInt(Math.floor(next() * 2 ** 32));
      return kind === "int" ? BigInt.asIntN(bits, word) : BigInt.asUintN(bits, word);
    };
    return this.of(dtype, shape, value, layout);
  }

  /** A tensor of given values, in the order of memory. */
  of(dtype: DType, shape: readonly number[], value: () => number | bigint, layout: Layout = "dense"): Twin {
    const { elements, strides, offset } = placed(shape, layout);
    const data = newTypedArray(dtype, elements);
    const write = elementWriter(dtype);
    for (let i = 0; i < elements; i++) write(data, i, value());
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const on = <B>(backend: Memory<B>): BufferView<B> => {
      const buffer = backend.alloc(bytes.byteLength);
      backend.write(buffer, 0, bytes);
      return { buffer, dtype, shape, strides, offset };
    };
    const gpu = on(this.gpu);
    this.held.push(gpu.buffer);
    return { gpu, exact: on(this.exact) };
  }

  /** A tensor of `at(i)` for the places in memory; what is no whole number is cut off where integers are wanted. */
  filled(dtype: DType, shape: readonly number[], at: (i: number) => number, layout: Layout = "dense"): Twin {
    const whole = dtypeKind(dtype) !== "float" && dtype !== "bool";
    let i = 0;
    return this.of(dtype, shape, () => (whole ? Math.trunc(at(i++)) : at(i++)), layout);
  }

  /** A fresh output, its memory filled with ones. */
  output(dtype: DType, shape: readonly number[]): Twin {
    const bytes = sizeOf(shape) * itemSize(dtype);
    const make = <B>(backend: Memory<B>): BufferView<B> => {
      const buffer = backend.alloc(bytes);
      backend.write(buffer, 0, new Uint8Array(bytes).fill(0xff));
      return { buffer, dtype, shape, strides: rowMajor(shape), offset: 0 };
    };
    const gpu = make(this.gpu);
    this.held.push(gpu.buffer);
    return { gpu, exact: make(this.exact) };
  }

  /** Runs a call on both kernels and gives the greatest difference, relative to the greatest result but at least 1. */
  async difference(
    out: Twin,
    call: <B>(kernels: Kernels<B>, pick: (t: Twin) => BufferView<B>, out: BufferView<B>) => void,
  ): Promise<number> {
    this.run((kernels, pick) => call(kernels, pick, pick(out)));
    return this.apart(out);
  }

  /** Runs a call on both kernels. */
  run(call: <B>(kernels: Kernels<B>, pick: (t: Twin) => BufferView<B>) => void): void {
    call<GpuBuffer>(this.gpu.kernels, (t) => t.gpu);
    call<ReferenceBuffer>(this.exact.kernels, (t) => t.exact);
  }

  /** The elements of a tensor on the GPU. */
  onGpu(t: Twin): Promise<(number | bigint)[]> {
    return this.values(t.gpu, this.gpu);
  }

  /** How far an output is from the reference's. */
  async apart(out: Twin): Promise<number> {
    const got = await this.values(out.gpu, this.gpu);
    const want = await this.values(out.exact, this.exact);
    const size = want.reduce<number>(
      (most, v) => Math.max(most, Number.isFinite(Number(v)) ? Math.abs(Number(v)) : 0),
      1,
    );
    let worst = 0;
    want.forEach((w, i) => {
      const g = got[i]!;
      if (g === w || (Number.isNaN(g) && Number.isNaN(w))) return;
      const by = typeof w === "bigint" ? Infinity : Math.abs(Number(g) - Number(w)) / size;
      worst = Math.max(worst, Number.isNaN(by) ? Infinity : by);
    });
    return worst;
  }

  /** The elements of a tensor, row-major; its dtype as it is. */
  async numbers(t: Twin): Promise<number[]> {
    const { dtype, shape } = t.exact;
    const buffer = this.exact.alloc(sizeOf(shape) * itemSize(dtype));
    const dense = { buffer, dtype, shape, strides: rowMajor(shape), offset: 0 };
    this.exact.kernels.copy(t.exact, dense);
    return (await this.values(dense, this.exact)).map(Number);
  }

  /** The elements of an output of the GPU. */
  async results(t: Twin): Promise<number[]> {
    return (await this.values(t.gpu, this.gpu)).map(Number);
  }

  private async values<B>(view: BufferView<B>, backend: Memory<B>): Promise<(number | bigint)[]> {
    const count = sizeOf(view.shape);
    const bytes = await backend.read(view.buffer, 0, count * itemSize(view.dtype));
    const data = typedArrayView(view.dtype, bytes.slice().buffer, 0, count);
    const read = elementReader(view.dtype);
    return Array.from({ length: count }, (_, i) => {
      const v = read(data, i);
      return typeof v === "boolean" ? Number(v) : v;
    });
  }
}
