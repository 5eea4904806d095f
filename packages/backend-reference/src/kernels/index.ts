// All 19 kernel families over any memory that JavaScript can see.
import type { Kernels } from "@isoform/core";
import { Access, type Resolve } from "../elements.js";
import { castKernels } from "./cast.js";
import { convKernels } from "./conv.js";
import { elementwiseKernels } from "./elementwise.js";
import { indexKernels } from "./indexing.js";
import { iotaKernels } from "./iota.js";
import { matmulKernels } from "./matmul.js";
import { reduceKernels } from "./reduce.js";
import { sourceKernels } from "./source.js";
import { windowKernels } from "./window.js";

/** Kernels of the families that compute. */
export type ComputingKernels<B> = Omit<Kernels<B>, "fill" | "randomBits" | "copy">;

/**
 * The defining kernels over another backend's memory: `resolve` says where a handle's bytes are and is asked
 * in every call. All 13 dtypes, all shapes and strides that the contract allows.
 *
 * Floats are computed in float64 and rounded once, when the result is stored: elementwise results of float32
 * are correctly rounded for + − × ÷ √, sums do not lose digits with length. Integers are exact and wrap.
 *
 * Making them never throws. The kernels check nothing, as the contract has it; inputs are read in place, and
 * what is computed on the way lies on the JavaScript heap.
 * @param resolve Where the bytes of a buffer handle are.
 * @throws {RangeError} from a kernel whose views reach beyond the bytes that `resolve` gives, or whose
 * temporary arrays the engine refuses
 */
export function referenceKernels<B>(resolve: Resolve<B>): Kernels<B> {
  return { ...computingKernels(resolve), ...sourceKernels(new Access(resolve)) };
}

/**
 * The same without `fill`, `randomBits` and `copy`, for backends that have these of their own for every dtype: a page then
 * does not load them. Never throws; its kernels as those of `referenceKernels`.
 * @param resolve as for `referenceKernels`
 */
export function computingKernels<B>(resolve: Resolve<B>): ComputingKernels<B> {
  const access = new Access(resolve);
  return {
    ...elementwiseKernels(access),
    ...castKernels(access),
    ...iotaKernels(access),
    ...reduceKernels(access),
    ...matmulKernels(access),
    ...convKernels(access),
    ...windowKernels(access),
    ...indexKernels(access),
  };
}
