// topK: the greatest or least elements along an axis, by a full sort.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxis, shapeError } from "../../infer.js";
import { sort } from "../../prims/indexing.js";
import { sliceAxis } from "../../prims/movement.js";
import { zerosLike } from "../../prims/source.js";
import { defineOp, type Op } from "../../table.js";
import { requireCount } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { scatterElements } from "./elements.js";

interface TopKAttrs {
  readonly k: number;
  readonly axis: number;
  readonly largest: boolean;
  /** Whether the order of the results matters; without it a backend may return them in any order. */
  readonly sorted: boolean;
}
declare module "../../table.js" {
  interface OpTable {
    topK: UnaryEntry<TopKAttrs> & { readonly out: readonly ["values", "indices"] };
  }
}

/** The `topK` composite. */
export const topKOp: Op<"topK"> = defineOp("topK", {
  saves: "outputs",
  infer: ([x], { k, axis }) => {
    normalizeAxis("topK", axis, x.shape.length);
    if (k > x.shape[axis]!) {
      throw shapeError(
        "topK",
        `k ${k} is larger than axis ${axis}`,
        [x],
        `use a k of at most ${x.shape[axis]}`,
      );
    }
    const shape = x.shape.map((n, i) => (i === axis ? k : n));
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: "int64" },
    ];
  },
  decompose: ([x], { k, axis, largest }) => {
    const [values, indices] = sort(x, { axis, descending: largest });
    return [sliceAxis(values, axis, 0, k), sliceAxis(indices, axis, 0, k)];
  },
  vjp: ({ inputs: [x], outputs: [, indices], attrs: { axis }, grads: [g] }) => [
    g && scatterElements(zerosLike(x), indices, g, { axis, mode: "add" }),
  ],
});

/** Options of `topK`. */
export interface TopKOptions {
  /** Default the last. */
  readonly axis?: number;
  /** The greatest (default) or the least elements. */
  readonly largest?: boolean;
  /** In order, default true. */
  readonly sorted?: boolean;
}

/**
 * The `k` greatest (or least) elements along an axis and their int64 positions, both of x's shape with size k
 * at the axis. Equal elements come in their order in x; NaN counts as the greatest. The gradient goes back to
 * the positions.
 * @throws {ShapeError} when k is larger than the axis
 * @throws {ArgumentError} when k is not an integer >= 0, there is no such axis, or an option is unknown
 * @see torch.topk, ONNX TopK
 */
export function topK(
  x: Tensor,
  k: number,
  options: TopKOptions = {},
): readonly [values: Tensor, indices: Tensor] {
  checkOptions("topK", options, ["axis", "largest", "sorted"]);
  requireCount("topK", "k", k);
  const axis = normalizeAxis("topK", options.axis ?? -1, x.rank);
  const { largest = true, sorted = true } = options;
  return bind(topKOp, [x], { k, axis, largest, sorted });
}
