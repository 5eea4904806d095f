// reduce, argReduce, cumulative, sort.
import type { DType, ReduceKind } from "@isoform/core";
import type { DeviceView } from "../device.js";
import {
  arithmeticOf,
  count,
  firstExtreme,
  greater,
  lesser,
  load,
  places,
  rangeOf,
  rowMajor,
  store,
  type Value,
} from "../elements.js";

/** How a reduction begins and goes on. */
export interface Fold {
  readonly neutral: Value;
  step(total: Value, v: Value): Value;
}

/** The reduction of a kind in a dtype. */
export function foldOf(kind: ReduceKind, dtype: DType): Fold {
  const { zero, one, add, mul } = arithmeticOf(dtype);
  const [low, high] = rangeOf(dtype);
  switch (kind) {
    case "sum":
      return { neutral: zero, step: add };
    case "prod":
      return { neutral: one, step: mul };
    case "max":
      return { neutral: low, step: greater };
    case "min":
      return { neutral: high, step: lesser };
  }
}

export function reduce(kind: ReduceKind, x: DeviceView, out: DeviceView, axes: readonly number[]): void {
  const { neutral, step } = foldOf(kind, x.dtype);
  const kept = rowMajor(x.shape.filter((_, i) => !axes.includes(i)));
  const strides = x.shape.map((_, i) => (axes.includes(i) ? 0 : kept.shift()!));
  const totals: Value[] = Array.from({ length: count(out.shape) }, () => neutral);
  const values = load(x);
  places(x.shape, strides).forEach((at, i) => {
    totals[at] = step(totals[at]!, values[i]!);
  });
  store(out, totals);
}

/** The lines of a dense array along an axis: where each starts, how long it is, and how far apart its elements are. */
function linesOf(
  shape: readonly number[],
  axis: number,
): { readonly starts: number[]; readonly length: number; readonly step: number } {
  const strides = rowMajor(shape);
  const without = (list: readonly number[]) => list.filter((_, i) => i !== axis);
  return {
    starts: places(without(shape), without(strides)),
    length: shape[axis]!,
    step: strides[axis]!,
  };
}

function linePlaces(x: DeviceView, axis: number): number[][] {
  const { starts, length, step } = linesOf(x.shape, axis);
  return starts.map((start) => Array.from({ length }, (_, i) => start + i * step));
}

export function argReduce(kind: "max" | "min", x: DeviceView, out: DeviceView, axis: number): void {
  const values = load(x);
  store(
    out,
    linePlaces(x, axis).map((line) =>
      BigInt(
        firstExtreme(
          kind,
          line.map((at) => values[at]!),
        ),
      ),
    ),
  );
}

export function cumulative(
  kind: ReduceKind,
  x: DeviceView,
  out: DeviceView,
  attrs: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean },
): void {
  const { neutral, step } = foldOf(kind, x.dtype);
  const values = load(x);
  const result: Value[] = [...values];
  for (const line of linePlaces(x, attrs.axis)) {
    let total = neutral;
    for (const at of attrs.reverse ? line.toReversed() : line) {
      if (attrs.exclusive) result[at] = total;
      total = step(total, values[at]!);
      if (!attrs.exclusive) result[at] = total;
    }
  }
  store(out, result);
}

/** Order of two values; NaN is greater than everything. */
function order(a: Value, b: Value): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

export function sort(
  x: DeviceView,
  values: DeviceView,
  indices: DeviceView,
  attrs: { readonly axis: number; readonly descending: boolean },
): void {
  const given = load(x);
  const sorted: Value[] = [...given];
  const from: Value[] = given.map(() => 0n);
  const sign = attrs.descending ? -1 : 1;
  for (const line of linePlaces(x, attrs.axis)) {
    const ranked = line.map((at, i) => ({ value: given[at]!, i }));
    ranked.sort((a, b) => sign * order(a.value, b.value));
    ranked.forEach(({ value, i }, j) => {
      sorted[line[j]!] = value;
      from[line[j]!] = BigInt(i);
    });
  }
  store(values, sorted);
  store(indices, from);
}
