// Backends by name, started when a command needs one: those that come with the command, and modules that the user names.
import { cpu } from "@isoform/backend-cpu";
import { reference } from "@isoform/backend-reference";
import { webgpu } from "@isoform/backend-webgpu";
import { createRuntime, type Backend, type Device } from "@isoform/core";
import type { OpenFiles } from "../files/input.js";
import { backendModule } from "./backend-module.js";

/** The backends that come with the command, which has the process to itself. */
export const BACKENDS: Readonly<Record<BackendName, (options?: object) => Backend>> = {
  cpu: (options) => cpu({ relaxedSimd: "enable", ...options }),
  reference: (options) => reference(options),
  webgpu: (options) => webgpu(options),
};
/** Name of a backend that comes with the command. */
export type BackendName = "cpu" | "reference" | "webgpu";

const isOwn = (name: string): name is BackendName => Object.hasOwn(BACKENDS, name);

/** What makes a backend, and with what. */
export interface BackendChoice {
  /** The export of a module that makes it. */
  readonly export?: string | undefined;
  readonly options?: object | undefined;
}

/**
 * A maker of a backend: one that comes with the command (cpu unless named), or that of a module.
 * @throws {UsageError} when there is no such module, or it does not make a backend, or more than one
 * @throws {ArgumentError} when it cannot be imported
 */
export async function backendMaker(
  name: string = "cpu",
  files: OpenFiles,
  choice: BackendChoice = {},
): Promise<() => Backend> {
  if (isOwn(name)) return () => BACKENDS[name](choice.options);
  return backendModule(name, files, choice, Object.keys(BACKENDS));
}

/**
 * Starts a backend, makes it current and gives its device.
 * @throws {UnsupportedOpError} when it cannot run here
 */
export async function startBackend(make: () => Backend): Promise<Device> {
  return (await createRuntime({ backends: [make()] })).use();
}
