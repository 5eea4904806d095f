// Narrow dtypes in kernels that know float32 alone: what they read is widened into scratch memory, and what they write is
// converted back from there. 16-bit floats are rounded once at the end; integers only where nothing is computed.
import { rowMajor, sizeOf, type DType } from "@isoform/core";
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

const HALVES: readonly DType[] = ["float16", "bfloat16"];
const INTEGERS: readonly DType[] = ["bool", "int8", "uint8", "int16", "uint16"];

/** The dtypes that a call may be widened from: where elements are no more than chosen, float32 has the integers, too. */
function narrowIn(family: string, kind: unknown): readonly DType[] {
  const chooses =
    family === "argReduce" || family === "sort" || (family === "reduceWindow" && isExtreme(kind));
  return chooses ? [...HALVES, ...INTEGERS] : HALVES;
}

const isExtreme = (kind: unknown): boolean => kind === "max" || kind === "min";

const isView = (argument: unknown): argument is CpuView =>
  typeof argument === "object" && argument !== null && "dtype" in argument;

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

/** The native kernels; those of float32 take narrower dtypes, too. */
export function withNarrow(engine: Engine, native: Partial<NativeKernels>): Partial<NativeKernels> {
  const { cast } = native;
  if (!cast) return native;
  const widening = (
    family: string,
    result: number | null,
    kernel: (...args: readonly unknown[]) => boolean,
  ): ((...args: readonly unknown[]) => boolean) => {
    const onWide = (args: readonly unknown[], scratch: Scratch): boolean => {
      const dtypes = narrowIn(family, args[0]);
      const wide = args.map((argument, i) => {
        if (!isView(argument) || !dtypes.includes(argument.dtype)) return argument;
        const memory = wideMemory(argument, scratch);
        if (i !== result) cast(distinct(argument), memory);
        const strides = memory.strides.map((s, axis) => (argument.strides[axis] === 0 ? 0 : s));
        return { ...memory, shape: argument.shape, strides };
      });
      if (wide.every((argument, i) => argument === args[i]) || !kernel(...wide)) return false;
      const [from, to] = [wide, args].map((list) => list[result ?? -1]);
      if (isView(from) && isView(to)) cast(from, to);
      return true;
    };
    return (...args) => {
      if (kernel(...args)) return true;
      let done = false;
      engine.withScratch((scratch) => void (done = onWide(args, scratch)));
      return done;
    };
  };
  const entries = Object.entries(RESULTS).flatMap(([family, result]) => {
    const kernel = native[family as keyof typeof RESULTS];
    return kernel
      ? [[family, widening(family, result, kernel as (...args: readonly unknown[]) => boolean)]]
      : [];
  });
  return { ...native, ...Object.fromEntries(entries) };
}
