// Fused kernels of composite ops.
import type { CompositeKernel } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import type { Runner } from "../../wgsl/kernel.js";
import { activationKernels } from "./activations.js";
import { attentionKernel } from "./attention.js";
import { batchNormKernels } from "./batch-norm.js";
import { normKernels } from "./norms.js";
import { softmaxKernels } from "./softmax.js";

/** Activations, softmax, its loss, normalisations, and attention. */
export function compositeKernels(runner: Runner): Readonly<Record<string, CompositeKernel<GpuBuffer>>> {
  return {
    ...activationKernels(runner),
    ...softmaxKernels(runner),
    ...normKernels(runner),
    ...batchNormKernels(runner),
    attention: attentionKernel(runner),
  };
}
