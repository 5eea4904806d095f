// What the host contributes to every run of a step: numbers that change from step to step, random draws, counters.
// Outside a compiled step all of it happens at once; inside one it is written down and happens before every run.
import { LifetimeError } from "../errors.js";
import type { DType, TypedArray } from "../tensor/dtype.js";
import { Tensor, type TensorClass } from "../tensor/tensor.js";
import { fromTypedArray } from "../ops/prims/source.js";
import type { TensorSpec } from "../ops/table.js";
import { ambient } from "./ambient.js";

/**
 * A number, or in a compiled step a scalar tensor `[]` that `fn` gives the value of before every run, rounded
 * once to `dtype`. Never throws of its own; errors of `fn` pass through.
 */
export function hostNumber(fn: () => number, dtype: DType = "float32"): number | Tensor {
  const { trace } = ambient;
  return trace?.stateful ? trace.host({ shape: [], dtype }, fn, Tensor) : fn();
}

/**
 * A tensor whose elements `fill` gives: now, and in a compiled step before every run. Errors of `fill` pass
 * through.
 * @throws {ShapeError} when `fill` does not give as many elements as `spec.shape` has, outside a compiled
 *   step
 * @throws {ArgumentError} when no backend is set
 */
export function hostTensor(
  spec: TensorSpec,
  fill: () => TypedArray,
  tensorClass: TensorClass = Tensor,
): Tensor {
  const { trace } = ambient;
  if (trace?.stateful) return trace.host(spec, fill, tensorClass);
  return fromTypedArray(fill(), { shape: spec.shape, dtype: spec.dtype, tensorClass });
}

/**
 * Does something now, and in a compiled step before every run: counting steps, drawing seeds. Never throws of
 * its own; errors of `run` pass through.
 */
export function hostEffect(run: () => void): void {
  const { trace } = ambient;
  if (trace?.stateful) trace.effect(run);
  else run();
}

/**
 * While a step is being compiled: something that the program is made for and that is asked before every run,
 * e.g. a mode. Where it no longer holds, another program is made. Nothing otherwise. Never throws.
 */
export function traceGuard(holds: () => boolean): void {
  ambient.trace?.guard(holds);
}

/** What an API keeps in mind about the step that is being compiled, by keys of its own; null outside. */
export function traceNotes(): Map<unknown, unknown> | null {
  const { trace } = ambient;
  return trace?.stateful ? trace.notes : null;
}

/**
 * Checks something at the end of the step that is being compiled, in its trace. What it throws ends the
 * attempt. Nothing otherwise. Never throws of its own.
 */
export function whenTraced(check: () => void): void {
  ambient.trace?.whenDone(check);
}

/** Code of errors that say: run once eagerly, then the step can be compiled. */
export const NOT_WARM: string = "trace/not-warm";

/**
 * Refuses something that a program could not repeat: a value of the host that is read outside the functions
 * given to `hostNumber`, `hostTensor` and `hostEffect`, say.
 * @throws {LifetimeError} when a step is being compiled; does nothing otherwise
 */
export function refuseInTrace(op: string, problem: string, hint: string): void {
  if (!ambient.trace?.stateful) return;
  throw new LifetimeError(problem, { code: "trace/host-value", op, hint });
}

/** Does something when the step that is being compiled has been traced; nothing otherwise. Never throws. */
export function atTraceEnd(run: () => void): void {
  ambient.trace?.endings.push(run);
}
