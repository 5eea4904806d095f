// Matrix products and convolutions.
import { UnsupportedOpError, type Kernels } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import type { Runner } from "../../wgsl/kernel.js";

function todo(name: string): never {
  throw new UnsupportedOpError(`${name} is being written`, { code: "webgpu/todo", op: name });
}

/** Matrix products and convolutions. */
export function contractionKernels(runner: Runner): Pick<Kernels<GpuBuffer>, "matmul" | "conv"> {
  void runner;
  return {
    matmul: () => todo("matmul"),
    conv: () => todo("conv"),
  };
}
