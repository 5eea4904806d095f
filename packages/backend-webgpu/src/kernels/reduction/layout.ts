// How the outputs of a reduction, and the parts that each is computed in, are laid over invocations.
import type { GpuView } from "../view.js";

/** Invocations below which a GPU is not busy. */
const ENOUGH = 1 << 16;
/** Elements that one invocation may walk when more invocations would be free. */
const LONG = 128;
/** Neighbouring invocations that read neighbouring elements. */
const NEIGHBOURS = 32;

/** Columns are neighbours in memory when an output's elements are not. */
export type Direction = "parts" | "columns";

/** Numbers of a reduction; parts times columns are 256. */
export interface ReductionLayout {
  /** Invocations per output and workgroup, a power of two. */
  readonly parts: number;
  /** Outputs per workgroup. */
  readonly columns: number;
  /** Neighbouring invocations are parts of one output, or outputs. */
  readonly direction: Direction;
  /** Pieces of every output's elements, each for a workgroup of its own; what they give is reduced again. */
  readonly splits: number;
  /** Elements of a piece. */
  readonly chunk: number;
}

const powerOfTwo = (n: number): number => 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(1, n))));

/** The layout of `outputs` reductions of `length` elements; `perWord` outputs share a word. */
export function reductionLayout(
  outputs: number,
  length: number,
  direction: Direction,
  perWord: number,
): ReductionLayout {
  const fewest = Math.min(NEIGHBOURS, powerOfTwo(outputs));
  const most = 256 / Math.max(perWord, direction === "columns" ? fewest : 1);
  let parts = direction === "columns" ? 1 : Math.min(NEIGHBOURS, most, powerOfTwo(length / 4));
  while (parts < most && outputs * parts < ENOUGH && length / parts > 8) parts *= 2;
  const columns = 256 / parts;
  const groups = Math.ceil(outputs / columns);
  let splits = 1;
  if (length / parts > LONG && perWord === 1) {
    splits = Math.min(Math.ceil((length * 4) / (parts * LONG)), Math.floor((2 * ENOUGH) / (groups * 256)));
    splits = Math.max(1, splits);
  }
  const chunk = Math.max(1, Math.ceil(length / splits));
  return { parts, columns, direction, splits: Math.max(1, Math.ceil(length / chunk)), chunk };
}

/** Parameters that `positions` reads. */
export function layoutParams(l: ReductionLayout): readonly number[] {
  const [partStep, columnStep] = l.direction === "parts" ? [1, l.parts] : [l.columns, 1];
  return [l.parts, partStep, l.columns, columnStep, l.splits, l.chunk];
}

/** The smallest step between elements of some axes, in the first view that moves along them. */
export function smallestStep(
  views: readonly GpuView[],
  shape: readonly number[],
  axes: readonly number[],
): number {
  for (const { strides } of views) {
    const steps = axes.filter((a) => shape[a]! > 1 && strides[a] !== 0).map((a) => Math.abs(strides[a]!));
    if (steps.length > 0) return Math.min(...steps);
  }
  return Infinity;
}
