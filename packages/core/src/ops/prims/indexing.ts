// Index primitives: gather, scatter, sort.
import { bind } from "../../dispatch/bind.js";
import { UnsupportedOpError } from "../../errors.js";
import type { ScatterMode } from "../../runtime/backend.js";
import type { Tensor } from "../../tensor/tensor.js";
import { rowMajor, sizeOf } from "../../tensor/view.js";
import { requireOneOf } from "../composites/common/arguments.js";
import { normalizeAxis, requireInteger, requireNumeric, requireOneDType, shapeError } from "../infer.js";
import { definePrim, type Op } from "../table.js";
import { add, div, mul } from "./binary.js";
import { eq } from "./compare.js";
import { reshape } from "./movement.js";
import { cast, where } from "./select.js";
import { iota, zeros, zerosLike } from "./source.js";

declare module "../table.js" {
  interface OpTable {
    gather: {
      readonly tier: "prim";
      readonly in: readonly ["x", "indices"];
      readonly attrs: { readonly axis: number };
    };
    scatter: {
      readonly tier: "prim";
      readonly in: readonly ["x", "indices", "updates"];
      readonly attrs: { readonly axis: number; readonly mode: ScatterMode };
    };
    sort: {
      readonly tier: "prim";
      readonly in: readonly ["x"];
      readonly out: readonly ["values", "indices"];
      readonly attrs: { readonly axis: number; readonly descending: boolean };
    };
  }
}

const taken = (x: readonly number[], indices: readonly number[], axis: number): number[] => [
  ...x.slice(0, axis),
  ...indices,
  ...x.slice(axis + 1),
];

/** The `gather` primitive. */
export const gatherOp: Op<"gather"> = definePrim("gather", {
  family: "gather",
  saves: "inputs",
  infer: ([x, indices], { axis }) => {
    normalizeAxis("gather", axis, x.shape.length);
    requireInteger("gather", indices);
    return [{ shape: taken(x.shape, indices.shape, axis), dtype: x.dtype }];
  },
  lower: (k, [x, indices], [out], { axis }) => k.gather(x, indices, out, axis),
  vjp: ({ inputs: [x, indices], attrs: { axis }, grads: [g] }) => [
    g && scatter(zerosLike(x), indices, g, { axis, mode: "add" }),
    null,
  ],
});

/** The `scatter` primitive. */
export const scatterOp: Op<"scatter"> = definePrim("scatter", {
  family: "scatter",
  saves: "both",
  infer: ([x, indices, updates], { axis, mode }) => {
    normalizeAxis("scatter", axis, x.shape.length);
    requireInteger("scatter", indices);
    requireOneDType("scatter", [x, updates]);
    if (mode !== "set") requireNumeric("scatter", x);
    const shape = taken(x.shape, indices.shape, axis);
    if (shape.length !== updates.shape.length || shape.some((n, i) => n !== updates.shape[i])) {
      throw shapeError(
        "scatter",
        `the updates must be [${shape.join(",")}]`,
        [x, indices, updates],
        "one update per index",
      );
    }
    return [x];
  },
  lower: (k, [x, indices, updates], [out], { axis, mode }) => k.scatter(mode, x, indices, updates, out, axis),
  vjp: ({ inputs: [x, indices, updates], outputs: [out], attrs: { axis, mode }, grads: [g] }) => {
    if (g === null) return [null, null, null];
    switch (mode) {
      case "add":
        return [g, null, gather(g, indices, axis)];
      case "set":
        return [
          scatter(g, indices, zerosLike(updates), { axis, mode: "set" }),
          null,
          setGrad(g, indices, updates, axis),
        ];
      case "max":
      case "min": {
        const kept = cast(eq(x, out), g.dtype);
        const won = cast(eq(updates, gather(out, indices, axis)), g.dtype);
        const winners = scatter(kept, indices, won, { axis, mode: "add" });
        const each = div(g, winners);
        return [mul(each, kept), null, mul(gather(each, indices, axis), won)];
      }
      case "mul":
        throw new UnsupportedOpError("a multiplying scatter has no gradient rule", {
          code: "autograd/not-differentiable",
          op: "scatter",
          hint: "gather, multiply and scatter with mode set instead",
        });
    }
  },
});

/** With repeated indices only the last update is in the result, so only it gets the gradient. */
function setGrad(g: Tensor, indices: Tensor, updates: Tensor, axis: number): Tensor {
  const order = iota([Math.max(1, indices.size)], 0, "int32");
  const flat = reshape(indices, [-1]);
  const last = scatter(
    zeros([g.shape[axis]!], "int32"),
    flat,
    indices.size === 0 ? zeros([0], "int32") : order,
    {
      axis: 0,
      mode: "set",
    },
  );
  const isLast = eq(gather(last, flat, 0), indices.size === 0 ? zeros([0], "int32") : order);
  const shape = updates.shape.map((_, i) => (i >= axis && i < axis + indices.rank ? updates.shape[i]! : 1));
  return where(reshape(isLast, shape), gather(g, indices, axis), 0);
}

/** The `sort` primitive. */
export const sortOp: Op<"sort"> = definePrim("sort", {
  family: "sort",
  saves: "outputs",
  infer: ([x], { axis }) => {
    normalizeAxis("sort", axis, x.shape.length);
    return [x, { shape: x.shape, dtype: "int64" }];
  },
  lower: (k, [x], [values, indices], attrs) => k.sort(x, values, indices, attrs),
  vjp: ({ inputs: [x], outputs: [, indices], attrs: { axis }, grads: [g] }) => {
    if (g === null) return [null];
    const places = reshape(alongAxisIndices(indices, x.shape, axis), [-1]);
    const flat = scatter(zeros([x.size], g.dtype), places, reshape(g, [-1]), { axis: 0, mode: "add" });
    return [reshape(flat, x.shape)];
  },
});

/**
 * Flat row-major places in `shape` of indices that count along `axis` and have their other coordinates from
 * where they stand; the places have the shape of the indices.
 * @throws {LifetimeError} when the indices were released
 * @see numpy.take_along_axis, whose indices these are
 */
export function alongAxisIndices(indices: Tensor, shape: readonly number[], axis: number): Tensor {
  const strides = rowMajor(shape);
  // int32 where it suffices: int64 is slow or missing on many devices.
  const dtype = sizeOf(shape) < 2 ** 31 ? "int32" : "int64";
  let place = mul(cast(indices, dtype), strides[axis]!);
  indices.shape.forEach((n, d) => {
    if (d === axis || n <= 1) return;
    const line = indices.shape.map((_, i) => (i === d ? n : 1));
    place = add(place, mul(iota(line, d, dtype), strides[d]!));
  });
  return place;
}

/**
 * Slices of x at integer `indices` along an axis: x `[..a, n, ..b]`, indices `[..i]` give `[..a, ..i, ..b]`.
 * Indices are 0…n−1; others, negative ones too, give 0. The gradient of a slice taken twice is the sum.
 * @throws {DTypeError} unless the indices are integers
 * @throws {ArgumentError} when there is no such axis
 * @see ONNX Gather, numpy.take
 */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return bind(gatherOp, [x, indices], { axis: normalizeAxis("gather", axis, x.rank) })[0];
}

/**
 * x with slices replaced by or combined with `updates` at integer `indices` along an axis (default 0, mode
 * `set`). x `[..a, n, ..b]`, indices `[..i]`, updates `[..a, ..i, ..b]`; indices outside 0…n−1 are skipped.
 * The inverse of `gather`. In mode `set` the last of several updates stays and gets the gradient, in `max`
 * and `min` ties share it evenly.
 * @throws {ShapeError} unless the updates have that shape
 * @throws {DTypeError} when the indices are not integers, x and updates differ in dtype, or are bool and mode
 *   is not `set`
 * @throws {ArgumentError} when there is no such axis or mode
 * @throws {UnsupportedOpError} in the backward pass of mode `mul`
 * @see StableHLO scatter, torch.Tensor.index_copy, torch.Tensor.index_add
 */
export function scatter(
  x: Tensor,
  indices: Tensor,
  updates: Tensor,
  options: { readonly axis?: number; readonly mode?: ScatterMode } = {},
): Tensor {
  const { mode = "set" } = options;
  const axis = normalizeAxis("scatter", options.axis ?? 0, x.rank);
  requireOneOf("scatter", "mode", mode, ["set", "add", "mul", "max", "min"]);
  return bind(scatterOp, [x, indices, updates], { axis, mode })[0];
}

/**
 * Sorted values and their int64 positions along an axis (default the last), both of x's shape; stable; NaN
 * counts as greatest. Ascending unless `descending`. The gradient goes back to the positions.
 * @throws {ArgumentError} when there is no such axis, as for a scalar
 * @see torch.sort with stable=True
 */
export function sort(
  x: Tensor,
  options: { readonly axis?: number; readonly descending?: boolean } = {},
): readonly [values: Tensor, indices: Tensor] {
  const axis = normalizeAxis("sort", options.axis ?? -1, x.rank);
  return bind(sortOp, [x], { axis, descending: options.descending ?? false });
}
