// Matrix products and convolutions.
import type { Kernels } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import type { Runner } from "../../wgsl/kernel.js";
import { convolve } from "./conv.js";
import { runProduct } from "./matmul.js";

/** Matrix products and convolutions. */
export function contractionKernels(runner: Runner): Pick<Kernels<GpuBuffer>, "matmul" | "conv"> {
  return {
    matmul: (a, b, out) => runProduct(runner, { a, b, out }),
    conv: (x, w, out, attrs) => convolve(runner, x, w, out, attrs),
  };
}
