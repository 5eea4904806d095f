// Views of device memory, and the arithmetic that finds their elements.
import { rowMajor, sizeOf, type BufferView, type DType } from "@isoform/core";
import type { GpuBuffer } from "../device/buffers.js";
import type { Code, Operand } from "../wgsl/kernel.js";

/** A view of a buffer of this backend. */
export type GpuView = BufferView<GpuBuffer>;

/** A view as an operand that is read. */
export function reads(view: GpuView): Operand {
  return { buffer: view.buffer, dtype: view.dtype, access: "read" };
}

/** A view as an operand whose elements are all written. */
export function writes(view: GpuView): Operand {
  return { buffer: view.buffer, dtype: view.dtype, access: "write" };
}

/** Common axes of several views of one shape: those that can be walked as one are joined, those of size 1 left out. */
export interface Axes {
  readonly shape: readonly number[];
  /** Of every view. */
  readonly strides: readonly (readonly number[])[];
}

/** Joins axes that lie row-major in all views. */
export function commonAxes(
  shape: readonly number[],
  views: readonly { readonly strides: readonly number[] }[],
): Axes {
  const sizes: number[] = [];
  const strides: number[][] = views.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    const n = shape[axis]!;
    if (n === 1) continue;
    const last = sizes.length - 1;
    const joins = last >= 0 && views.every((v, i) => strides[i]![last] === v.strides[axis]! * n);
    if (joins) {
      sizes[last]! *= n;
      views.forEach((v, i) => (strides[i]![last] = v.strides[axis]!));
    } else {
      sizes.push(n);
      views.forEach((v, i) => strides[i]!.push(v.strides[axis]!));
    }
  }
  return { shape: sizes, strides };
}

/** Ranks that shaders are made for; axes of size 1 fill up. */
const RANKS = [1, 2, 3, 4, 6, 8];

/**
 * Parameters and code that find the elements of several views of one shape from a row-major index. Parameters are the
 * sizes of all axes but the first, then offset and strides of every view.
 */
export class Addressing {
  readonly rank: number;
  readonly params: readonly number[];
  /** Whether view `i` is the plain row-major one, so that its elements are at offset + index. */
  private readonly plain: readonly boolean[];

  constructor(shape: readonly number[], views: readonly GpuView[]) {
    const axes = commonAxes(shape, views);
    const found = axes.shape.length;
    this.rank = RANKS.find((r) => r >= found) ?? found;
    const missing = this.rank - found;
    const sizes = [...Array.from({ length: missing }, () => 1), ...axes.shape];
    const strides = axes.strides.map((s) => [...Array.from({ length: missing }, () => 0), ...s]);
    this.plain = strides.map((s) => this.rank === 1 && (s[0] === 1 || sizeOf(shape) <= 1));
    this.params = [...sizes.slice(1), ...views.flatMap((v, i) => [v.offset, ...strides[i]!])];
  }

  /** What the code depends on. */
  get key(): string {
    return `${this.rank}${this.plain.map((p) => (p ? "p" : "s")).join("")}`;
  }

  /** Statements that define `at0`, `at1`, …: where element `index` of each view is. Parameters begin at `first`. */
  code(c: Code, first: number, index: string): string {
    const { rank, plain } = this;
    const of = (view: number, k: number): string => c.param(first + rank - 1 + view * (rank + 1) + k);
    if (rank === 1) {
      return plain
        .map(
          (p, v) => `let at${v} = ${p ? `${index} + ${of(v, 0)}` : `${of(v, 0)} + ${index} * ${of(v, 1)}`};`,
        )
        .join("\n");
    }
    const lines = [`var rest = ${index};`];
    for (let axis = rank - 1; axis > 0; axis--) {
      const size = c.param(first + axis - 1);
      lines.push(`let i${axis} = rest % ${size}; rest = rest / ${size};`);
    }
    plain.forEach((_, v) => {
      const terms = Array.from({ length: rank - 1 }, (_, a) => ` + i${a + 1} * ${of(v, a + 2)}`).join("");
      lines.push(`let at${v} = ${of(v, 0)} + rest * ${of(v, 1)}${terms};`);
    });
    return lines.join("\n");
  }
}

/** A row-major view from the start of a buffer. */
export function denseView(buffer: GpuBuffer, dtype: DType, shape: readonly number[]): GpuView {
  return { buffer, dtype, shape, strides: rowMajor(shape), offset: 0 };
}

/** Addressing of some axes of views of one shape, from the views' offsets or from 0. */
export function alongAxes(
  views: readonly GpuView[],
  axes: readonly number[],
  fromOffset: boolean,
): Addressing {
  // Axes without elements are never walked, but nothing may be divided by their size.
  const shape = axes.map((a) => Math.max(1, views[0]!.shape[a]!));
  return new Addressing(
    shape,
    views.map((v) => ({
      ...v,
      shape,
      strides: axes.map((a) => v.strides[a]!),
      offset: fromOffset ? v.offset : 0,
    })),
  );
}
