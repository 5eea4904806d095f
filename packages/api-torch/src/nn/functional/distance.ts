// Distances of torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, FLAG, NUMBER, type Kinds } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/** Options of `pairwiseDistance`. */
export interface PairwiseDistanceOptions {
  /** Order of the norm. */
  readonly p?: number;
  /** Added to every difference. */
  readonly eps?: number;
  readonly keepdim?: boolean;
}
/** Kinds of the options of `pairwiseDistance`. */
const PAIRWISE: Kinds = { p: NUMBER, eps: NUMBER, keepdim: FLAG };

/** Throws for other options. @throws {ArgumentError} */
export function checkPairwise(op: string, options: PairwiseDistanceOptions): void {
  checkOptions(op, options, PAIRWISE);
}

/**
 * p-norm of x1 − x2 + `eps` along the last axis, which has size 1 in the result with `keepdim` and goes without:
 * `[N, D]` (or `[D]`), which broadcast, -> `[N]`. Options by default: p 2, eps 1e-6, keepdim false.
 * @throws {ShapeError} when the shapes cannot be broadcast.
 * @throws {ArgumentError} when both are scalars, p is NaN, or an option is unknown.
 * @throws {DTypeError} when neither is a float tensor.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.pairwise_distance
 */
export function pairwiseDistance(
  x1: CoreTensor,
  x2: CoreTensor,
  options: PairwiseDistanceOptions = {},
): Tensor {
  checkPairwise("pairwiseDistance", options);
  checkTensors("pairwiseDistance", { x1, x2 });
  const { p = 2, eps = 1e-6, keepdim = false } = options;
  return asTensor(core.norm(core.add(core.sub(x1, x2), eps), { p, axes: -1, keepDims: keepdim }));
}
