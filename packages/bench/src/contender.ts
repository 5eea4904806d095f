// Contenders: what is compared. A backend of Isoform is one; an app adds other engines by the same interface.
import { reference } from "@isoform/backend-reference";
import { createRuntime, type Backend, type Runtime } from "@isoform/core";
import type { BenchCase, Trial } from "./case.js";

/** What a contender says of itself once it runs. */
export interface ContenderFacts {
  /** Threads it computes on, where it knows. */
  readonly threads: number | null;
  /** The graphics adapter, where there is one. */
  readonly adapter: string | null;
  /** What the user should know, e.g. why there is only one thread. */
  readonly notice: string | null;
}

/** A contender that is running, for one case. */
export interface OpenContender {
  readonly facts: ContenderFacts;
  /**
   * Makes a case ready.
   * @throws {UnsupportedOpError} when it cannot run the case
   */
  prepare(benchCase: BenchCase, size: "own" | "check"): Promise<Trial>;
  /** Most bytes of tensors at one time so far, or null when it does not count them. */
  peakBytes(): number | null;
  /** Kernels that ran on another backend's code so far. */
  fallbacks(): number;
  /** Frees it. */
  close(): void | Promise<void>;
}

/** Something to measure. It is opened anew for every case, so that cold times are cold and peaks are the case's own. */
export interface Contender {
  /** Unique in a run, and the same on every machine, e.g. `cpu-2`. */
  readonly id: string;
  readonly label: string;
  readonly kind: "backend" | "peer";
  /** Cases with more floating-point operations are skipped, not timed. */
  readonly mostFlops: number;
  /** What the others are compared with: nothing to compare itself with. */
  readonly isReference?: boolean;
  /**
   * Starts it.
   * @throws {UnsupportedOpError} when it cannot run on this machine
   */
  open(): Promise<OpenContender>;
}

/** Options of `backendContender`. */
export interface BackendContenderOptions {
  readonly id: string;
  /** Default: the id. */
  readonly label?: string;
  /** Cases with more floating-point operations are skipped. Default: none. */
  readonly mostFlops?: number;
}

/**
 * A backend as a contender; `make` gives a new one for every case. Never throws; what `make` and the backend throw
 * becomes part of the results.
 */
export function backendContender(
  make: () => Backend | Promise<Backend>,
  options: BackendContenderOptions,
): Contender {
  const { id, label = id, mostFlops = Infinity } = options;
  return {
    id,
    label,
    kind: "backend",
    mostFlops,
    async open() {
      const backend = await make();
      const runtime = await createRuntime({ backends: [backend] });
      return opened(backend, runtime);
    },
  };
}

/** Floating-point operations that the reference does in about two seconds. */
const REFERENCE_FLOPS = 3e8;

/** The reference backend as a contender; cases that take it long are skipped. Never throws. */
export function referenceContender(): Contender {
  const options = { id: "reference", label: "reference", mostFlops: REFERENCE_FLOPS };
  return { ...backendContender(() => reference(), options), isReference: true };
}

function opened(backend: Backend, runtime: Runtime): OpenContender {
  const device = runtime.defaultDevice;
  return {
    facts: factsOf(backend),
    prepare: async (benchCase, size) => {
      // The APIs make weights on the current device, in the middle of which the event loop may turn.
      runtime.use();
      return await benchCase.prepare(size);
    },
    peakBytes: () => device.memory().peakBytes,
    fallbacks: () => Object.values(device.fallbacks()).reduce((n, c) => n + c, 0),
    close: () => runtime.dispose(),
  };
}

/** Backends may say more of themselves than the contract asks for: webgpu has `info().adapter`. */
function factsOf(backend: Backend): ContenderFacts {
  const threads: unknown = Reflect.get(backend, "threads");
  const notice: unknown = Reflect.get(backend, "notice");
  return {
    threads: typeof threads === "number" ? threads : null,
    adapter: adapterOf(backend),
    notice: typeof notice === "string" ? notice : null,
  };
}

function adapterOf(backend: Backend): string | null {
  const info: unknown = Reflect.get(backend, "info");
  if (typeof info !== "function") return null;
  const facts: unknown = Reflect.apply(info, backend, []);
  const name: unknown = typeof facts === "object" && facts !== null ? Reflect.get(facts, "adapter") : null;
  return typeof name === "string" && name !== "" ? name : null;
}
