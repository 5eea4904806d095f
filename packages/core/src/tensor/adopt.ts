// Moving a tensor to another API's tensor class without copying data.
import type { Tensor, TensorInit } from "./tensor.js";
import { ambient } from "../dispatch/ambient.js";

/**
 * `t` itself when it already is a `Class`; else a tensor of that class, of the same shape and dtype, over the
 * same value and the same place in the recorded graph, owned by the innermost scope. A released tensor gives
 * a released one.
 * @throws {LifetimeError} when t was released and a step is being compiled
 */
export function adopt<T extends Tensor>(t: Tensor, Class: new (init: TensorInit) => T): T {
  if (t instanceof Class) return t;
  const traced = ambient.trace?.valueOf(t) ?? t._traced;
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
  out._track = t._track;
  if (traced === null) out._spilled = t._spilled;
  if (t._node) {
    out._node = t._node;
    out._outputIndex = t._outputIndex;
    t._node.retain();
  }
  if (ambient.scope) ambient.scope.own(out);
  else out._watch();
  return out;
}
