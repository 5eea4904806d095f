// Failures of a device: which of them are the backend's, and the errors that they become.
import { DeviceLostError, OutOfMemoryError, type IsoformError } from "@isoform/core";

/** The part of a device that tells of failures. */
export type Watched = Pick<
  GPUDevice,
  "lost" | "pushErrorScope" | "popErrorScope" | "addEventListener" | "removeEventListener"
>;

const SCOPES = ["internal", "out-of-memory", "validation"] as const;

/**
 * Tells of failures of a device until it ends. On a device of the backend's own every error that the driver reports is one; on
 * a shared device only those of calls under `guard`: what its owner does wrong elsewhere is the owner's.
 */
export class DeviceWatch {
  private readonly device: Watched;
  private readonly own: boolean;
  /** Null after the end. Promises of the device hold the watch, never what it tells. */
  private tell: ((error: IsoformError) => void) | null;
  private guarding = false;
  private readonly onUncaptured = (event: Event): void => {
    this.tell?.(reported((event as GPUUncapturedErrorEvent).error));
  };

  constructor(device: Watched, own: boolean, tell: (error: IsoformError) => void) {
    this.device = device;
    this.own = own;
    this.tell = tell;
    void device.lost.then((info) => this.tell?.(lost(info.reason, info.message)));
    if (own) device.addEventListener("uncapturederror", this.onUncaptured);
  }

  /** Runs `call`, which uses the device for the backend; what the driver says of it later is told. */
  guard<T>(call: () => T): T {
    if (this.own || this.guarding || this.tell === null) return call();
    const { device } = this;
    for (const filter of SCOPES) device.pushErrorScope(filter);
    this.guarding = true;
    try {
      return call();
    } finally {
      this.guarding = false;
      for (const _ of SCOPES) {
        const error = device.popErrorScope();
        // It rejects when the device is lost, which `lost` tells.
        error.then((e) => e && this.tell?.(reported(e))).catch(() => {});
      }
    }
  }

  /** Nothing is told from now on, and the device holds no listener of ours. */
  end(): void {
    this.tell = null;
    if (this.own) this.device.removeEventListener("uncapturederror", this.onUncaptured);
  }
}

/** The device went away. */
export function lost(reason: string, message: string): DeviceLostError {
  return new DeviceLostError(`the GPU went away: ${message || reason}`, {
    code: "webgpu/device-lost",
    backend: "webgpu",
    attrs: { reason },
    hint: "make a new backend and runtime, and go on from the last checkpoint",
  });
}

function reported(error: GPUError): IsoformError {
  const what = error.constructor.name;
  if (what === "GPUOutOfMemoryError") {
    return new OutOfMemoryError(`the GPU has no memory left: ${error.message}`, {
      code: "memory/out-of-memory",
      backend: "webgpu",
      hint: "use smaller tensors or batches, or release some, and make a new backend",
    });
  }
  return new DeviceLostError(`the driver reported an error: ${error.message}`, {
    code: "webgpu/driver-error",
    backend: "webgpu",
    attrs: { reason: what },
    hint: "make a new backend and runtime; if it happens again, please report it with the name of the GPU",
  });
}
