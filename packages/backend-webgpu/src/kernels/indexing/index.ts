// Gather, scatter, sort and random words.
import { UnsupportedOpError, type Kernels } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import type { Runner } from "../../wgsl/kernel.js";

function todo(name: string): never {
  throw new UnsupportedOpError(`${name} is being written`, { code: "webgpu/todo", op: name });
}

/** Gather, scatter, sort and random words. */
export function indexingKernels(
  runner: Runner,
): Pick<Kernels<GpuBuffer>, "gather" | "scatter" | "sort" | "randomBits"> {
  void runner;
  return {
    gather: () => todo("gather"),
    scatter: () => todo("scatter"),
    sort: () => todo("sort"),
    randomBits: () => todo("randomBits"),
  };
}
