// embedding and oneHot: rows by index, and indices as rows.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { DType } from "../../../tensor/dtype.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxis, requireInteger, shapeError } from "../../infer.js";
import { eq } from "../../prims/compare.js";
import { gather, scatter } from "../../prims/indexing.js";
import { reshape } from "../../prims/movement.js";
import { cast } from "../../prims/select.js";
import { iota, zeros } from "../../prims/source.js";
import { defineOp, type Op } from "../../table.js";
import { requireCount } from "../common/arguments.js";
import { indicesAs } from "../common/indices.js";
import { alongAxis } from "../common/shapes.js";

interface OneHotAttrs {
  readonly depth: number;
  /** Place of the new axis in the result. */
  readonly axis: number;
  readonly dtype: DType;
}
declare module "../../table.js" {
  interface OpTable {
    embedding: { readonly tier: "comp"; readonly in: readonly ["weight", "indices"]; readonly attrs: object };
    oneHot: { readonly tier: "comp"; readonly in: readonly ["indices"]; readonly attrs: OneHotAttrs };
  }
}

/** The `embedding` composite. */
export const embeddingOp: Op<"embedding"> = defineOp("embedding", {
  saves: "inputs",
  infer: ([weight, indices]) => {
    requireInteger("embedding", indices);
    if (weight.shape.length !== 2) {
      throw shapeError(
        "embedding",
        "the weight is not a table",
        [weight, indices],
        "the weight is [rows, features]",
      );
    }
    return [{ shape: [...indices.shape, weight.shape[1]!], dtype: weight.dtype }];
  },
  decompose: ([weight, indices]) => [gather(weight, indices, 0)],
  vjp: ({ inputs: [weight, indices], grads: [g] }) => [
    g && scatter(zeros(weight.shape, g.dtype), indices, g, { axis: 0, mode: "add" }),
    null,
  ],
});

/** The `oneHot` composite. */
export const oneHotOp: Op<"oneHot"> = defineOp("oneHot", {
  infer: ([indices], { depth, axis, dtype }) => {
    requireInteger("oneHot", indices);
    normalizeAxis("oneHot", axis, indices.shape.length + 1);
    const { shape } = indices;
    return [{ shape: [...shape.slice(0, axis), depth, ...shape.slice(axis)], dtype }];
  },
  decompose: ([indices], { depth, axis, dtype }) => {
    const { shape } = indices;
    const apart = reshape(indices, [...shape.slice(0, axis), 1, ...shape.slice(axis)]);
    const classes = iota(alongAxis(shape.length + 1, axis, depth), axis, "int32");
    return [cast(eq(indicesAs(apart, depth, "int32"), classes), dtype)];
  },
});

/**
 * Rows of `weight` `[rows, features]` at integer `indices`: `[...indices, features]`. An index outside gives
 * 0.
 * @throws {ShapeError} unless the weight has two axes
 * @throws {DTypeError} unless the indices are integers
 * @see torch.nn.functional.embedding
 */
export function embedding(weight: Tensor, indices: Tensor): Tensor {
  return bind(embeddingOp, [weight, indices], {})[0];
}

/** Options of `oneHot`. */
export interface OneHotOptions {
  /** Place of the new axis in the result, default the last. */
  readonly axis?: number;
  /** Default float32. */
  readonly dtype?: DType;
}

/**
 * 1 at each integer index and 0 elsewhere along a new axis of size `depth`; all 0 for an index outside
 * 0…depth−1. Indices `[..i]` give `[..i, depth]` by default.
 * @throws {DTypeError} unless the indices are integers, or when `dtype` is not an element type
 * @throws {ArgumentError} when `depth` is not an integer >= 0, there is no such axis, or an option is unknown
 * @see keras.ops.one_hot, torch.nn.functional.one_hot, ONNX OneHot
 */
export function oneHot(indices: Tensor, depth: number, options: OneHotOptions = {}): Tensor {
  checkOptions("oneHot", options, ["axis", "dtype"]);
  requireCount("oneHot", "depth", depth);
  const axis = normalizeAxis("oneHot", options.axis ?? -1, indices.rank + 1);
  return bind(oneHotOp, [indices], { depth, axis, dtype: options.dtype ?? "float32" })[0];
}
