// Public surface of @isoform/backend-cpu.
export { cpu, cpuUnavailableReason } from "./backend.js";
export type { CpuBackend, CpuBuffer, CpuOptions } from "./backend.js";
export type { AllocatorStats } from "./memory/allocator.js";
