// The devices that a suite runs on, made when the first case runs, and the leak check around every case.
import { createRuntime, VerificationError, type Backend, type Device } from "@isoform/core";
import { watched } from "./watched.js";

/** Devices of one suite, each started by the first case that needs it. Made by the suite; never throws. */
export class Session {
  readonly backend: Backend;
  readonly #reference: (() => Backend) | undefined;
  #device: Promise<Device> | null = null;
  #decomposed: Promise<Device> | null = null;
  #other: Promise<Device> | null = null;

  constructor(backend: Backend, reference: (() => Backend) | undefined) {
    this.backend = watched(backend);
    this.#reference = reference;
  }

  /** The backend under test. */
  device(): Promise<Device> {
    return (this.#device ??= start(this.backend));
  }

  /** The same backend without its fused kernels. */
  async decomposed(): Promise<Device> {
    await this.device();
    return (this.#decomposed ??= start(withoutComposites(this.backend)));
  }

  /** A device with float64: the one under test, or the reference given in the options. */
  float64(): Promise<Device> | null {
    if (this.backend.capabilities.dtypes.includes("float64")) return this.device();
    return this.reference();
  }

  /** The device to compare with, if the options give one. */
  reference(): Promise<Device> | null {
    if (this.#reference === undefined) return null;
    return (this.#other ??= start(this.#reference()));
  }
}

async function start(backend: Backend): Promise<Device> {
  return (await createRuntime({ backends: [backend] })).defaultDevice;
}

/** The same memory and kernels, without `composites`. */
function withoutComposites(b: Backend): Backend {
  const { readSync } = b;
  return {
    name: `${b.name} without fused kernels`,
    contract: b.contract,
    capabilities: b.capabilities,
    kernels: b.kernels,
    ...(b.contiguous ? { contiguous: b.contiguous } : {}),
    alloc: (bytes) => b.alloc(bytes),
    free: (buffer, bytes) => b.free(buffer, bytes),
    write: (buffer, byteOffset, data) => b.write(buffer, byteOffset, data),
    read: (buffer, byteOffset, bytes) => b.read(buffer, byteOffset, bytes),
    ...(readSync
      ? {
          readSync: (buffer: unknown, byteOffset: number, bytes: number) =>
            readSync.call(b, buffer, byteOffset, bytes),
        }
      : {}),
  };
}

/** Runs `fn` and throws when the device then holds more storages or bytes than before. */
export async function withoutLeaks<T>(devices: readonly Device[], fn: () => Promise<T> | T): Promise<T> {
  const before = devices.map((d) => d.memory());
  const result = await fn();
  devices.forEach((d, i) => {
    const now = d.memory();
    const was = before[i]!;
    if (now.storages <= was.storages && now.bytes <= was.bytes) return;
    throw new VerificationError(
      `${now.storages - was.storages} storages (${now.bytes - was.bytes} bytes) were not released`,
      {
        code: "conformance/leak",
        backend: d.name,
      },
    );
  });
  return result;
}
