// Views of the CPU backend: the buffer handle is the address in linear memory.
import { itemSize, sizeOf, type BufferView } from "@isoform/core";

/** Address of a block in linear memory. */
export type Address = number;
/** A strided view whose buffer is an address. */
export type CpuView = BufferView<Address>;

/** Whether elements are float32. */
export function isF32(view: CpuView): boolean {
  return view.dtype === "float32";
}

/** Whether elements are 32-bit integers, signed or not. */
export function isInteger32(view: CpuView): boolean {
  return view.dtype === "int32" || view.dtype === "uint32";
}

/** Address of the view's first element. */
export function addressOf(view: CpuView): Address {
  return view.buffer + view.offset * itemSize(view.dtype);
}

/** Number of elements. */
export function countOf(view: CpuView): number {
  return sizeOf(view.shape);
}

/** Number of elements of a row-major view, or -1 when it has gaps or another order. */
export function denseCount(view: CpuView): number {
  const { shape, strides } = view;
  let n = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i]!;
    if (size !== 1 && strides[i] !== n) return size === 0 ? 0 : -1;
    n *= size;
  }
  return n;
}
