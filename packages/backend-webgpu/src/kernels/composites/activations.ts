// Composite activations as one expression, alone and in fused loops.
import { dtypeKind, type Attrs, type CompositeKernel } from "@isoform/core";
import type { GpuBuffer } from "../../device/buffers.js";
import type { Runner } from "../../wgsl/kernel.js";
import { mapElements } from "../pointwise.js";

/** The library function of an activation that has one. */
function functionOf(id: string, attrs: object): string | null {
  if (id === "sigmoid" || id === "silu") return `f_${id}`;
  if (id !== "gelu") return null;
  return (attrs as Attrs<"gelu">).approximate === "tanh" ? "f_gelu_tanh" : "f_gelu";
}

/** An activation of a float as an expression, or null when the op is none. */
export function activationExpression(id: string, attrs: object, x: string): string | null {
  const name = functionOf(id, attrs);
  return name === null ? null : `${name}(${x})`;
}

/** Ops that `activationExpression` knows. */
export const ACTIVATIONS: readonly string[] = ["sigmoid", "silu", "gelu"];

/** Kernels of activations. */
export function activationKernels(runner: Runner): Readonly<Record<string, CompositeKernel<GpuBuffer>>> {
  return Object.fromEntries(
    ACTIVATIONS.map((id): [string, CompositeKernel<GpuBuffer>] => [
      id,
      {
        supports: (_, [x]) => dtypeKind(x!.dtype) === "float",
        run: (attrs, [x], [out]) => {
          const name = functionOf(id, attrs)!;
          mapElements(runner, name, [x!], out!, (v) => `${name}(${v})`);
        },
      },
    ]),
  );
}
