// Runs a kernel of the CPU backend and the same kernel of the reference on the same inputs in the same memory.
import type { DType, KernelFamily, Kernels } from "@isoform/core";
import { referenceKernels } from "@isoform/backend-reference";
import { nativeKernels } from "../src/kernels/native.js";
import type { CpuView } from "../src/kernels/view.js";
import { Bench } from "./harness.js";

/** An output's dtype and shape. */
export interface Output {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A bench with the native kernels and the reference on one memory. */
export class Duel {
  readonly bench = new Bench();
  readonly native = nativeKernels(this.bench.engine);
  readonly reference: Kernels<number> = referenceKernels((address: number) => ({
    buffer: this.bench.engine.heap.memory.buffer,
    byteOffset: address,
  }));

  /**
   * Results of both sides as numbers, `[native, reference]` per output. `call` gets the outputs to write.
   * Throws when the family has no native kernel for the call.
   */
  run<F extends KernelFamily>(
    family: F,
    outputs: readonly Output[],
    call: (...out: CpuView[]) => Parameters<Kernels<number>[F]>,
  ): { got: number[]; want: number[] }[] {
    const mine = outputs.map((o) => this.bench.empty(o.dtype, o.shape));
    const theirs = outputs.map((o) => this.bench.empty(o.dtype, o.shape));
    const native: (...args: Parameters<Kernels<number>[F]>) => boolean = this.native[family];
    if (!native(...call(...mine))) throw new Error(`${family} has no native kernel for this call`);
    const reference = this.reference[family] as (...args: Parameters<Kernels<number>[F]>) => void;
    reference(...call(...theirs));
    return mine.map((view, i) => ({ got: this.bench.numbers(view), want: this.bench.numbers(theirs[i]!) }));
  }
}
