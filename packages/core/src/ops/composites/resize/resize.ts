// resize: nearest, linear and cubic interpolation of the spatial axes, one axis at a time.
import { bind } from "../../../dispatch/bind.js";
import { ArgumentError, checkOptions, LimitExceededError, shown } from "../../../errors.js";
import { describe, type Tensor } from "../../../tensor/tensor.js";
import { requireFloat, shapeError } from "../../infer.js";
import { add, mul } from "../../prims/binary.js";
import { gather } from "../../prims/indexing.js";
import { reshape } from "../../prims/movement.js";
import { tensor } from "../../prims/source.js";
import { defineOp, type Op } from "../../table.js";
import { requireNumber, requireOneOf, requirePositives } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { inFloat32 } from "../common/precision.js";
import { alongAxis } from "../common/shapes.js";
import {
  COORDINATES,
  MODES,
  requireScale,
  ROUNDINGS,
  tapsOf,
  type NearestRounding,
  type ResizeCoordinates,
  type ResizeMode,
  type ResizeRule,
} from "./coordinates.js";

/** Most places of an axis: a table of them is made on the JavaScript heap. */
const MOST_PLACES = 2 ** 24;

interface ResizeAttrs extends ResizeRule {
  /** Sizes of all axes after N and C. */
  readonly size: readonly number[];
  /** Scales for the positions, or null: output size / input size. */
  readonly scale: readonly number[] | null;
}
declare module "../../table.js" {
  interface OpTable {
    resize: UnaryEntry<ResizeAttrs>;
  }
}

function resizeAxis(x: Tensor, axis: number, output: number, scale: number | null, rule: ResizeRule): Tensor {
  const { indices, weights } = tapsOf({ input: x.shape[axis]!, output, scale }, rule);
  let out: Tensor | null = null;
  indices.forEach((list, k) => {
    const weight = weights[k]!;
    if (weight.every((w) => w === 0)) return;
    const taken = gather(x, tensor(list), axis);
    const part = weight.every((w) => w === 1)
      ? taken
      : mul(taken, reshape(tensor([...weight], { dtype: x.dtype }), alongAxis(x.rank, axis, output)));
    out = out ? add(out, part) : part;
  });
  return out ?? mul(gather(x, tensor(indices[0]!), axis), 0);
}

/** The `resize` composite. */
export const resizeOp: Op<"resize"> = defineOp("resize", {
  infer: ([x], { size, mode }) => {
    if (mode !== "nearest") requireFloat("resize", x);
    if (x.shape.length !== size.length + 2) {
      throw shapeError(
        "resize",
        `${size.length} sizes are given`,
        [x],
        "x is [N, C, ...spatial], one size per spatial axis",
      );
    }
    if (x.shape.slice(2).includes(0))
      throw shapeError("resize", "a spatial axis is empty", [x], "nothing to read from");
    return [{ shape: [...x.shape.slice(0, 2), ...size], dtype: x.dtype }];
  },
  decompose: ([x], attrs) => {
    const { size, scale } = attrs;
    const run = (v: Tensor) =>
      size.reduce((t, n, d) => {
        const s = scale?.[d] ?? null;
        const same = t.shape[d + 2] === n && (s === null || s === 1);
        return same && attrs.coordinates !== "tf_half_pixel_for_nn" ? t : resizeAxis(t, d + 2, n, s, attrs);
      }, v);
    return [attrs.mode === "nearest" ? run(x) : inFloat32(x, run)];
  },
});

/** Options of `resize`. */
export interface ResizeOptions {
  /** Sizes of all axes after N and C. */
  readonly size: readonly number[];
  /** Scales used for the positions instead of output size / input size (ONNX Resize with `scales`). */
  readonly scale?: readonly number[];
  /** Default `nearest`. */
  readonly mode?: ResizeMode;
  /** Default `half_pixel`. */
  readonly coordinates?: ResizeCoordinates;
  /** Rounding of positions in mode `nearest`. Default `round_prefer_floor`; PyTorch's `nearest` is `asymmetric` with `floor`. */
  readonly nearest?: NearestRounding;
  /** Coefficient a of the cubic kernel: −0.75 in PyTorch and ONNX (default), −0.5 in TensorFlow. */
  readonly cubicCoeff?: number;
  /** Whether positions outside count nothing (weights renormalised, TensorFlow's bicubic) or repeat the edge (default). */
  readonly excludeOutside?: boolean;
}

/**
 * x `[N, C, ...spatial]` interpolated to `[N, C, ...size]`, separably and without antialiasing.
 * @throws {ShapeError} when a spatial axis is empty, or x has fewer than two axes
 * @throws {DTypeError} unless x is of a float dtype, but for mode `nearest`
 * @throws {ArgumentError} unless there is one positive integer size per spatial axis and one scale, if any,
 *   or when `cubicCoeff` is NaN, a name or an option is unknown
 * @throws {LimitExceededError} when an axis gets over 2^24 places
 * @see ONNX Resize, torch.nn.functional.interpolate
 */
export function resize(x: Tensor, options: ResizeOptions): Tensor {
  const known = ["size", "scale", "mode", "coordinates", "nearest", "cubicCoeff", "excludeOutside"];
  checkOptions("resize", options, known);
  const spatial = Math.max(0, x.rank - 2);
  const size = requirePositives("resize", "size", options.size, spatial);
  if (size.some((n) => n > MOST_PLACES)) {
    throw new LimitExceededError(`the size ${shown(size)} has an axis of over ${MOST_PLACES} places`, {
      code: "limit/elements",
      op: "resize",
      inputs: [describe(x)],
      hint: "resize to fewer places",
    });
  }
  const scale = options.scale ?? null;
  if (scale !== null && scale.length !== spatial) {
    throw new ArgumentError(`${scale.length} scales are given`, {
      code: "argument/invalid",
      op: "resize",
      hint: `give ${spatial}, one per spatial axis`,
    });
  }
  return bind(resizeOp, [x], {
    size,
    scale: scale && scale.map(requireScale),
    mode: requireOneOf("resize", "mode", options.mode ?? "nearest", MODES),
    coordinates: requireOneOf("resize", "coordinates", options.coordinates ?? "half_pixel", COORDINATES),
    nearest: requireOneOf("resize", "nearest", options.nearest ?? "round_prefer_floor", ROUNDINGS),
    cubicCoeff: requireNumber("resize", "cubicCoeff", options.cubicCoeff ?? -0.75),
    excludeOutside: options.excludeOutside ?? false,
  })[0];
}
