// Dropout inside layers: as keras.random.dropout, with Keras' answers at the borders.
import * as core from "@isoform/core";
import { dropout } from "../random/draws.js";
import type { SeedLike } from "../random/seed.js";

/**
 * x with a share `rate` of its elements set to 0 and the others scaled by 1/(1 − rate), same shape; zeros for a
 * rate of 1.
 * @throws {DTypeError} when x is not of a float dtype
 * @throws {ShapeError} when `noiseShape` does not broadcast with x
 */
export function dropOut(
  owner: string,
  x: core.Tensor,
  rate: number,
  options: { readonly noiseShape?: readonly (number | null)[] | null; readonly seed: SeedLike },
): core.Tensor {
  requireFloat(owner, x);
  return rate === 1 ? core.zerosLike(x) : dropout(x, rate, options);
}

/** Refuses tensors that cannot be scaled. @throws {DTypeError} when x is not of a float dtype */
export function requireFloat(owner: string, x: core.Tensor): void {
  if (core.isFloat(x.dtype)) return;
  throw core.dtypeError(owner, [x], "noise needs a float dtype: cast the input first");
}
