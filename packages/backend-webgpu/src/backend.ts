// webgpu(): the backend as core sees it.
import { ArgumentError, BACKEND_CONTRACT, checkOptions, type Backend } from "@isoform/core";
import { compileGraph } from "./compile/compile.js";
import { givenDevice, openDevice, type OpenedDevice } from "./device/adapter.js";
import type { GpuBuffer } from "./device/buffers.js";
import { EagerRunner } from "./device/eager.js";
import { disposed, LateRunner, notReady } from "./device/late.js";
import { Stream, type StreamStats } from "./device/stream.js";
import { writeBytes } from "./kernels/bytes.js";
import { compositesOn, kernelsOn } from "./kernels/index.js";
import { GPU_DTYPES } from "./wgsl/dtypes.js";

/** Options of `webgpu`. */
export interface WebGpuOptions {
  /** Which GPU where there are several; the browser's choice unless given. */
  readonly powerPreference?: "low-power" | "high-performance";
  /**
   * A device of your own, e.g. that of a renderer. It is not destroyed with the backend, all buffers on it are. Errors of your
   * calls are yours: the backend catches those of its own in error scopes.
   */
  readonly device?: GPUDevice;
  /** Bytes of unused buffers that are kept for reuse, 0 or more; default 256 MiB. */
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
 * last checkpoint. `init` rejects with an UnsupportedOpError where there is no WebGPU or no adapter, with a DeviceLostError when
 * the device is lost already, and with a LifetimeError when the backend was disposed.
 * @throws {ArgumentError} when an option is unknown, or its value is none that it can have
 * @example
 * await setBackend(webgpu());
 */
export function webgpu(options: WebGpuOptions = {}): WebGpuBackend {
  checkValues(options);
  const runner = new LateRunner();
  let stream: Stream | null = null;
  let opened: OpenedDevice | null = null;
  let opening: Promise<void> | null = null;
  let ended = false;
  const ready = (): Stream => {
    if (stream) return stream;
    throw notReady();
  };
  const open = async (): Promise<void> => {
    const { device, powerPreference, idleBytes = IDLE_BYTES } = options;
    const found = device ? await givenDevice(device) : await openDevice(powerPreference);
    if (ended) {
      if (found.own) found.device.destroy();
      throw disposed();
    }
    opened = found;
    stream = new Stream(found, idleBytes);
    runner.target = new EagerRunner(stream);
  };
  return {
    name: "webgpu",
    contract: BACKEND_CONTRACT,
    capabilities: { syncRead: false, dtypes: GPU_DTYPES },
    kernels: kernelsOn(runner),
    composites: compositesOn(runner),
    async init() {
      if (ended) throw disposed();
      await (opening ??= open());
      if (ended) throw disposed();
      ready().check();
    },
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
      if (ended) return;
      ended = true;
      stream?.dispose();
    },
    info() {
      const s = ready();
      const { buffers, bytes } = s.pool.stats;
      const features = [...s.device.features].toSorted();
      return { adapter: opened?.description ?? "", features, buffers, bytes, ...s.stats };
    },
  };
}

/** @throws {ArgumentError} for the first option that cannot be so */
function checkValues(options: WebGpuOptions): void {
  checkOptions("webgpu", options, ["powerPreference", "device", "idleBytes"]);
  const { powerPreference, device, idleBytes } = options;
  if (powerPreference !== undefined && !["low-power", "high-performance"].includes(powerPreference))
    throw badValue("powerPreference", powerPreference, '"low-power" or "high-performance"');
  if (idleBytes !== undefined && !(typeof idleBytes === "number" && idleBytes >= 0))
    throw badValue("idleBytes", idleBytes, "a number of bytes, 0 or more");
  if (device !== undefined && !isDevice(device))
    throw badValue("device", device, "a GPUDevice as `await adapter.requestDevice()` gives it");
}

/** Whether a value has what the backend uses of a device, whose class differs between engines. */
function isDevice(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const has = (key: string): boolean =>
    typeof Reflect.get(value, key) === "object" && Reflect.get(value, key) !== null;
  return (
    "createBuffer" in value && "pushErrorScope" in value && ["queue", "limits", "features", "lost"].every(has)
  );
}

function badValue(option: keyof WebGpuOptions, value: unknown, wanted: string): ArgumentError {
  const given = typeof value === "string" ? JSON.stringify(value) : String(value);
  return new ArgumentError(
    `${option} is ${typeof value === "object" ? "another object" : given}, not ${wanted}`,
    {
      code: "argument/out-of-range",
      op: "webgpu",
      hint: "leave it out for the default",
    },
  );
}
