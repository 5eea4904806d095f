// All kernel families of the backend, on a runner.
import type { CompositeKernel, Kernels } from "@isoform/core";
import type { GpuBuffer } from "../device/buffers.js";
import type { Runner } from "../wgsl/kernel.js";
import { compositeKernels } from "./composites/index.js";
import { contractionKernels } from "./contraction/index.js";
import { indexingKernels } from "./indexing/index.js";
import { pointwiseKernels } from "./pointwise.js";
import { reductionKernels } from "./reduction/index.js";
import { windowKernels } from "./window/index.js";

/** The 19 families. */
export function kernelsOn(runner: Runner): Kernels<GpuBuffer> {
  return {
    ...pointwiseKernels(runner),
    ...reductionKernels(runner),
    ...contractionKernels(runner),
    ...windowKernels(runner),
    ...indexingKernels(runner),
  };
}

/** Fused kernels of composite ops. */
export function compositesOn(runner: Runner): Readonly<Record<string, CompositeKernel<GpuBuffer>>> {
  return compositeKernels(runner);
}
