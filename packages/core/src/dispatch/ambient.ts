// The state that synchronous ops find around them: device, scope, recording, trace. The only mutable module state of
// core; every entry is set and restored within one synchronous call or one `using` block.
import { LifetimeError } from "../errors.js";
import type { Device } from "../runtime/device.js";
import type { Scope } from "../tensor/scope.js";
import type { GraphBuilder } from "./trace.js";

/** Bit of `Tensor._track`: takes part in PyTorch-style recording (`requiresGrad`). */
export const TRACK_GRAD = 1;
/** Bit of `Tensor._track`: watched by open tapes and functional gradients. */
export const TRACK_TAPE = 2;

/** What ops read from their surroundings. */
export interface Ambient {
  device: Device | null;
  scope: Scope | null;
  /** False inside noGrad. */
  gradEnabled: boolean;
  /** Number of open tapes and functional gradients. */
  tapes: number;
  /** Bits that new tensors may inherit: derived from the two above. */
  mask: number;
  trace: GraphBuilder | null;
  /** Names of the layers or modules being called, outermost first. */
  names: string[];
}

/** The surroundings of the ops of this copy of core. */
export const ambient: Ambient = {
  device: null,
  scope: null,
  gradEnabled: true,
  tapes: 0,
  mask: TRACK_GRAD,
  trace: null,
  names: [],
};

/** Recomputes `mask` after a change of `gradEnabled` or `tapes`. */
export function updateMask(): void {
  ambient.mask = ambient.gradEnabled ? TRACK_GRAD | (ambient.tapes > 0 ? TRACK_TAPE : 0) : 0;
}

function setGrad(enabled: boolean): void {
  ambient.gradEnabled = enabled;
  updateMask();
}

function withGrad<T>(enabled: boolean, fn: () => T): T {
  const before = ambient.gradEnabled;
  setGrad(enabled);
  try {
    return fn();
  } finally {
    setGrad(before);
  }
}

/**
 * Runs `fn` without recording for gradients. Synchronous only. Never throws of its own; errors of `fn` pass
 * through.
 * @see torch.no_grad
 */
export function noGrad<T>(fn: () => T): T {
  return withGrad(false, fn);
}

/**
 * Runs `fn` with recording on, also inside `noGrad`. Synchronous only. Never throws of its own; errors of
 * `fn` pass through.
 * @see torch.enable_grad
 */
export function enableGrad<T>(fn: () => T): T {
  return withGrad(true, fn);
}

/** A `using` form of `noGrad`: recording is off until the end of the block. Must not span an await. */
export function noGradGuard(): Disposable {
  const before = ambient.gradEnabled;
  setGrad(false);
  return { [Symbol.dispose]: () => setGrad(before) };
}

/**
 * Runs `fn` with `name` pushed on the path of layer names; traced nodes carry it. Never throws of its own;
 * errors of `fn` pass through.
 */
export function withName<T>(name: string, fn: () => T): T {
  ambient.names.push(name);
  try {
    return fn();
  } finally {
    ambient.names.pop();
  }
}

const HANDSHAKE = Symbol.for("isoform.core.version");
/** Version of this core. */
export const CORE_VERSION = "0.1.0";

/**
 * Refuses a second copy of core in one process, whose tensors this one could not use.
 * @throws {LifetimeError} when there is one, naming both versions
 */
export function assertSingleCore(): void {
  const slot = globalThis as { [HANDSHAKE]?: { readonly version: string; readonly ambient: Ambient } };
  const other = slot[HANDSHAKE];
  if (other === undefined) {
    slot[HANDSHAKE] = { version: CORE_VERSION, ambient };
  } else if (other.ambient !== ambient) {
    throw new LifetimeError(`two copies of @isoform/core are loaded (${other.version} and ${CORE_VERSION})`, {
      code: "runtime/two-cores",
      hint: "`npm ls @isoform/core` shows who brings a second",
    });
  }
}
