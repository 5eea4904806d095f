// A trial of Isoform's own: a function that gives one tensor on the current device.
import {
  currentDevice,
  reshape,
  scope,
  slice,
  withDevice,
  type Device,
  type Tensor,
  keep,
} from "@isoform/core";
import type { Trial } from "../case.js";

/** What a case builds on a device. */
export interface Built {
  /** One run; temporary tensors are the caller's to free. */
  run(): Tensor;
  notice?(): string | null;
  dispose(): void;
}

/**
 * The trial of a built case on the current device.
 * @throws {ArgumentError} when no device is set; later, what the runs throw
 */
export function tensorTrial(build: () => Built): Trial {
  const device: Device = currentDevice();
  const built = scope(build);
  let last: Tensor | null = null;
  const drop = (): void => {
    last?.dispose();
    last = null;
  };
  return {
    start() {
      drop();
      last = withDevice(device, () => scope(() => keep(built.run())));
    },
    async finish() {
      if (last === null || last.size === 0) return;
      const { size } = last;
      const whole = last;
      // One element: waiting for a device that works asynchronously must not cost a copy of everything.
      const first = withDevice(device, () =>
        scope(() => {
          const one = slice(reshape(whole, [size]), [0], [1]);
          return one === whole ? null : keep(one);
        }),
      );
      await (first ?? whole).data();
      first?.dispose();
    },
    async result() {
      if (last === null) return new Float64Array(0);
      return Float64Array.from(await last.data(), Number);
    },
    notice: () => built.notice?.() ?? null,
    dispose() {
      drop();
      built.dispose();
    },
  };
}
