// Our CPU device.
import { cpu } from "@isoform/backend-cpu";
import * as core from "@isoform/core";

/** `{ device, backend, threads }`; `threads` is the number that is really used. */
export async function openDevice(threads) {
  const backend = cpu({ threads, relaxedSimd: process.env["ISOFORM_BENCH_STRICT"] ? false : "enable" });
  const device = await core.setBackend(backend);
  // A pool that could not start says so by its number.
  return { device, backend, threads: backend.threads ?? 1 };
}

/** A case's input on the device. */
export const upload = ({ data, shape }) =>
  core.keep(core.scope(() => core.reshape(core.fromTypedArray(data), shape)));
