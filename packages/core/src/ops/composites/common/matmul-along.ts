// A matrix applied along one axis.
import type { Tensor } from "../../../tensor/tensor.js";
import { matmul } from "../../prims/contraction.js";
import { transpose } from "../../prims/movement.js";

/** x with every line along `axis` (size n) multiplied by `m` `[n, k]`, so that the axis gets size k. */
export function matmulAlong(x: Tensor, axis: number, m: Tensor): Tensor {
  const last = x.rank - 1;
  const swap = x.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
  return transpose(matmul(transpose(x, swap), m), swap);
}
