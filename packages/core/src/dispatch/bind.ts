// bind: the one entry of every op. Infers, then traces or executes, then records for gradients.
import { IsoformError, placeError } from "../errors.js";
import { notTensor } from "../ops/infer.js";
import type { AnyOp, Attrs, In, Op, OpId, Out, TensorSpec } from "../ops/table.js";
import { describe, Tensor, type TensorClass } from "../tensor/tensor.js";
import { escaped } from "./trace.js";
import { ambient } from "./ambient.js";
import { besideInputs, executeComposite, executePrim } from "./execute.js";
import { eraseInputs, eraseOp, restoreOutputs } from "./erase.js";
import { TapeNode } from "./tape.js";

/**
 * Applies an op to tensors, of shapes as its `infer` asks, and records it where gradients are wanted. Shapes
 * and dtypes are checked by `infer` before any backend is asked. Every function of an op goes through here:
 * besides its own errors it throws what follows.
 * @throws {ShapeError} when `infer` refuses the shapes
 * @throws {DTypeError} when `infer` refuses the dtypes, or the device lacks a result's dtype
 * @throws {ArgumentError} when an input is not a tensor, `infer` refuses the attributes, or an op without inputs finds no backend set
 * @throws {LifetimeError} when an input was released, or its device disposed
 * @throws {UnsupportedOpError} when inputs are on different devices, or a traced tensor is used after its
 *   trace
 * @throws {OutOfMemoryError} when the device has no memory for the results
 * @throws {LimitExceededError} when a view of fewer than 2^31 elements would name 2^31 or more
 */
export function bind<K extends OpId>(op: Op<K>, inputs: In<K, Tensor>, attrs: Attrs<K>): Out<K, Tensor> {
  return restoreOutputs<K>(bindAny(eraseOp(op), eraseInputs<K>(inputs), attrs));
}

/**
 * `bind` for an op whose id is not known at compile time, as in a graph. Shapes are checked by the op's
 * `infer`.
 * @throws {ShapeError} when `infer` refuses the shapes; the other errors are those of `bind`
 */
export function bindAny(op: AnyOp, inputs: readonly (Tensor | null)[], attrs: object): readonly Tensor[] {
  const specs = inferred(op, inputs, attrs);
  let track = 0;
  let Class: TensorClass = Tensor;
  for (let i = 0; i < inputs.length; i++) {
    const t = inputs[i];
    if (t === null || t === undefined) continue;
    if (t._track === undefined) throw notTensor(op.id, t);
    track |= t._track;
    if (Class === Tensor) Class = t._resultClass();
  }
  track &= ambient.mask;
  if (track !== 0 && op.vjp === undefined && op.decompose !== undefined) {
    return besideInputs(inputs, () => op.decompose!(inputs, attrs));
  }
  const outputs =
    track === 0 ? run(op, inputs, attrs, specs, Class) : unrecorded(op, inputs, attrs, specs, Class);
  if (track !== 0 && op.vjp !== undefined) new TapeNode(op, inputs, attrs, outputs, track);
  return outputs;
}

/** Inference fails in its own way on what is no tensor; that is said first. */
function inferred(op: AnyOp, inputs: readonly (Tensor | null)[], attrs: object): readonly TensorSpec[] {
  try {
    return op.infer(inputs, attrs);
  } catch (error) {
    if (error instanceof IsoformError && error.code !== "dtype/unknown") throw error;
    for (const t of inputs) if (t !== null && !(t instanceof Tensor)) throw notTensor(op.id, t);
    if (error instanceof IsoformError) {
      throw placeError(
        error,
        op.id,
        inputs.length === 0 ? undefined : inputs.map((t) => (t ? describe(t) : "null")),
      );
    }
    for (const t of inputs) if (t === null) throw notTensor(op.id, t);
    throw error;
  }
}

/** Inner ops of a recorded composite must not be recorded a second time. */
function unrecorded(
  op: AnyOp,
  inputs: readonly (Tensor | null)[],
  attrs: object,
  specs: readonly TensorSpec[],
  Class: TensorClass,
): readonly Tensor[] {
  const mask = ambient.mask;
  ambient.mask = 0;
  try {
    return run(op, inputs, attrs, specs, Class);
  } finally {
    ambient.mask = mask;
  }
}

function run(
  op: AnyOp,
  inputs: readonly (Tensor | null)[],
  attrs: object,
  specs: readonly TensorSpec[],
  Class: TensorClass,
): readonly Tensor[] {
  if (ambient.trace !== null) return ambient.trace.record(op, inputs, attrs, specs, Class);
  for (const t of inputs) if (t?._traced) throw escaped(op.id, t);
  if (op.tier === "prim") return executePrim(op, inputs, attrs, specs, Class);
  return executeComposite(op, inputs, attrs, specs, Class);
}
