// outer and tensordot: products of two tensors over no or several axes.
import { bind } from "../../../dispatch/bind.js";
import { ArgumentError, shown } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { promoteAll } from "../../broadcast.js";
import { normalizeAxis, requireNumeric, requireOneDType, shapeError } from "../../infer.js";
import { mul } from "../../prims/binary.js";
import { matmul } from "../../prims/contraction.js";
import { reshape, transpose } from "../../prims/movement.js";
import { defineOp, type Op } from "../../table.js";
import { requireCount } from "../common/arguments.js";
import { countOf, otherAxes } from "../common/shapes.js";

interface TensordotAttrs {
  /** Contracted axes of a, paired with those of b. */
  readonly axesA: readonly number[];
  readonly axesB: readonly number[];
}
declare module "../../table.js" {
  interface OpTable {
    outer: { readonly tier: "comp"; readonly in: readonly ["a", "b"]; readonly attrs: object };
    tensordot: { readonly tier: "comp"; readonly in: readonly ["a", "b"]; readonly attrs: TensordotAttrs };
  }
}

/** The `outer` composite. */
export const outerOp: Op<"outer"> = defineOp("outer", {
  infer: ([a, b]) => {
    requireOneDType("outer", [a, b]);
    requireNumeric("outer", a);
    if (a.shape.length !== 1 || b.shape.length !== 1) {
      throw shapeError("outer", "both inputs must have one axis", [a, b], "flatten them first");
    }
    return [{ shape: [a.shape[0]!, b.shape[0]!], dtype: a.dtype }];
  },
  decompose: ([a, b]) => [mul(reshape(a, [a.size, 1]), reshape(b, [1, b.size]))],
});

/** The `tensordot` composite. */
export const tensordotOp: Op<"tensordot"> = defineOp("tensordot", {
  infer: ([a, b], { axesA, axesB }) => {
    requireOneDType("tensordot", [a, b]);
    requireNumeric("tensordot", a);
    axesA.forEach((axis, i) => {
      if (a.shape[axis] === b.shape[axesB[i]!]) return;
      const hint = "contracted axes must have equal sizes";
      throw shapeError("tensordot", `axis ${axis} of a and axis ${axesB[i]} of b differ`, [a, b], hint);
    });
    const left = otherAxes(a.shape.length, axesA).map((i) => a.shape[i]!);
    const right = otherAxes(b.shape.length, axesB).map((i) => b.shape[i]!);
    return [{ shape: [...left, ...right], dtype: a.dtype }];
  },
  decompose: ([a, b], { axesA, axesB }) => {
    const left = otherAxes(a.rank, axesA);
    const right = otherAxes(b.rank, axesB);
    const k = countOf(a.shape, axesA);
    const x = reshape(transpose(a, [...left, ...axesA]), [countOf(a.shape, left), k]);
    const y = reshape(transpose(b, [...axesB, ...right]), [k, countOf(b.shape, right)]);
    return [reshape(matmul(x, y), [...left.map((i) => a.shape[i]!), ...right.map((i) => b.shape[i]!)])];
  },
});

/**
 * Column times row: a `[n]`, b `[m]` give `[n, m]`, promoted to one dtype.
 * @throws {ShapeError} when an input has not exactly one axis
 * @throws {DTypeError} when both are bool
 * @see numpy.outer for vectors, torch.outer
 */
export function outer(a: Tensor, b: Tensor): Tensor {
  const [x, y] = promoteAll("outer", [a, b]) as [Tensor, Tensor];
  return bind(outerOp, [x, y], {})[0];
}

/**
 * Sum of products over paired axes; the other axes of a come first, then b's. `axes` is a count (the last of
 * a with the first of b; default 2) or a pair of axis lists. Dtypes are promoted.
 * @throws {ShapeError} when paired axes differ in size, or the count is over a rank
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when the count is not an integer >= 0, an axis does not exist, or the lists do not
 *   pair up
 * @see numpy.tensordot
 */
export function tensordot(
  a: Tensor,
  b: Tensor,
  axes: number | readonly [readonly number[], readonly number[]] = 2,
): Tensor {
  const [x, y] = promoteAll("tensordot", [a, b]) as [Tensor, Tensor];
  return bind(tensordotOp, [x, y], contractedAxes(x, y, axes))[0];
}

function contractedAxes(
  a: Tensor,
  b: Tensor,
  axes: number | readonly [readonly number[], readonly number[]],
): TensordotAttrs {
  if (typeof axes === "number") {
    const n = requireCount("tensordot", "axes", axes);
    if (n > a.rank || n > b.rank) {
      throw shapeError(
        "tensordot",
        `${n} axes are to be contracted`,
        [a, b],
        "contract at most the smaller rank",
      );
    }
    const list = Array.from({ length: n }, (_, i) => i);
    return { axesA: list.map((i) => a.rank - n + i), axesB: list };
  }
  const axesA = axes[0].map((i) => normalizeAxis("tensordot", i, a.rank));
  const axesB = axes[1].map((i) => normalizeAxis("tensordot", i, b.rank));
  const distinct = new Set(axesA).size === axesA.length && new Set(axesB).size === axesB.length;
  if (axesA.length !== axesB.length || !distinct) {
    throw new ArgumentError(`axes ${shown(axes)} do not pair up`, {
      code: "argument/axis",
      op: "tensordot",
      hint: "both lists need the same number of distinct axes",
    });
  }
  return { axesA, axesB };
}
