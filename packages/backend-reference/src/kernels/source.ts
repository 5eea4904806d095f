// fill, randomBits, copy: kernels that make or move elements as they are stored.
import {
  elementWriter,
  itemSize,
  newTypedArray,
  Philox4x32,
  sizeOf,
  storedValue,
  type DType,
  type Kernels,
  type TypedArray,
} from "@isoform/core";
import { copyWords, type Access, type Words } from "../elements.js";

/** One element of a dtype, from a value converted as `cast` does. */
function element(dtype: DType, value: number | bigint): TypedArray {
  const out = newTypedArray(dtype, 1);
  elementWriter(dtype)(out, 0, storedValue(dtype, value));
  return out;
}

/** `words` of one element, repeated to the shape of another view. */
function repeated(dtype: DType, value: number | bigint, like: Words): Words {
  const { buffer } = element(dtype, value);
  const pair = itemSize(dtype) === 8;
  return {
    data:
      like.data instanceof Uint8Array
        ? new Uint8Array(buffer)
        : like.data instanceof Uint16Array
          ? new Uint16Array(buffer)
          : new Uint32Array(buffer),
    shape: like.shape,
    strides: like.shape.map((_, i) => (pair && i === like.shape.length - 1 ? 1 : 0)),
    offset: 0,
  };
}

/** Kernels that make or move elements. */
export function sourceKernels<B>(access: Access<B>): Pick<Kernels<B>, "fill" | "randomBits" | "copy"> {
  return {
    fill(out, value) {
      if (sizeOf(out.shape) === 0) return;
      const to = access.words(out);
      copyWords(repeated(out.dtype, value, to), to);
    },

    randomBits(key, out) {
      const [k0, k1, c0, c1] = access.numbers(key);
      const data = access.dense(out);
      Philox4x32.fill([k0!, k1!], [c0!, c1!, 0, 0], data as Uint32Array);
    },

    copy(x, out) {
      if (sizeOf(x.shape) > 0) copyWords(access.words(x), access.words(out));
    },
  };
}
