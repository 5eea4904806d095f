// padMode: padding by a constant, by reflection, by the edge, or around the other end.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { shapeError } from "../../infer.js";
import { broadcastTo, concat, flip, pad, slice, sliceAxis } from "../../prims/movement.js";
import { defineOp, type Op, type TensorSpec } from "../../table.js";
import { requireOneOf, requireWholes } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";

/** How padding is filled: names of NumPy. PyTorch's `replicate` is `edge`, its `circular` is `wrap`. */
export type PadModeName = "constant" | "reflect" | "edge" | "wrap" | "symmetric";
const MODES: readonly PadModeName[] = ["constant", "reflect", "edge", "wrap", "symmetric"];

interface PadModeAttrs {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly mode: PadModeName;
  readonly value: number | bigint;
}
declare module "../../table.js" {
  interface OpTable {
    padMode: UnaryEntry<PadModeAttrs>;
  }
}

/** x without the elements that negative padding removes. */
function cropped(x: Tensor, low: readonly number[], high: readonly number[]): Tensor {
  return slice(
    x,
    low.map((n) => Math.max(0, -n)),
    x.shape.map((n, i) => n - Math.max(0, -high[i]!)),
  );
}

type Mode = Exclude<PadModeName, "constant">;

/** Elements that one step may add to an axis of size n; longer padding takes several steps. */
function reach(n: number, mode: Mode): number {
  return mode === "reflect" ? n - 1 : n;
}

/** `count` elements for one end of an axis. */
function filling(x: Tensor, axis: number, count: number, mode: Mode, end: "low" | "high"): Tensor {
  const n = x.shape[axis]!;
  const atLow = end === "low";
  switch (mode) {
    case "edge": {
      const edge = atLow ? sliceAxis(x, axis, 0, 1) : sliceAxis(x, axis, n - 1, n);
      return broadcastTo(
        edge,
        x.shape.map((m, i) => (i === axis ? count : m)),
      );
    }
    case "wrap":
      return atLow ? sliceAxis(x, axis, n - count, n) : sliceAxis(x, axis, 0, count);
    case "reflect":
      return flip(atLow ? sliceAxis(x, axis, 1, count + 1) : sliceAxis(x, axis, n - 1 - count, n - 1), axis);
    case "symmetric":
      return flip(atLow ? sliceAxis(x, axis, 0, count) : sliceAxis(x, axis, n - count, n), axis);
  }
}

/** What is added at one end. Each step of whole reach keeps the pattern's period, so that the next may start from the result. */
function ending(x: Tensor, axis: number, amount: number, mode: Mode, end: "low" | "high"): Tensor {
  const outwards = (near: Tensor, far: Tensor) => concat(end === "low" ? [far, near] : [near, far], axis);
  const step = mode === "edge" ? amount : Math.min(amount, reach(x.shape[axis]!, mode));
  const part = filling(x, axis, step, mode, end);
  return step === amount ? part : outwards(part, ending(outwards(x, part), axis, amount - step, mode, end));
}

/** Pads both ends, each from x alone: the other end's padding would shift the pattern. */
function padAxis(x: Tensor, axis: number, low: number, high: number, mode: Mode): Tensor {
  const before = low > 0 ? [ending(x, axis, low, mode, "low")] : [];
  const after = high > 0 ? [ending(x, axis, high, mode, "high")] : [];
  return before.length + after.length > 0 ? concat([...before, x, ...after], axis) : x;
}

function requirePaddable(x: TensorSpec, { low, high, mode }: PadModeAttrs): void {
  x.shape.forEach((n, i) => {
    const kept = n + Math.min(0, low[i]!) + Math.min(0, high[i]!);
    if (kept < 0) throw shapeError("padMode", `axis ${i} is cropped below 0`, [x], "crop less");
    if (mode === "constant" || Math.max(low[i]!, high[i]!) <= 0) return;
    if (kept === 0 || (mode === "reflect" && kept === 1)) {
      const hint =
        kept === 0 ? "use mode constant" : "one element has nothing to reflect: use edge or symmetric";
      throw shapeError("padMode", `axis ${i} is too short for mode ${mode}`, [x], hint);
    }
  });
}

/** The `padMode` composite. Negative amounts crop. */
export const padModeOp: Op<"padMode"> = defineOp("padMode", {
  infer: ([x], attrs) => {
    const { low, high } = attrs;
    if (low.length !== x.shape.length || high.length !== x.shape.length) {
      throw shapeError("padMode", "the padding has another rank", [x], "one amount per axis", attrs);
    }
    requirePaddable(x, attrs);
    return [{ shape: x.shape.map((n, i) => n + low[i]! + high[i]!), dtype: x.dtype }];
  },
  decompose: ([x], { low, high, mode, value }) => {
    const inner = cropped(x, low, high);
    const [before, after] = [low, high].map((l) => l.map((n) => Math.max(0, n))) as [number[], number[]];
    if (mode === "constant") return [pad(inner, { low: before, high: after, value })];
    return [before.reduce((t, n, axis) => padAxis(t, axis, n, after[axis]!, mode), inner)];
  },
});

/** Options of `padMode`. */
export interface PadModeOptions {
  /** Elements added before each axis; negative ones are cropped. */
  readonly low: readonly number[];
  /** Elements added after each axis. */
  readonly high: readonly number[];
  /** Default `constant`. */
  readonly mode?: PadModeName;
  /** For `constant`, default 0. */
  readonly value?: number | bigint;
}

/**
 * x padded at both ends of its axes, size n becoming low + n + high; negative amounts crop. `reflect` leaves
 * out the edge element, `symmetric` repeats it; padding longer than the axis goes on with the pattern.
 * @throws {ShapeError} when an axis is cropped below 0, or too short for the mode
 * @throws {ArgumentError} unless there is one integer per axis, or when the mode or an option is unknown
 * @see numpy.pad, ONNX Pad
 */
export function padMode(x: Tensor, options: PadModeOptions): Tensor {
  checkOptions("padMode", options, ["low", "high", "mode", "value"]);
  const low = requireWholes("padMode", "low", options.low, x.rank);
  const high = requireWholes("padMode", "high", options.high, x.rank);
  const mode = requireOneOf("padMode", "mode", options.mode ?? "constant", MODES);
  if ([...low, ...high].every((n) => n === 0)) return x;
  return bind(padModeOp, [x], { low, high, mode, value: options.value ?? 0 })[0];
}
