// Helpers of this package's tests: tensors in an engine's memory, laid out in many ways, and error measures.
import {
  KERNEL_FAMILIES,
  itemSize,
  newTypedArray,
  typedArrayView,
  type DType,
  type TypedArray,
} from "@isoform/core";
import { kernelsOf, type KernelSet } from "../src/assembly.js";
import { EagerEngine, type Call, type Engine } from "../src/engine.js";
import { ALL_PARTS } from "../src/parts.js";
import type { NativeKernels } from "../src/kernels/native.js";
import { countOf, type CpuView } from "../src/kernels/view.js";

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

/** Row-major strides. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** Calls `visit` with every index of a shape, row-major. */
export function eachIndex(
  shape: readonly number[],
  visit: (index: readonly number[], flat: number) => void,
): void {
  const total = shape.reduce((a, b) => a * b, 1);
  const index = shape.map(() => 0);
  for (let flat = 0; flat < total; flat++) {
    visit(index, flat);
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d]!++;
      if (index[d]! < shape[d]!) break;
      index[d] = 0;
    }
  }
}

/** How a test tensor lies in memory. */
export type Layout =
  | "contiguous"
  | "offset"
  | "transposed"
  | "reversed"
  | "gapped"
  | "broadcast-first"
  | "broadcast-last";
/** All layouts. */
export const LAYOUTS: readonly Layout[] = [
  "contiguous",
  "offset",
  "transposed",
  "reversed",
  "gapped",
  "broadcast-first",
  "broadcast-last",
];

/** Runs calls that are cut for several threads one after the other, backwards. */
export class Cutting extends EagerEngine {
  cuts = 0;
  constructor(maxBytes: number) {
    super(maxBytes, { relaxedSimd: true });
  }
  override get threads(): number {
    return 4;
  }
  override parallel(calls: readonly Call[]): void {
    this.cuts += calls.length - 1;
    for (const call of calls.toReversed()) super.parallel([call]);
  }
}

/** An engine with helpers to fill and read views; as the backend does, it uses relaxed SIMD where that is there. */
export class Bench {
  readonly engine: EagerEngine;

  constructor(engine = new EagerEngine(2 ** 30, { relaxedSimd: true })) {
    this.engine = engine;
  }

  /** All elements of a block from `address`. */
  array(dtype: DType, address: number, length: number): TypedArray {
    return typedArrayView(dtype, this.engine.heap.memory.buffer, address, length);
  }

  /** An uncleared row-major tensor; filled with a bit pattern that no kernel writes. */
  empty(dtype: DType, shape: readonly number[]): CpuView {
    const count = shape.reduce((a, b) => a * b, 1);
    const bytes = count * itemSize(dtype);
    const buffer = this.engine.heap.alloc(bytes);
    this.engine.heap.u8.fill(0xa5, buffer, buffer + bytes);
    return { buffer, dtype, shape, strides: rowMajor(shape), offset: 0 };
  }

  /** A tensor with `value(flat)` at every position, in the given layout. Broadcast axes repeat their first value. */
  fill(
    dtype: DType,
    shape: readonly number[],
    value: (flat: number) => number | bigint,
    layout: Layout = "contiguous",
  ): CpuView {
    const rank = shape.length;
    const order = shape.map((_, i) => (layout === "transposed" ? i : rank - 1 - i));
    const strides = shape.map(() => 0);
    let step = 1;
    for (const axis of order) {
      const repeated =
        (layout === "broadcast-first" && axis === 0) || (layout === "broadcast-last" && axis === rank - 1);
      if (repeated) continue;
      if (layout === "gapped") step = axis === rank - 1 ? 3 : step + 5;
      strides[axis] = step;
      step *= Math.max(1, shape[axis]!);
    }
    let offset = layout === "contiguous" ? 0 : 3;
    if (layout === "reversed") {
      for (let i = 0; i < rank; i++) {
        offset += strides[i]! * Math.max(0, shape[i]! - 1);
        strides[i] = -strides[i]!;
      }
    }
    const length = step * 2 + 16 + offset;
    const buffer = this.engine.heap.alloc(length * itemSize(dtype));
    const data = this.array(dtype, buffer, length);
    const big = dtype === "int64" || dtype === "uint64";
    const view: CpuView = { buffer, dtype, shape, strides, offset };
    const seen = new Set<number>();
    eachIndex(shape, (index, flat) => {
      const at = offset + index.reduce((s, i, d) => s + i * strides[d]!, 0);
      if (seen.has(at)) return;
      seen.add(at);
      const v = value(flat);
      data[at] = big ? BigInt(v) : (v as never);
    });
    return view;
  }

  /** Elements of a view in row-major order, as they are stored (bits for 16-bit floats). */
  read(view: CpuView): TypedArray {
    const out = newTypedArray(view.dtype, countOf(view));
    const size = itemSize(view.dtype);
    const length = Math.floor((this.engine.heap.u8.length - view.buffer) / size);
    const data = this.array(view.dtype, view.buffer, length);
    eachIndex(view.shape, (index, flat) => {
      out[flat] = data[view.offset + index.reduce((s, i, d) => s + i * view.strides[d]!, 0)] as never;
    });
    return out;
  }

  /** Elements of a view in row-major order, as numbers. */
  numbers(view: CpuView): number[] {
    return Array.from(this.read(view) as ArrayLike<number | bigint>, Number);
  }
}

const BITS = new DataView(new ArrayBuffer(8));

/** Distance of float32 `got` from the exact `want`, in units of the last place of `want` rounded to float32. */
export function ulps(got: number, want: number): number {
  const rounded = Math.fround(want);
  if (Number.isNaN(want) || Number.isNaN(got)) return Number.isNaN(want) && Number.isNaN(got) ? 0 : Infinity;
  if (!Number.isFinite(rounded) || !Number.isFinite(got)) return got === rounded ? 0 : Infinity;
  BITS.setFloat32(0, Math.max(Math.abs(rounded), 2 ** -126));
  BITS.setUint32(0, BITS.getUint32(0) & 0x7f800000);
  return Math.abs(got - want) / (BITS.getFloat32(0) * 2 ** -23);
}

/** Greatest difference of two results, relative to `scale` plus the wanted size; NaN and infinities must agree. */
export function difference(got: ArrayLike<number>, want: ArrayLike<number>, scale = 1): number {
  if (got.length !== want.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < want.length; i++) {
    const [g, w] = [got[i]!, want[i]!];
    if (Object.is(g, w) || g === w) continue;
    const e = Math.abs(g - w) / (scale + Math.abs(w));
    worst = Math.max(worst, Number.isFinite(w) && Number.isFinite(g) ? e : Infinity);
  }
  return worst;
}

/** All kernels on an engine. */
export interface AllKernels {
  readonly native: NativeKernels;
  readonly composites: KernelSet["composites"];
}

/** All kernels on an engine: with all parts, every family has one. */
export function everything(engine: Engine): AllKernels {
  const { native, composites } = kernelsOf(engine, ALL_PARTS);
  const missing = KERNEL_FAMILIES.filter((family) => !native[family]);
  if (missing.length > 0) throw new Error(`no kernels for ${missing.join()}`);
  return { native: native as NativeKernels, composites };
}
