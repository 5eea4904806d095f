// Layouts: ways for one array to lie in memory as a view. Kernels must not care.
import {
  broadcastTo,
  elementReader,
  elementWriter,
  flip,
  fromTypedArray,
  newTypedArray,
  reshape,
  scope,
  slice,
  transpose,
  type Tensor,
} from "@isoform/core";
import { countOf, type NDArray, type Value } from "../oracle/ndarray.js";
import * as oracle from "../oracle/movement.js";

/** Ways to lie in memory. `repeated` needs equal entries along the first axis. */
export type Layout = "dense" | "transposed" | "flipped" | "stepped" | "offset" | "repeated";

/** A tensor of an array, row-major from offset 0. */
export function upload(x: NDArray): Tensor {
  const data = newTypedArray(x.dtype, x.data.length);
  const write = elementWriter(x.dtype);
  x.data.forEach((v, i) => write(data, i, v));
  return fromTypedArray(data, { dtype: x.dtype, shape: x.shape });
}

/** Reads a tensor back; waits where the device only reads asynchronously. */
export async function download(t: Tensor): Promise<NDArray> {
  const data = await t.data();
  const read = elementReader(t.dtype);
  const values = Array.from({ length: data.length }, (_, i): Value => {
    const v = read(data, i);
    return typeof v === "boolean" ? Number(v) : v;
  });
  return { shape: t.shape, dtype: t.dtype, data: values };
}

/** A tensor of an array that lies in memory as asked. */
export function place(x: NDArray, layout: Layout): Tensor {
  return scope(() => {
    const axes = x.shape.map((_, i) => i);
    switch (layout) {
      case "dense":
        return upload(x);
      case "transposed": {
        const back = axes.toReversed();
        return transpose(upload(oracle.transpose(x, back)), back);
      }
      case "flipped":
        return flip(upload(oracle.flip(x, axes)), axes);
      case "stepped":
        return stepped(x);
      case "offset": {
        const size = countOf(x.shape);
        const junk = x.data.length > 0 ? x.data[0]! : oracle.constant(x.dtype, 1);
        const longer = { shape: [size + 5], dtype: x.dtype, data: [junk, junk, junk, ...x.data, junk, junk] };
        return reshape(slice(upload(longer), [3], [3 + size]), x.shape);
      }
      case "repeated": {
        const one = oracle.slice(x, {
          starts: axes.map(() => 0),
          ends: x.shape.map((n, i) => (i === 0 ? 1 : n)),
          steps: axes.map(() => 1),
        });
        return broadcastTo(upload(one), x.shape);
      }
    }
  });
}

/** Every second element of a row twice as long, with other values between. */
function stepped(x: NDArray): Tensor {
  const last = x.shape.length - 1;
  if (last < 0)
    return reshape(
      slice(upload({ ...x, shape: [3], data: [x.data[0]!, x.data[0]!, x.data[0]!] }), [1], [2]),
      [],
    );
  const n = x.shape[last]!;
  const spaced = oracle.pad(x, {
    low: x.shape.map((_, i) => (i === last ? 1 : 0)),
    high: x.shape.map((_, i) => (i === last ? 2 : 0)),
    interior: x.shape.map((_, i) => (i === last ? 1 : 0)),
    value: 1,
  });
  const starts = x.shape.map((_, i) => (i === last ? 1 : 0));
  const ends = x.shape.map((m, i) => (i === last ? 1 + 2 * n - (n > 0 ? 1 : 0) : m));
  return slice(
    upload(spaced),
    starts,
    ends,
    x.shape.map((_, i) => (i === last ? 2 : 1)),
  );
}
