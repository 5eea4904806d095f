// Adaptive pooling: the output size is given, windows follow. Cell i of o covers ⌊i·n/o⌋ to ⌈(i+1)·n/o⌉ (PyTorch, Keras).
import { bind } from "../../../dispatch/bind.js";
import { ArgumentError, shown, LimitExceededError } from "../../../errors.js";
import type { DType } from "../../../tensor/dtype.js";
import { describe, type Tensor } from "../../../tensor/tensor.js";
import { rowMajor, sizeOf } from "../../../tensor/view.js";
import { requireFloat, requireNumeric, shapeError } from "../../infer.js";
import { add, mul, rem } from "../../prims/binary.js";
import { gather, scatter } from "../../prims/indexing.js";
import { broadcastTo, reshape, transpose } from "../../prims/movement.js";
import { argmax, max } from "../../prims/reduce.js";
import { cast } from "../../prims/select.js";
import { iota, tensor, zeros } from "../../prims/source.js";
import { defineOp, type Op, type TensorSpec } from "../../table.js";
import { requirePositives } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { placeDType } from "../common/indices.js";
import { matmulAlong } from "../common/matmul-along.js";
import { inFloat32 } from "../common/precision.js";
import { axisRange } from "../common/shapes.js";
import { avgPool } from "./avg-pool.js";
import { flatPlaces } from "./places.js";

interface AdaptiveAttrs {
  readonly outSpatial: readonly number[];
}
declare module "../../table.js" {
  interface OpTable {
    adaptiveAvgPool: UnaryEntry<AdaptiveAttrs>;
    adaptiveMaxPool: UnaryEntry<AdaptiveAttrs>;
    adaptiveMaxPoolWithIndices: UnaryEntry<AdaptiveAttrs> & { readonly out: readonly ["values", "indices"] };
  }
}

/** First and last-plus-one element of each of `outputs` cells over `n` elements. */
function cells(n: number, outputs: number): [start: number, end: number][] {
  return Array.from({ length: outputs }, (_, i) => [
    Math.floor((i * n) / outputs),
    Math.ceil(((i + 1) * n) / outputs),
  ]);
}

/** Averaging matrix `[n, outputs]`. */
function averaging(n: number, outputs: number, dtype: DType): Tensor {
  const data = Array.from({ length: n * outputs }, () => 0);
  cells(n, outputs).forEach(([start, end], i) => {
    for (let j = start; j < end; j++) data[j * outputs + i] = 1 / (end - start);
  });
  return tensor(data, { shape: [n, outputs], dtype });
}

/** Elements of each cell as `[outputs · longest]`, short cells filled with their last element. */
function members(n: number, outputs: number): { readonly list: Int32Array; readonly longest: number } {
  const spans = cells(n, outputs);
  const longest = Math.max(...spans.map(([start, end]) => end - start));
  const list = new Int32Array(outputs * longest);
  spans.forEach(([start, end], i) => {
    for (let j = 0; j < longest; j++) list[i * longest + j] = Math.min(start + j, end - 1);
  });
  return { list, longest };
}

function inferAdaptive(op: string, x: TensorSpec, { outSpatial }: AdaptiveAttrs): number[] {
  const lead = x.shape.length - outSpatial.length;
  if (lead < 0 || x.shape.slice(lead).includes(0)) {
    throw shapeError(
      op,
      "the pooled axes are missing or empty",
      [x],
      "the last axes are pooled, one output size each",
    );
  }
  return [...x.shape.slice(0, lead), ...outSpatial];
}

/** The `adaptiveAvgPool` composite. */
export const adaptiveAvgPoolOp: Op<"adaptiveAvgPool"> = defineOp("adaptiveAvgPool", {
  infer: ([x], attrs) => {
    requireFloat("adaptiveAvgPool", x);
    return [{ shape: inferAdaptive("adaptiveAvgPool", x, attrs), dtype: x.dtype }];
  },
  decompose: ([x], { outSpatial }) => {
    const lead = x.rank - outSpatial.length;
    const window = outSpatial.map((o, d) => x.shape[lead + d]! / o);
    if (window.every((n) => Number.isInteger(n))) return [avgPool(x, { window })];
    return [
      inFloat32(x, (v) =>
        outSpatial.reduce((t, o, d) => {
          const n = x.shape[lead + d]!;
          return n === o ? t : matmulAlong(t, lead + d, averaging(n, o, t.dtype));
        }, v),
      ),
    ];
  },
});

/** The members of every cell on a new last axis, row-major, and their places in the plane. */
function cellPatches(
  x: Tensor,
  outSpatial: readonly number[],
): { readonly patches: Tensor; readonly places: Tensor } {
  const lead = x.rank - outSpatial.length;
  const plane = x.shape.slice(lead);
  const strides = rowMajor(plane);
  const lists = outSpatial.map((o, d) => members(plane[d]!, o));
  const split = outSpatial.flatMap((o, d) => [o, lists[d]!.longest]);
  const order = [...outSpatial.map((_, d) => 2 * d), ...outSpatial.map((_, d) => 2 * d + 1)];
  const count = lists.reduce((p, l) => p * l.longest, 1);

  const indices = lists.map(({ list }) => tensor(list));
  const gathered = indices.reduce((t, list, d) => gather(t, list, lead + d), x);
  const spread = reshape(gathered, [...x.shape.slice(0, lead), ...split]);
  const perm = [...axisRange(0, lead), ...order.map((a) => a + lead)];
  const patches = reshape(transpose(spread, perm), [...x.shape.slice(0, lead), ...outSpatial, count]);

  const place = indices
    .map((list, d) =>
      reshape(
        mul(list, strides[d]!),
        split.map((n, a) => (a === 2 * d || a === 2 * d + 1 ? n : 1)),
      ),
    )
    .reduce((a, b) => add(a, b));
  const places = reshape(transpose(broadcastTo(place, split), order), [...outSpatial, count]);
  return { patches, places };
}

/** For every result the place in the plane of the first maximum of its cell, int64. */
function maximumPlaces(patches: Tensor, places: Tensor): Tensor {
  const dtype = placeDType(patches.size);
  const best = cast(argmax(patches, -1), dtype);
  const count = places.shape[places.rank - 1]!;
  const cell = rem(reshape(iota([best.size], 0, dtype), best.shape), Math.max(1, places.size / count));
  return gather(reshape(places, [-1]), add(mul(cell, count), best));
}

/** The `adaptiveMaxPoolWithIndices` composite. */
export const adaptiveMaxPoolWithIndicesOp: Op<"adaptiveMaxPoolWithIndices"> = defineOp(
  "adaptiveMaxPoolWithIndices",
  {
    saves: "outputs",
    infer: ([x], attrs) => {
      requireNumeric("adaptiveMaxPoolWithIndices", x);
      const shape = inferAdaptive("adaptiveMaxPoolWithIndices", x, attrs);
      return [
        { shape, dtype: x.dtype },
        { shape, dtype: "int64" },
      ];
    },
    decompose: ([x], { outSpatial }) => {
      const { patches, places } = cellPatches(x, outSpatial);
      return [max(patches, -1), cast(maximumPlaces(patches, places), "int64")];
    },
    vjp: ({ inputs: [x], outputs: [, indices], attrs: { outSpatial }, grads: [g] }) => {
      if (g === null) return [null];
      const rows = sizeOf(x.shape.slice(0, x.rank - outSpatial.length));
      const plane = sizeOf(x.shape.slice(x.rank - outSpatial.length));
      const target = zeros([rows * plane], g.dtype);
      const updates = reshape(g, [-1]);
      return [reshape(scatter(target, flatPlaces(indices, rows, plane), updates, { mode: "add" }), x.shape)];
    },
  },
);

/** The `adaptiveMaxPool` composite. */
export const adaptiveMaxPoolOp: Op<"adaptiveMaxPool"> = defineOp("adaptiveMaxPool", {
  infer: ([x], attrs) => {
    requireNumeric("adaptiveMaxPool", x);
    return [{ shape: inferAdaptive("adaptiveMaxPool", x, attrs), dtype: x.dtype }];
  },
  decompose: ([x], attrs) => [bind(adaptiveMaxPoolWithIndicesOp, [x], attrs)[0]],
});

/** Most entries of the matrix of an axis, which is made on the host. */
const MAX_ENTRIES = 2 ** 27;

function attrsOf(op: string, x: Tensor, outSpatial: readonly number[]): AdaptiveAttrs {
  const n = Array.isArray(outSpatial) ? outSpatial.length : 0;
  if (n === 0 || n > x.rank) {
    throw new ArgumentError(`${shown(outSpatial)} does not fit ${x.rank} axes`, {
      code: "argument/invalid",
      op,
      hint: "give one output size per pooled axis, e.g. [1, 1] for images",
    });
  }
  requirePositives(op, "outSpatial", outSpatial, n);
  if (sizeOf(outSpatial) >= 2 ** 31) {
    throw new LimitExceededError(`outSpatial [${outSpatial.join(",")}] has 2³¹ places or more`, {
      code: "limit/elements",
      op,
      inputs: [describe(x)],
      hint: "use smaller output sizes",
    });
  }
  const spatial = x.shape.slice(x.rank - n);
  if (spatial.some((size, i) => size * outSpatial[i]! > MAX_ENTRIES)) {
    throw new LimitExceededError(`${shown(outSpatial)} is too many places for [${spatial.join(",")}]`, {
      code: "limit/elements",
      op,
      hint: "use fewer output places",
    });
  }
  return { outSpatial };
}

/**
 * Means that turn the last axes of x into `outSpatial`: `[..., ...spatial]` -> `[..., ...outSpatial]`. Cell i
 * of o covers ⌊i·n/o⌋ to ⌈(i + 1)·n/o⌉ (exclusive).
 * @throws {ShapeError} when a pooled axis is empty
 * @throws {DTypeError} unless x is of a float dtype
 * @throws {ArgumentError} when `outSpatial` is empty, longer than x's rank, or not of positive integers
 * @see torch.nn.functional.adaptive_avg_pool2d
 */
export function adaptiveAvgPool(x: Tensor, outSpatial: readonly number[]): Tensor {
  return bind(adaptiveAvgPoolOp, [x], attrsOf("adaptiveAvgPool", x, outSpatial))[0];
}

/**
 * Maxima that turn the last axes of x into `outSpatial`: `[..., ...spatial]` -> `[..., ...outSpatial]`, with
 * the cells of `adaptiveAvgPool`. The gradient goes to the first maximum of a cell.
 * @throws {ShapeError} when a pooled axis is empty
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when `outSpatial` is empty, longer than x's rank, or not of positive integers
 * @see torch.nn.functional.adaptive_max_pool2d
 */
export function adaptiveMaxPool(x: Tensor, outSpatial: readonly number[]): Tensor {
  return bind(adaptiveMaxPoolOp, [x], attrsOf("adaptiveMaxPool", x, outSpatial))[0];
}

/**
 * `adaptiveMaxPool` and the int64 places of the first maxima in the same shape, counted row-major over the
 * pooled axes.
 * @throws {ShapeError} when a pooled axis is empty
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when `outSpatial` is empty, longer than x's rank, or not of positive integers
 * @see torch.nn.functional.adaptive_max_pool2d with return_indices=True
 */
export function adaptiveMaxPoolWithIndices(
  x: Tensor,
  outSpatial: readonly number[],
): readonly [values: Tensor, indices: Tensor] {
  return bind(adaptiveMaxPoolWithIndicesOp, [x], attrsOf("adaptiveMaxPoolWithIndices", x, outSpatial));
}
