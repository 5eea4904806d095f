// The kernels of a backend: those that every backend has, and those of its parts.
import type { CompositeKernel } from "@isoform/core";
import { activationKernels, rowKernels } from "./composites.js";
import type { Engine } from "./engine.js";
import { narrowComposite, withNarrow } from "./kernels/narrow.js";
import { nativeKernels, type NativeKernels } from "./kernels/native.js";
import type { Address } from "./kernels/view.js";
import type { CpuPart } from "./parts.js";

/** Kernels on an engine. */
export interface KernelSet {
  readonly native: Partial<NativeKernels>;
  readonly composites: Readonly<Record<string, CompositeKernel<Address>>>;
}

/** The kernels of a backend with these parts. */
export function kernelsOf(engine: Engine, parts: readonly CpuPart[]): KernelSet {
  const { kernels, ...basics } = nativeKernels(engine);
  const { copy } = basics;
  const { cast } = kernels;
  const narrow = (made: KernelSet["composites"] = {}): KernelSet["composites"] =>
    Object.fromEntries(
      Object.entries(made).map(([id, kernel]) => [id, narrowComposite(engine, kernel, cast)]),
    );
  return {
    native: withNarrow(
      engine,
      Object.assign(kernels, ...parts.map((p) => p.kernels?.(engine, basics))),
      cast,
    ),
    composites: {
      ...activationKernels(copy),
      ...narrow(Object.assign(rowKernels(engine, copy), ...parts.map((p) => p.composites?.(engine, copy)))),
    },
  };
}
