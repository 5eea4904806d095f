// Gathering and scattering. Negative indices count from the end, as ONNX allows.
import * as core from "@isoform/core";
import { sizeOf, type ScatterMode, type Tensor } from "@isoform/core";
import type { INDEXING_OPS } from "../../ir/ops/indexing.js";
import type { IrOp } from "../../ir/ops/table.js";
import type { Call, OpRuns, Result } from "../call.js";
import { hostInputs } from "../fold.js";
import { checkHostSize, hostInts, HostTensor, type Scalar } from "../host.js";

const at = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Index input `i` with negatives counted from the end of an axis of `n`. */
function wrapped<K extends IrOp>(c: Call<K>, i: number, n: number): Tensor {
  const v = c.value(i);
  if (v instanceof HostTensor) {
    return c.upload(
      hostInts(
        v.numbers().map((k) => (k < 0 ? k + n : k)),
        v.shape,
      ),
    );
  }
  const x = c.t(i);
  return core.where(core.lt(x, 0), core.add(x, n), x);
}

/** Index tuples `[..., k]` with negatives counted from the end of each of the first k axes from `first`. */
function wrappedTuples<K extends IrOp>(c: Call<K>, i: number, sizes: readonly number[]): Tensor {
  const x = core.cast(c.t(i), "int64");
  const limits = c.upload(hostInts(sizes));
  return core.where(core.lt(x, 0), core.add(x, limits), x);
}

function gather(c: Call<"Gather">): Tensor {
  const x = c.t(0);
  const axis = at(c.attrs.axis, x.rank);
  return core.gather(x, wrapped(c, 1, x.shape[axis]!), axis);
}

function foldGather(c: Call<"Gather">): Result | null {
  const inputs = hostInputs(c);
  if (!inputs) return null;
  const [x, indices] = inputs as [HostTensor, HostTensor];
  const axis = at(c.attrs.axis, x.shape.length);
  const n = x.shape[axis]!;
  const inner = sizeOf(x.shape.slice(axis + 1));
  const outer = sizeOf(x.shape.slice(0, axis));
  const places = indices.numbers().map((k) => (k < 0 ? k + n : k));
  if (places.some((k) => k < 0 || k >= n)) throw c.error(`index out of range for ${n} entries`);
  checkHostSize(outer * places.length * inner, c.node.op);
  const values: Scalar[] = [];
  for (let o = 0; o < outer; o++) {
    for (const k of places) for (let j = 0; j < inner; j++) values.push(x.values[(o * n + k) * inner + j]!);
  }
  return new HostTensor(
    x.dtype,
    [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
    values,
  );
}

const MODES = new Map<string, ScatterMode>([
  ["none", "set"],
  ["add", "add"],
  ["mul", "mul"],
  ["max", "max"],
  ["min", "min"],
]);

function mode<K extends IrOp>(c: Call<K>, name: string): ScatterMode {
  const found = MODES.get(name);
  if (found) return found;
  throw c.error(`reduction ${JSON.stringify(name)} is not known`);
}

function gatherElements(c: Call<"GatherElements">): Tensor {
  const x = c.t(0);
  const axis = at(c.attrs.axis, x.rank);
  return core.gatherElements(x, wrapped(c, 1, x.shape[axis]!), axis);
}

function scatterElements(c: Call<"ScatterElements">): Tensor {
  const x = c.t(0);
  const axis = at(c.attrs.axis, x.rank);
  const indices = wrapped(c, 1, x.shape[axis]!);
  return core.scatterElements(x, indices, c.t(2), { axis, mode: mode(c, c.attrs.reduction) });
}

function gatherNd(c: Call<"GatherND">): Tensor {
  const x = c.t(0);
  const batchDims = c.attrs.batch_dims;
  const depth = c.shape(1).at(-1) ?? 0;
  const sizes = x.shape.slice(batchDims, batchDims + depth);
  return core.gatherNd(x, wrappedTuples(c, 1, sizes), { batchDims });
}

function scatterNd(c: Call<"ScatterND">): Tensor {
  const x = c.t(0);
  const depth = c.shape(1).at(-1) ?? 0;
  const indices = wrappedTuples(c, 1, x.shape.slice(0, depth));
  return core.scatterNd(x, indices, c.t(2), { mode: mode(c, c.attrs.reduction) });
}

/** Entries where the condition holds, along an axis or of the flattened tensor. */
function compress(c: Call<"Compress">): Tensor {
  const keep = c.ints(1).flatMap((v, i) => (v ? [i] : []));
  const { axis } = c.attrs;
  const x = axis === undefined ? core.reshape(c.t(0), [-1]) : c.t(0);
  const a = axis === undefined ? 0 : at(axis, x.rank);
  return core.gather(x, c.upload(hostInts(keep)), a);
}

/** off/on values at the index along a new axis; indices outside give all off, negative ones count from the end. */
function oneHot(c: Call<"OneHot">): Tensor {
  const depth = c.scalar(1);
  const indices = core.cast(c.t(0), "int64");
  const wrappedIndex = core.where(core.lt(indices, 0), core.add(indices, depth), indices);
  const rank = indices.rank + 1;
  const axis = at(c.attrs.axis, rank);
  const shape = [...indices.shape.slice(0, axis), depth, ...indices.shape.slice(axis)];
  const places = core.reshape(
    wrappedIndex,
    shape.map((n, i) => (i === axis ? 1 : n)),
  );
  const values = c.t(2);
  const hit = core.eq(core.iota(shape, axis), core.broadcastTo(places, shape));
  return core.where(
    hit,
    core.reshape(core.sliceAxis(values, 0, 1, 2), []),
    core.reshape(core.sliceAxis(values, 0, 0, 1), []),
  );
}

/** Writes `update` into a cache at each batch's write index along `axis` (opset 24). */
function tensorScatter(c: Call<"TensorScatter">): Tensor {
  const cache = c.t(0);
  const update = c.t(1);
  const axis = at(c.attrs.axis, cache.rank);
  const n = update.shape[axis]!;
  const size = cache.shape[axis]!;
  const starts = c.optInts(2) ?? Array.from({ length: cache.shape[0]! }, () => 0);
  const rows = starts.map((start, b) => {
    const places = Array.from({ length: n }, (_, i) =>
      c.attrs.mode === "circular" ? (start + i) % size : start + i,
    );
    const row = core.sliceAxis(cache, 0, b, b + 1);
    return core.scatter(row, c.upload(hostInts(places)), core.sliceAxis(update, 0, b, b + 1), {
      axis,
      mode: "set",
    });
  });
  return core.concat(rows, 0);
}

/** Gathering and scattering. */
export const INDEXING: OpRuns<keyof typeof INDEXING_OPS> = {
  Compress: { host: [1], run: compress },
  Gather: { fold: foldGather, run: gather },
  GatherElements: { run: gatherElements },
  GatherND: { run: gatherNd },
  OneHot: { host: [1], run: oneHot },
  ScatterElements: { run: scatterElements },
  ScatterND: { run: scatterNd },
  TensorScatter: { host: [2], run: tensorScatter },
};
