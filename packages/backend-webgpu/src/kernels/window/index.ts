// Sliding windows.
import { UnsupportedOpError, type Kernels } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import type { Runner } from "../../wgsl/kernel.js";

function todo(name: string): never {
  throw new UnsupportedOpError(`${name} is being written`, { code: "webgpu/todo", op: name });
}

/** Sliding windows. */
export function windowKernels(runner: Runner): Pick<Kernels<GpuBuffer>, "reduceWindow" | "selectAndScatter"> {
  void runner;
  return {
    reduceWindow: () => todo("reduceWindow"),
    selectAndScatter: () => todo("selectAndScatter"),
  };
}
