// The runtime registry: which backends are in use, and which one new tensors go to.
import { ArgumentError, closest } from "../errors.js";
import { ambient, assertSingleCore } from "../dispatch/ambient.js";
import { BACKEND_CONTRACT, type Backend } from "./backend.js";
import { Device, type MemoryInfo } from "./device.js";

/**
 * A set of devices, the first of which is the default. `createRuntime` makes one of backends.
 * @throws {ArgumentError} when the constructor is given no devices
 */
export class Runtime {
  readonly devices: ReadonlyMap<string, Device>;
  /** The device that `use()` selects: the first backend given. */
  readonly defaultDevice: Device;

  constructor(devices: readonly Device[]) {
    const first = devices[0];
    if (first === undefined) {
      throw new ArgumentError("no backends given", {
        code: "runtime/no-backends",
        op: "createRuntime",
        hint: "pass at least one, e.g. createRuntime({ backends: [cpu()] })",
      });
    }
    this.devices = new Map(devices.map((d) => [d.name, d]));
    this.defaultDevice = first;
  }

  /**
   * The device of a backend.
   * @throws {ArgumentError} when there is none of that name
   */
  device(name: string): Device {
    const found = this.devices.get(name);
    if (found) return found;
    const near = closest(name, this.devices.keys());
    throw new ArgumentError(`no backend ${JSON.stringify(name)}`, {
      code: "runtime/unknown-backend",
      op: "runtime",
      hint: `${near ? `did you mean "${near}"? ` : ""}this runtime has ${[...this.devices.keys()].join(", ")}; pass others to createRuntime or setBackend`,
    });
  }

  /**
   * Makes `name` (or the first backend) the device of new tensors, and returns it.
   * @throws {ArgumentError} when there is none of that name
   */
  use(name?: string): Device {
    const device = name === undefined ? this.defaultDevice : this.device(name);
    ambient.device = device;
    return device;
  }

  /** Live storages and bytes of every device. */
  memory(): Record<string, MemoryInfo> {
    return Object.fromEntries([...this.devices].map(([name, d]) => [name, d.memory()]));
  }

  /** Frees all devices. */
  dispose(): void {
    for (const d of this.devices.values()) {
      if (ambient.device === d) ambient.device = null;
      d.dispose();
    }
  }
}

/**
 * Starts backends. Importing a backend registers nothing; this does. What a backend throws while it starts
 * passes through.
 * @throws {ArgumentError} when there are no backends, or one is of another contract version
 * @throws {LifetimeError} when a second copy of core is loaded in the process
 */
export async function createRuntime(options: { readonly backends: readonly Backend[] }): Promise<Runtime> {
  assertSingleCore();
  for (const backend of options.backends) {
    if (backend.contract !== BACKEND_CONTRACT) {
      throw new ArgumentError(`made for backend contract ${backend.contract}, core has ${BACKEND_CONTRACT}`, {
        code: "runtime/contract-version",
        backend: backend.name,
        hint: "install matching versions of the backend and @isoform/core",
      });
    }
    await backend.init?.();
  }
  return new Runtime(options.backends.map((b) => new Device(b)));
}

/**
 * `createRuntime` with one backend, made current: what scripts call first.
 * @throws {ArgumentError} when the backend is of another contract version
 * @throws {LifetimeError} when a second copy of core is loaded in the process
 */
export async function setBackend(backend: Backend): Promise<Device> {
  return (await createRuntime({ backends: [backend] })).use();
}

/**
 * Runs `fn` with `device` as the device of new tensors. Synchronous only. Never throws of its own; errors of
 * `fn` pass through.
 * @see torch.device as a context manager, keras.device
 */
export function withDevice<T>(device: Device, fn: () => T): T {
  const before = ambient.device;
  ambient.device = device;
  try {
    return fn();
  } finally {
    ambient.device = before;
  }
}

/**
 * The device of new tensors.
 * @throws {ArgumentError} when no backend is set
 */
export function currentDevice(): Device {
  if (ambient.device) return ambient.device;
  throw new ArgumentError("no backend is set", {
    code: "runtime/no-backend",
    hint: 'call `await setBackend(cpu())` first, with `import { cpu } from "@isoform/backend-cpu"`',
  });
}
