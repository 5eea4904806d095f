// Gather, scatter, sort and random words.
import type { Kernels } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import type { Runner } from "../../wgsl/kernel.js";
import { gather } from "./gather.js";
import { randomBits } from "./random.js";
import { scatter } from "./scatter.js";
import { sort } from "./sort.js";

/** Gather, scatter, sort and random words. */
export function indexingKernels(
  runner: Runner,
): Pick<Kernels<GpuBuffer>, "gather" | "scatter" | "sort" | "randomBits"> {
  return {
    gather: (x, indices, out, axis) => gather(runner, x, indices, out, axis),
    scatter: (mode, x, indices, updates, out, axis) => scatter(runner, mode, x, indices, updates, out, axis),
    sort: (x, values, indices, attrs) => sort(runner, x, values, indices, attrs),
    randomBits: (key, out) => randomBits(runner, key, out),
  };
}
