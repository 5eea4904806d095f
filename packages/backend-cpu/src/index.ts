// Public surface of @isoform/backend-cpu.
export { cpu, cpuOf, cpuUnavailableReason } from "./backend.js";
export type { CpuBackend, CpuBuffer, CpuOptions } from "./backend.js";
export {
  attention,
  batchNormalization,
  convolution,
  fallback,
  pooling,
  recurrence,
  sorting,
  workers,
} from "./parts.js";
export type { CpuPart } from "./parts.js";
export type { AllocatorStats } from "./memory/allocator.js";
