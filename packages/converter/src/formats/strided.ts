// Bytes of tensors in memory: strided views to contiguous, and byte order. No checks of bounds: callers have done them.
import { rawBits, type RawDType } from "./raw-tensor.js";

/** The strides of a row-major contiguous tensor, in elements. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= Math.max(1, shape[axis] ?? 1);
  }
  return strides;
}

/** True when elements lie one behind the other in row-major order; axes of length 1 may have any stride. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  const plain = contiguousStrides(shape);
  return shape.every((dim, axis) => dim === 1 || strides[axis] === plain[axis]);
}

/**
 * Last element reached by a strided view, plus one; 0 for an empty one. In elements, exact for any input.
 */
export function stridedExtent(shape: readonly number[], strides: readonly number[], offset: number): bigint {
  if (shape.includes(0)) return 0n;
  let last = BigInt(offset);
  shape.forEach((dim, axis) => {
    last += BigInt(dim - 1) * BigInt(strides[axis] ?? 0);
  });
  return last + 1n;
}

/** A contiguous copy (or view, when it is one already) of a strided view of `data`; strides count elements. */
export function toContiguous(
  data: Uint8Array,
  itemBytes: number,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): Uint8Array {
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (isContiguous(shape, strides)) return data.subarray(offset * itemBytes, (offset + count) * itemBytes);
  const out = new Uint8Array(count * itemBytes);
  const inner = shape.length - 1;
  const innerLength = shape[inner] ?? 1;
  const innerStep = (strides[inner] ?? 0) * itemBytes;
  const index = shape.slice(1).map(() => 0);
  let at = offset * itemBytes;
  for (let to = 0; to < out.byteLength;) {
    if (innerStep === itemBytes) {
      out.set(data.subarray(at, at + innerLength * itemBytes), to);
      to += innerLength * itemBytes;
    } else {
      for (let i = 0, from = at; i < innerLength; i++, from += innerStep) {
        for (let byte = 0; byte < itemBytes; byte++) out[to++] = data[from + byte] ?? 0;
      }
    }
    for (let axis = inner - 1; axis >= 0; axis--) {
      const step = (strides[axis] ?? 0) * itemBytes;
      const next = (index[axis] ?? 0) + 1;
      if (next < (shape[axis] ?? 1)) {
        index[axis] = next;
        at += step;
        break;
      }
      at -= step * (next - 1);
      index[axis] = 0;
    }
  }
  return out;
}

/** A copy with the bytes of every number reversed; complex numbers are two numbers. */
export function swapBytes(data: Uint8Array, dtype: RawDType): Uint8Array {
  const bits = rawBits(dtype);
  const size = dtype.startsWith("complex") ? bits / 16 : bits / 8;
  if (size <= 1) return data;
  const out = new Uint8Array(data.byteLength);
  for (let start = 0; start + size <= data.byteLength; start += size) {
    for (let byte = 0; byte < size; byte++) out[start + byte] = data[start + size - 1 - byte] ?? 0;
  }
  return out;
}
