// Places among sorted values, by bisection without reading any.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";

/** How many of the sorted values along the last axis come before each value; those equal to it too where `right`. */
export function searchsorted(
  op: string,
  sorted: CoreTensor,
  values: CoreTensor | number,
  right: boolean,
): CoreTensor {
  core.requireOperand(op, values);
  const shape = values instanceof core.Tensor ? values.shape : [];
  const n = core.requireTensor(op, sorted, "the sorted values").shape.at(-1);
  const lead = sorted.shape.slice(0, -1);
  if (n === undefined || (lead.length > 0 && !core.sameShape(lead, shape.slice(0, -1)))) {
    const inputs = values instanceof core.Tensor ? [sorted, values] : [sorted];
    const hint = "the sorted values are a vector, or have the leading axes of the values";
    throw core.shapeError(op, "the values do not fit", inputs, hint);
  }
  const at = (i: CoreTensor): CoreTensor =>
    lead.length === 0 ? core.gather(sorted, i, 0) : core.gatherElements(sorted, i, sorted.rank - 1);
  let count = core.zeros(shape, "int32");
  for (let step = n === 0 ? 0 : 2 ** Math.floor(Math.log2(n)); step >= 1; step /= 2) {
    const more = core.add(count, step);
    const last = at(core.clip(core.sub(more, 1), 0, n - 1));
    const after = right ? core.gt(last, values) : core.ge(last, values);
    count = core.where(core.and(core.le(more, n), core.not(after)), more, count);
  }
  return count;
}
