// gather, scatter and sort from their definitions.
import type { ScatterMode } from "@isoform/core";
import { at, build, countOf, holdsBigints, indices, type NDArray, type Value } from "./ndarray.js";
import { fold, line } from "./reduce.js";

/** Slices of x at indices along an axis; zeros for an index outside. */
export function gather(x: NDArray, places: NDArray, axis: number): NDArray {
  const shape = [...x.shape.slice(0, axis), ...places.shape, ...x.shape.slice(axis + 1)];
  const zero: Value = holdsBigints(x.dtype) ? 0n : 0;
  return build(shape, x.dtype, (index) => {
    const j = Number(at(places, index.slice(axis, axis + places.shape.length)));
    if (j < 0 || j >= x.shape[axis]!) return zero;
    return at(x, [...index.slice(0, axis), j, ...index.slice(axis + places.shape.length)]);
  });
}

/** x with updates combined in, one after the other; an index outside is dropped. */
export function scatter(
  x: NDArray,
  places: NDArray,
  updates: NDArray,
  axis: number,
  mode: ScatterMode,
): NDArray {
  const lists = new Map<string, Value[]>();
  for (const index of indices(updates.shape)) {
    const j = Number(at(places, index.slice(axis, axis + places.shape.length)));
    const key = [...index.slice(0, axis), j, ...index.slice(axis + places.shape.length)].join();
    lists.set(key, [...(lists.get(key) ?? []), at(updates, index)]);
  }
  return build(x.shape, x.dtype, (index) => {
    const list = lists.get(index.join()) ?? [];
    if (mode === "set") return list.at(-1) ?? at(x, index);
    const kind = mode === "add" ? "sum" : mode === "mul" ? "prod" : mode;
    return list.length === 0 ? at(x, index) : fold(kind, x.dtype, [at(x, index), ...list]);
  });
}

/** Sorted values and positions along an axis; equal values keep their order; NaN is greatest. */
export function sort(x: NDArray, axis: number, descending: boolean): [NDArray, NDArray] {
  const order = (a: Value, b: Value): number => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a < b ? -1 : a > b ? 1 : 0;
  };
  const sorted = new Map<string, (readonly [Value, number])[]>();
  const pick = (index: readonly number[]) => {
    const key = index.with(axis, 0).join();
    let pairs = sorted.get(key);
    if (pairs === undefined) {
      pairs = line(x, axis, index)
        .map((v, j) => [v, j] as const)
        .toSorted(([a, i], [b, j]) => (descending ? order(b, a) : order(a, b)) || i - j);
      sorted.set(key, pairs);
    }
    return pairs[index[axis]!]!;
  };
  return [build(x.shape, x.dtype, (i) => pick(i)[0]), build(x.shape, "int64", (i) => BigInt(pick(i)[1]))];
}

/** Number of updates: how many terms one element may get. */
export function scatterTerms(places: NDArray): number {
  return countOf(places.shape) + 1;
}
