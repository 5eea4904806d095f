// The minimal backend with six faults that beginners make, each in one kernel or in memory.
import { rowMajor, sizeOf, type Backend, type BufferView, type Kernels } from "@isoform/core";
import { minimal, type Handle } from "../src/index.js";

type View = BufferView<Handle>;

/** The backend, wrong in six ways. */
export function broken(): Backend<Handle> {
  const good = minimal();
  const k = good.kernels;
  /** A new view like another, or of another dtype. */
  const scratch = (like: View, dtype = like.dtype): View => ({
    buffer: good.alloc(sizeOf(like.shape) * 8),
    dtype,
    shape: like.shape,
    strides: rowMajor(like.shape),
    offset: 0,
  });
  const free = (...views: readonly View[]): void => {
    for (const v of views) good.free(v.buffer, sizeOf(v.shape) * 8);
  };
  const faulty: Partial<Kernels<Handle>> = {
    // 1. A maximum by comparison: a NaN in b is never less than anything.
    binary(fn, a, b, out) {
      if (fn !== "max") return k.binary(fn, a, b, out);
      const less = scratch(a, "bool");
      k.compare("lt", a, b, less);
      k.where(less, b, a, out);
      free(less);
    },
    // 2. Permuted strides are taken for row-major ones.
    unary(fn, x, out) {
      const reach = x.shape.reduce((s, n, i) => s + (n - 1) * x.strides[i]!, 1);
      const permuted = x.strides.every((s) => s > 0) && reach === sizeOf(x.shape);
      k.unary(fn, permuted ? { ...x, strides: rowMajor(x.shape) } : x, out);
    },
    // 3. Updates of one place overwrite each other instead of adding up.
    scatter(mode, x, indices, updates, out, axis) {
      if (mode !== "add") return k.scatter(mode, x, indices, updates, out, axis);
      const [zeros, last] = [scratch(x), scratch(x)];
      k.fill(zeros, 0);
      k.scatter("set", zeros, indices, updates, last, axis);
      k.binary("add", x, last, out);
      free(zeros, last);
    },
    // 4. Windows begin one element late.
    reduceWindow(kind, x, out, attrs) {
      const padding = attrs.padding.map(([low, high]): [number, number] =>
        low > 0 ? [low - 1, high + 1] : [low, high],
      );
      k.reduceWindow(kind, x, out, { ...attrs, padding });
    },
    // 5. Of equal values, the last one is found.
    argReduce(kind, x, out, axis) {
      const n = x.shape[axis]!;
      const [found, last] = [scratch(out), scratch(out)];
      const strides = x.strides.with(axis, -x.strides[axis]!);
      k.argReduce(kind, { ...x, strides, offset: x.offset + (n - 1) * x.strides[axis]! }, found, axis);
      k.fill(last, n - 1);
      k.binary("sub", last, found, out);
      free(found, last);
    },
  };
  // 6. Memory is never given back.
  return { ...good, name: "broken", kernels: { ...k, ...faulty }, free: () => {} };
}
