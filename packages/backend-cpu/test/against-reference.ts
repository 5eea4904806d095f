// Runs a kernel of the CPU backend and the same kernel of the reference on the same inputs in the same memory.
import type { DType, KernelFamily, Kernels } from "@isoform/core";
import { referenceKernels } from "@isoform/backend-reference";
import type { CpuView } from "../src/kernels/view.js";
import { Bench, everything, random, type Layout } from "./harness.js";

/** An output's dtype and shape. */
export interface Output {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A bench with the native kernels and the reference on one memory. */
export class Duel {
  readonly bench = new Bench();
  readonly native = everything(this.bench.engine).native;
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

const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1e-40, 3e38];

/** A duel with random inputs. */
export class Samples {
  readonly duel = new Duel();
  readonly bench = this.duel.bench;

  /** Floats from -4 to 4; with `specials`, also NaN, infinities, denormals and huge values. */
  f32(shape: readonly number[], layout: Layout, seed = 1, specials = false): CpuView {
    const next = random(seed);
    const value = (flat: number): number => {
      if (specials && flat % 11 === 5) return SPECIAL[Math.floor(next() * SPECIAL.length)]!;
      return next() * 8 - 4;
    };
    return this.bench.fill("float32", shape, value, layout);
  }

  /** Integers of a width of 200, signed ones around 0; bools. */
  ints(dtype: DType, shape: readonly number[], layout: Layout, seed = 1): CpuView {
    const next = random(seed);
    const low = dtype.startsWith("u") ? 0 : -100;
    const value = dtype === "bool" ? () => Math.floor(next() * 2) : () => Math.floor(next() * 200) + low;
    return this.bench.fill(dtype, shape, value, layout);
  }
}
