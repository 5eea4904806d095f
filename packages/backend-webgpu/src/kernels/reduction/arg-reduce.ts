// First places of maxima and minima. The layout is that of reduce.ts; what is combined are pairs of key and place, where the
// greater key wins and then the lower place.
import { sizeOf } from "@isoform/core";
import { keyEqual, keyLess, keyOf, keyType, minKeyOf } from "../../wgsl/order.js";
import { GROUP_SIZE, type Runner } from "../../wgsl/kernel.js";
import { sharedLoad, sharedStore, sharedWords } from "../../wgsl/shared.js";
import { alongAxes, denseView, reads, writes, type GpuView } from "../view.js";
import { layoutParams, reductionLayout, smallestStep, type ReductionLayout } from "./layout.js";
import { positions } from "./reduce.js";

type Kind = "max" | "min";

/** The place of "nothing yet". */
const NONE = "0xffffffffu";

/** First index of the greatest or least element along an axis. */
export function argReduce(runner: Runner, kind: Kind, x: GpuView, out: GpuView, axis: number): void {
  const outputs = sizeOf(out.shape);
  if (outputs === 0) return;
  const kept = x.shape.map((_, a) => a).filter((a) => a !== axis);
  const direction =
    smallestStep([x], x.shape, kept) < smallestStep([x], x.shape, [axis]) ? "columns" : "parts";
  const layout = reductionLayout(outputs, x.shape[axis]!, direction, 1);
  if (layout.splits === 1) return pass(runner, kind, [x], [out], kept, axis, layout);
  const wide = keyType(x.dtype) !== "u32";
  const count = outputs * layout.splits;
  const shape = [outputs, layout.splits];
  const keys = denseView(runner.scratch(count * (wide ? 8 : 4)), wide ? "uint64" : "uint32", shape);
  const places = denseView(runner.scratch(count * 4), "uint32", shape);
  pass(runner, kind, [x], [keys, places], kept, axis, layout);
  const again = reductionLayout(outputs, layout.splits, "parts", 1);
  pass(runner, kind, [keys, places], [out], [0], 1, { ...again, splits: 1, chunk: layout.splits });
  runner.release(keys.buffer);
  runner.release(places.buffer);
}

/** One dispatch, from elements or from keys and places, to keys and places or to the result. */
function pass(
  runner: Runner,
  kind: Kind,
  from: readonly GpuView[],
  to: readonly GpuView[],
  kept: readonly number[],
  axis: number,
  layout: ReductionLayout,
): void {
  const [x, places] = from;
  const outer = alongAxes([x!], kept, true);
  const type = keyType(x!.dtype);
  const words = sharedWords(type);
  const numbers = layoutParams(layout);
  const firstOuter = 2 + numbers.length;
  const firstInner = firstOuter + outer.params.length;
  const outputs = sizeOf(kept.map((a) => x!.shape[a]!));
  runner.run({
    key: `argReduce ${kind}/${outer.key}`,
    operands: [...from.map(reads), ...to.map(writes)],
    params: [outputs, x!.shape[axis]!, ...numbers, ...outer.params, x!.strides[axis]!],
    groups: Math.ceil(outputs / layout.columns) * layout.splits,
    shared: GROUP_SIZE * (words + 1),
    code: (c) => {
      const given = c.load(0, "at");
      const key = places ? given : (kind === "max" ? keyOf : minKeyOf)(x!.dtype, "x");
      const slot = from.length;
      const results =
        to.length === 1
          ? c.store(slot, "slot", "vec2<u32>(place, 0u)")
          : `${c.store(slot, "slot", "best")} ${c.store(slot + 1, "slot", "place")}`;
      return `${positions(c, 2, c.param(0), c.param(1))}
var best = ${type}();
var place = ${NONE};
if (output < block_end) {
${outer.code(c, firstOuter, "output")}
for (var i = first + part; i < last; i += parts) {
let at = at0 + i * ${c.param(firstInner)};
let x = ${given};
let key = ${key};
if (place == ${NONE} || ${keyLess(type, "best", "key")}) { best = key; place = ${places ? c.load(1, "at") : "i"}; }
}
}
${sharedStore(type, "lane", GROUP_SIZE, "best")}
${sharedStore("u32", `(lane + ${GROUP_SIZE * words}u)`, 0, "place")}
for (var half = parts >> 1u; half > 0u; half = half >> 1u) {
workgroupBarrier();
if (part < half) {
let other_lane = lane + half * ${c.param(3)};
let key = ${sharedLoad(type, "other_lane", GROUP_SIZE)};
let other = ${sharedLoad("u32", `(other_lane + ${GROUP_SIZE * words}u)`, 0)};
let equal = ${keyEqual(type, "key", "best")};
if (other != ${NONE} && (place == ${NONE} || ${keyLess(type, "best", "key")} || (equal && other < place))) {
best = key;
place = other;
${sharedStore(type, "lane", GROUP_SIZE, "best")}
${sharedStore("u32", `(lane + ${GROUP_SIZE * words}u)`, 0, "place")}
}
}
}
if (part == 0u && output < block_end) { ${results} }`;
    },
  });
}
