// Places among sorted values in the torch namespace.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkOptions, FLAG, oneOf } from "../checks.js";
import { searchsorted as search } from "../tensor/search.js";
import { asTensor, type Tensor } from "../tensor/tensor.js";

/** Options of `bucketize`. */
export interface BucketizeOptions {
  /** Whether boundaries equal to the value count too; default false. */
  readonly right?: boolean;
  /** int32 results instead of int64; default false. */
  readonly outInt32?: boolean;
}
/** Options of `searchsorted`. */
export interface SearchOptions extends BucketizeOptions {
  /** "right" is `right: true`. */
  readonly side?: "left" | "right";
}

/**
 * How many of the `sorted` values, ascending along the last axis, come before each of `values`: where it would
 * be inserted, int64 in the values' shape. `sorted` is a vector or has the leading axes of `values`; a number
 * gives a scalar. Values equal to it count where `right` is true. Not differentiable.
 * @throws {ShapeError} when the shapes do not fit
 * @throws {ArgumentError} for what is neither a tensor nor a number, an unknown option, or `right` against `side`
 * @see torch.searchsorted
 */
export function searchsorted(
  sorted: CoreTensor,
  values: CoreTensor | number,
  options: SearchOptions = {},
): Tensor {
  checkOptions("searchsorted", options, { right: FLAG, outInt32: FLAG, side: oneOf("left", "right") });
  const { right, side, outInt32 = false } = options;
  if (right === true && side === "left") {
    throw new core.ArgumentError("right is true and side is 'left'", {
      code: "argument/invalid",
      op: "searchsorted",
      hint: "give one of the two",
    });
  }
  const last = right === true || side === "right";
  return core.scope(() =>
    asTensor(core.cast(search("searchsorted", sorted, values, last), outInt32 ? "int32" : "int64")),
  );
}

/**
 * Which bucket between ascending `boundaries`, a vector, each value lies in: int64 in the shape of `values`, a
 * number gives a scalar. boundaries[i − 1] < value ≤ boundaries[i], or ≤ and < where `right` is true. Not
 * differentiable.
 * @throws {ShapeError} unless the boundaries are a vector
 * @throws {ArgumentError} for what is neither a tensor nor a number, or for an unknown option
 * @see torch.bucketize
 */
export function bucketize(
  values: CoreTensor | number,
  boundaries: CoreTensor,
  options: BucketizeOptions = {},
): Tensor {
  const op = "bucketize";
  checkOptions(op, options, { right: FLAG, outInt32: FLAG });
  core.requireTensor(op, boundaries, "boundaries");
  if (boundaries.rank !== 1) {
    throw core.shapeError(op, "the boundaries are no vector", [boundaries], "use a tensor of one axis");
  }
  const { right = false, outInt32 = false } = options;
  return core.scope(() =>
    asTensor(core.cast(search(op, boundaries, values, right), outInt32 ? "int32" : "int64")),
  );
}
