// What a call does that has no native kernel.
import {
  KERNEL_FAMILIES,
  UnsupportedOpError,
  type BufferView,
  type KernelFamily,
  type Kernels,
} from "@isoform/core";
import type { NativeKernels } from "./kernels/native.js";
import type { Address, CpuView } from "./kernels/view.js";
import type { CpuPart } from "./parts.js";

/** Names of the parts with the native kernels of families that not every backend has. */
const FAMILY_PARTS: Partial<Record<KernelFamily, string>> = {
  conv: "convolution",
  reduceWindow: "pooling",
  selectAndScatter: "pooling",
  sort: "sorting",
};

/**
 * Tries the native kernel first; a refused call is counted by the dtype of its first view and done by
 * `other`.
 */
export function withFallback(
  native: Partial<NativeKernels>,
  other: Kernels<Address>,
  count: (family: KernelFamily, view: BufferView<Address>) => void,
): Kernels<Address> {
  return {
    unary: (fn, x, out) => {
      if (native.unary?.(fn, x, out)) return;
      count("unary", x);
      other.unary(fn, x, out);
    },
    binary: (fn, a, b, out) => {
      if (native.binary?.(fn, a, b, out)) return;
      count("binary", a);
      other.binary(fn, a, b, out);
    },
    compare: (fn, a, b, out) => {
      if (native.compare?.(fn, a, b, out)) return;
      count("compare", a);
      other.compare(fn, a, b, out);
    },
    where: (cond, a, b, out) => {
      if (native.where?.(cond, a, b, out)) return;
      count("where", a);
      other.where(cond, a, b, out);
    },
    cast: (x, out) => {
      if (native.cast?.(x, out)) return;
      count("cast", x);
      other.cast(x, out);
    },
    fill: (out, value) => {
      if (native.fill?.(out, value)) return;
      count("fill", out);
      other.fill(out, value);
    },
    iota: (out, axis) => {
      if (native.iota?.(out, axis)) return;
      count("iota", out);
      other.iota(out, axis);
    },
    randomBits: (key, out) => {
      if (native.randomBits?.(key, out)) return;
      count("randomBits", out);
      other.randomBits(key, out);
    },
    reduce: (kind, x, out, axes) => {
      if (native.reduce?.(kind, x, out, axes)) return;
      count("reduce", x);
      other.reduce(kind, x, out, axes);
    },
    argReduce: (kind, x, out, axis) => {
      if (native.argReduce?.(kind, x, out, axis)) return;
      count("argReduce", x);
      other.argReduce(kind, x, out, axis);
    },
    cumulative: (kind, x, out, attrs) => {
      if (native.cumulative?.(kind, x, out, attrs)) return;
      count("cumulative", x);
      other.cumulative(kind, x, out, attrs);
    },
    copy: (x, out) => {
      if (native.copy?.(x, out)) return;
      count("copy", x);
      other.copy(x, out);
    },
    matmul: (a, b, out) => {
      if (native.matmul?.(a, b, out)) return;
      count("matmul", a);
      other.matmul(a, b, out);
    },
    conv: (x, w, out, attrs) => {
      if (native.conv?.(x, w, out, attrs)) return;
      count("conv", x);
      other.conv(x, w, out, attrs);
    },
    reduceWindow: (kind, x, out, attrs) => {
      if (native.reduceWindow?.(kind, x, out, attrs)) return;
      count("reduceWindow", x);
      other.reduceWindow(kind, x, out, attrs);
    },
    selectAndScatter: (kind, x, source, out, attrs) => {
      if (native.selectAndScatter?.(kind, x, source, out, attrs)) return;
      count("selectAndScatter", x);
      other.selectAndScatter(kind, x, source, out, attrs);
    },
    gather: (x, indices, out, axis) => {
      if (native.gather?.(x, indices, out, axis)) return;
      count("gather", x);
      other.gather(x, indices, out, axis);
    },
    scatter: (mode, x, indices, updates, out, axis) => {
      if (native.scatter?.(mode, x, indices, updates, out, axis)) return;
      count("scatter", x);
      other.scatter(mode, x, indices, updates, out, axis);
    },
    sort: (x, values, indices, attrs) => {
      if (native.sort?.(x, values, indices, attrs)) return;
      count("sort", x);
      other.sort(x, values, indices, attrs);
    },
  };
}

/** Kernels of a backend without `fallback`: each says which part would have it. */
export function withoutFallback(parts: readonly CpuPart[]): Kernels<Address> {
  const refuse =
    (family: KernelFamily) =>
    (...args: readonly unknown[]): never => {
      const dtype = args.find((a): a is CpuView => typeof a === "object")!.dtype;
      const own = FAMILY_PARTS[family];
      const part = own !== undefined && parts.every((p) => p.name !== own) ? own : "fallback";
      throw new UnsupportedOpError(`this backend was made without a kernel for ${family} of ${dtype}`, {
        code: "backend/part-missing",
        op: family,
        backend: "cpu",
        hint: `add \`${part}\` to the parts given to cpuOf, or use cpu()`,
      });
    };
  const table: object = Object.fromEntries(KERNEL_FAMILIES.map((f) => [f, refuse(f)]));
  return table as Kernels<Address>;
}
