// Updates combined in by index along an axis, in their order. Few indices: every element of the output looks for its updates.
// Many: the indices are put in order, so that the updates of one place are neighbours, and the first of them applies them all.
import { itemSize, sizeOf, type DType, type ScatterMode } from "@isoform/core";
import { perWord } from "../../wgsl/dtypes.js";
import { binaryExpression, castExpression } from "../../wgsl/functions.js";
import { groupsFor, itemsOf, type Code, type Runner } from "../../wgsl/kernel.js";
import { wideOf } from "../../wgsl/shared.js";
import { asBits, copyElements, mapElements } from "../pointwise.js";
import { Addressing, commonAxes, denseView, reads, writes, type GpuView } from "../view.js";
import { sortPairs } from "./bitonic.js";
import { placeOf } from "./places.js";
import { fillPairs, makePairs } from "./sort.js";

/** Indices that every element of the output may look at, and comparisons in all that are cheap. */
const FEW = 64;
const CHEAP = 1 << 20;
/** Indices whose order is found by counting. */
const COUNTED = 2048;

/** The call with one index axis: indices [m], updates [outer…, m, inner…]. */
interface Scatter {
  readonly mode: ScatterMode;
  readonly x: GpuView;
  readonly indices: GpuView;
  readonly updates: GpuView;
  readonly axis: number;
}

/** The family. */
export function scatter(
  runner: Runner,
  mode: ScatterMode,
  x: GpuView,
  indices: GpuView,
  updates: GpuView,
  out: GpuView,
  axis: number,
): void {
  const count = sizeOf(out.shape);
  if (count === 0) return;
  const scratch: GpuView[] = [];
  const bits = mode === "set" ? asBits : (v: GpuView): GpuView => v;
  const flat = oneIndexAxis(runner, bits(updates), indices, axis, scratch);
  const s: Scatter = { mode, x: bits(x), axis, ...flat };
  const m = s.indices.shape[0]!;
  if (sizeOf(updates.shape) === 0) copyElements(runner, x, out);
  else if (m <= FEW || m * count <= CHEAP) search(runner, s, bits(out));
  else if (perWord(out.dtype) === 1) {
    copyElements(runner, x, out);
    applyOrdered(runner, s, bits(out));
  } else {
    const { dtype } = s.x;
    const wide = denseView(runner.scratch(count * 4), wideOf(dtype), out.shape);
    mapElements(runner, "cast", [s.x], wide, (v) => castExpression(dtype, wide.dtype, v!));
    applyOrdered(runner, s, wide);
    mapElements(runner, "cast", [wide], bits(out), (v) => castExpression(wide.dtype, dtype, v!));
    scratch.push(wide);
  }
  for (const v of scratch) runner.release(v.buffer);
}

/** Joins the index axes; where strides do not allow it, of copies. */
function oneIndexAxis(
  runner: Runner,
  updates: GpuView,
  indices: GpuView,
  axis: number,
  scratch: GpuView[],
): { readonly updates: GpuView; readonly indices: GpuView } {
  const rank = indices.shape.length;
  const m = sizeOf(indices.shape);
  const packed = (v: GpuView): GpuView => {
    const copy = denseView(runner.scratch(sizeOf(v.shape) * itemSize(v.dtype)), v.dtype, v.shape);
    scratch.push(copy);
    copyElements(runner, v, copy);
    return copy;
  };
  const joined = (v: GpuView, from: number): number | null => {
    const part = { strides: v.strides.slice(from, from + rank) };
    const { shape, strides } = commonAxes(indices.shape, [part]);
    return shape.length > 1 ? null : (strides[0]![0] ?? 0);
  };
  const i = joined(indices, 0) === null ? packed(indices) : indices;
  const u = joined(updates, axis) === null ? packed(updates) : updates;
  const around = <T>(list: readonly T[], middle: T): T[] => [
    ...list.slice(0, axis),
    middle,
    ...list.slice(axis + rank),
  ];
  return {
    indices: { ...i, shape: [m], strides: [joined(i, 0)!] },
    updates: { ...u, shape: around(u.shape, m), strides: around(u.strides, joined(u, axis)!) },
  };
}

/** An element after an update. */
function combine(mode: ScatterMode, dtype: DType, old: string, update: string): string {
  return mode === "set" ? update : binaryExpression(mode, dtype, old, update);
}

/** The place that index `k` of operand `operand` names. */
const place = (c: Code, s: Scatter, operand: number, first: number, k: string): string =>
  `let given = ${c.load(operand, `(${c.param(first)} + ${k} * ${c.param(first + 1)})`)};
let place = ${placeOf(s.indices.dtype, "given")};`;

const withoutAxis = (v: GpuView, axis: number): GpuView => ({
  ...v,
  strides: v.strides.map((s, a) => (a === axis ? 0 : s)),
});

/** Every element of the output goes through all indices. */
function search(runner: Runner, s: Scatter, out: GpuView): void {
  const { mode, x, indices, updates, axis } = s;
  const count = sizeOf(out.shape);
  const inner = sizeOf(out.shape.slice(axis + 1));
  const addressing = new Addressing(out.shape, [x, { ...withoutAxis(updates, axis), shape: out.shape }]);
  runner.run({
    key: `scatter ${mode}/${addressing.key}`,
    operands: [reads(x), reads(indices), reads(updates), writes(out)],
    params: [
      count,
      out.shape[axis]!,
      inner,
      indices.shape[0]!,
      indices.offset,
      indices.strides[0]!,
      updates.strides[axis]!,
      ...addressing.params,
    ],
    groups: groupsFor(itemsOf(out.dtype, count)),
    code: (c) =>
      c.storeMapped(
        3,
        "(group * 256u + lane)",
        c.param(0),
        (index) => `${addressing.code(c, 7, index)}
let own = (${index} / ${c.param(2)}) % ${c.param(1)};
var value = ${c.load(0, "at0")};
for (var k = 0u; k < ${c.param(3)}; k++) {
${place(c, s, 1, 4, "k")}
if (place == own) {
let update = ${c.load(2, `(at1 + k * ${c.param(6)})`)};
value = ${combine(mode, x.dtype, "value", "update")};
}
}`,
      ),
  });
}

/** Changes `out`, of 4 or 8 bytes per element, in the order of the indices. */
function applyOrdered(runner: Runner, s: Scatter, out: GpuView): void {
  const m = s.indices.shape[0]!;
  if (m > COUNTED) {
    const pairs = makePairs(runner, false, 1, m);
    fillPairs(runner, "scatter order", pairs, s.indices, 0, (v) => placeOf(s.indices.dtype, v));
    sortPairs(runner, pairs);
    applyChains(runner, s, pairs.places, out);
    runner.release(pairs.keys.buffer);
    runner.release(pairs.places.buffer);
    return;
  }
  const order = denseView(runner.scratch(m * 4), "uint32", [m]);
  countOrder(runner, s, order);
  applyChains(runner, s, order, out);
  runner.release(order.buffer);
}

/** The numbers of the indices, sorted by place and then number: each counts those before it. */
function countOrder(runner: Runner, s: Scatter, order: GpuView): void {
  const m = s.indices.shape[0]!;
  runner.run({
    key: "scatter count",
    operands: [reads(s.indices), writes(order)],
    params: [m, s.indices.offset, s.indices.strides[0]!],
    groups: groupsFor(m),
    code: (c) => `let index = group * 256u + lane;
if (index < ${c.param(0)}) {
var own = 0u;
{
${place(c, s, 0, 1, "index")}
own = place;
}
var before = 0u;
for (var k = 0u; k < ${c.param(0)}; k++) {
${place(c, s, 0, 1, "k")}
before += select(0u, 1u, place < own || (place == own && k < index));
}
${c.store(1, "before", "index")}
}`,
  });
}

/** The first of the updates of a place, in `order`, applies all of them: an invocation per update element. */
function applyChains(runner: Runner, s: Scatter, order: GpuView, out: GpuView): void {
  const { mode, indices, updates, axis } = s;
  const count = sizeOf(updates.shape);
  const m = indices.shape[0]!;
  const addressing = new Addressing(updates.shape, [withoutAxis(updates, axis)]);
  runner.run({
    key: `scatter chains ${mode} ${s.x.dtype}/${addressing.key}`,
    operands: [
      reads(indices),
      reads(order),
      reads(updates),
      { buffer: out.buffer, dtype: out.dtype, access: "update" },
    ],
    params: [
      count,
      out.shape[axis]!,
      sizeOf(out.shape.slice(axis + 1)),
      m,
      indices.offset,
      indices.strides[0]!,
      updates.strides[axis]!,
      ...addressing.params,
    ],
    groups: groupsFor(count),
    code: (c) => `let index = group * 256u + lane;
if (index < ${c.param(0)}) {
let begin = (index / ${c.param(2)}) % ${c.param(3)};
var own = 0u;
{
let k = ${c.load(1, "begin")};
${place(c, s, 0, 4, "k")}
own = place;
}
var leads = own < ${c.param(1)};
if (begin > 0u) {
let k = ${c.load(1, "(begin - 1u)")};
${place(c, s, 0, 4, "k")}
leads = leads && place != own;
}
if (leads) {
${addressing.code(c, 7, "index")}
let outer = index / (${c.param(2)} * ${c.param(3)});
let position = (outer * ${c.param(1)} + own) * ${c.param(2)} + index % ${c.param(2)};
var value = ${c.load(3, "position")};
for (var n = begin; n < ${c.param(3)}; n++) {
let k = ${c.load(1, "n")};
${place(c, s, 0, 4, "k")}
if (place != own) { break; }
let update = ${c.load(2, `(at0 + k * ${c.param(6)})`)};
value = ${combine(mode, s.x.dtype, "value", "update")};
}
${c.store(3, "position", "value")}
}
}`,
  });
}
