// Launches a module that has `run` over one axis and `nd` over more, on any number of views.
import { itemSize } from "@isoform/core";
import { SLOTS, type Call, type Engine, type Exports } from "../../engine.js";
import type { HostFunction } from "../../wasm/index.js";
import { ranges } from "../matmul/plan.js";
import { addressOf, type CpuView } from "../view.js";
import { descriptorOf } from "./loop.js";
import { Plan } from "./plan.js";

/** Joins the axes of `views` (all of the first one's shape) and runs `kernel` over them, with `extra` arguments. */
export function runStrided(
  engine: Engine,
  plan: Plan,
  kernel: Exports,
  views: readonly CpuView[],
  ...extra: number[]
): void {
  const n = plan.build(views[0]!.shape, views);
  if (n > 0) runPlanned(engine, plan, kernel, views, n, extra);
}

/**
 * Runs `kernel` over a plan already built from `views`; `n` elements, at least 1, which threads share where there is enough
 * `work`: elements that are touched.
 */
export function runPlanned(
  engine: Engine,
  plan: Plan,
  kernel: Exports,
  views: readonly CpuView[],
  n: number,
  extra: readonly number[],
  work: number = n,
): void {
  if (plan.rank > 1) {
    runNd(engine, kernel["nd"]!, plan, views, work, true, () => extra);
    return;
  }
  const run = kernel["run"]!;
  const part = (start: number, count: number): number[] => {
    const args = [count];
    views.forEach((v, i) => {
      const stride = plan.inner(i) * itemSize(v.dtype);
      args.push(addressOf(v) + start * stride, stride);
    });
    args.push(...extra);
    return args;
  };
  if (work < 2 * PIECE || engine.threads === 1) run(...part(0, n));
  else engine.parallel(ranges(n, 16, Math.min(SLOTS, work / PIECE)).map((cut) => [run, ...part(...cut)]));
}

/** Elements per call on several threads. */
export const PIECE: number = 1 << 15;

/** Parts that threads share `work` in: elements that are touched. */
export function partsOf(engine: Engine, work: number): number {
  return engine.threads === 1 || work < 2 * PIECE ? 1 : work / PIECE;
}

/**
 * Runs `nd` over a plan of two axes or more, with `extra` arguments by call; `work` elements are touched. Several
 * threads share the longest axis, the innermost one only if `inner`.
 */
export function runNd(
  engine: Engine,
  nd: HostFunction,
  plan: Plan,
  views: readonly CpuView[],
  work: number,
  inner: boolean,
  extra: (slot: number) => readonly number[],
): void {
  const words = descriptorOf(plan, views);
  if (engine.threads === 1 || work < 2 * PIECE) {
    nd(engine.descriptor(words), ...extra(0));
    return;
  }
  // The innermost axis only where no other is long enough: short runs cost more than they share.
  let axis = 1;
  for (let i = 2; i < plan.rank; i++) if (plan.sizes[i]! > plan.sizes[axis]!) axis = i;
  if (inner && plan.sizes[axis]! < 2 * engine.threads && plan.sizes[0]! > plan.sizes[axis]!) axis = 0;
  const operands = views.length;
  const sizeAt = axis === 0 ? 1 : 3 + 2 * operands + (axis - 1) * (2 + operands);
  const stepAt = axis === 0 ? 2 + operands : sizeAt + 1;
  const parts = ranges(plan.sizes[axis]!, axis === 0 ? 16 : 1, Math.min(SLOTS, work / PIECE));
  const calls = parts.map(([start, size], slot): Call => {
    const part = [...words];
    part[sizeAt] = size;
    for (let v = 0; v < operands; v++) part[2 + v]! += start * words[stepAt + v]!;
    return [nd, engine.descriptor(part, slot), ...extra(slot)];
  });
  engine.parallel(calls);
}
