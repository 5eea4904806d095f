// maxPoolWithIndices and its inverse maxUnpool. Indices count over the plane of the pooled axes, row-major.
import { bind } from "../../../dispatch/bind.js";
import type { WindowAttrs } from "../../../runtime/backend.js";
import { dtypeKind, itemSize, type DType } from "../../../tensor/dtype.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { rowMajor, sizeOf } from "../../../tensor/view.js";
import { requireInteger, requireNumeric, shapeError } from "../../infer.js";
import { add, div, mul, rem, sub } from "../../prims/binary.js";
import { lt } from "../../prims/compare.js";
import { gather, scatter } from "../../prims/indexing.js";
import { reshape } from "../../prims/movement.js";
import { argmax } from "../../prims/reduce.js";
import { cast, where } from "../../prims/select.js";
import { iota, zeros } from "../../prims/source.js";
import { reduceWindow, reduceWindowOp, windowPatches } from "../../prims/window.js";
import { defineOp, type Op } from "../../table.js";
import { requireCounts } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { placeDType } from "../common/indices.js";
import { alongAxis } from "../common/shapes.js";
import { flatPlaces } from "./places.js";
import { pooledShape, resolvePool, windowOf, type PoolAttrs, type PoolOptions } from "./window.js";

declare module "../../table.js" {
  interface OpTable {
    maxPoolWithIndices: UnaryEntry<PoolAttrs> & { readonly out: readonly ["values", "indices"] };
    maxUnpool: {
      readonly tier: "comp";
      readonly in: readonly ["x", "indices"];
      readonly attrs: { readonly outputSpatial: readonly number[] };
    };
  }
}

/** The least value of a dtype. */
function lowest(dtype: DType): number | bigint {
  switch (dtypeKind(dtype)) {
    case "float":
      return -Infinity;
    case "int":
      return -(1n << BigInt(8 * itemSize(dtype) - 1));
    default:
      return 0;
  }
}

/** Place in the plane of each window's first maximum, int64. */
function maximumPlaces(x: Tensor, w: WindowAttrs): Tensor {
  const dtype = placeDType(x.size);
  let chosen = cast(argmax(windowPatches(x, w, lowest(x.dtype)), 0), dtype);
  const lead = x.rank - w.window.length;
  const strides = rowMajor(x.shape.slice(lead));
  let place: Tensor | null = null;
  for (let d = w.window.length - 1; d >= 0; d--) {
    const [axis, n, step] = [lead + d, w.window[d]!, w.dilation[d]!];
    const start = sub(
      mul(iota(alongAxis(x.rank, axis, chosen.shape[axis]!), axis, dtype), w.strides[d]!),
      w.padding[d]![0],
    );
    const at = add(start, mul(rem(chosen, n), step));
    chosen = div(chosen, n);
    // In a window whose maximum is −∞ the first element may be padding: then the first one inside is meant.
    const inside = where(lt(at, 0), rem(add(rem(at, step), step), step), at);
    const part = mul(inside, strides[d]!);
    place = place ? add(place, part) : part;
  }
  return cast(place!, "int64");
}

/** The `maxPoolWithIndices` composite. */
export const maxPoolWithIndicesOp: Op<"maxPoolWithIndices"> = defineOp("maxPoolWithIndices", {
  saves: "inputs",
  infer: ([x], attrs) => {
    requireNumeric("maxPoolWithIndices", x);
    const shape = pooledShape(x, attrs);
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: "int64" },
    ];
  },
  decompose: ([x], attrs) => {
    const w = windowOf(x, attrs);
    return [reduceWindow(x, { ...w, kind: "max" }), maximumPlaces(x, w)];
  },
  vjp: ({ inputs, outputs: [y], attrs, grads: [g], needs }) =>
    reduceWindowOp.vjp!({
      inputs,
      outputs: [y],
      attrs: { ...windowOf(inputs[0], attrs), kind: "max" },
      grads: [g],
      needs,
    }),
});

function leadOf(x: { readonly shape: readonly number[] }, spatial: readonly number[]): number[] {
  return x.shape.slice(0, x.shape.length - spatial.length);
}

/** The `maxUnpool` composite. */
export const maxUnpoolOp: Op<"maxUnpool"> = defineOp("maxUnpool", {
  saves: "inputs",
  infer: ([x, indices], { outputSpatial }) => {
    requireInteger("maxUnpool", indices);
    if (x.shape.length < outputSpatial.length || x.shape.join() !== indices.shape.join()) {
      throw shapeError(
        "maxUnpool",
        "x and the indices differ in shape",
        [x, indices],
        "pass both results of the pooling",
      );
    }
    return [{ shape: [...leadOf(x, outputSpatial), ...outputSpatial], dtype: x.dtype }];
  },
  decompose: ([x, indices], { outputSpatial }) => {
    const lead = leadOf(x, outputSpatial);
    const [rows, plane] = [sizeOf(lead), sizeOf(outputSpatial)];
    const flat = scatter(zeros([rows * plane], x.dtype), flatPlaces(indices, rows, plane), reshape(x, [-1]));
    return [reshape(flat, [...lead, ...outputSpatial])];
  },
  vjp: ({ inputs: [x, indices], attrs: { outputSpatial }, grads: [g] }) => {
    if (g === null) return [null, null];
    const [rows, plane] = [sizeOf(leadOf(x, outputSpatial)), sizeOf(outputSpatial)];
    return [reshape(gather(reshape(g, [-1]), flatPlaces(indices, rows, plane)), x.shape), null];
  },
});

/**
 * Maximum of every window and the int64 place where it stands first, of one shape, counted row-major over the
 * last `window.length` axes of x without padding (PyTorch; ONNX counts over all axes).
 * @throws {ShapeError} when the window is larger than a padded axis
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} as `avgPool`
 * @see torch.nn.functional.max_pool2d with return_indices=True, ONNX MaxPool
 */
export function maxPoolWithIndices(
  x: Tensor,
  options: PoolOptions,
): readonly [values: Tensor, indices: Tensor] {
  return bind(maxPoolWithIndicesOp, [x], resolvePool("maxPoolWithIndices", x, options));
}

/**
 * Zeros of `[...lead, ...outputSpatial]` with the elements of x at `indices` of x's shape, places as
 * `maxPoolWithIndices` gives them. When places repeat, the last element stays.
 * @throws {ShapeError} when x and the indices differ in shape, or have fewer axes than `outputSpatial`
 * @throws {DTypeError} unless the indices are integers
 * @throws {ArgumentError} when `outputSpatial` is not of integers >= 0
 * @see torch.nn.functional.max_unpool2d, ONNX MaxUnpool
 */
export function maxUnpool(x: Tensor, indices: Tensor, outputSpatial: readonly number[]): Tensor {
  requireCounts("maxUnpool", "outputSpatial", outputSpatial);
  return bind(maxUnpoolOp, [x, indices], { outputSpatial })[0];
}
