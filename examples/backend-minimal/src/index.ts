// A backend for a simulated asynchronous device: what a third party writes, with nothing but @isoform/core.
import { BACKEND_CONTRACT, KERNEL_FAMILIES, type Backend, type Kernels } from "@isoform/core";
import { fusedKernels } from "./composites.js";
import { isView, SimulatedDevice, type Handle } from "./device.js";
import { deviceKernels, type DeviceKernel } from "./kernels/index.js";

export type { Handle } from "./device.js";

/** Options of `minimal`. */
export interface MinimalOptions {
  /** Bytes of device memory. Default 256 MiB; more than that at once is an OutOfMemoryError. */
  readonly memory?: number;
}

/**
 * The backend. Nothing is computed while its functions are called: they put commands into the device's queue, which
 * runs later; `read` gives bytes when the queue has come to it. There is no `readSync`.
 * @throws {OutOfMemoryError} later, from `alloc`, when the device's memory is full
 */
export function minimal(options: MinimalOptions = {}): Backend<Handle> {
  const device = new SimulatedDevice(options.memory ?? 2 ** 28);
  return {
    name: "minimal",
    contract: BACKEND_CONTRACT,
    capabilities: {
      syncRead: false,
      dtypes: ["float64", "float32", "int64", "int32", "uint32", "bool"],
    },
    kernels: queued(device),
    composites: fusedKernels(device),
    alloc: (bytes) => device.alloc(bytes),
    free: (buffer) => device.free(buffer),
    write: (buffer, byteOffset, data) => device.write(buffer, byteOffset, data),
    read: (buffer, byteOffset, bytes) => device.read(buffer, byteOffset, bytes),
    dispose: () => device.lose("the device was disposed"),
  };
}

/** Each kernel as a function that only puts a command into the queue. */
function queued(device: SimulatedDevice): Kernels<Handle> {
  const table: object = Object.fromEntries(
    KERNEL_FAMILIES.map((family) => {
      const kernel: DeviceKernel = deviceKernels[family];
      const enqueue = (...args: readonly unknown[]): void =>
        device.enqueue((memory) =>
          Reflect.apply(
            kernel,
            undefined,
            args.map((a) => (isView(a) ? memory.view(a) : a)),
          ),
        );
      return [family, enqueue];
    }),
  );
  return table as Kernels<Handle>;
}
