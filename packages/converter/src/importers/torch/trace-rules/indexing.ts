// Gathering, scattering and sorting of a trace as IR nodes. Core skips places outside an axis (they give 0, and are not
// written); ONNX counts negative ones from the end and refuses the others: places that may be outside are guarded.
import type { ScatterMode } from "@isoform/core";
import type { IrValue } from "../../../ir/types.js";
import { count, NotExpressible, scalarLike, type TraceCall, type RulesOf } from "../trace-call.js";
import { zeroOutside } from "./shape.js";

const REDUCTIONS: Readonly<Record<ScatterMode, string>> = {
  set: "none",
  add: "add",
  mul: "mul",
  max: "max",
  min: "min",
};

/** Input `i` as int64, which all engines take as indices. */
function indices(t: TraceCall, i: number): IrValue {
  return t.dtype(i) === "int64" ? t.x(i) : t.op("Cast", [t.x(i)], { to: "int64" });
}

/** The size of an axis of input `i`, computed where it follows the batch. */
function sizeOf(t: TraceCall, i: number, axis: number): IrValue {
  const b = t.builder;
  if (!t.moving(i).includes(axis)) return b.scalar(t.shape(i)[axis]!, "int64");
  return t.op("Squeeze", [t.op("Shape", [t.x(i)], { start: axis, end: axis + 1 }), b.ints([0])], {});
}

/** Indices moved into 0…n−1, and which of them were there. */
function guarded(
  t: TraceCall,
  index: IrValue,
  n: IrValue,
): { readonly at: IrValue; readonly inside: IrValue } {
  const c = (v: number) => t.builder.scalar(v, "int64");
  const least = t.op("Max", [index, c(0)], {});
  const at = t.op("Min", [least, t.op("Sub", [n, c(1)], {})], {});
  return { at, inside: t.op("Equal", [at, index], {}) };
}

function gather(t: TraceCall, axis: number): IrValue {
  const n = t.shape(0)[axis]!;
  if (t.within(1, n)) return t.op("Gather", [t.x(0), t.x(1)], { axis });
  const { at, inside } = guarded(t, indices(t, 1), sizeOf(t, 0, axis));
  const taken = t.op("Gather", [t.x(0), at], { axis });
  const after = t.shape(0).length - axis - 1;
  if (after === 0) return zeroOutside(t, taken, inside);
  const rank = t.shape(1).length;
  const ones = count(after).map((i) => rank + i);
  return zeroOutside(t, taken, t.op("Unsqueeze", [inside, t.builder.ints(ones)], {}));
}

/** Slices written along the first axis; another one is brought there. */
function scatter(t: TraceCall, axis: number, mode: ScatterMode): IrValue {
  const b = t.builder;
  const rank = t.shape(0).length;
  const n = t.shape(0)[axis]!;
  const m = t.shape(1).length;
  const front = [axis, ...count(rank).filter((i) => i !== axis)];
  const back = count(rank).map((i) => front.indexOf(i));
  const still = axis === 0;
  let data = still ? t.x(0) : t.op("Transpose", [t.x(0)], { perm: front });
  const order = [
    ...count(m).map((i) => axis + i),
    ...count(axis),
    ...count(rank - axis - 1).map((i) => axis + m + i),
  ];
  const moved = still ? t.x(2) : t.op("Transpose", [t.x(2)], { perm: order });
  const flat = (shapes: readonly (readonly number[])[]) => shapes[1]!.reduce((p, v) => p * v, 1);
  const updates =
    m === 1 ? moved : t.reshape(moved, (s) => [flat(s), ...front.slice(1).map((i) => s[0]![i]!)]);
  let index = indices(t, 1);
  if (m !== 1) index = t.reshape(index, (s) => [flat(s)]);
  const safe = t.within(1, n);
  if (!safe) {
    // One more row takes what is outside.
    const size = sizeOf(t, 0, axis);
    const { inside } = guarded(t, index, size);
    index = t.op("Where", [inside, index, size], {});
    const pads = [...count(rank).map(() => 0), ...count(rank).map((i) => (i === 0 ? 1 : 0))];
    data = t.op("Pad", [data, b.ints(pads), null], { mode: "constant" });
  }
  const tuples = t.op("Unsqueeze", [index, b.ints([1])], {});
  let out = t.op("ScatterND", [data, tuples, updates], { reduction: REDUCTIONS[mode] });
  if (!safe) out = t.op("Slice", [out, b.ints([0]), b.ints([-1]), b.ints([0])], {});
  return still ? out : t.op("Transpose", [out], { perm: back });
}

/** The k first elements in order. */
function sorted(
  t: TraceCall,
  axis: number,
  k: number | null,
  largest: boolean,
  ordered: boolean,
): readonly (IrValue | null)[] {
  const small = ["bool", "int8", "uint8", "int16", "uint16"].includes(t.dtype(0));
  const x = small ? t.op("Cast", [t.x(0)], { to: "int32" }) : t.x(0);
  const size = () => {
    const shape = t.op("Shape", [x], { start: axis, end: axis + 1 });
    return shape;
  };
  const n = k ?? (t.moving(0).includes(axis) ? null : t.shape(0)[axis]!);
  const inputs = [x, n === null ? size() : t.builder.ints([n])];
  const attrs = { axis, largest: largest ? 1 : 0, sorted: ordered ? 1 : 0 };
  const [values, places] = t.nodes("TopK", inputs, attrs, ["values", "indices"]);
  return [small && values ? t.op("Cast", [values], { to: t.dtype(0) }) : (values ?? null), places ?? null];
}

/** Gathering, scattering, sorting. */
export const INDEXING_RULES: RulesOf<"gather" | "scatter" | "sort"> = {
  gather: (t, a) => gather(t, a.axis),
  embedding: (t) => t.op("Gather", [t.x(0), t.x(1)], { axis: 0 }),
  gatherElements: (t, a) => t.op("GatherElements", [t.x(0), indices(t, 1)], { axis: a.axis }),
  gatherNd: (t, a) => t.op("GatherND", [t.x(0), indices(t, 1)], { batch_dims: a.batchDims }),
  scatter: (t, a) => scatter(t, a.axis, a.mode),
  scatterElements: (t, a) => {
    const inputs = [t.x(0), indices(t, 1), t.x(2)];
    return t.op("ScatterElements", inputs, { axis: a.axis, reduction: REDUCTIONS[a.mode] });
  },
  scatterNd: (t, a) => t.op("ScatterND", [t.x(0), indices(t, 1), t.x(2)], { reduction: REDUCTIONS[a.mode] }),
  maxUnpool: (t, a) => {
    const lead = t.shape(0).length - a.outputSpatial.length;
    const plane = a.outputSpatial.reduce((p, n) => p * n, 1);
    const flat = (s: readonly number[], n: number) => [s.slice(0, lead).reduce((p, m) => p * m, 1), n];
    const zeros = t.op("Expand", [scalarLike(t, 0, 0), t.sizesFor(false, ([s]) => flat(s!, plane))], {});
    const rows = (v: IrValue) =>
      t.reshape(v, ([s]) =>
        flat(
          s!,
          s!.slice(lead).reduce((p, m) => p * m, 1),
        ),
      );
    const out = t.op("ScatterElements", [zeros, rows(indices(t, 1)), rows(t.x(0))], { axis: 1 });
    return t.reshape(out, ([s]) => [...s!.slice(0, lead), ...a.outputSpatial]);
  },
  sort: (t, a) => sorted(t, a.axis, null, a.descending, true),
  topK: (t, a) => sorted(t, a.axis, a.k, a.largest, a.sorted),
  oneHot: (t, a) => {
    const values = t.builder.literal([0, 1], [2], a.dtype === "bool" ? "float32" : a.dtype);
    if (!t.within(0, a.depth)) throw new NotExpressible("negative indices are nothing");
    const out = t.op("OneHot", [t.x(0), t.builder.scalar(a.depth, "int64"), values], { axis: a.axis });
    return a.dtype === "bool" ? t.op("Cast", [out], { to: "bool" }) : out;
  },
};
