// Launches a module that has `run` over one axis and `nd` over more, on any number of views.
import { itemSize } from "@isoform/core";
import type { Engine, Exports } from "../../engine.js";
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

/** Runs `kernel` over a plan already built from `views`; `n` elements, at least 1. */
export function runPlanned(
  engine: Engine,
  plan: Plan,
  kernel: Exports,
  views: readonly CpuView[],
  n: number,
  extra: readonly number[],
): void {
  if (plan.rank > 1) {
    kernel["nd"]!(engine.descriptor(descriptorOf(plan, views)), ...extra);
    return;
  }
  const args = [n];
  views.forEach((v, i) => args.push(addressOf(v), plan.inner(i) * itemSize(v.dtype)));
  kernel["run"]!(...args, ...extra);
}
