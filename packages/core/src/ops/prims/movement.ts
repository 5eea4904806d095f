// Movement primitives: reshape, transpose, broadcastTo, slice, flip are views; pad and concat copy.
import { bind } from "../../dispatch/bind.js";
import type { BufferView } from "../../runtime/backend.js";
import type { Tensor } from "../../tensor/tensor.js";
import {
  broadcastView,
  flipView,
  reshapeView,
  rowMajor,
  sameShape,
  sizeOf,
  sliceView,
  transposeView,
} from "../../tensor/view.js";
import { promoteAll } from "../broadcast.js";
import { normalizeAxes, normalizeAxis, requireOneDType, requireShape, shapeError } from "../infer.js";
import { definePrim, type Op, type TensorSpec } from "../table.js";
import { sum } from "./reduce.js";

declare module "../table.js" {
  interface OpTable {
    reshape: Movement<{ readonly shape: readonly number[] }>;
    transpose: Movement<{ readonly perm: readonly number[] }>;
    broadcastTo: Movement<{ readonly shape: readonly number[] }>;
    slice: Movement<SliceAttrs>;
    flip: Movement<{ readonly axes: readonly number[] }>;
    pad: Movement<PadAttrs>;
    concat: {
      readonly tier: "prim";
      readonly in: readonly string[];
      readonly attrs: { readonly axis: number };
    };
  }
}
interface Movement<A extends object> {
  readonly tier: "prim";
  readonly in: readonly ["x"];
  readonly attrs: A;
}
/** Attributes of `slice`: one entry per axis, 0 ≤ start ≤ end ≤ size, step ≥ 1. */
export interface SliceAttrs {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly steps: readonly number[];
}
/** Attributes of `pad`: elements added before, after and between, per axis. */
export interface PadAttrs {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
  readonly value: number | bigint;
}

/** The `reshape` primitive. */
export const reshapeOp: Op<"reshape"> = definePrim("reshape", {
  saves: "none",
  infer: ([x], { shape }) => {
    requireShape("reshape", shape);
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      const hint = `the new shape needs ${sizeOf(x.shape)} elements`;
      throw shapeError("reshape", `[${shape.join(",")}] has another size`, [x], hint);
    }
    return [{ shape, dtype: x.dtype }];
  },
  view: (x, { shape }) => reshapeView(x, shape),
  vjp: ({ inputs: [x], grads: [g] }) => [g && reshape(g, x.shape)],
});

/** The `transpose` primitive. */
export const transposeOp: Op<"transpose"> = definePrim("transpose", {
  saves: "none",
  infer: ([x], { perm }) => {
    const sorted = normalizeAxes("transpose", perm, x.shape.length);
    if (sorted.length !== x.shape.length) {
      throw shapeError(
        "transpose",
        `perm [${perm.join(",")}] does not name every axis`,
        [x],
        "name each axis once",
      );
    }
    return [{ shape: perm.map((p) => x.shape[p]!), dtype: x.dtype }];
  },
  view: (x, { perm }) => transposeView(x, perm),
  vjp: ({ attrs: { perm }, grads: [g] }) => {
    const inverse = new Array<number>(perm.length);
    perm.forEach((p, i) => (inverse[p] = i));
    return [g && transpose(g, inverse)];
  },
});

/** The `broadcastTo` primitive. */
export const broadcastToOp: Op<"broadcastTo"> = definePrim("broadcastTo", {
  saves: "none",
  infer: ([x], { shape }) => {
    requireShape("broadcastTo", shape);
    const lead = shape.length - x.shape.length;
    let fits = lead >= 0;
    for (let i = 0; i < x.shape.length; i++) fits &&= x.shape[i] === 1 || x.shape[i] === shape[lead + i];
    if (!fits) {
      throw shapeError("broadcastTo", `cannot become [${shape.join(",")}]`, [x], "sizes must be equal or 1");
    }
    return [{ shape, dtype: x.dtype }];
  },
  view: (x, { shape }) => broadcastView(x, shape),
  vjp: ({ inputs: [x], attrs: { shape }, grads: [g] }) => {
    if (g === null) return [null];
    const lead = shape.length - x.shape.length;
    const axes = shape.flatMap((n, i) => (i < lead || x.shape[i - lead] !== n ? [i] : []));
    return [axes.length === 0 ? g : reshape(sum(g, axes), x.shape)];
  },
});

/** The `slice` primitive. */
export const sliceOp: Op<"slice"> = definePrim("slice", {
  saves: "none",
  infer: ([x], attrs) => {
    const { starts, ends, steps } = attrs;
    const rank = x.shape.length;
    const ok =
      starts.length === rank &&
      ends.length === rank &&
      steps.length === rank &&
      x.shape.every((n, i) => {
        const [s, e, d] = [starts[i]!, ends[i]!, steps[i]!];
        return (
          Number.isInteger(s) &&
          Number.isInteger(e) &&
          Number.isInteger(d) &&
          0 <= s &&
          s <= e &&
          e <= n &&
          d >= 1
        );
      });
    if (!ok) {
      throw shapeError(
        "slice",
        "the bounds are outside the tensor",
        [x],
        "need 0 <= start <= end <= size, step >= 1",
        attrs,
      );
    }
    return [{ shape: starts.map((s, i) => Math.ceil((ends[i]! - s) / steps[i]!)), dtype: x.dtype }];
  },
  view: (x, { starts, ends, steps }) => sliceView(x, starts, ends, steps),
  vjp: ({ inputs: [x], attrs: { starts, steps }, grads: [g] }) => {
    if (g === null) return [null];
    const interior = steps.map((s) => s - 1);
    const high = x.shape.map((n, i) => {
      const m = g.shape[i]!;
      return n - starts[i]! - (m === 0 ? 0 : (m - 1) * steps[i]! + 1);
    });
    return [pad(g, { low: starts, high, interior })];
  },
});

/** The `flip` primitive. */
export const flipOp: Op<"flip"> = definePrim("flip", {
  saves: "none",
  infer: ([x], { axes }) => {
    normalizeAxes("flip", axes, x.shape.length);
    return [x];
  },
  view: (x, { axes }) => flipView(x, axes),
  vjp: ({ attrs: { axes }, grads: [g] }) => [g && flip(g, axes)],
});

/** The `pad` primitive. */
export const padOp: Op<"pad"> = definePrim("pad", {
  family: "copy",
  saves: "none",
  infer: ([x], attrs) => {
    const { low, high, interior } = attrs;
    const lists = [low, high, interior];
    const ok = lists.every(
      (l) => l.length === x.shape.length && l.every((n) => Number.isInteger(n) && n >= 0),
    );
    if (!ok) {
      const hint = "one non-negative integer per axis; to crop, slice first";
      throw shapeError("pad", "the padding is not valid", [x], hint, attrs);
    }
    const shape = x.shape.map((n, i) => low[i]! + n + Math.max(0, n - 1) * interior[i]! + high[i]!);
    return [{ shape, dtype: x.dtype }];
  },
  lower: (k, [x], [out], { low, interior, value }) => {
    k.fill(out, value);
    const strides = rowMajor(out.shape);
    const inner: BufferView<unknown> = {
      ...out,
      shape: x.shape,
      strides: strides.map((s, i) => s * (interior[i]! + 1)),
      offset: low.reduce((o, l, i) => o + l * strides[i]!, 0),
    };
    if (sizeOf(x.shape) > 0) k.copy(x, inner);
  },
  vjp: ({ inputs: [x], attrs: { low, interior }, grads: [g] }) => {
    if (g === null) return [null];
    const ends = x.shape.map((n, i) => (n === 0 ? low[i]! : low[i]! + (n - 1) * (interior[i]! + 1) + 1));
    return [
      slice(
        g,
        low,
        ends,
        interior.map((n) => n + 1),
      ),
    ];
  },
});

/** The `concat` primitive. */
export const concatOp: Op<"concat"> = definePrim("concat", {
  family: "copy",
  saves: "none",
  infer: (inputs, { axis }) => {
    const first = inputs[0];
    if (first === undefined)
      throw shapeError("concat", "there is nothing to join", [], "pass at least one tensor");
    normalizeAxis("concat", axis, first.shape.length);
    requireOneDType("concat", inputs);
    let total = 0;
    for (const x of inputs) {
      if (
        x.shape.length !== first.shape.length ||
        x.shape.some((n, i) => i !== axis && n !== first.shape[i])
      ) {
        throw shapeError(
          "concat",
          `the shapes differ outside axis ${axis}`,
          inputs,
          "only the joined axis may differ",
        );
      }
      total += x.shape[axis]!;
    }
    return [{ shape: first.shape.map((n, i) => (i === axis ? total : n)), dtype: first.dtype }];
  },
  lower: (k, inputs, [out], { axis }) => {
    const strides = rowMajor(out.shape);
    let at = 0;
    for (const x of inputs) {
      if (sizeOf(x.shape) > 0) k.copy(x, { ...out, shape: x.shape, strides, offset: at * strides[axis]! });
      at += x.shape[axis]!;
    }
  },
  vjp: ({ inputs, attrs: { axis }, grads: [g], needs }) => {
    let at = 0;
    return inputs.map((x, i) => {
      const from = at;
      at += x.shape[axis]!;
      return g && needs[i] ? sliceAxis(g, axis, from, at) : null;
    });
  },
});

/**
 * x with another shape of the same size; one entry may be −1. A view where strides allow.
 * @throws {ShapeError} when the sizes differ, −1 comes twice or stands for no whole number
 * @see torch.reshape, ONNX Reshape
 */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  const resolved = resolveShape(x, shape);
  return sameShape(x.shape, resolved) ? x : bind(reshapeOp, [x], { shape: resolved })[0];
}

function resolveShape(x: TensorSpec, shape: readonly number[]): readonly number[] {
  if (!Array.isArray(shape)) requireShape("reshape", shape);
  const at = shape.indexOf(-1);
  if (at < 0 || !shape.every((n) => Number.isSafeInteger(n))) return shape;
  const known = shape.reduce((p, n, i) => (i === at ? p : p * n), 1);
  const size = sizeOf(x.shape);
  const rest = known === 0 ? 0 : size / known;
  if (!Number.isInteger(rest) || shape.lastIndexOf(-1) !== at) {
    throw shapeError(
      "reshape",
      `[${shape.join(",")}] does not divide ${size} elements`,
      [x],
      "use -1 at most once, for a whole number",
    );
  }
  return shape.map((n, i) => (i === at ? rest : n));
}

/**
 * x with axes in the order `perm` (default: reversed). A view.
 * @throws {ShapeError} when `perm` leaves out an axis
 * @throws {ArgumentError} when `perm` names an axis twice, or one that does not exist
 * @see numpy.transpose, ONNX Transpose
 */
export function transpose(x: Tensor, perm?: readonly number[]): Tensor {
  const order = (perm ?? x.shape.map((_, i) => x.shape.length - 1 - i)).map((p) =>
    normalizeAxis("transpose", p, x.rank),
  );
  return order.every((p, i) => p === i) && order.length === x.rank
    ? x
    : bind(transposeOp, [x], { perm: order })[0];
}

/**
 * x repeated to `shape` by NumPy's rule, without copying. The gradient is summed over the repeated axes.
 * @throws {ShapeError} unless x's sizes, counted from the last axis, are those of `shape` or 1
 * @throws {LimitExceededError} when the result has 2^31 or more elements
 * @see numpy.broadcast_to, ONNX Expand
 */
export function broadcastTo(x: Tensor, shape: readonly number[]): Tensor {
  if (!Array.isArray(shape)) requireShape("broadcastTo", shape);
  return sameShape(x.shape, shape) ? x : bind(broadcastToOp, [x], { shape })[0];
}

/**
 * Elements from `starts` to `ends` (exclusive) in positive `steps` (default 1), one entry per axis. A view.
 * @throws {ShapeError} unless 0 <= start <= end <= size and step >= 1, all integers, for every axis
 * @see StableHLO slice, ONNX Slice
 */
export function slice(
  x: Tensor,
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[] = starts.map(() => 1),
): Tensor {
  const whole =
    starts.every((s, i) => s === 0 && ends[i] === x.shape[i] && steps[i] === 1) && starts.length === x.rank;
  return whole ? x : bind(sliceOp, [x], { starts, ends, steps })[0];
}

/**
 * `start` to `end` (exclusive, default the whole rest) of one axis in positive steps; both may count from the
 * end and are brought into the axis. A view.
 * @throws {ShapeError} unless start, end and step are integers and step >= 1
 * @throws {ArgumentError} when there is no such axis
 * @see torch.narrow, ONNX Slice
 */
export function sliceAxis(x: Tensor, axis: number, start: number, end?: number, step = 1): Tensor {
  const a = normalizeAxis("slice", axis, x.rank);
  const n = x.shape[a]!;
  const clamp = (i: number) => Math.min(n, Math.max(0, i < 0 ? i + n : i));
  const from = clamp(start);
  const to = Math.max(from, clamp(end ?? n));
  return slice(
    x,
    x.shape.map((_, i) => (i === a ? from : 0)),
    x.shape.map((m, i) => (i === a ? to : m)),
    x.shape.map((_, i) => (i === a ? step : 1)),
  );
}

/**
 * x with `axes` reversed, of the same shape. A view.
 * @throws {ArgumentError} when an axis does not exist or is named twice
 * @see torch.flip, numpy.flip
 */
export function flip(x: Tensor, axes: number | readonly number[]): Tensor {
  const list = normalizeAxes("flip", axes, x.rank);
  return list.length === 0 ? x : bind(flipOp, [x], { axes: list })[0];
}

/**
 * x with `value` (default 0) added before, after and between its elements: `low`, `high` and `interior`
 * (default 0) have one entry per axis, size n becomes low + n + (n − 1)·interior + high.
 * @throws {ShapeError} unless there is one non-negative integer per axis
 * @see StableHLO pad, ONNX Pad in mode constant
 */
export function pad(
  x: Tensor,
  options: {
    readonly low: readonly number[];
    readonly high: readonly number[];
    readonly interior?: readonly number[];
    readonly value?: number | bigint;
  },
): Tensor {
  const interior = options.interior ?? options.low.map(() => 0);
  const none = [options.low, options.high, interior].every(
    (l) => l.every((n) => n === 0) && l.length === x.rank,
  );
  if (none) return x;
  return bind(padOp, [x], { low: options.low, high: options.high, interior, value: options.value ?? 0 })[0];
}

/**
 * Tensors joined along an existing axis (default 0), promoted to one dtype; all other sizes are equal.
 * @throws {ShapeError} when the other sizes or the ranks differ, or there are no tensors
 * @throws {ArgumentError} when there is no such axis, as for scalars
 * @see torch.cat, ONNX Concat
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const all = promoteAll("concat", tensors);
  const rank = tensors[0]?.rank ?? 0;
  return bind(concatOp, all, {
    axis: tensors.length === 0 ? 0 : normalizeAxis("concat", axis, rank),
  })[0];
}
