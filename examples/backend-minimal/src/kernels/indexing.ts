// gather and scatter.
import type { ScatterMode } from "@isoform/core";
import type { DeviceView } from "../device.js";
import {
  arithmeticOf,
  count,
  greater,
  lesser,
  load,
  store,
  type Arithmetic,
  type Value,
} from "../elements.js";

/**
 * For every element of a gathered array in row-major order, its place in the dense array that it is taken from, or −1
 * where the index is outside.
 */
function sources(shape: readonly number[], indices: readonly Value[], axis: number): number[] {
  const n = shape[axis]!;
  const inner = count(shape.slice(axis + 1));
  const outer = Array.from({ length: count(shape.slice(0, axis)) }, (_, o) => o * n * inner);
  return outer.flatMap((start) =>
    indices.flatMap((index) =>
      Array.from({ length: inner }, (_, i) =>
        index >= 0 && index < n ? start + Number(index) * inner + i : -1,
      ),
    ),
  );
}

export function gather(x: DeviceView, indices: DeviceView, out: DeviceView, axis: number): void {
  const values = load(x);
  const { zero } = arithmeticOf(x.dtype);
  store(
    out,
    sources(x.shape, load(indices), axis).map((at) => (at < 0 ? zero : values[at]!)),
  );
}

function combine(mode: ScatterMode, { add, mul }: Arithmetic, old: Value, update: Value): Value {
  switch (mode) {
    case "set":
      return update;
    case "add":
      return add(old, update);
    case "mul":
      return mul(old, update);
    case "max":
      return greater(old, update);
    case "min":
      return lesser(old, update);
  }
}

export function scatter(
  mode: ScatterMode,
  x: DeviceView,
  indices: DeviceView,
  updates: DeviceView,
  out: DeviceView,
  axis: number,
): void {
  const arithmetic = arithmeticOf(x.dtype);
  const result = load(x);
  const given = load(updates);
  sources(x.shape, load(indices), axis).forEach((at, i) => {
    if (at >= 0) result[at] = combine(mode, arithmetic, result[at]!, given[i]!);
  });
  store(out, result);
}
