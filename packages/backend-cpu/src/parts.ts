// Parts of the backend that a page may leave out. What is not imported is not in its bundle.
import { computingKernels } from "@isoform/backend-reference";
import type { CompositeKernel } from "@isoform/core";
import type { Engine, PoolMaker } from "./engine.js";
import { attentionKernel } from "./kernels/attention/attention.js";
import { batchNormKernels } from "./kernels/batch-norm/batch-norm.js";
import { ConvKernel } from "./kernels/conv/conv.js";
import type { CopyKernel } from "./kernels/copy/copy.js";
import { SortKernel } from "./kernels/index/sort.js";
import { onF32, type Basics, type NativeKernels } from "./kernels/native.js";
import { recurrentKernels } from "./kernels/recurrent/recurrent.js";
import { isF32, isInteger32, type Address, type CpuView } from "./kernels/view.js";
import { PoolKernel } from "./kernels/window/pool.js";
import { Pool } from "./threads/pool.js";

/** A part of the CPU backend, for `cpuOf`. Its members are for the backend alone. */
export interface CpuPart {
  /** The name that it is exported by. */
  readonly name: string;
  /** Kernel families that it adds. */
  readonly kernels?: (engine: Engine, basics: Basics) => Partial<NativeKernels>;
  /** Kernels of composite ops that it adds, by op id. */
  readonly composites?: (engine: Engine, copy: CopyKernel) => Readonly<Record<string, Composite>>;
  /** Kernels over the same memory for what has no native one. */
  readonly reference?: typeof computingKernels<Address>;
  /** Makes the workers' pool. */
  readonly pool?: PoolMaker;
}
type Composite = CompositeKernel<Address>;

/** Convolutions and their gradients. */
export const convolution: CpuPart = {
  name: "convolution",
  kernels: (engine, basics) => {
    const conv = new ConvKernel(engine, basics);
    const integerConv = new ConvKernel(engine, { ...basics, matmul: basics.integerMatmul });
    // What only moves elements takes 32-bit integers for float32.
    const moved = (view: CpuView): CpuView => ({ ...view, dtype: "float32" });
    return {
      conv: (x, w, out, attrs) => {
        if (isF32(x)) conv.run(x, w, out, attrs);
        else if (isInteger32(x)) integerConv.run(moved(x), moved(w), moved(out), attrs);
        else return false;
        return true;
      },
    };
  },
};

/** Pooling and its gradients. */
export const pooling: CpuPart = {
  name: "pooling",
  kernels: (engine, basics) => {
    const pool = new PoolKernel(engine, basics);
    return {
      reduceWindow: onF32(1, (...args) => pool.reduceWindow(...args)),
      selectAndScatter: onF32(1, (...args) => pool.selectAndScatter(...args)),
    };
  },
};

/** `sort`, `topK` and what is made of them. */
export const sorting: CpuPart = {
  name: "sorting",
  kernels: (engine) => {
    const sort = new SortKernel(engine);
    return {
      sort: onF32(0, (x, values, indices, { axis, descending }) =>
        sort.run(x, values, indices, axis, descending),
      ),
    };
  },
};

/** Batch normalisation in one kernel; without it, it is computed step by step. */
export const batchNormalization: CpuPart = { name: "batchNormalization", composites: batchNormKernels };

/** LSTM, GRU and plain recurrent layers, a sequence at a time; without it, they are computed step by step. */
export const recurrence: CpuPart = { name: "recurrence", composites: recurrentKernels };

/** Attention in one kernel; without it, it is computed step by step. */
export const attention: CpuPart = {
  name: "attention",
  composites: (engine, copy) => ({ attention: attentionKernel(engine, copy) }),
};

/** JavaScript kernels for everything that has no native one: 64-bit products, sums over windows, exp of float64, … */
export const fallback: CpuPart = { name: "fallback", reference: computingKernels };

/** Computing on several threads. */
export const workers: CpuPart = {
  name: "workers",
  pool: (heap, threads, patience) => new Pool(heap, threads, patience),
};

/** Everything. */
export const ALL_PARTS: readonly CpuPart[] = [
  convolution,
  pooling,
  sorting,
  batchNormalization,
  recurrence,
  attention,
  fallback,
  workers,
];
