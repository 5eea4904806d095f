// Calls functions with arguments that no program should pass, and says what came out that is not a typed error.
import { IsoformError, scope, Tensor, type Device } from "@isoform/core";

/** Makes the arguments anew: tensors live in the scope of one call. */
export type Arguments = () => readonly unknown[];

/** One thing that went wrong: a bare error or a storage left behind. */
export interface Fault {
  readonly call: string;
  /** With the place of a bare error. */
  readonly problem: string;
}

/** A value for messages: short and never throwing. */
export function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
  if (value instanceof Tensor)
    return value.disposed ? "released" : `${value.dtype}[${value.shape.join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const plain = Object.getPrototypeOf(value) === Object.prototype;
    const inner = plain ? Object.entries(value).map(([k, v]) => `${k}:${text(v)}`) : [value.constructor.name];
    return `{${inner.join(",")}}`;
  }
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "function" ? "fn" : `${String(value)}${typeof value === "bigint" ? "n" : ""}`;
}

/** Numbers from 0 to 1 that are the same in every run. */
export function lehmer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** What of `fn(...args)` is a fault: anything thrown that is no IsoformError, and storages that stay. */
export function fault(
  device: Device,
  name: string,
  fn: (...args: readonly unknown[]) => unknown,
  make: Arguments,
): Fault | null {
  const before = device.memory().storages;
  let call = name;
  let problem: string | null = null;
  try {
    scope(() => {
      const args = make();
      call = `${name}(${args.map(text).join(", ")})`;
      release(fn(...args));
    });
  } catch (error) {
    if (!(error instanceof IsoformError)) problem = placed(error);
    else if (error.message.length > 4000) problem = `a message of ${error.message.length} characters`;
  }
  const left = device.memory().storages - before;
  if (problem === null && left !== 0) problem = `left ${left} storages`;
  return problem === null ? null : { call, problem };
}

function placed(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const frames = error.stack?.match(/packages\/[^\s)]+/g) ?? [];
  return `${error.name}: ${error.message} at ${frames.slice(0, 2).join(", ")}`;
}

/** Ends what outlives scopes: variables, metrics, tapes. */
export function release(value: unknown): void {
  if (Array.isArray(value)) for (const v of value) release(v);
  else if (typeof value === "function" || (typeof value === "object" && value !== null)) {
    if (Symbol.dispose in value && typeof value[Symbol.dispose] === "function") {
      (value as Disposable)[Symbol.dispose]();
    } else if ("dispose" in value && typeof value.dispose === "function") value.dispose();
  }
}

/** Names of options of a function that says them when given an unknown one. */
export function optionsOf(
  fn: (...args: readonly unknown[]) => unknown,
  makers: readonly Arguments[],
): string[] {
  for (const make of makers) {
    try {
      scope(() => release(fn(...make(), { qqqqqqqqqqqq: 1 })));
    } catch (error) {
      const list = error instanceof IsoformError ? /^options are: (.*)$/.exec(error.hint ?? "") : null;
      if (list) return list[1]!.split(", ");
    }
  }
  return [];
}

/** Whether a call gives a result. */
export function succeeds(fn: (...args: readonly unknown[]) => unknown, make: Arguments): boolean {
  try {
    scope(() => release(fn(...make())));
    return true;
  } catch {
    return false;
  }
}
