// Finding a GPU: the browser's `navigator.gpu`, or in Node the `webgpu` package (Dawn).
import { UnsupportedOpError } from "@isoform/core";
import type { GpuLimits } from "../wgsl/kernel.js";
import { lost } from "./watch.js";

interface DawnModule {
  create(options: string[]): GPU;
}

/** The package is optional; a literal would make bundlers look for it. */
const DAWN = "webgpu";

/**
 * Dawn's instance in Node, one per process and never let go: the process aborts when the garbage collector takes it while any
 * device lives, or in the same sweep.
 */
let dawn: GPU | null = null;

function browserGpu(): GPU | undefined {
  return typeof navigator === "undefined" ? undefined : (navigator as { gpu?: GPU }).gpu;
}

/**
 * The browser's `navigator.gpu` or that of the `webgpu` package.
 * @throws {UnsupportedOpError} when there is neither
 */
export async function findGpu(): Promise<GPU> {
  const gpu = browserGpu();
  if (gpu) return gpu;
  if (dawn) return dawn;
  try {
    const { create } = (await import(/* @vite-ignore */ DAWN)) as DawnModule;
    return (dawn ??= create([]));
  } catch (cause) {
    throw new UnsupportedOpError("this engine has no WebGPU", {
      code: "webgpu/no-webgpu",
      backend: "webgpu",
      hint:
        "process" in globalThis
          ? "install the `webgpu` package beside @isoform/backend-webgpu"
          : "use a browser with WebGPU over https or from localhost; Chrome, Edge, Firefox and Safari have it",
      cause,
    });
  }
}

/** What `openDevice` gives. */
export interface OpenedDevice {
  readonly device: GPUDevice;
  /** Vendor and name of the adapter, for reports. */
  readonly description: string;
  readonly limits: GpuLimits;
  /** Whether it is the backend's own, and ends with it. */
  readonly own: boolean;
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
  const gpu = await findGpu();
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
  return {
    device,
    description: description || [vendor, architecture, id].filter(Boolean).join(" "),
    limits: limitsOf(device, gpu),
    own: true,
  };
}

/**
 * A device that was made elsewhere.
 * @throws {DeviceLostError} when it is lost already
 */
export async function givenDevice(device: GPUDevice): Promise<OpenedDevice> {
  // A device says that it is lost some time after it was; by then it has also done nothing.
  const info = await Promise.race([device.lost, device.queue.onSubmittedWorkDone().catch(() => device.lost)]);
  if (info) throw lost(info.reason, info.message);
  return { device, description: "", limits: limitsOf(device, browserGpu()), own: false };
}

function limitsOf({ limits, features, adapterInfo }: GPUDevice, gpu: GPU | undefined): GpuLimits {
  return {
    storageBuffers: limits.maxStorageBuffersPerShaderStage,
    workgroupBytes: limits.maxComputeWorkgroupStorageSize,
    workgroupSize: limits.maxComputeInvocationsPerWorkgroup,
    subgroups: features.has("subgroups") && gpu?.wgslLanguageFeatures.has("subgroup_id") === true,
    f16: features.has("shader-f16"),
    software: adapterInfo?.isFallbackAdapter === true,
  };
}
