// The 19 families as the device runs them: over views with memory.
import type { KernelFamily } from "@isoform/core";
import { conv, matmul } from "./contraction.js";
import { binary, cast, compare, copy, fill, iota, randomBits, unary, where } from "./elementwise.js";
import { gather, scatter } from "./indexing.js";
import { argReduce, cumulative, reduce, sort } from "./reduce.js";
import { reduceWindow, selectAndScatter } from "./window.js";

/** A kernel on the device; its arguments are those of the family of that name. */
export type DeviceKernel = (...args: never) => void;

/** Every family. */
export const deviceKernels: Readonly<Record<KernelFamily, DeviceKernel>> = {
  unary,
  binary,
  compare,
  where,
  cast,
  fill,
  iota,
  randomBits,
  reduce,
  argReduce,
  cumulative,
  copy,
  matmul,
  conv,
  reduceWindow,
  selectAndScatter,
  gather,
  scatter,
  sort,
};
