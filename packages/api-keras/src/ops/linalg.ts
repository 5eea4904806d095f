// keras.ops: products and matrices.
import * as core from "@isoform/core";
import { checkOptions, invalid } from "../config/arguments.js";
import { axisOptions, type AxisOr } from "../config/axis.js";
import { callOperation } from "../engine/operation.js";
import { apply1, apply2, both, input, tensor, type Arg, type Out, type Out2 } from "./apply.js";

/**
 * Matrix product by NumPy's rule, `[..., m, k] x [..., k, n] -> [..., m, n]`: leading axes broadcast, 1-d
 * operands are vectors, the dtypes are promoted.
 * @throws {ShapeError} when the inner sizes differ, the leading axes do not broadcast, or an operand is a
 *   scalar
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.matmul
 */
export function matmul<A extends Arg, B extends Arg>(x1: A, x2: B): Out2<A, B> {
  return apply2("Matmul", x1, x2, both(core.matmul));
}
/**
 * Product over the last axis of x1 and the second last (or only) of x2,
 * `[...a, k] x [...b, k, n] -> [...a, ...b, n]`; a scalar multiplies. The dtypes are promoted.
 * @throws {ShapeError} when the contracted sizes differ
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.dot
 */
export function dot<A extends Arg, B extends Arg>(x1: A, x2: B): Out2<A, B> {
  return apply2(
    "Dot",
    x1,
    x2,
    both((a, b) => {
      if (a.rank === 0 || b.rank === 0) return core.mul(a, b);
      if (a.rank <= 2 && b.rank <= 2) return core.matmul(a, b);
      const axis = Math.max(0, b.rank - 2);
      const moved = core.transpose(b, [axis, ...b.shape.map((_, i) => i).filter((i) => i !== axis)]);
      const rest = moved.shape.slice(1);
      const flat = core.matmul(
        core.reshape(a, [-1, a.shape.at(-1)!]),
        core.reshape(moved, [moved.shape[0]!, -1]),
      );
      return core.reshape(flat, [...a.shape.slice(0, -1), ...rest]);
    }),
  );
}
type AxisList = number | readonly number[];

function pairOf(axes: unknown): readonly [readonly number[], readonly number[]] {
  const list = (v: AxisList) => (typeof v === "number" ? [v] : v);
  if (Array.isArray(axes) && axes.length === 2) return [list(axes[0] as AxisList), list(axes[1] as AxisList)];
  throw invalid("ops.tensordot", "axes", axes, "an integer or a pair of axes of x1 and of x2");
}

/**
 * Contraction of the last `axes` (default 2) axes of x1 with the first of x2, or of the listed axes
 * `[[of x1], [of x2]]`: the shape is the other axes of x1, then those of x2.
 * @throws {ShapeError} when contracted sizes differ or an operand has fewer axes
 * @throws {ArgumentError} when an axis is out of range, `axes` no count, an option unknown, or an operand no
 *   tensor
 * @throws {DTypeError} when both are bool
 * @see keras.ops.tensordot
 */
export function tensordot<A extends Arg, B extends Arg>(
  x1: A,
  x2: B,
  options: { readonly axes?: number | readonly [AxisList, AxisList] } = {},
): Out2<A, B> {
  checkOptions("ops.tensordot", options, ["axes"]);
  const { axes = 2 } = options;
  const lists = typeof axes === "number" ? axes : pairOf(axes);
  return apply2(
    "Tensordot",
    x1,
    x2,
    both((a, b) => core.tensordot(a, b, lists)),
    { axes },
  );
}
/**
 * Sums of products by a formula over axis names: `einsum("ij,jk->ik", a, b)` for `[i, j] x [j, k] -> [i, k]`.
 * @throws {ShapeError} when a name has two sizes, or a term another number of axes than its operand
 * @throws {ArgumentError} when the formula is malformed or an operand is no tensor
 * @throws {DTypeError} when all operands are bool
 * @see keras.ops.einsum
 */
export function einsum<A extends Arg>(subscripts: string, ...operands: readonly A[]): Out<A>;
export function einsum(subscripts: string, ...operands: readonly Arg[]): unknown {
  return callOperation(
    "Einsum",
    operands.map((x) => input("Einsum", x)),
    { subscripts },
    (...list) => core.einsum(subscripts, list.map(tensor)),
  );
}
/**
 * Products of all pairs of elements of two tensors, which are flattened: `[size of x1, size of x2]`.
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.outer
 */
export function outer<A extends Arg, B extends Arg>(x1: A, x2: B): Out2<A, B> {
  return apply2(
    "Outer",
    x1,
    x2,
    both((a, b) => core.mul(core.reshape(a, [a.size, 1]), core.reshape(b, [1, b.size]))),
  );
}
/**
 * The lower triangle of the last two axes, up to diagonal k (default 0), and 0 elsewhere; same shape
 * `[..., n, m]`.
 * @throws {ShapeError} when x has fewer than two axes
 * @throws {ArgumentError} when k is no integer, an option is unknown, or x is no tensor
 * @see keras.ops.tril
 */
export function tril<A extends Arg>(x: A, options: { readonly k?: number } = {}): Out<A> {
  checkOptions("ops.tril", options, ["k"]);
  const { k = 0 } = options;
  return apply1("Tril", x, { k }, (t) => core.tril(t, k));
}
/**
 * The upper triangle of the last two axes, from diagonal k (default 0), and 0 elsewhere; same shape
 * `[..., n, m]`.
 * @throws {ShapeError} when x has fewer than two axes
 * @throws {ArgumentError} when k is no integer, an option is unknown, or x is no tensor
 * @see keras.ops.triu
 */
export function triu<A extends Arg>(x: A, options: { readonly k?: number } = {}): Out<A> {
  checkOptions("ops.triu", options, ["k"]);
  const { k = 0 } = options;
  return apply1("Triu", x, { k }, (t) => core.triu(t, k));
}
/**
 * Sum of diagonal `offset` (default 0) of the matrices in `axis1` and `axis2` (defaults 0 and 1): x without
 * these axes.
 * @throws {ArgumentError} when an axis is out of range, the two are one, an option is unknown, or x is no
 *   tensor
 * @throws {DTypeError} when x is bool
 * @see keras.ops.trace
 */
export function trace<A extends Arg>(
  x: A,
  options: { readonly offset?: number; readonly axis1?: number; readonly axis2?: number } = {},
): Out<A> {
  checkOptions("ops.trace", options, ["offset", "axis1", "axis2"]);
  const { offset = 0, axis1 = 0, axis2 = 1 } = options;
  return apply1("Trace", x, { offset, axis1, axis2 }, (t) => {
    const last = core.moveaxis(t, [axis1, axis2], [-2, -1]);
    const shape = last.shape.slice(-2);
    const on = core.eq(core.sub(core.iota(shape, 1), core.iota(shape, 0)), offset);
    return core.sum(core.mul(last, core.cast(on, t.dtype)), [-2, -1]);
  });
}
/**
 * x divided by its norm of `order` (default 2) along `axis` (default −1), at least `epsilon` (1e-7); same
 * shape.
 * @throws {ArgumentError} when the axis is out of range, `order` is NaN, an option is unknown, or x is no
 *   tensor
 * @throws {DTypeError} when x is bool, or no float with an `order` other than 2
 * @see keras.ops.normalize
 */
export function normalize<A extends Arg>(
  x: A,
  options: AxisOr<{ readonly axis?: number; readonly order?: number; readonly epsilon?: number | null }> = {},
): Out<A> {
  const {
    axis = -1,
    order = 2,
    epsilon = null,
  } = axisOptions("ops.normalize", options, ["axis", "order", "epsilon"]);
  const eps = epsilon ?? 1e-7;
  return apply1("Normalize", x, { axis, order, epsilon }, (t) => {
    if (order === 2) {
      const squares = core.sum(core.square(t), axis, { keepDims: true });
      return core.mul(t, core.rsqrt(core.maximum(squares, eps ** 2)));
    }
    return core.div(t, core.maximum(core.norm(t, { p: order, axes: axis, keepDims: true }), eps));
  });
}
