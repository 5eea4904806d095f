// Reductions from their definitions.
import { dtypeKind, type DType, type ReduceKind } from "@isoform/core";
import { at, build, integerRange, toDType, wrap, type NDArray, type Value } from "./ndarray.js";

/** The reduction of a list of values of a dtype; floats are summed in float64. */
export function fold(kind: ReduceKind, dtype: DType, values: readonly Value[]): Value {
  if (dtypeKind(dtype) === "float") return foldFloats(kind, values.map(Number));
  const list = values.map(BigInt);
  const [low, high] = integerRange(dtype);
  switch (kind) {
    case "sum":
      return wrap(
        dtype,
        list.reduce((s, v) => s + v, 0n),
      );
    case "prod":
      return wrap(
        dtype,
        list.reduce((p, v) => p * v, 1n),
      );
    case "max":
      return wrapBool(
        dtype,
        list.reduce((m, v) => (v > m ? v : m), low),
      );
    case "min":
      return wrapBool(
        dtype,
        list.reduce((m, v) => (v < m ? v : m), high),
      );
  }
}

const wrapBool = (dtype: DType, v: bigint): Value => (dtype === "bool" ? Number(v) : wrap(dtype, v));

function foldFloats(kind: ReduceKind, list: readonly number[]): number {
  switch (kind) {
    case "sum":
      return list.reduce((s, v) => s + v, 0);
    case "prod":
      return list.reduce((p, v) => p * v, 1);
    case "max":
      return list.some(Number.isNaN) ? NaN : list.reduce((m, v) => (v > m ? v : m), -Infinity);
    case "min":
      return list.some(Number.isNaN) ? NaN : list.reduce((m, v) => (v < m ? v : m), Infinity);
  }
}

/** The values of a line of `x` along `axis` through `index`. */
export function line(x: NDArray, axis: number, index: readonly number[]): Value[] {
  return Array.from({ length: x.shape[axis]! }, (_, j) => at(x, index.with(axis, j)));
}

/** Reduction over several axes. */
export function reduce(kind: ReduceKind, x: NDArray, axes: readonly number[]): NDArray {
  const groups = new Map<string, Value[]>();
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const shape = kept.map((i) => x.shape[i]!);
  build(shape, x.dtype, (index) => {
    groups.set(index.join(), []);
    return 0;
  });
  build(x.shape, x.dtype, (index) => {
    const v = at(x, index);
    groups.get(kept.map((i) => index[i]!).join())!.push(v);
    return v;
  });
  return build(shape, x.dtype, (index) => fold(kind, x.dtype, groups.get(index.join())!));
}

/** Position of the first greatest or least value; a NaN is both. */
export function firstExtremum(kind: "max" | "min", values: readonly Value[]): number {
  const nan = values.findIndex((v) => Number.isNaN(v));
  if (nan >= 0) return nan;
  let best = 0;
  values.forEach((v, j) => {
    if (kind === "max" ? v > values[best]! : v < values[best]!) best = j;
  });
  return best;
}

/** Index of the first extremum along an axis. */
export function argReduce(kind: "max" | "min", x: NDArray, axis: number): NDArray {
  const shape = x.shape.filter((_, i) => i !== axis);
  return build(shape, "int64", (index) =>
    BigInt(firstExtremum(kind, line(x, axis, index.toSpliced(axis, 0, 0)))),
  );
}

/** Running reduction along an axis. */
export function cumulative(
  x: NDArray,
  attrs: {
    readonly kind: ReduceKind;
    readonly axis: number;
    readonly exclusive: boolean;
    readonly reverse: boolean;
  },
): NDArray {
  const { kind, axis, exclusive, reverse } = attrs;
  return build(x.shape, x.dtype, (index) => {
    const values = line(x, axis, index);
    const j = index[axis]!;
    const part = reverse ? values.slice(exclusive ? j + 1 : j) : values.slice(0, exclusive ? j : j + 1);
    return fold(kind, x.dtype, part);
  });
}

/** Values rounded or wrapped to their dtype. */
export function settle(x: NDArray): NDArray {
  return { ...x, data: x.data.map((v) => toDType(x.dtype, v)) };
}
