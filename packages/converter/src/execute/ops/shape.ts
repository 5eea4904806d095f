// Ops that move elements or state shapes. Shape arithmetic on small integers stays on the host.
import * as core from "@isoform/core";
import {
  broadcastShapes,
  broadcastView,
  flipView,
  isDType,
  isFloat,
  sizeOf,
  sliceView,
  transposeView,
  type Tensor,
} from "@isoform/core";
import type { SHAPE_OPS } from "../../ir/ops/shape.js";
import type { IrOp } from "../../ir/ops/table.js";
import type { Call, OpRuns, Result } from "../call.js";
import { hostInputs } from "../fold.js";
import { checkHostSize, HOST_LIMIT, hostFromRaw, hostInts, HostTensor, toScalar } from "../host.js";
import { concatHost, hostView, readView } from "../strided.js";

const at = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The target of an ONNX Reshape: 0 copies a size unless `allowzero`, −1 is the rest. */
export function reshapeTarget(
  from: readonly number[],
  wanted: readonly number[],
  allowZero: boolean,
): number[] {
  const shape = wanted.map((n, i) => (n === 0 && !allowZero ? (from[i] ?? 0) : n));
  const free = shape.indexOf(-1);
  if (free >= 0) {
    const known = shape.reduce((p, n, i) => (i === free ? p : p * n), 1);
    shape[free] = known === 0 ? 0 : sizeOf(from) / known;
  }
  return shape;
}

function reshapeAny<K extends IrOp>(c: Call<K>, shape: readonly number[]): Result {
  const x = c.value(0);
  if (x instanceof HostTensor && sizeOf(shape) === x.size) return new HostTensor(x.dtype, shape, x.values);
  return core.reshape(c.t(0), shape);
}

function reshape(c: Call<"Reshape">): Result {
  return reshapeAny(c, reshapeTarget(c.shape(0), c.ints(1), c.attrs.allowzero !== 0));
}

function squeeze(c: Call<"Squeeze">): Result {
  const shape = c.shape(0);
  const axes = c.optInts(1)?.map((a) => at(a, shape.length)) ?? shape.flatMap((n, i) => (n === 1 ? [i] : []));
  if (axes.some((a) => shape[a] !== 1)) throw c.error(`axes [${axes.join(",")}] are not all of size 1`);
  return reshapeAny(
    c,
    shape.filter((_, i) => !axes.includes(i)),
  );
}

function unsqueeze(c: Call<"Unsqueeze">): Result {
  const from = c.shape(0);
  const axes = c.ints(1);
  const rank = from.length + axes.length;
  const set = new Set(axes.map((a) => at(a, rank)));
  let next = 0;
  return reshapeAny(
    c,
    Array.from({ length: rank }, (_, i) => (set.has(i) ? 1 : from[next++]!)),
  );
}

function flatten(c: Call<"Flatten">): Result {
  const shape = c.shape(0);
  const axis = at(c.attrs.axis, shape.length);
  return reshapeAny(c, [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))]);
}

function transpose(c: Call<"Transpose">): Result {
  const x = c.value(0);
  const rank = c.shape(0).length;
  const perm = c.attrs.perm ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (x instanceof HostTensor) return readView(x, transposeView(hostView(x), perm));
  return core.transpose(c.t(0), perm);
}

/** Slice bounds of one axis by ONNX's clamping rule; a negative step is a flip and a positive step. */
function bounds(n: number, start: number, end: number, step: number) {
  const s = start < 0 ? start + n : start;
  const e = end < 0 ? end + n : end;
  if (step > 0) {
    const from = Math.min(Math.max(s, 0), n);
    return { flip: false, from, to: Math.max(from, Math.min(Math.max(e, 0), n)), step };
  }
  const first = Math.min(Math.max(s, 0), n - 1);
  const last = Math.min(Math.max(e, -1), n - 1);
  const from = n - 1 - first;
  return { flip: true, from: Math.max(0, from), to: Math.max(Math.max(0, from), n - 1 - last), step: -step };
}

function slice(c: Call<"Slice">): Result {
  const shape = c.shape(0);
  const starts = c.ints(1);
  const ends = c.ints(2);
  const axes = (c.optInts(3) ?? starts.map((_, i) => i)).map((a) => at(a, shape.length));
  const steps = c.optInts(4) ?? starts.map(() => 1);
  const flips: number[] = [];
  const from = shape.map(() => 0);
  const to = [...shape];
  const by = shape.map(() => 1);
  axes.forEach((a, i) => {
    const b = bounds(shape[a]!, starts[i]!, ends[i]!, steps[i]!);
    if (b.flip) flips.push(a);
    from[a] = b.from;
    to[a] = b.to;
    by[a] = b.step;
  });
  const x = c.value(0);
  if (x instanceof HostTensor) return readView(x, sliceView(flipView(hostView(x), flips), from, to, by));
  return core.slice(core.flip(c.t(0), flips), from, to, by);
}

function concat(c: Call<"Concat">): Result {
  return core.concat(c.all(), c.attrs.axis);
}

function foldConcat(c: Call<"Concat">): Result | null {
  const inputs = hostInputs(c);
  return inputs && inputs.length > 0 ? concatHost(inputs, c.attrs.axis) : null;
}

function expand(c: Call<"Expand">): Result {
  const shape = broadcastShapes(c.shape(0), c.ints(1));
  if (shape === null) throw c.error(`cannot be broadcast to [${c.ints(1).join(",")}]`);
  const x = c.value(0);
  if (x instanceof HostTensor && sizeOf(shape) <= HOST_LIMIT)
    return readView(x, broadcastView(hostView(x), shape));
  return core.broadcastTo(c.t(0), shape);
}

function tile(c: Call<"Tile">): Result {
  const repeats = c.ints(1);
  const x = c.value(0);
  if (!(x instanceof HostTensor)) return core.tile(c.t(0), repeats);
  checkHostSize(
    repeats.reduce((n, r) => n * r, x.size),
    c.node.op,
  );
  let out = x;
  repeats.forEach((n, axis) => {
    out =
      n === 0
        ? new HostTensor(
            out.dtype,
            out.shape.map((d, i) => (i === axis ? 0 : d)),
            [],
          )
        : concatHost(
            Array.from({ length: n }, () => out),
            axis,
          );
  });
  return out;
}

/** `start, start + delta, …` before `limit`. */
function range(c: Call<"Range">): Result {
  const dtype = c.dtype(0);
  const [start, limit, delta] = [c.host(0).values[0]!, c.host(1).values[0]!, c.host(2).values[0]!];
  const n = Math.max(0, Math.ceil((Number(limit) - Number(start)) / Number(delta)));
  checkHostSize(n, c.node.op);
  const values = Array.from({ length: n }, (_, i) =>
    typeof start === "bigint" && typeof delta === "bigint"
      ? start + BigInt(i) * delta
      : toScalar(dtype, Number(start) + i * Number(delta)),
  );
  return new HostTensor(dtype, [n], values);
}

function constantOfShape(c: Call<"ConstantOfShape">): Result {
  const shape = c.ints(0);
  const value = c.attrs.value ? hostFromRaw(c.attrs.value) : new HostTensor("float32", [1], [0]);
  const { dtype } = value;
  const v = value.values[0] ?? 0;
  if (!isDType(dtype) || typeof v === "string") throw c.error(`cannot fill with ${dtype}`);
  const n = sizeOf(shape);
  if (!isFloat(dtype) && n <= HOST_LIMIT)
    return new HostTensor(
      dtype,
      shape,
      Array.from({ length: n }, () => v),
    );
  return core.full(shape, v, dtype);
}

function shapeOf(c: Call<"Shape">): Result {
  const v = c.value(0);
  const shape = v instanceof HostTensor ? v.shape : c.shape(0);
  const { start, end } = c.attrs;
  return hostInts(shape.slice(start, end ?? shape.length));
}

function eyeLike(c: Call<"EyeLike">): Tensor {
  const [n, m] = c.shape(0) as [number, number];
  const dtype = c.attrs.dtype ?? c.spec(0).dtype;
  if (!isDType(dtype)) throw c.error(`cannot make a ${dtype} matrix`);
  const row = core.add(core.iota([n, m], 0), c.attrs.k);
  return core.cast(core.eq(row, core.iota([n, m], 1)), dtype);
}

function trilu(c: Call<"Trilu">): Tensor {
  const k = c.has(1) ? c.scalar(1) : 0;
  return c.attrs.upper ? core.triu(c.t(0), k) : core.tril(c.t(0), k);
}

function split(c: Call<"Split">): Result {
  const shape = c.shape(0);
  const axis = at(c.attrs.axis, shape.length);
  const n = shape[axis]!;
  const parts = c.attrs.num_outputs ?? c.node.outputs.length;
  checkHostSize(parts, c.node.op);
  const each = Math.ceil(n / parts);
  const sizes =
    c.optInts(1) ?? Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(each, n - i * each)));
  const x = c.value(0);
  let from = 0;
  return sizes.map((size) => {
    const start = from;
    from += size;
    if (!(x instanceof HostTensor)) return core.sliceAxis(c.t(0), axis, start, from);
    const lows = shape.map((_, i) => (i === axis ? start : 0));
    const highs = shape.map((d, i) => (i === axis ? from : d));
    return readView(
      x,
      sliceView(
        hostView(x),
        lows,
        highs,
        shape.map(() => 1),
      ),
    );
  });
}

const PAD_MODES = new Map<string, "constant" | "reflect" | "edge" | "wrap">([
  ["constant", "constant"],
  ["reflect", "reflect"],
  ["edge", "edge"],
  ["wrap", "wrap"],
]);

function pad(c: Call<"Pad">): Tensor {
  let x = c.t(0);
  const rank = x.rank;
  const pads = c.ints(1);
  const axes = (c.optInts(3) ?? x.shape.map((_, i) => i)).map((a) => at(a, rank));
  const low = new Array<number>(rank).fill(0);
  const high = new Array<number>(rank).fill(0);
  axes.forEach((a, i) => {
    low[a] = pads[i]!;
    high[a] = pads[i + axes.length]!;
  });
  const starts = low.map((n) => Math.max(0, -n));
  const ends = high.map((n, i) => Math.max(starts[i]!, x.shape[i]! - Math.max(0, -n)));
  x = core.slice(x, starts, ends);
  const mode = PAD_MODES.get(c.attrs.mode);
  if (mode === undefined) throw c.error(`pad mode ${JSON.stringify(c.attrs.mode)} is not known`);
  const value = c.has(2) ? Number(c.host(2).values[0] ?? 0) : 0;
  const up = (n: number) => Math.max(0, n);
  return core.padMode(x, { low: low.map(up), high: high.map(up), mode, value });
}

/** Reverses the first `length` entries of every batch row. */
function reverseSequence(c: Call<"ReverseSequence">): Tensor {
  const x = c.t(0);
  const lengths = c.ints(1);
  const batch = at(c.attrs.batch_axis, x.rank);
  const time = at(c.attrs.time_axis, x.rank);
  const rows = lengths.map((length, b) => {
    const row = core.sliceAxis(x, batch, b, b + 1);
    const head = core.flip(core.sliceAxis(row, time, 0, length), time);
    return core.concat([head, core.sliceAxis(row, time, length)], time);
  });
  return core.concat(rows, batch);
}

function centerCropPad(c: Call<"CenterCropPad">): Tensor {
  let x = c.t(0);
  const target = c.ints(1);
  const axes = (c.attrs.axes ?? x.shape.map((_, i) => i)).map((a) => at(a, x.rank));
  axes.forEach((axis, i) => {
    const n = x.shape[axis]!;
    const want = target[i]!;
    if (want <= n) {
      const start = Math.floor((n - want) / 2);
      x = core.sliceAxis(x, axis, start, start + want);
      return;
    }
    const before = Math.floor((want - n) / 2);
    const low = x.shape.map((_, d) => (d === axis ? before : 0));
    const high = x.shape.map((_, d) => (d === axis ? want - n - before : 0));
    x = core.pad(x, { low, high });
  });
  return x;
}

/** Ops that move elements or state shapes. */
export const SHAPE: OpRuns<keyof typeof SHAPE_OPS> = {
  CenterCropPad: { host: [1], run: centerCropPad },
  Concat: { fold: foldConcat, run: concat },
  ConstantOfShape: { host: [0], run: constantOfShape },
  DepthToSpace: {
    run: (c) =>
      core.depthToSpace(c.t(0), c.attrs.blocksize, { mode: c.attrs.mode === "CRD" ? "CRD" : "DCR" }),
  },
  Expand: { host: [1], run: expand },
  EyeLike: { run: eyeLike },
  Flatten: { run: flatten },
  Pad: { host: [1, 2, 3], run: pad },
  Range: { host: "all", run: range },
  Reshape: { host: [1], run: reshape },
  ReverseSequence: { host: [1], run: reverseSequence },
  Shape: { run: shapeOf },
  Size: { run: (c) => hostInts([sizeOf(c.shape(0))], []) },
  Slice: { host: [1, 2, 3, 4], run: slice },
  SpaceToDepth: { run: spaceToDepth },
  Split: { host: [1], run: split },
  Squeeze: { host: [1], run: squeeze },
  Tile: { host: [1], run: tile },
  Transpose: { run: transpose },
  Trilu: { host: [1], run: trilu },
  Unsqueeze: { host: [1], run: unsqueeze },
};

/** [N, C, H, W] -> [N, C*b*b, H/b, W/b]; the block offset is the outer channel index in DCR, the inner in CRD. */
function spaceToDepth(c: Call<"SpaceToDepth">): Tensor {
  const x = c.t(0);
  const b = c.attrs.blocksize;
  const [n, ch, h, w] = x.shape as [number, number, number, number];
  const blocks = core.reshape(x, [n, ch, h / b, b, w / b, b]);
  const perm = c.attrs.mode === "CRD" ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4];
  return core.reshape(core.transpose(blocks, perm), [n, ch * b * b, h / b, w / b]);
}
