// Sliding windows.
import type { Kernels } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import type { Runner } from "../../wgsl/kernel.js";
import { reduceWindow } from "./reduce-window.js";
import { selectAndScatter } from "./select-and-scatter.js";

/** Sliding windows. */
export function windowKernels(runner: Runner): Pick<Kernels<GpuBuffer>, "reduceWindow" | "selectAndScatter"> {
  return {
    reduceWindow: (kind, x, out, attrs) => reduceWindow(runner, kind, x, out, attrs),
    selectAndScatter: (kind, x, source, out, attrs) => selectAndScatter(runner, kind, x, source, out, attrs),
  };
}
