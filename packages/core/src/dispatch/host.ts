// What the host contributes to every run of a step: numbers that change from step to step, random draws, counters.
// Outside a compiled step all of it happens at once; inside one it is written down and happens before every run.
import type { TypedArray } from "../tensor/dtype.js";
import { Tensor, type TensorClass } from "../tensor/tensor.js";
import { fromTypedArray } from "../ops/prims/source.js";
import type { TensorSpec } from "../ops/table.js";
import { ambient } from "./ambient.js";

/** A number, or in a compiled step a 0-d float32 tensor that `fn` gives the value of before every run. */
export function hostNumber(fn: () => number): number | Tensor {
  const { trace } = ambient;
  return trace?.stateful ? trace.host({ shape: [], dtype: "float32" }, fn, Tensor) : fn();
}

/** A tensor whose elements `fill` gives: now, and in a compiled step before every run. */
export function hostTensor(
  spec: TensorSpec,
  fill: () => TypedArray,
  tensorClass: TensorClass = Tensor,
): Tensor {
  const { trace } = ambient;
  if (trace?.stateful) return trace.host(spec, fill, tensorClass);
  return fromTypedArray(fill(), { shape: spec.shape, dtype: spec.dtype, tensorClass });
}

/** Does something now, and in a compiled step before every run: counting steps, drawing seeds. */
export function hostEffect(run: () => void): void {
  const { trace } = ambient;
  if (trace?.stateful) trace.effect(run);
  else run();
}

/** Does something when the step that is being compiled has been traced; nothing otherwise. */
export function atTraceEnd(run: () => void): void {
  ambient.trace?.atEnd(run);
}
