// Second handles on a tensor's value, and taking over another tensor's value in place.
import { ambient } from "../dispatch/ambient.js";
import type { Tensor } from "./tensor.js";

/**
 * A tensor of the same class, shape and dtype over the same value, outside every recorded graph.
 * @throws {LifetimeError} when t was released
 * @see torch.Tensor.detach
 */
export function detach(t: Tensor): Tensor {
  const traced = ambient.trace?.valueOf(t) ?? t._traced;
  if (traced === null) t._live("detach");
  const Class = t._resultClass();
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
  if (ambient.scope) ambient.scope.own(out);
  else out._watch();
  return out;
}

/** A second tensor over the same value and at the same place in the recorded graph, owned by the innermost scope. */
export function sibling(t: Tensor): Tensor {
  const out = detach(t);
  out._track = t._track;
  if (t._node) {
    out._node = t._node;
    out._outputIndex = t._outputIndex;
    t._node.retain();
  }
  return out;
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
