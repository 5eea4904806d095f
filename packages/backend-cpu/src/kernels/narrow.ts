// Narrow dtypes in kernels that know float32 alone: what they read is widened into scratch memory, and what they write is
// converted back from there. 16-bit floats are rounded once at the end; integers only where nothing is computed.
import { rowMajor, sizeOf, type CompositeKernel, type DType } from "@isoform/core";
import type { Engine, Scratch } from "../engine.js";
import type { NativeKernels } from "./native.js";
import type { Address, CpuView } from "./view.js";

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
  return { ...view, shape: view.shape.map((n, i) => (view.strides[i] === 0 ? Math.min(n, 1) : n)) };
}

/** Row-major float32 memory for a view's distinct elements. */
function wideMemory(view: CpuView, scratch: Scratch): CpuView {
  const { shape } = distinct(view);
  const buffer = scratch.take(4 * sizeOf(shape));
  return { buffer, dtype: "float32", shape, strides: rowMajor(shape), offset: 0 };
}

type Cast = NativeKernels["cast"];

/** Arguments with float32 memory in place of their views of some dtypes; what `isResult` is not read. */
function widened(
  args: readonly unknown[],
  dtypes: readonly DType[],
  isResult: (index: number) => boolean,
  cast: Cast,
  scratch: Scratch,
): unknown[] {
  return args.map((argument, i) => {
    if (!isView(argument) || !dtypes.includes(argument.dtype)) return argument;
    const memory = wideMemory(argument, scratch);
    if (!isResult(i)) cast(distinct(argument), memory);
    const strides = memory.strides.map((s, axis) => (argument.strides[axis] === 0 ? 0 : s));
    return { ...memory, shape: argument.shape, strides };
  });
}

/** The native kernels; those of float32 take narrower dtypes, too. */
export function withNarrow(
  engine: Engine,
  native: Partial<NativeKernels>,
  cast: Cast,
): Partial<NativeKernels> {
  const widening =
    (
      family: string,
      result: number | null,
      kernel: (...args: readonly unknown[]) => boolean,
    ): ((...args: readonly unknown[]) => boolean) =>
    (...args) => {
      if (kernel(...args)) return true;
      let done = false;
      engine.withScratch((scratch) => {
        const wide = widened(args, narrowIn(family, args[0]), (i) => i === result, cast, scratch);
        if (wide.every((argument, i) => argument === args[i]) || !kernel(...wide)) return;
        const [from, to] = [wide, args].map((list) => list[result ?? -1]);
        if (isView(from) && isView(to)) cast(from, to);
        done = true;
      });
      return done;
    };
  const entries = Object.entries(RESULTS).flatMap(([family, result]) => {
    const kernel = native[family as keyof typeof RESULTS];
    return kernel
      ? [[family, widening(family, result, kernel as (...args: readonly unknown[]) => boolean)]]
      : [];
  });
  return { ...native, ...Object.fromEntries(entries) };
}

type Composite = CompositeKernel<Address>;
const isHalf = (view: CpuView | null): boolean => view !== null && HALVES.includes(view.dtype);

const relabelled = (view: CpuView): CpuView => ({ ...view, dtype: "float32" });

/** A fused kernel of float32 that takes 16-bit floats, too. */
export function narrowComposite(engine: Engine, kernel: Composite, cast: Cast): Composite {
  const supports: NonNullable<Composite["supports"]> = (attrs, inputs) =>
    kernel.supports?.(attrs, inputs) !== false;
  return {
    supports: (attrs, inputs) =>
      supports(attrs, inputs.some(isHalf) ? inputs.map((v) => v && (isHalf(v) ? relabelled(v) : v)) : inputs),
    run: (attrs, inputs, outputs) => {
      if (!inputs.some(isHalf)) return kernel.run(attrs, inputs, outputs);
      engine.withScratch((scratch) => {
        const all = [...inputs, ...outputs];
        const wide = widened(all, HALVES, (i) => i >= inputs.length, cast, scratch);
        const views = wide.map((v) => (isView(v) ? v : null));
        const results = views.splice(inputs.length).filter(isView);
        kernel.run(attrs, views, results);
        results.forEach((v, i) => v !== outputs[i] && cast(v, outputs[i]!));
      });
    },
  };
}
