// Reductions, scans and sorting.
import * as core from "@isoform/core";
import { isDType, isFloat, type Tensor } from "@isoform/core";
import type { REDUCE_OPS } from "../../ir/ops/reduce.js";
import type { Call, OpRun, OpRuns, Result } from "../call.js";
import { hostInputs } from "../fold.js";
import { hostInts, HostTensor, toScalar, type Scalar } from "../host.js";

type ReduceOp = Extract<keyof typeof REDUCE_OPS, `Reduce${string}`>;
type Reducer = (x: Tensor, axes: readonly number[], options: { keepDims: boolean }) => Tensor;

/** Axes of a reduction: the input, or all; empty axes mean all unless the node says they mean none. */
function axesOf(given: readonly number[] | null, rank: number, noop: boolean): number[] {
  if (given === null || given.length === 0) return noop ? [] : Array.from({ length: rank }, (_, i) => i);
  return given.map((a) => (a < 0 ? a + rank : a));
}

function reduce(fn: Reducer, host?: (values: readonly Scalar[], big: boolean) => Scalar): OpRun<ReduceOp> {
  return {
    host: [1],
    ...(host ? { fold: (c: Call<ReduceOp>) => foldAll(c, host) } : {}),
    run: (c) => {
      const { keepdims, noop_with_empty_axes: noop } = c.attrs;
      const x = c.t(0);
      return fn(x, axesOf(c.optInts(1), x.rank, noop !== 0), { keepDims: keepdims !== 0 });
    },
  };
}

/** Folds a reduction over everything: what shape arithmetic needs (number of elements, largest side). */
function foldAll(c: Call<ReduceOp>, fn: (values: readonly Scalar[], big: boolean) => Scalar): Result | null {
  const x = hostInputs(c)?.[0];
  if (!x || x.size === 0) return null;
  const { keepdims, noop_with_empty_axes: noop } = c.attrs;
  const axes = axesOf(c.optInts(1), x.shape.length, noop !== 0);
  if (axes.length !== x.shape.length) return null;
  if (!isDType(x.dtype)) return null;
  const value = fn(x.values, !isFloat(x.dtype));
  const stored = typeof value === "string" ? value : toScalar(x.dtype, value);
  return new HostTensor(x.dtype, keepdims ? x.shape.map(() => 1) : [], [stored]);
}

const total = (v: readonly Scalar[], big: boolean): Scalar =>
  big ? v.reduce<bigint>((a, b) => a + BigInt(b), 0n) : v.reduce<number>((a, b) => a + Number(b), 0);
const product = (v: readonly Scalar[], big: boolean): Scalar =>
  big ? v.reduce<bigint>((a, b) => a * BigInt(b), 1n) : v.reduce<number>((a, b) => a * Number(b), 1);
const largest = (v: readonly Scalar[]): Scalar => v.reduce((a, b) => (b > a ? b : a));
const smallest = (v: readonly Scalar[]): Scalar => v.reduce((a, b) => (b < a ? b : a));

/** Mean in the tensor's own dtype, integers truncated. */
function mean(x: Tensor, axes: readonly number[], options: { keepDims: boolean }): Tensor {
  if (isFloat(x.dtype)) return core.mean(x, axes, options);
  const n = axes.reduce((p, a) => p * x.shape[a]!, 1);
  return core.div(core.sum(x, axes, options), Math.max(1, n));
}

/** Runs in float32 where the op needs floats, and comes back. */
function inFloat(x: Tensor, fn: (x: Tensor) => Tensor): Tensor {
  return isFloat(x.dtype) ? fn(x) : core.cast(fn(core.cast(x, "float64")), x.dtype);
}

function argReduce(fn: typeof core.argmax): OpRun<"ArgMax" | "ArgMin"> {
  return {
    run: (c) => {
      const { axis, keepdims, select_last_index: last } = c.attrs;
      const x = c.t(0);
      const a = axis < 0 ? axis + x.rank : axis;
      const options = { keepDims: keepdims !== 0 };
      if (!last) return fn(x, a, options);
      return core.sub(x.shape[a]! - 1, fn(core.flip(x, a), a, options));
    },
  };
}

function scan(kind: "sum" | "prod"): OpRun<"CumSum" | "CumProd"> {
  return {
    host: [1],
    run: (c) =>
      core.cumulative(c.t(0), {
        kind,
        axis: c.scalar(1),
        exclusive: c.attrs.exclusive !== 0,
        reverse: c.attrs.reverse !== 0,
      }),
  };
}

function topK(c: Call<"TopK">): Result {
  const { axis, largest: up, sorted } = c.attrs;
  return [...core.topK(c.t(0), c.scalar(1), { axis, largest: up !== 0, sorted: sorted !== 0 })];
}

/** Indices of the non-zero elements, [rank, count] in row-major order. */
function nonZero(c: Call<"NonZero">): HostTensor {
  const x = c.host(0);
  const columns: number[][] = x.shape.map(() => []);
  const index = new Array<number>(x.shape.length).fill(0);
  for (const v of x.values) {
    if (v !== 0 && v !== 0n && v !== "") index.forEach((at, d) => columns[d]!.push(at));
    for (let d = index.length - 1; d >= 0; d--) {
      if (++index[d]! < x.shape[d]!) break;
      index[d] = 0;
    }
  }
  const count = columns[0]?.length ?? 0;
  return hostInts(columns.flat(), [x.shape.length, count]);
}

/** Distinct elements (or slices along `axis`), sorted or in order of first appearance. */
function unique(c: Call<"Unique">): Result {
  const x = c.host(0);
  const { axis, sorted } = c.attrs;
  const rank = x.shape.length;
  const a = axis === undefined ? 0 : axis < 0 ? axis + rank : axis;
  const shape = axis === undefined ? [x.size] : x.shape;
  const n = shape[a]!;
  const inner = shape.slice(a + 1).reduce((p, d) => p * d, 1);
  const outer = shape.slice(0, a).reduce((p, d) => p * d, 1);
  const slices = Array.from({ length: n }, (_, i) =>
    Array.from(
      { length: outer * inner },
      (_u, k) => x.values[(Math.floor(k / inner) * n + i) * inner + (k % inner)]!,
    ),
  );
  const groups = new Map<string, { first: number; count: number; slice: Scalar[] }>();
  const keys = slices.map((slice, i) => {
    const key = slice.map(String).join("\u0000");
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { first: i, count: 1, slice });
    return key;
  });
  const order = [...groups.entries()];
  if (sorted) order.sort(([, p], [, q]) => compareSlices(p.slice, q.slice));
  const place = new Map(order.map(([key], i) => [key, i]));
  const outShape = shape.map((d, i) => (i === a ? order.length : d));
  const values = new Array<Scalar>(outer * order.length * inner);
  order.forEach(([, { slice }], i) => {
    slice.forEach((v, k) => (values[(Math.floor(k / inner) * order.length + i) * inner + (k % inner)] = v));
  });
  return [
    new HostTensor(x.dtype, outShape, values),
    hostInts(order.map(([, g]) => g.first)),
    hostInts(keys.map((key) => place.get(key) ?? 0)),
    hostInts(order.map(([, g]) => g.count)),
  ];
}

function compareSlices(a: readonly Scalar[], b: readonly Scalar[]): number {
  for (let i = 0; i < a.length; i++) {
    if (a[i]! < b[i]!) return -1;
    if (a[i]! > b[i]!) return 1;
  }
  return 0;
}

/** Reductions, scans and sorting. */
export const REDUCE: OpRuns<keyof typeof REDUCE_OPS> = {
  ArgMax: argReduce(core.argmax),
  ArgMin: argReduce(core.argmin),
  CumProd: scan("prod"),
  CumSum: scan("sum"),
  ReduceL1: reduce((x, axes, o) => core.sum(core.abs(x), axes, o)),
  ReduceL2: reduce((x, axes, o) => inFloat(x, (f) => core.sqrt(core.sum(core.mul(f, f), axes, o)))),
  ReduceLogSum: reduce((x, axes, o) => inFloat(x, (f) => core.log(core.sum(f, axes, o)))),
  ReduceLogSumExp: reduce((x, axes, o) => inFloat(x, (f) => core.logSumExp(f, axes, o))),
  ReduceMax: reduce(core.max, largest),
  ReduceMean: reduce(mean),
  ReduceMin: reduce(core.min, smallest),
  ReduceProd: reduce(core.prod, product),
  ReduceSum: reduce(core.sum, total),
  ReduceSumSquare: reduce((x, axes, o) => core.sum(core.mul(x, x), axes, o)),
  TopK: { host: [1], run: topK },
  Unique: { host: [0], run: unique },
  NonZero: { host: [0], run: nonZero },
};
