// reduceWindow and selectAndScatter.
import type { ReduceKind, WindowAttrs } from "@isoform/core";
import type { DeviceView } from "../device.js";
import {
  arithmeticOf,
  count,
  firstExtreme,
  indices,
  load,
  rowMajor,
  store,
  type Value,
} from "../elements.js";
import { foldOf } from "./reduce.js";

/**
 * For every window in row-major order, the places of its elements in a dense array of `shape`; those in padding are
 * left out. `windows` is the shape of the result.
 */
function windowsOf(shape: readonly number[], windows: readonly number[], attrs: WindowAttrs): number[][] {
  const rank = attrs.window.length;
  const lead = shape.length - rank;
  const steps = rowMajor(shape);
  const taps = indices(attrs.window);
  return indices(windows).map((at) => {
    const start = at.slice(0, lead).reduce((s, i, axis) => s + i * steps[axis]!, 0);
    return taps.flatMap((tap) => {
      let place = start;
      for (let d = 0; d < rank; d++) {
        const i = at[lead + d]! * attrs.strides[d]! + tap[d]! * attrs.dilation[d]! - attrs.padding[d]![0];
        if (i < 0 || i >= shape[lead + d]!) return [];
        place += i * steps[lead + d]!;
      }
      return [place];
    });
  });
}

export function reduceWindow(kind: ReduceKind, x: DeviceView, out: DeviceView, attrs: WindowAttrs): void {
  const { neutral, step } = foldOf(kind, x.dtype);
  const values = load(x);
  store(
    out,
    windowsOf(x.shape, out.shape, attrs).map((window) =>
      window.reduce((total, at) => step(total, values[at]!), neutral),
    ),
  );
}

export function selectAndScatter(
  kind: "max" | "min",
  x: DeviceView,
  source: DeviceView,
  out: DeviceView,
  attrs: WindowAttrs,
): void {
  const { zero, add } = arithmeticOf(x.dtype);
  const [values, given] = [load(x), load(source)];
  const result: Value[] = Array.from({ length: count(out.shape) }, () => zero);
  windowsOf(x.shape, source.shape, attrs).forEach((window, i) => {
    if (window.length === 0) return;
    const chosen = firstExtreme(
      kind,
      window.map((at) => values[at]!),
    );
    const at = window[chosen]!;
    result[at] = add(result[at]!, given[i]!);
  });
  store(out, result);
}
