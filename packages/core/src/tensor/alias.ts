// Second handles on a tensor's value, also of another API's tensor class, and taking over another tensor's value in place.
import { ambient } from "../dispatch/ambient.js";
import type { Tensor, TensorInit } from "./tensor.js";

const tracedOf = (t: Tensor): Tensor["_traced"] => ambient.trace?.valueOf(t) ?? t._traced;

/** A tensor of a class over the value of `t`, outside every recorded graph; a released one where t was released. */
function handleOf<T extends Tensor>(
  t: Tensor,
  Class: new (init: TensorInit) => T,
  traced: Tensor["_traced"],
): T {
  const storage = traced === null ? t._storage : null;
  if (storage) storage.refs++;
  const out = new Class({
    shape: t.shape,
    dtype: t.dtype,
    storage,
    strides: t._strides,
    offset: t._offset,
    traced,
  });
  if (traced === null) out._spilled = t._spilled;
  if (ambient.scope) ambient.scope.own(out);
  else out._watch();
  return out;
}

/** Gives `out` the place of `t` in the recorded graph. */
function place<T extends Tensor>(out: T, t: Tensor): T {
  out._track = t._track;
  if (t._node) {
    out._node = t._node;
    out._outputIndex = t._outputIndex;
    t._node.retain();
  }
  return out;
}

/**
 * `t` itself when it already is a `Class`; else a tensor of that class, of the same shape and dtype, over the
 * same value and the same place in the recorded graph, owned by the innermost scope. A released tensor gives
 * a released one.
 * @throws {LifetimeError} when t was released and a step is being compiled
 */
export function adopt<T extends Tensor>(t: Tensor, Class: new (init: TensorInit) => T): T {
  return t instanceof Class ? t : place(handleOf(t, Class, tracedOf(t)), t);
}

/**
 * A tensor of the same class, shape and dtype over the same value, outside every recorded graph.
 * @throws {LifetimeError} when t was released
 * @see torch.Tensor.detach
 */
export function detach(t: Tensor): Tensor {
  const traced = tracedOf(t);
  if (traced === null) t._live("detach");
  return handleOf(t, t._resultClass(), traced);
}

/** A second tensor over the same value and at the same place in the recorded graph, owned by the innermost scope. */
export function sibling(t: Tensor): Tensor {
  return place(detach(t), t);
}

/**
 * In-place ops: `t` keeps its identity and takes over the value of `next` and its place in the recorded
 * graph. Shapes and dtypes must agree, which is the caller's to see to. A backward pass through an op that
 * saved the old value is refused.
 * @throws {LifetimeError} when `next` was released
 * @throws {UnsupportedOpError} when a compiled step gives a tensor from outside a value that is recorded for
 *   gradients
 */
export function rebind(t: Tensor, next: Tensor): void {
  keepOldValue(t, next);
  if (ambient.trace?.assign(t, next)) t._version++;
  else if (next._traced !== null) {
    t._storage?.release();
    t._storage = null;
    t._traced = next._traced;
    t._version++;
  } else t._assign(next);
  const before = t._node;
  t._node = null;
  if (next._node) {
    t._node = next._node;
    t._outputIndex = next._outputIndex;
    t._track |= next._track;
    next._node.retain();
  }
  before?.release();
}

/** The op that makes the new value saved the old one: it gets a handle of its own on it. */
function keepOldValue(t: Tensor, next: Tensor): void {
  const node = next._node;
  if (node === null || !node.inputs.includes(t)) return;
  const old = sibling(t);
  node.replaceInput(t, old);
  old.dispose();
}
