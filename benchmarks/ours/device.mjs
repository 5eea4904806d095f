// Our CPU device, with as many threads as the build accepts.
import { cpu } from "@isoform/backend-cpu";
import * as core from "@isoform/core";

function backendOf(threads) {
  try {
    return cpu({ threads });
  } catch (error) {
    // A build whose options have no `threads`: it has one.
    if (error instanceof core.ArgumentError) return cpu();
    throw error;
  }
}

/** `{ device, backend, threads }`; `threads` is the number that is really used. */
export async function openDevice(threads) {
  const backend = backendOf(threads);
  const device = await core.setBackend(backend);
  // A pool that could not start says so by its number.
  return { device, backend, threads: backend.threads ?? 1 };
}

/** A case's input on the device. */
export const upload = ({ data, shape }) =>
  core.keep(core.scope(() => core.reshape(core.fromTypedArray(data), shape)));
