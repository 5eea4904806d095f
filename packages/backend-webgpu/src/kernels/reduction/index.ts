// Reductions along axes.
import { UnsupportedOpError, type Kernels } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import type { Runner } from "../../wgsl/kernel.js";

function todo(name: string): never {
  throw new UnsupportedOpError(`${name} is being written`, { code: "webgpu/todo", op: name });
}

/** Reductions along axes. */
export function reductionKernels(
  runner: Runner,
): Pick<Kernels<GpuBuffer>, "reduce" | "argReduce" | "cumulative"> {
  void runner;
  return {
    reduce: () => todo("reduce"),
    argReduce: () => todo("argReduce"),
    cumulative: () => todo("cumulative"),
  };
}
