// Bitonic sort (Batcher 1968) of pairs of key and place in device memory, in lines of a power of two of pairs. Equal keys are in
// the order of their places, so that the result is the stable sort's. Blocks are sorted in workgroup memory.
import { GROUP_SIZE, groupsFor, type Runner } from "../../wgsl/kernel.js";
import { keyEqual, keyLess } from "../../wgsl/order.js";
import { sharedLoad, sharedStore, sharedWords } from "../../wgsl/shared.js";
import type { GpuView } from "../view.js";

/** Pairs that a workgroup sorts: in 16 KiB with keys of 64 bits. */
export const BLOCK = 1024;

/** Pairs in lines. The memory behind the last line, up to a whole number of blocks, is sorted too. */
export interface Pairs {
  /** uint32 or uint64. */
  readonly keys: GpuView;
  /** uint32. */
  readonly places: GpuView;
  readonly lines: number;
  /** A power of two. */
  readonly length: number;
}

/** Pairs that need memory for `lines` lines. */
export function pairsNeeded(lines: number, length: number): number {
  return Math.ceil((lines * length) / BLOCK) * BLOCK;
}

/** Sorts every line, ascending. */
export function sortPairs(runner: Runner, pairs: Pairs): void {
  const { length } = pairs;
  sortBlocks(runner, pairs, 2, Math.min(BLOCK, length));
  for (let stage = 2 * BLOCK; stage <= length; stage *= 2) {
    for (let distance = stage / 2; distance >= BLOCK; distance /= 2) {
      exchange(runner, pairs, stage, distance);
    }
    sortBlocks(runner, pairs, stage, stage);
  }
}

/** Whether the pair (`k2`, `p2`) comes before (`k1`, `p1`). */
function before(pairs: Pairs): string {
  const type = pairs.keys.dtype === "uint64" ? "vec2<u32>" : "u32";
  return `(${keyLess(type, "k2", "k1")} || (${keyEqual(type, "k2", "k1")} && p2 < p1))`;
}

const updates = ({
  buffer,
  dtype,
}: GpuView): { buffer: GpuView["buffer"]; dtype: GpuView["dtype"]; access: "update" } => ({
  buffer,
  dtype,
  access: "update",
});

/** Stages from `first` to `last`, as far as they stay within blocks. */
function sortBlocks(runner: Runner, pairs: Pairs, first: number, last: number): void {
  const type = pairs.keys.dtype === "uint64" ? "vec2<u32>" : "u32";
  const words = sharedWords(type);
  const place = (i: string): string => sharedLoad("u32", `(${i} + ${BLOCK * words}u)`, 0);
  const putPlace = (i: string, v: string): string => sharedStore("u32", `(${i} + ${BLOCK * words}u)`, 0, v);
  const put = (i: string, v: string): string => sharedStore(type, i, BLOCK, v);
  runner.run({
    key: "sort blocks",
    operands: [updates(pairs.keys), updates(pairs.places)],
    params: [first, last, pairs.length, pairsNeeded(pairs.lines, pairs.length) / BLOCK],
    groups: pairsNeeded(pairs.lines, pairs.length) / BLOCK,
    shared: BLOCK * (words + 1),
    code: (c) => `let base = group * ${BLOCK}u;
let inside = group < ${c.param(3)};
for (var i = lane; i < ${BLOCK}u; i += ${GROUP_SIZE}u) {
if (inside) {
let k = ${c.load(0, "(base + i)")};
let p = ${c.load(1, "(base + i)")};
${put("i", "k")}
${putPlace("i", "p")}
}
}
for (var stage = ${c.param(0)}; stage <= ${c.param(1)}; stage = stage << 1u) {
for (var distance = min(stage, ${BLOCK}u) >> 1u; distance > 0u; distance = distance >> 1u) {
workgroupBarrier();
for (var n = lane; n < ${BLOCK / 2}u; n += ${GROUP_SIZE}u) {
let i = 2u * n - (n & (distance - 1u));
let j = i + distance;
let k1 = ${sharedLoad(type, "i", BLOCK)};
let k2 = ${sharedLoad(type, "j", BLOCK)};
let p1 = ${place("i")};
let p2 = ${place("j")};
let downward = ((base + i) & (${c.param(2)} - 1u) & stage) != 0u;
if (${before(pairs)} != downward) {
${put("i", "k2")}
${put("j", "k1")}
${putPlace("i", "p2")}
${putPlace("j", "p1")}
}
}
}
}
workgroupBarrier();
for (var i = lane; i < ${BLOCK}u; i += ${GROUP_SIZE}u) {
if (inside) {
let k = ${sharedLoad(type, "i", BLOCK)};
let p = ${place("i")};
${c.store(0, "(base + i)", "k")}
${c.store(1, "(base + i)", "p")}
}
}`,
  });
}

/** Compares and exchanges pairs that are `distance`, at least a block, apart. */
function exchange(runner: Runner, pairs: Pairs, stage: number, distance: number): void {
  const count = (pairs.lines * pairs.length) / 2;
  runner.run({
    key: "sort exchange",
    operands: [updates(pairs.keys), updates(pairs.places)],
    params: [count, stage, distance, pairs.length],
    groups: groupsFor(count),
    code: (c) => `let n = group * ${GROUP_SIZE}u + lane;
if (n < ${c.param(0)}) {
let i = 2u * n - (n & (${c.param(2)} - 1u));
let j = i + ${c.param(2)};
let k1 = ${c.load(0, "i")};
let k2 = ${c.load(0, "j")};
let p1 = ${c.load(1, "i")};
let p2 = ${c.load(1, "j")};
let downward = (i & (${c.param(3)} - 1u) & ${c.param(1)}) != 0u;
if (${before(pairs)} != downward) {
${c.store(0, "i", "k2")}
${c.store(0, "j", "k1")}
${c.store(1, "i", "p2")}
${c.store(1, "j", "p1")}
}
}`,
  });
}
