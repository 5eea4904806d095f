// The 19 kernel families. Each stub says what to read and what to run; take its signature from the comment above it.
// What every kernel may assume: shapes and dtypes fit, views have any strides and offset, `out` is fresh and row-major.
import type { Kernels } from "@isoform/core";
import type { Block } from "./memory.js";
import { notWritten } from "./not-written.js";

/** Kernels over blocks of memory. */
export const kernels: Kernels<Block> = {
  /** `unary(fn, x, out)` `out[i] = fn(x[i])`: 18 functions of one argument. */
  unary() {
    throw notWritten("unary", "L1/neg/");
  },
  /** `binary(fn, a, b, out)` `out[i] = fn(a[i], b[i])`: 13 functions of two arguments. */
  binary() {
    throw notWritten("binary", "L1/add/");
  },
  /** `compare(fn, a, b, out)` `out[i] = fn(a[i], b[i])` as bool. */
  compare() {
    throw notWritten("compare", "L1/eq/");
  },
  /** `where(cond, a, b, out)` `out[i] = cond[i] ? a[i] : b[i]`. */
  where() {
    throw notWritten("where", "L1/where/");
  },
  /** `cast(x, out)` x as elements of `out.dtype`. */
  cast() {
    throw notWritten("cast", "L1/cast/");
  },
  /** `fill(out, value)` Every element of `out`, which may be a strided part of a buffer, is `value`. */
  fill() {
    throw notWritten("fill", "L1/full/");
  },
  /** `iota(out, axis)` The index along `axis`. */
  iota() {
    throw notWritten("iota", "L1/iota/");
  },
  /** `randomBits(key, out)` Philox4x32-10 words. */
  randomBits() {
    throw notWritten("randomBits", "L1/randomBits/");
  },
  /** `reduce(kind, x, out, axes)` Sum, product, maximum or minimum over `axes`. */
  reduce() {
    throw notWritten("reduce", "L1/reduce/");
  },
  /** `argReduce(kind, x, out, axis)` First index of the maximum or minimum along `axis`. */
  argReduce() {
    throw notWritten("argReduce", "L1/argReduce/");
  },
  /** `cumulative(kind, x, out, attrs)` Running reduction along an axis. */
  cumulative() {
    throw notWritten("cumulative", "L1/cumulative/");
  },
  /** `copy(x, out)` Copies between two strided views. */
  copy() {
    throw notWritten("copy", "L1/pad/");
  },
  /** `matmul(a, b, out)` `[...batch, m, k] x [...batch, k, n] -> [...batch, m, n]`. */
  matmul() {
    throw notWritten("matmul", "L1/matmul/");
  },
  /** `conv(x, w, out, attrs)` N-dimensional cross-correlation. */
  conv() {
    throw notWritten("conv", "L1/conv/");
  },
  /** `reduceWindow(kind, x, out, attrs)` Pooling: reduces every window. */
  reduceWindow() {
    throw notWritten("reduceWindow", "L1/reduceWindow/");
  },
  /** `selectAndScatter(kind, x, source, out, attrs)` The gradient of max pooling. */
  selectAndScatter() {
    throw notWritten("selectAndScatter", "L1/selectAndScatter/");
  },
  /** `gather(x, indices, out, axis)` `out[..., j..., ...] = x[..., indices[j...], ...]`. */
  gather() {
    throw notWritten("gather", "L1/gather/");
  },
  /** `scatter(mode, x, indices, updates, out, axis)` x with `updates` combined in at `indices`. */
  scatter() {
    throw notWritten("scatter", "L1/scatter/");
  },
  /** `sort(x, values, indices, attrs)` Stable sort along an axis; NaN is greater than everything. */
  sort() {
    throw notWritten("sort", "L1/sort/");
  },
};
