// Backends by name, started when a command needs one.
import { cpu } from "@isoform/backend-cpu";
import { reference } from "@isoform/backend-reference";
import { createRuntime, type Backend, type Device } from "@isoform/core";

/** The backends that come with the command, which has the process to itself. */
export const BACKENDS: Readonly<Record<BackendName, () => Backend>> = {
  cpu: () => cpu({ relaxedSimd: "enable" }),
  reference,
};
/** Name of a backend. */
export type BackendName = "cpu" | "reference";

/**
 * Starts a backend, makes it current and gives its device.
 * @throws {UnsupportedOpError} when it cannot run here
 */
export async function startBackend(name: BackendName = "cpu"): Promise<Device> {
  return (await createRuntime({ backends: [BACKENDS[name]()] })).use();
}
