// Public surface of @isoform/backend-reference.
export { reference, type ReferenceBuffer, type ReferenceOptions } from "./reference.js";
export { computingKernels, referenceKernels, type ComputingKernels } from "./kernels/index.js";
export type { Place, Resolve } from "./elements.js";
