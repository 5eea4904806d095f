// Combining what the invocations of a workgroup have: neighbours by exchange within their subgroup, then subgroups through
// workgroup memory; where the device has no subgroups, or parts are no neighbours, in a tree through workgroup memory.
import type { ComputeType } from "./dtypes.js";
import { GROUP_SIZE } from "./kernel.js";
import { sharedLoad, sharedStore } from "./shared.js";

/** Combines two values, given as expressions. */
export type Combine = (a: string, b: string) => string;

/** Adds. */
export const plus: Combine = (a, b) => `(${a} + ${b})`;

/** What `combineParts` combines. All texts are u32 expressions but `variable`. */
export interface Parts {
  /** A variable of every invocation. */
  readonly variable: string;
  readonly type: ComputeType;
  readonly combine: Combine;
  /** How many invocations belong together: a power of two, the same in the whole workgroup. */
  readonly parts: string;
  /** Which of them this invocation is. */
  readonly part: string;
  /** Lanes from one of them to the next. */
  readonly step: string;
  /** By subgroups; `step` must be 1 then. */
  readonly subgroups: boolean;
  /** Whether every part gets the result; else part 0 has it. */
  readonly all: boolean;
}

/** Statements that combine a variable of all parts. The workgroup has 256 invocations and as many values in `shared_words`. */
export function combineParts(p: Parts): string {
  return p.subgroups ? bySubgroups(p) : byTree(p);
}

function byTree({ variable, type, combine, parts, part, step, all }: Parts): string {
  const lane = (at: string): string => sharedLoad(type, at, GROUP_SIZE);
  const tree = `${sharedStore(type, "lane", GROUP_SIZE, variable)}
for (var half = ${parts} >> 1u; half > 0u; half = half >> 1u) {
workgroupBarrier();
if (${part} < half) {
let other = ${lane(`(lane + half * ${step})`)};
${variable} = ${combine(variable, "other")};
${sharedStore(type, "lane", GROUP_SIZE, variable)}
}
}`;
  if (!all) return tree;
  return `${tree}
workgroupBarrier();
${variable} = ${lane(`(lane - ${part} * ${step})`)};
workgroupBarrier();`;
}

/**
 * Both sides of an exchange combine the same two values, so that all parts have the same bits. What is left, a value per
 * subgroup, is spread over the parts again until one subgroup holds all.
 */
function bySubgroups({ variable, type, combine, parts, part }: Parts): string {
  const slot = (index: string): string => `(lane - ${part} + ${index})`;
  return `{
var count = ${parts};
loop {
for (var reach = 1u; reach < min(count, subgroup_size); reach = reach << 1u) {
let other = subgroupShuffleXor(${variable}, reach);
${variable} = ${combine(variable, "other")};
}
if (count <= subgroup_size) { break; }
if (subgroup_invocation_id == 0u && ${part} < count) {
${sharedStore(type, slot(`${part} / subgroup_size`), GROUP_SIZE, variable)}
}
workgroupBarrier();
count = count / subgroup_size;
${variable} = ${sharedLoad(type, slot(`${part} % count`), GROUP_SIZE)};
workgroupBarrier();
}
}`;
}
