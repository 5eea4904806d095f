// Finding a GPU: the browser's `navigator.gpu`, or in Node the `webgpu` package (Dawn).
import { UnsupportedOpError } from "@isoform/core";

/** Where adapters come from; browsers have it as `navigator.gpu`. */
export interface GpuProvider {
  readonly gpu: GPU;
  /** What must stay reachable as long as a device lives; Dawn in Node crashes otherwise. */
  readonly keep: unknown;
}

interface DawnModule {
  create(options: string[]): GPU;
  readonly globals: Record<string, unknown>;
}

/** The package is optional; a literal would make bundlers look for it. */
const DAWN = "webgpu";

/**
 * The browser's WebGPU or that of the `webgpu` package.
 * @throws {UnsupportedOpError} when there is neither
 */
export async function findProvider(): Promise<GpuProvider> {
  const gpu = typeof navigator === "undefined" ? undefined : (navigator as { gpu?: GPU }).gpu;
  if (gpu) return { gpu, keep: null };
  let dawn: DawnModule;
  try {
    dawn = (await import(/* @vite-ignore */ DAWN)) as DawnModule;
  } catch (cause) {
    const inNode = "process" in globalThis;
    throw new UnsupportedOpError("this engine has no WebGPU", {
      code: "webgpu/no-webgpu",
      backend: "webgpu",
      hint: inNode
        ? "install the `webgpu` package beside @isoform/backend-webgpu"
        : "use a browser with WebGPU over https or from localhost; Chrome, Edge, Firefox and Safari have it",
      cause,
    });
  }
  const made = dawn.create([]);
  return { gpu: made, keep: made };
}

/** What `openDevice` gives. */
export interface OpenedDevice {
  readonly device: GPUDevice;
  /** Vendor and name of the adapter, for reports. */
  readonly description: string;
  readonly keep: unknown;
}

const FEATURES = ["shader-f16", "subgroups", "timestamp-query"] as const;
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const;

/**
 * A device with the features that the kernels can use and the adapter's own limits.
 * @throws {UnsupportedOpError} when there is no WebGPU or no adapter
 */
export async function openDevice(powerPreference: GPUPowerPreference | undefined): Promise<OpenedDevice> {
  const { gpu, keep } = await findProvider();
  const adapter = await gpu.requestAdapter(powerPreference ? { powerPreference } : {});
  if (!adapter) {
    throw new UnsupportedOpError("no GPU adapter", {
      code: "webgpu/no-adapter",
      backend: "webgpu",
      hint: "install a Vulkan, Metal or D3D12 driver (Mesa's lavapipe runs on any processor), or use cpu()",
    });
  }
  const requiredFeatures = FEATURES.filter((f) => adapter.features.has(f)) as GPUFeatureName[];
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
  const device = await adapter.requestDevice({ requiredFeatures, requiredLimits });
  const { vendor, architecture, device: id, description } = adapter.info;
  return { device, description: description || [vendor, architecture, id].filter(Boolean).join(" "), keep };
}
