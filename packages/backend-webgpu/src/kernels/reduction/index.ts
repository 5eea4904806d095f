// Reductions along axes.
import type { Kernels } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import type { Runner } from "../../wgsl/kernel.js";
import { copyElements } from "../pointwise.js";
import { argReduce } from "./arg-reduce.js";
import { cumulative } from "./cumulative.js";
import { reduceElements } from "./reduce.js";

/** Reductions along axes. */
export function reductionKernels(
  runner: Runner,
): Pick<Kernels<GpuBuffer>, "reduce" | "argReduce" | "cumulative"> {
  return {
    reduce(kind, x, out, axes) {
      if (axes.length === 0) return copyElements(runner, x, out);
      reduceElements(runner, { kind, dtype: x.dtype, inputs: [x], axes, name: "", element: (v) => v! }, out);
    },
    argReduce: (kind, x, out, axis) => argReduce(runner, kind, x, out, axis),
    cumulative: (kind, x, out, attrs) => cumulative(runner, kind, x, out, attrs),
  };
}
