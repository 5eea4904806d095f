// The runtime registry: which backends are in use, and which one new tensors go to.
import { ArgumentError, closest, shown } from "../errors.js";
import { ambient, assertSingleCore } from "../dispatch/ambient.js";
import { BACKEND_CONTRACT, KERNEL_FAMILIES, type Backend } from "./backend.js";
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
    if (first === undefined) throw noBackend("no backends given", "createRuntime");
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
      hint: `${near ? `did you mean "${near}"? ` : ""}this runtime has ${[...this.devices.keys()].join(", ")}; install others and pass them to createRuntime`,
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
 * @throws {ArgumentError} when there are no backends, or one is no backend, of another contract version, or lacks
 * kernel families (`withFallback` supplies them)
 * @throws {LifetimeError} when a second copy of core is loaded in the process
 */
export async function createRuntime(options: { readonly backends: readonly Backend[] }): Promise<Runtime> {
  assertSingleCore();
  for (const backend of options.backends) {
    checkBackend(backend);
    await backend.init?.();
  }
  return new Runtime(options.backends.map((b) => new Device(b)));
}

/** Checks what a JavaScript program may get wrong: a name or a function for a backend, another version, no kernels. */
function checkBackend(backend: Backend): void {
  const { name, contract, capabilities, kernels }: Partial<Backend> = backend ?? {};
  if (!capabilities) throw noBackend(`${shown(backend, 0)} has no capabilities`, "createRuntime");
  const old = contract !== BACKEND_CONTRACT;
  const missing = KERNEL_FAMILIES.filter((family) => !kernels?.[family]);
  if (!old && !missing[0]) return;
  throw new ArgumentError(
    old ? `contract ${contract}, not ${BACKEND_CONTRACT}` : `no kernels for ${missing}`,
    {
      code: old ? "runtime/contract-version" : "runtime/missing-kernels",
      backend: name,
      hint: old ? "install one version" : "use withFallback",
    },
  );
}

function noBackend(problem: string, op?: string): ArgumentError {
  return new ArgumentError(problem, {
    code: "runtime/no-backend",
    op,
    hint: 'call `await setBackend(cpu())` first, with `import { cpu } from "@isoform/backend-cpu"`',
  });
}

/**
 * `createRuntime` with one backend, made current: what scripts call first.
 * @throws {ArgumentError} when it is no backend, of another contract version, or lacks kernel families
 * (`withFallback` supplies them)
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
  throw noBackend("no backend is set");
}
