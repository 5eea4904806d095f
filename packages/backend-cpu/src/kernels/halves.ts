// float16 and bfloat16 in kernels that know float32 alone: what they read is widened into scratch memory, and what they
// write is rounded from there.
import { rowMajor, sizeOf } from "@isoform/core";
import type { Engine, Scratch } from "../engine.js";
import type { NativeKernels } from "./native.js";
import type { CpuView } from "./view.js";

/** Which argument of a family is the result, where that has the dtype of the input. */
const RESULTS = {
  reduce: 2,
  argReduce: null,
  cumulative: 2,
  matmul: 2,
  conv: 2,
  reduceWindow: 2,
  selectAndScatter: 3,
  scatter: 4,
  sort: 1,
} as const satisfies Partial<Record<keyof NativeKernels, number | null>>;

function isHalf(argument: unknown): argument is CpuView {
  if (typeof argument !== "object" || argument === null || !("dtype" in argument)) return false;
  return argument.dtype === "float16" || argument.dtype === "bfloat16";
}

/** The elements of a view that lie in different places: axes of stride 0 once. */
function distinct(view: CpuView): CpuView {
  return { ...view, shape: view.shape.map((n, i) => (view.strides[i] === 0 ? 1 : n)) };
}

/** Row-major float32 memory for a view's distinct elements. */
function wideMemory(view: CpuView, scratch: Scratch): CpuView {
  const { shape } = distinct(view);
  const buffer = scratch.take(4 * sizeOf(shape));
  return { buffer, dtype: "float32", shape, strides: rowMajor(shape), offset: 0 };
}

/** The native kernels; those of float32 take 16-bit floats, too. */
export function withHalves(engine: Engine, native: Partial<NativeKernels>): Partial<NativeKernels> {
  const { cast } = native;
  if (!cast) return native;
  const widening = <A extends readonly unknown[]>(
    kernel: (...args: A) => boolean,
    result: number | null,
  ): ((...args: A) => boolean) => {
    const onWide = (args: A, scratch: Scratch): boolean => {
      const wide = args.map((argument, i) => {
        if (!isHalf(argument)) return argument;
        const memory = wideMemory(argument, scratch);
        if (i !== result) cast(distinct(argument), memory);
        const strides = memory.strides.map((s, axis) => (argument.strides[axis] === 0 ? 0 : s));
        return { ...memory, shape: argument.shape, strides };
      });
      const done: boolean = Reflect.apply(kernel, undefined, wide);
      if (done && result !== null) cast(wide[result] as CpuView, args[result] as CpuView);
      return done;
    };
    return (...args) => {
      if (kernel(...args)) return true;
      let done = false;
      if (args.some(isHalf)) engine.withScratch((scratch) => void (done = onWide(args, scratch)));
      return done;
    };
  };
  const entries = Object.entries(RESULTS).flatMap(([family, result]) => {
    const kernel = native[family as keyof typeof RESULTS];
    return kernel ? [[family, widening(kernel as (...args: readonly unknown[]) => boolean, result)]] : [];
  });
  return { ...native, ...Object.fromEntries(entries) };
}
