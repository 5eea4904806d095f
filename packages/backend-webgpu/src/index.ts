// Public surface of @isoform/backend-webgpu.
export { webgpu, type WebGpuBackend, type WebGpuInfo, type WebGpuOptions } from "./backend.js";
export type { GpuBuffer } from "./device/buffers.js";
export type { StreamStats } from "./device/stream.js";
