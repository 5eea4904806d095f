// Stable sort along an axis: keys and places are made, sorted, and the elements are taken in their order.
import { sizeOf } from "@isoform/core";
import { groupsFor, itemsOf, type Runner } from "../../wgsl/kernel.js";
import { keyOf, keyType } from "../../wgsl/order.js";
import { asBits } from "../pointwise.js";
import { Addressing, alongAxes, denseView, reads, writes, type GpuView } from "../view.js";
import { pairsNeeded, sortPairs, type Pairs } from "./bitonic.js";

/** Memory for pairs in lines of at least `length`. */
export function makePairs(runner: Runner, wide: boolean, lines: number, length: number): Pairs {
  const padded = 2 ** Math.ceil(Math.log2(length));
  const count = pairsNeeded(lines, padded);
  return {
    keys: denseView(runner.scratch(count * (wide ? 8 : 4)), wide ? "uint64" : "uint32", [count]),
    places: denseView(runner.scratch(count * 4), "uint32", [count]),
    lines,
    length: padded,
  };
}

/** Sets keys and places of a line's elements `key(load)`; what fills the line up comes last. */
export function fillPairs(
  runner: Runner,
  name: string,
  pairs: Pairs,
  x: GpuView,
  axis: number,
  key: (x: string) => string,
): void {
  const outer = alongAxes(
    [x],
    x.shape.map((_, a) => a).filter((a) => a !== axis),
    true,
  );
  const count = pairs.lines * pairs.length;
  const most = pairs.keys.dtype === "uint64" ? "vec2<u32>(0xffffffffu)" : "0xffffffffu";
  runner.run({
    key: `${name}/${outer.key}`,
    operands: [reads(x), writes(pairs.keys), writes(pairs.places)],
    params: [count, pairs.length, x.shape[axis]!, x.strides[axis]!, ...outer.params],
    groups: groupsFor(count),
    code: (c) => `let index = group * 256u + lane;
if (index < ${c.param(0)}) {
let place = index % ${c.param(1)};
var key = ${most};
if (place < ${c.param(2)}) {
let line = index / ${c.param(1)};
${outer.code(c, 4, "line")}
let x = ${c.load(0, `(at0 + place * ${c.param(3)})`)};
key = ${key("x")};
}
${c.store(1, "index", "key")}
${c.store(2, "index", "place")}
}`,
  });
}

/** The family. */
export function sort(
  runner: Runner,
  x: GpuView,
  values: GpuView,
  indices: GpuView,
  { axis, descending }: { readonly axis: number; readonly descending: boolean },
): void {
  const count = sizeOf(x.shape);
  if (count === 0) return;
  const n = x.shape[axis]!;
  const pairs = makePairs(runner, keyType(x.dtype) !== "u32", count / n, n);
  fillPairs(runner, `sort ${descending ? "down" : "up"}`, pairs, x, axis, (v) =>
    descending ? `~${keyOf(x.dtype, v)}` : keyOf(x.dtype, v),
  );
  sortPairs(runner, pairs);
  take(runner, pairs, x, values, indices, axis);
  runner.release(pairs.keys.buffer);
  runner.release(pairs.places.buffer);
}

/** The elements at the sorted places, and the places. */
function take(
  runner: Runner,
  pairs: Pairs,
  x: GpuView,
  values: GpuView,
  indices: GpuView,
  axis: number,
): void {
  const [source, target] = [asBits(x), asBits(values)];
  const count = sizeOf(x.shape);
  const lines = new Addressing(x.shape, [
    { ...source, strides: x.strides.map((s, a) => (a === axis ? 0 : s)) },
  ]);
  const inner = sizeOf(x.shape.slice(axis + 1));
  runner.run({
    key: `sorted/${lines.key}`,
    operands: [reads(source), reads(pairs.places), writes(target), writes(indices)],
    params: [count, x.shape[axis]!, inner, pairs.length, x.strides[axis]!, ...lines.params],
    groups: groupsFor(itemsOf(target.dtype, count)),
    code: (c) =>
      c.storeMapped(2, "(group * 256u + lane)", c.param(0), (index) => {
        const [n, step] = [c.param(1), c.param(2)];
        return `${lines.code(c, 5, index)}
let line = (${index} / (${n} * ${step})) * ${step} + ${index} % ${step};
let place = ${c.load(1, `(line * ${c.param(3)} + (${index} / ${step}) % ${n})`)};
${c.store(3, index, "vec2<u32>(place, 0u)")}
let value = ${c.load(0, `(at0 + place * ${c.param(4)})`)};`;
      }),
  });
}
