// What a call does that has no native kernel.
import {
  KERNEL_FAMILIES,
  UnsupportedOpError,
  type DType,
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
  count: (family: KernelFamily, dtype: DType) => void,
): Kernels<Address> {
  return tableOf((family) => {
    const own: ((...args: never) => boolean) | undefined = native[family];
    return (...args) => {
      if (own?.(...(args as never))) return;
      count(family, dtypeOf(args));
      Reflect.apply(other[family], other, args);
    };
  });
}

type Kernel = (...args: readonly unknown[]) => void;
/** A kernel for every family. */
function tableOf(kernel: (family: KernelFamily) => Kernel): Kernels<Address> {
  const table: object = Object.fromEntries(KERNEL_FAMILIES.map((family) => [family, kernel(family)]));
  return table as Kernels<Address>;
}

/** Of the first view among the arguments of a kernel. */
function dtypeOf(args: readonly unknown[]): DType {
  return args.find((a): a is CpuView => typeof a === "object")!.dtype;
}

/** Kernels of a backend without `fallback`: each says which part would have it. */
export function withoutFallback(parts: readonly CpuPart[]): Kernels<Address> {
  return tableOf((family) => (...args) => {
    const own = FAMILY_PARTS[family];
    const part = own !== undefined && parts.every((p) => p.name !== own) ? own : "fallback";
    throw new UnsupportedOpError(`no kernel for ${family} of ${dtypeOf(args)}`, {
      code: "backend/part-missing",
      op: family,
      backend: "cpu",
      hint: `pass \`${part}\` to cpuOf, or use cpu()`,
    });
  });
}
