// unfold (im2col) and its adjoint fold (col2im).
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { WindowAttrs } from "../../../runtime/backend.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { sizeOf } from "../../../tensor/view.js";
import { requireNumeric, shapeError } from "../../infer.js";
import { add } from "../../prims/binary.js";
import { pad, reshape, slice, transpose } from "../../prims/movement.js";
import { reduceWindowOp, windowPatches } from "../../prims/window.js";
import { defineOp, type Op } from "../../table.js";
import { requirePairs, requirePositives } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { axisRange, filled } from "../common/shapes.js";

interface FoldAttrs extends WindowAttrs {
  /** Spatial shape of the result. */
  readonly outputSpatial: readonly number[];
}
declare module "../../table.js" {
  interface OpTable {
    unfold: UnaryEntry<WindowAttrs>;
    fold: UnaryEntry<FoldAttrs>;
  }
}

/**
 * Numbers of windows over a plane.
 * @throws {ShapeError} when the window is larger than a padded axis, or of another rank
 */
function windowCounts(op: string, plane: readonly number[], a: WindowAttrs): readonly number[] {
  try {
    return reduceWindowOp.infer([{ shape: plane, dtype: "float32" }], { ...a, kind: "sum" })[0].shape;
  } catch (error) {
    const hint = "one window entry per spatial axis, no larger than the padded axis";
    throw shapeError(op, error instanceof Error ? error.message : "bad window", [], hint, a);
  }
}

/** The `unfold` composite. */
export const unfoldOp: Op<"unfold"> = defineOp("unfold", {
  saves: "none",
  infer: ([x], attrs) => {
    requireNumeric("unfold", x);
    const plane = x.shape.slice(2);
    if (plane.length !== attrs.window.length || plane.length === 0) {
      throw shapeError(
        "unfold",
        "the window does not fit x",
        [x],
        "x is [N, C, ...spatial], one entry per spatial axis",
      );
    }
    const places = sizeOf(windowCounts("unfold", plane, attrs));
    return [{ shape: [x.shape[0]!, x.shape[1]! * sizeOf(attrs.window), places], dtype: x.dtype }];
  },
  decompose: ([x], attrs) => {
    const patches = windowPatches(x, attrs, 0);
    const [k, n, c] = patches.shape as [number, number, number];
    const places = sizeOf(patches.shape.slice(3));
    const flat = reshape(patches, [k, n, c, places]);
    return [reshape(transpose(flat, [1, 2, 0, 3]), [n, c * k, places])];
  },
  vjp: ({ inputs: [x], attrs, grads: [g] }) => [
    g && bind(foldOp, [g], { ...attrs, outputSpatial: x.shape.slice(2) })[0],
  ],
});

/** Row-major offsets of the elements of a window, in steps of its dilation. */
function offsets({ window, dilation }: WindowAttrs): number[][] {
  let all: number[][] = [[]];
  window.forEach((n, d) => {
    all = all.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i * dilation[d]!]));
  });
  return all;
}

/** The `fold` composite. */
export const foldOp: Op<"fold"> = defineOp("fold", {
  saves: "none",
  infer: ([x], attrs) => {
    requireNumeric("fold", x);
    const counts = windowCounts("fold", attrs.outputSpatial, attrs);
    const k = sizeOf(attrs.window);
    if (x.shape.length !== 3 || x.shape[1]! % k !== 0 || x.shape[2] !== sizeOf(counts)) {
      const hint = `x is [N, C·${k}, ${sizeOf(counts)}] for this window and output`;
      throw shapeError("fold", "x does not fit the windows", [x], hint, attrs);
    }
    return [{ shape: [x.shape[0]!, x.shape[1]! / k, ...attrs.outputSpatial], dtype: x.dtype }];
  },
  decompose: ([x], attrs) => {
    const counts = windowCounts("fold", attrs.outputSpatial, attrs);
    const k = sizeOf(attrs.window);
    const [n, c] = [x.shape[0]!, x.shape[1]! / k];
    const parts = transpose(reshape(x, [n, c, k, ...counts]), [2, 0, 1, ...axisRange(3, counts.length)]);
    const padded = attrs.outputSpatial.map((m, d) => m + attrs.padding[d]![0] + attrs.padding[d]![1]);
    let total: Tensor | null = null;
    offsets(attrs).forEach((at, i) => {
      const starts = parts.shape.map((_, a) => (a === 0 ? i : 0));
      const ends = parts.shape.map((m, a) => (a === 0 ? i + 1 : m));
      const part = reshape(slice(parts, starts, ends), [n, c, ...counts]);
      const high = padded.map((m, d) => m - at[d]! - ((counts[d]! - 1) * attrs.strides[d]! + 1));
      const interior = attrs.strides.map((s) => s - 1);
      const placed = pad(part, { low: [0, 0, ...at], high: [0, 0, ...high], interior: [0, 0, ...interior] });
      total = total ? add(total, placed) : placed;
    });
    const low = [0, 0, ...attrs.padding.map(([l]) => l)];
    const shape = [n, c, ...attrs.outputSpatial];
    return [
      slice(
        total!,
        low,
        low.map((l, a) => l + shape[a]!),
      ),
    ];
  },
  vjp: ({ attrs: { window, strides, padding, dilation }, grads: [g] }) => [
    g && bind(unfoldOp, [g], { window, strides, padding, dilation })[0],
  ],
});

/** Options of `unfold` and `fold`, one entry per spatial axis. */
export interface UnfoldOptions {
  readonly window: readonly number[];
  /** Default 1. */
  readonly strides?: readonly number[];
  /** `[low, high]` zeros, default none. */
  readonly padding?: readonly (readonly [number, number])[];
  /** Default 1. */
  readonly dilation?: readonly number[];
}

function attrsOf(op: string, options: UnfoldOptions, extra: readonly string[] = []): WindowAttrs {
  checkOptions(op, options, ["window", "strides", "padding", "dilation", ...extra]);
  const window = requirePositives(op, "window", options.window);
  const n = window.length;
  const ones = filled(n, 1);
  return {
    window,
    strides: requirePositives(op, "strides", options.strides ?? ones, n),
    padding: requirePairs(op, "padding", options.padding ?? ones.map(() => [0, 0] as const), n),
    dilation: requirePositives(op, "dilation", options.dilation ?? ones, n),
  };
}

/**
 * Every window of x `[N, C, ...spatial]` as a column: `[N, C·∏window, places]`, places in row-major order
 * (im2col).
 * @throws {ShapeError} when the window does not fit x's spatial axes, or is larger than a padded axis
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} unless window, strides and dilation are positive integers and padding pairs of
 *   integers >= 0, one per window axis, or when an option is unknown
 * @see torch.nn.functional.unfold
 */
export function unfold(x: Tensor, options: UnfoldOptions): Tensor {
  return bind(unfoldOp, [x], attrsOf("unfold", options))[0];
}

/**
 * Columns `[N, C·∏window, places]` added back at their places in `[N, C, ...outputSpatial]`: the adjoint of
 * `unfold` (col2im).
 * @throws {ShapeError} when x does not fit the windows over the output, or the window is larger than the
 *   padded output
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} unless outputSpatial is of positive integers, and as `unfold`
 * @see torch.nn.functional.fold, ONNX Col2Im
 */
export function fold(
  x: Tensor,
  options: UnfoldOptions & { readonly outputSpatial: readonly number[] },
): Tensor {
  const attrs = attrsOf("fold", options, ["outputSpatial"]);
  const outputSpatial = requirePositives("fold", "outputSpatial", options.outputSpatial, attrs.window.length);
  return bind(foldOp, [x], { ...attrs, outputSpatial })[0];
}
