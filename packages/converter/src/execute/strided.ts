// Rearrangements of host tensors as strided reads.
import { rowMajor, sizeOf, type View } from "@isoform/core";
import { checkHostSize, HostTensor, type Scalar } from "./host.js";

/** The row-major view of a host tensor. */
export function hostView(x: HostTensor): View {
  return { shape: x.shape, strides: rowMajor(x.shape), offset: 0 };
}

/** The elements of `x` that a view over it names. */
export function readView(x: HostTensor, view: View): HostTensor {
  const { shape, strides } = view;
  checkHostSize(sizeOf(shape), "view");
  const values = new Array<Scalar>(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  let at = view.offset;
  for (let i = 0; i < values.length; i++) {
    values[i] = x.values[at]!;
    for (let d = shape.length - 1; d >= 0; d--) {
      at += strides[d]!;
      if (++index[d]! < shape[d]!) break;
      at -= strides[d]! * shape[d]!;
      index[d] = 0;
    }
  }
  return new HostTensor(x.dtype, shape, values);
}

/** Joins host tensors along an axis. */
export function concatHost(parts: readonly HostTensor[], axis: number): HostTensor {
  const first = parts[0]!;
  const a = axis < 0 ? axis + first.shape.length : axis;
  const inner = first.shape.slice(a + 1).reduce((p, n) => p * n, 1);
  const outer = first.shape.slice(0, a).reduce((p, n) => p * n, 1);
  const total = parts.reduce((sum, p) => sum + p.shape[a]!, 0);
  checkHostSize(outer * total * inner, "Concat");
  const values: Scalar[] = [];
  for (let o = 0; o < outer; o++) {
    for (const part of parts) {
      const n = part.shape[a]! * inner;
      for (let i = 0; i < n; i++) values.push(part.values[o * n + i]!);
    }
  }
  return new HostTensor(
    first.dtype,
    first.shape.map((n, i) => (i === a ? total : n)),
    values,
  );
}
