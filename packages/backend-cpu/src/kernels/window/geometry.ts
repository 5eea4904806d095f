// Windows over the spatial axes of an image: extents, the padded copy they may need, and tables of byte offsets.
// Shared by convolution and pooling.
import { rowMajor, sizeOf } from "@isoform/core";
import type { Scratch } from "../../engine.js";
import type { CopyKernel } from "../copy/copy.js";
import type { FillKernel } from "../source/fill.js";
import type { CpuView } from "../view.js";

/** How windows lie over an image, per spatial axis. */
export interface Windows {
  readonly window: readonly number[];
  readonly output: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  /** Steps between window elements. */
  readonly dilation: readonly number[];
  /** Steps between image elements. */
  readonly inputDilation: readonly number[];
}

/** Positions from the first to the last one that any window touches, per axis. */
export function extents(w: Windows): number[] {
  return w.window.map((k, d) => (w.output[d]! - 1) * w.strides[d]! + (k - 1) * w.dilation[d]! + 1);
}

/** True when all windows lie inside the image as it is stored. */
export function fitsInside(w: Windows, image: readonly number[]): boolean {
  const extent = extents(w);
  return image.every((size, d) => {
    const low = w.padding[d]![0];
    return w.inputDilation[d] === 1 && low <= 0 && extent[d]! - low <= size;
  });
}

/** Σ index·strides for every index of `shape`, row-major. */
export function offsetTable(shape: readonly number[], strides: readonly number[]): Int32Array<ArrayBuffer> {
  let table = new Int32Array([0]);
  shape.forEach((size, d) => {
    const step = strides[d]!;
    const next = new Int32Array(table.length * size);
    let at = 0;
    for (const base of table) for (let i = 0; i < size; i++) next[at++] = base + i * step;
    table = next;
  });
  return table;
}

/** A padded copy whose trailing axes the windows walk without leaving it. */
export interface Image {
  readonly view: CpuView;
  /** Copies the next image's elements in; the border stays. */
  load(x: CpuView): void;
}

/** The view shifted so that a window position 0 is its first element; `fitsInside` must hold. */
export function cropped(x: CpuView, w: Windows): CpuView {
  const lead = x.shape.length - w.window.length;
  let { offset } = x;
  w.padding.forEach(([low], d) => (offset -= low * x.strides[lead + d]!));
  return { ...x, offset, shape: [...x.shape.slice(0, lead), ...extents(w)] };
}

/** A padded and dilated copy of images of shape `shape`, `border` around and between the elements. */
export function paddedImage(
  scratch: Scratch,
  kernels: { readonly copy: CopyKernel; readonly fill: FillKernel },
  shape: readonly number[],
  w: Windows,
  border: number,
): Image {
  const lead = shape.length - w.window.length;
  const padded = [...shape.slice(0, lead), ...extents(w)];
  const count = sizeOf(padded);
  const buffer = scratch.take(count * 4);
  const strides = rowMajor(padded);
  const view: CpuView = { buffer, dtype: "float32", shape: padded, strides, offset: 0 };
  kernels.fill.run(view, border);
  return {
    view,
    load: (x) => {
      const from = { ...x, shape: [...x.shape], strides: [...x.strides] };
      const to = { ...view, shape: [...padded], strides: [...strides] };
      w.window.forEach((_, d) => {
        const axis = lead + d;
        const step = w.inputDilation[d]!;
        const low = w.padding[d]![0];
        const first = Math.max(0, Math.ceil(-low / step));
        const last = Math.min(x.shape[axis]! - 1, Math.floor((padded[axis]! - 1 - low) / step));
        const size = Math.max(0, last - first + 1);
        from.offset += first * x.strides[axis]!;
        to.offset += (first * step + low) * strides[axis]!;
        from.shape[axis] = size;
        to.shape[axis] = size;
        to.strides[axis] = strides[axis]! * step;
      });
      kernels.copy.run(from, to);
    },
  };
}
