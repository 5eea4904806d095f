// Repetition: tile (the whole, again and again) and repeatInterleave (each element several times).
import { bind } from "../../../dispatch/bind.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { normalizeAxis, shapeError } from "../../infer.js";
import { broadcastTo, reshape } from "../../prims/movement.js";
import { defineOp, type Op } from "../../table.js";
import { requireCount, requireCounts } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";
import { filled } from "../common/shapes.js";

declare module "../../table.js" {
  interface OpTable {
    tile: UnaryEntry<{ readonly repeats: readonly number[] }>;
    repeatInterleave: UnaryEntry<{ readonly repeats: number; readonly axis: number }>;
  }
}

/** The `tile` composite: one count per axis. */
export const tileOp: Op<"tile"> = defineOp("tile", {
  infer: ([x], { repeats }) => {
    if (repeats.length !== x.shape.length) {
      throw shapeError("tile", `${repeats.length} counts are given`, [x], "one count per axis is needed");
    }
    return [{ shape: x.shape.map((n, i) => n * repeats[i]!), dtype: x.dtype }];
  },
  decompose: ([x], { repeats }) => {
    const apart = reshape(
      x,
      x.shape.flatMap((n) => [1, n]),
    );
    const spread = broadcastTo(
      apart,
      x.shape.flatMap((n, i) => [repeats[i]!, n]),
    );
    return [
      reshape(
        spread,
        x.shape.map((n, i) => n * repeats[i]!),
      ),
    ];
  },
});

/** The `repeatInterleave` composite. */
export const repeatInterleaveOp: Op<"repeatInterleave"> = defineOp("repeatInterleave", {
  infer: ([x], { repeats, axis }) => {
    normalizeAxis("repeatInterleave", axis, x.shape.length);
    return [{ shape: x.shape.map((n, i) => (i === axis ? n * repeats : n)), dtype: x.dtype }];
  },
  decompose: ([x], { repeats, axis }) => {
    const at = axis + 1;
    const [lead, rest] = [x.shape.slice(0, at), x.shape.slice(at)];
    const spread = broadcastTo(reshape(x, [...lead, 1, ...rest]), [...lead, repeats, ...rest]);
    return [
      reshape(
        spread,
        x.shape.map((n, i) => (i === axis ? n * repeats : n)),
      ),
    ];
  },
});

/**
 * x repeated along its axes, one count per axis; a shorter list counts for the last axes, a longer one adds
 * axes in front.
 * @throws {ArgumentError} when a count is not an integer >= 0
 * @see numpy.tile, ONNX Tile
 */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  requireCounts("tile", "repeats", repeats);
  const missing = repeats.length - x.rank;
  const counts = missing < 0 ? [...filled(-missing, 1), ...repeats] : repeats;
  const y = missing > 0 ? reshape(x, [...filled(missing, 1), ...x.shape]) : x;
  return counts.every((n) => n === 1) ? y : bind(tileOp, [y], { repeats: counts })[0];
}

/**
 * Every slice along an axis `repeats` times in a row, size n becoming n·repeats.
 * @throws {ArgumentError} when `repeats` is not an integer >= 0, or there is no such axis
 * @see numpy.repeat with a number, torch.repeat_interleave
 */
export function repeatInterleave(x: Tensor, repeats: number, axis: number): Tensor {
  requireCount("repeatInterleave", "repeats", repeats);
  const a = normalizeAxis("repeatInterleave", axis, x.rank);
  return repeats === 1 ? x : bind(repeatInterleaveOp, [x], { repeats, axis: a })[0];
}
