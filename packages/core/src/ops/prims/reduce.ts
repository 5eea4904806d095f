// Reductions: reduce, argReduce, cumulative.
import { bind } from "../../dispatch/bind.js";
import { UnsupportedOpError } from "../../errors.js";
import type { ReduceKind } from "../../runtime/backend.js";
import type { Tensor } from "../../tensor/tensor.js";
import { sizeOf } from "../../tensor/view.js";
import { requireOneOf } from "../composites/common/arguments.js";
import { dtypeError, normalizeAxes, normalizeAxis, requireNumeric, shapeError } from "../infer.js";
import { definePrim, type Op } from "../table.js";
import { add, div, mul } from "./binary.js";
import { eq, ge, lt } from "./compare.js";
import { broadcastTo, reshape, transpose } from "./movement.js";
import { cast, where } from "./select.js";
import { iota, zeros } from "./source.js";
import { alongAxisIndices, gather, scatter } from "./indexing.js";

declare module "../table.js" {
  interface OpTable {
    reduce: {
      readonly tier: "prim";
      readonly in: readonly ["x"];
      readonly attrs: { readonly kind: ReduceKind; readonly axes: readonly number[] };
    };
    argReduce: {
      readonly tier: "prim";
      readonly in: readonly ["x"];
      readonly attrs: { readonly kind: "max" | "min"; readonly axis: number };
    };
    cumulative: { readonly tier: "prim"; readonly in: readonly ["x"]; readonly attrs: CumulativeAttrs };
  }
}
/** Attributes of `cumulative`. */
export interface CumulativeAttrs {
  readonly kind: ReduceKind;
  readonly axis: number;
  /** Leave out the element itself; the first result is the neutral element. */
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/** The `reduce` primitive. `axes` are sorted and distinct. */
export const reduceOp: Op<"reduce"> = definePrim("reduce", {
  family: "reduce",
  saves: "both",
  infer: ([x], { kind, axes }) => {
    if (kind === "sum" || kind === "prod") requireNumeric("reduce", x);
    normalizeAxes("reduce", axes, x.shape.length);
    return [{ shape: x.shape.filter((_, i) => !axes.includes(i)), dtype: x.dtype }];
  },
  lower: (k, [x], [out], { kind, axes }) => k.reduce(kind, x, out, axes),
  vjp: ({ inputs: [x], outputs: [out], attrs: { kind, axes }, grads: [g] }) => {
    if (g === null) return [null];
    const kept = x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
    const spread = (t: Tensor) => broadcastTo(reshape(t, kept), x.shape);
    switch (kind) {
      case "sum":
        return [spread(g)];
      case "max":
      case "min": {
        const hits = eq(x, spread(out));
        const count = sum(cast(hits, x.dtype), axes);
        return [where(hits, spread(div(g, count)), 0)];
      }
      case "prod":
        return [mul(spread(g), productOfOthers(x, axes))];
    }
  },
});

/** The product of all other elements over `axes`: right also when some are zero. */
function productOfOthers(x: Tensor, axes: readonly number[]): Tensor {
  if (axes.length === 0 || x.size === 0) return where(eq(x, x), 1, 1);
  const rest = x.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]));
  const perm = [...rest, ...axes];
  const moved = transpose(x, perm);
  const n = sizeOf(axes.map((a) => x.shape[a]!));
  const flat = reshape(moved, [...rest.map((a) => x.shape[a]!), n]);
  const axis = flat.rank - 1;
  const others = mul(
    cumulative(flat, { kind: "prod", axis, exclusive: true }),
    cumulative(flat, { kind: "prod", axis, exclusive: true, reverse: true }),
  );
  const inverse = new Array<number>(perm.length);
  perm.forEach((p, i) => (inverse[p] = i));
  return transpose(reshape(others, moved.shape), inverse);
}

/** The `argReduce` primitive. */
export const argReduceOp: Op<"argReduce"> = definePrim("argReduce", {
  family: "argReduce",
  infer: ([x], { axis }) => {
    normalizeAxis("argReduce", axis, x.shape.length);
    if (x.shape[axis] === 0)
      throw shapeError("argReduce", "the axis is empty", [x], "an empty axis has no maximum");
    return [{ shape: x.shape.filter((_, i) => i !== axis), dtype: "int64" }];
  },
  lower: (k, [x], [out], { kind, axis }) => k.argReduce(kind, x, out, axis),
});

/** The `cumulative` primitive. */
export const cumulativeOp: Op<"cumulative"> = definePrim("cumulative", {
  family: "cumulative",
  saves: "both",
  infer: ([x], { axis }) => {
    if (x.dtype === "bool") throw dtypeError("cumulative", [x], "cast the bool to a number first");
    normalizeAxis("cumulative", axis, x.shape.length);
    return [x];
  },
  lower: (k, [x], [out], attrs) => k.cumulative(attrs.kind, x, out, attrs),
  vjp: ({ inputs: [x], outputs: [out], attrs, grads: [g] }) => {
    if (g === null) return [null];
    switch (attrs.kind) {
      case "sum":
        return [cumulative(g, { ...attrs, reverse: !attrs.reverse })];
      case "prod":
        return [cumprodGrad(x, g, attrs)];
      case "max":
      case "min":
        return [extremumGrad(x, out, g, { ...attrs, kind: attrs.kind })];
    }
  },
});

/**
 * What comes before an element times hᵢ = gᵢ + xᵢ₊₁ hᵢ₊₁, which is found by doubling: a·h over 1, 2, 4, … elements.
 * Nothing is divided, so it is exact with zeros, to any order.
 */
function cumprodGrad(x: Tensor, g: Tensor, { axis, exclusive, reverse }: CumulativeAttrs): Tensor {
  const n = x.shape[axis]!;
  const places = iota([n], 0, "int32");
  // Places outside give 0.
  const beyond = (t: Tensor, by: number): Tensor => gather(t, add(places, reverse ? -by : by), axis);
  const index = iota(x.shape, axis, "int32");
  let h = exclusive ? beyond(g, 1) : g;
  let a = beyond(x, 1);
  for (let reach = 1; reach < n; reach *= 2) {
    // What would go beyond the end is left out, as it would be NaN where an element is infinite.
    const inside = reverse ? ge(index, reach) : lt(index, n - reach);
    h = add(h, where(inside, mul(a, beyond(h, reach)), 0));
    if (2 * reach < n) a = mul(a, beyond(a, reach));
  }
  return mul(cumulative(x, { kind: "prod", axis, exclusive: true, reverse }), h);
}

/** The gradient goes to the element that is the running extremum: the first one that reached it. */
function extremumGrad(
  x: Tensor,
  out: Tensor,
  g: Tensor,
  attrs: CumulativeAttrs & { readonly kind: "max" | "min" },
): Tensor {
  const { axis, reverse, exclusive } = attrs;
  if (exclusive) {
    throw new UnsupportedOpError("an exclusive running max or min has no gradient", {
      code: "autograd/not-differentiable",
      op: "cumulative",
      hint: "use the inclusive form and shift the result",
    });
  }
  const before = cumulative(x, { kind: attrs.kind, axis, exclusive: true, reverse });
  const isNew = orFirst(eq(x, out), before, x, attrs.kind);
  const position = iota(x.shape, axis);
  const marked = where(isNew, position, reverse ? x.shape[axis]! : -1);
  const holder = cumulative(marked, { kind: reverse ? "min" : "max", axis, exclusive: false, reverse });
  const flat = scatter(
    zeros([x.size], g.dtype),
    reshape(alongAxisIndices(holder, x.shape, axis), [-1]),
    reshape(g, [-1]),
    {
      mode: "add",
      axis: 0,
    },
  );
  return reshape(flat, x.shape);
}

function orFirst(reached: Tensor, before: Tensor, x: Tensor, kind: "max" | "min"): Tensor {
  const stays = kind === "max" ? ge(before, x) : ge(x, before);
  return where(stays, zeros(x.shape, "bool"), reached);
}

/**
 * Cumulative sum, product, maximum or minimum along an axis, in x's shape and dtype; `exclusive` leaves out
 * the element itself, `reverse` goes from the end. The gradient of a running extremum goes to the element
 * that reached it first.
 * @throws {DTypeError} for bool
 * @throws {ArgumentError} when there is no such axis or kind
 * @throws {UnsupportedOpError} in the backward pass of an exclusive max or min
 * @see ONNX CumSum, torch.cumprod, torch.cummax (which takes the last of equal elements)
 */
export function cumulative(
  x: Tensor,
  options: {
    readonly kind: ReduceKind;
    readonly axis: number;
    readonly exclusive?: boolean;
    readonly reverse?: boolean;
  },
): Tensor {
  const { kind, exclusive = false, reverse = false } = options;
  requireOneOf("cumulative", "kind", kind, REDUCE_KINDS);
  const axis = normalizeAxis("cumulative", options.axis, x.rank);
  return bind(cumulativeOp, [x], { kind, axis, exclusive, reverse })[0];
}

/** What is computed over axes and windows. */
export const REDUCE_KINDS: readonly ReduceKind[] = ["sum", "prod", "max", "min"];

/** Options of reductions. */
export interface ReduceOptions {
  /** Keep reduced axes with size 1. */
  readonly keepDims?: boolean;
}

function reduce(kind: ReduceKind, x: Tensor, axes: Axes, options: ReduceOptions): Tensor {
  const list = normalizeAxes(kind, axes, x.rank);
  const out = bind(reduceOp, [x], { kind, axes: list })[0];
  return options.keepDims
    ? reshape(
        out,
        x.shape.map((n, i) => (list.includes(i) ? 1 : n)),
      )
    : out;
}

/** One axis, several, or all (undefined). Negative axes count from the end. */
export type Axes = number | readonly number[] | undefined;

/**
 * Sum over axes (default: all), in x's dtype (integers wrap); the axes go, or stay with size 1 for
 * `keepDims`. Empty: 0.
 * @throws {DTypeError} for bool
 * @throws {ArgumentError} when an axis does not exist or is named twice
 * @see numpy.sum, ONNX ReduceSum
 */
export const sum = (x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor =>
  reduce("sum", x, axes, options);
/**
 * Product over axes (default: all), in x's dtype. Empty: 1. The gradient is right where elements are 0.
 * @throws {DTypeError} for bool
 * @throws {ArgumentError} when an axis does not exist or is named twice
 * @see numpy.prod, ONNX ReduceProd
 */
export const prod = (x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor =>
  reduce("prod", x, axes, options);
/**
 * Maximum over axes (default: all); NaN wins; ties share the gradient evenly. On bool: any. Empty: the
 * dtype's lowest value, −∞ for floats.
 * @throws {ArgumentError} when an axis does not exist or is named twice
 * @see torch.amax, ONNX ReduceMax
 */
export const max = (x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor =>
  reduce("max", x, axes, options);
/**
 * Minimum over axes (default: all); NaN wins; ties share the gradient evenly. On bool: all. Empty: the
 * dtype's highest value, ∞ for floats.
 * @throws {ArgumentError} when an axis does not exist or is named twice
 * @see torch.amin, ONNX ReduceMin
 */
export const min = (x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor =>
  reduce("min", x, axes, options);

/**
 * Index of the first maximum along an axis, int64; NaN wins. The axis goes, or stays with size 1 for
 * `keepDims`.
 * @throws {ShapeError} when the axis is empty
 * @throws {ArgumentError} when there is no such axis
 * @see numpy.argmax, ONNX ArgMax
 */
export function argmax(x: Tensor, axis: number, options: ReduceOptions = {}): Tensor {
  return argReduce("max", x, axis, options);
}
/**
 * Index of the first minimum along an axis, int64; NaN wins. The axis goes, or stays with size 1 for
 * `keepDims`.
 * @throws {ShapeError} when the axis is empty
 * @throws {ArgumentError} when there is no such axis
 * @see numpy.argmin, ONNX ArgMin
 */
export function argmin(x: Tensor, axis: number, options: ReduceOptions = {}): Tensor {
  return argReduce("min", x, axis, options);
}

function argReduce(kind: "max" | "min", x: Tensor, axis: number, options: ReduceOptions): Tensor {
  const a = normalizeAxis(`arg${kind}`, axis, x.rank);
  const out = bind(argReduceOp, [x], { kind, axis: a })[0];
  return options.keepDims
    ? reshape(
        out,
        x.shape.map((n, i) => (i === a ? 1 : n)),
      )
    : out;
}
