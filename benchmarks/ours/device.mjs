// Our CPU device, with as many threads as the build accepts.
import { cpu } from "@isoform/backend-cpu";
import * as core from "@isoform/core";

/** `{ device, backend, threads }`; `threads` is the number that is really used. */
export async function openDevice(threads) {
  let backend = null;
  let accepted = false;
  if (threads > 1) {
    try {
      backend = cpu({ threads });
      accepted = true;
    } catch (error) {
      // A build whose options have no `threads`.
      if (!(error instanceof core.ArgumentError)) throw error;
    }
  }
  backend ??= cpu();
  const device = await core.setBackend(backend);
  // A pool that could not start says so by its number.
  const used = backend.threads ?? backend.capabilities.threads ?? (accepted ? threads : 1);
  return { device, backend, threads: used };
}

/** A case's input on the device. */
export const upload = ({ data, shape }) =>
  core.keep(core.scope(() => core.reshape(core.fromTypedArray(data), shape)));
