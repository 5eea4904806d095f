// Flat places of pooling indices, which count in the plane of the pooled axes.
import type { Tensor } from "../../../tensor/tensor.js";
import { add, mul } from "../../prims/binary.js";
import { reshape } from "../../prims/movement.js";
import { iota } from "../../prims/source.js";
import { indicesAs, placeDType } from "../common/indices.js";

/** Places in the flattened `[lead, plane]` of indices `[lead, ...]` that count in the plane. */
export function flatPlaces(indices: Tensor, lead: number, plane: number): Tensor {
  const dtype = placeDType(lead * plane);
  const rows = reshape(indicesAs(indices, plane, dtype), [lead, -1]);
  return reshape(add(rows, mul(iota([lead, 1], 0, dtype), plane)), [-1]);
}
