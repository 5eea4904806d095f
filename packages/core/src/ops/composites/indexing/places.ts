// Flat places of index tensors: how indexing by several axes comes down to gather and scatter along one.
import type { DType } from "../../../tensor/dtype.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { rowMajor, sizeOf } from "../../../tensor/view.js";
import { add, and, mul } from "../../prims/binary.js";
import { ge, lt } from "../../prims/compare.js";
import { reshape, sliceAxis } from "../../prims/movement.js";
import { where } from "../../prims/select.js";
import { iota, zeros } from "../../prims/source.js";
import { indicesAs, placeDType } from "../common/indices.js";
import { alongAxis } from "../common/shapes.js";

/** Indices with negative ones counted from the end; those outside stay outside. */
function fromEnd(indices: Tensor, n: number, dtype: DType): Tensor {
  const i = indicesAs(indices, n, dtype);
  return where(lt(i, 0), add(i, n), i);
}

/** `place` where every index is inside its axis, −1 (which gather and scatter skip) elsewhere. */
function guarded(place: Tensor, inside: Tensor): Tensor {
  return where(inside, place, -1);
}

const isInside = (index: Tensor, n: number): Tensor => and(ge(index, 0), lt(index, n));

/**
 * Flat row-major places in `shape` of indices that count along `axis` and have their other coordinates from where they
 * stand (NumPy's take_along_axis, PyTorch's gather).
 */
export function elementPlaces(indices: Tensor, shape: readonly number[], axis: number): Tensor {
  const strides = rowMajor(shape);
  const dtype = placeDType(sizeOf(shape));
  const index = fromEnd(indices, shape[axis]!, dtype);
  let place = mul(index, strides[axis]!);
  indices.shape.forEach((n, d) => {
    if (d !== axis && n > 1)
      place = add(place, mul(iota(alongAxis(indices.rank, d, n), d, dtype), strides[d]!));
  });
  return guarded(place, isInside(index, shape[axis]!));
}

/**
 * Flat places of index tuples (the last axis of `indices`) among the axes `batchDims` and following of `shape`, with
 * the leading `batchDims` axes of both counted along.
 */
export function tuplePlaces(indices: Tensor, shape: readonly number[], batchDims: number): Tensor {
  const dtype = placeDType(sizeOf(shape));
  const lead = indices.shape.slice(0, -1);
  const last = indices.rank - 1;
  const sizes = shape.slice(batchDims, batchDims + indices.shape[last]!);
  const strides = rowMajor(sizes);
  let place = zeros(lead, dtype);
  let inside: Tensor | null = null;
  sizes.forEach((n, k) => {
    const index = fromEnd(reshape(sliceAxis(indices, last, k, k + 1), lead), n, dtype);
    place = add(place, mul(index, strides[k]!));
    inside = inside ? and(inside, isInside(index, n)) : isInside(index, n);
  });
  const each = sizeOf(sizes);
  const batch = rowMajor(shape.slice(0, batchDims));
  for (let d = 0; d < batchDims; d++) {
    place = add(place, mul(iota(alongAxis(lead.length, d, lead[d]!), d, dtype), batch[d]! * each));
  }
  return inside ? guarded(place, inside) : place;
}
