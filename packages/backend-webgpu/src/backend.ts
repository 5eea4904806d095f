// webgpu(): the backend as core sees it.
import { BACKEND_CONTRACT, checkOptions, type Backend } from "@isoform/core";
import { compileGraph } from "./compile/compile.js";
import { givenDevice, openDevice, type OpenedDevice } from "./device/adapter.js";
import type { GpuBuffer } from "./device/buffers.js";
import { EagerRunner } from "./device/eager.js";
import { LateRunner, notReady } from "./device/late.js";
import { Stream, type StreamStats } from "./device/stream.js";
import { writeBytes } from "./kernels/bytes.js";
import { compositesOn, kernelsOn } from "./kernels/index.js";
import { GPU_DTYPES } from "./wgsl/dtypes.js";

/** Options of `webgpu`. */
export interface WebGpuOptions {
  /** Which GPU where there are several; the browser's choice unless given. */
  readonly powerPreference?: "low-power" | "high-performance";
  /** A device of your own, e.g. that of a renderer. It is not destroyed with the backend. */
  readonly device?: GPUDevice;
  /** Bytes of unused buffers that are kept for reuse; default 256 MiB. */
  readonly idleBytes?: number;
}

/** Facts about the GPU in use, and figures of its work since the start. */
export interface WebGpuInfo extends StreamStats {
  /** Name of the adapter as the driver gives it; empty where it gives none. */
  readonly adapter: string;
  /** Optional WebGPU features that the device has. */
  readonly features: readonly string[];
  /** GPU buffers that tensors hold. */
  readonly buffers: number;
  /** Bytes of all GPU buffers, unused ones too. */
  readonly bytes: number;
}

/** The WebGPU backend. */
export interface WebGpuBackend extends Backend<GpuBuffer> {
  /** Facts and figures. @throws {LifetimeError} before `init` */
  info(): WebGpuInfo;
}

const IDLE_BYTES = 256 * 2 ** 20;

/**
 * The WebGPU backend: all kernel families as compute shaders, in browsers, in workers and, with the `webgpu` package, in
 * Node. Element types: all but float64. Reading is asynchronous only. Nothing runs on the processor instead.
 *
 * When the GPU goes away, pending reads reject and later calls throw a DeviceLostError: make a new backend and go on from the
 * last checkpoint. `init` rejects with an UnsupportedOpError where there is no WebGPU or no adapter.
 * @throws {ArgumentError} when an option is unknown
 * @example
 * await setBackend(webgpu());
 */
export function webgpu(options: WebGpuOptions = {}): WebGpuBackend {
  checkOptions("webgpu", options, ["powerPreference", "device", "idleBytes"]);
  const runner = new LateRunner();
  let stream: Stream | null = null;
  let opened: OpenedDevice | null = null;
  let opening: Promise<void> | null = null;
  const ready = (): Stream => {
    if (stream) return stream;
    throw notReady();
  };
  const open = async (): Promise<void> => {
    opened = options.device ? givenDevice(options.device) : await openDevice(options.powerPreference);
    stream = new Stream(opened, options.idleBytes ?? IDLE_BYTES);
    runner.target = new EagerRunner(stream);
  };
  return {
    name: "webgpu",
    contract: BACKEND_CONTRACT,
    capabilities: { syncRead: false, dtypes: GPU_DTYPES },
    kernels: kernelsOn(runner),
    composites: compositesOn(runner),
    init: () => (opening ??= open()),
    alloc(bytes) {
      const s = ready();
      s.check();
      return s.pool.alloc(bytes);
    },
    free: (buffer) => ready().pool.release(buffer),
    write: (buffer, byteOffset, data) => writeBytes(ready(), runner, buffer, byteOffset, data),
    async read(buffer, byteOffset, bytes) {
      return ready().read(buffer, byteOffset, bytes);
    },
    compile: (graph, pairs) => compileGraph(ready(), graph, pairs),
    fallbacks: () => ({}),
    dispose() {
      stream?.dispose(options.device === undefined);
    },
    info() {
      const s = ready();
      const { buffers, bytes } = s.pool.stats;
      const features = [...s.device.features].toSorted();
      return { adapter: opened?.description ?? "", features, buffers, bytes, ...s.stats };
    },
  };
}
