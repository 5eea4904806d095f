// Views of the CPU backend: the buffer handle is the address in linear memory.
import { itemSize, type BufferView } from "@isoform/core";

/** Address of a block in linear memory. */
export type Address = number;
/** A strided view whose buffer is an address. */
export type CpuView = BufferView<Address>;

/** Address of the view's first element. */
export function addressOf(view: CpuView): Address {
  return view.buffer + view.offset * itemSize(view.dtype);
}

/** Number of elements. */
export function countOf(view: CpuView): number {
  let n = 1;
  for (const size of view.shape) n *= size;
  return n;
}
