// Matrices by row and column number: triu, tril, eye.
import { bind } from "../../../dispatch/bind.js";
import type { DType } from "../../../tensor/dtype.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { requireShape, shapeError } from "../../infer.js";
import { add } from "../../prims/binary.js";
import { eq, le } from "../../prims/compare.js";
import { cast, where } from "../../prims/select.js";
import { iota } from "../../prims/source.js";
import { defineOp, type Op, type TensorSpec } from "../../table.js";
import { requireCount, requireWhole } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";

declare module "../../table.js" {
  interface OpTable {
    triu: UnaryEntry<{ readonly k: number }>;
    tril: UnaryEntry<{ readonly k: number }>;
    eye: {
      readonly tier: "comp";
      readonly in: readonly [];
      readonly attrs: { readonly n: number; readonly m: number; readonly k: number; readonly dtype: DType };
    };
  }
}

function inferMatrix(op: string): (inputs: readonly [TensorSpec]) => readonly [TensorSpec] {
  return ([x]) => {
    if (x.shape.length < 2) throw shapeError(op, "x is not a matrix", [x], "x needs at least two axes");
    return [x];
  };
}

const rows = (n: number): Tensor => iota([n, 1], 0, "int32");
const columns = (m: number): Tensor => iota([1, m], 1, "int32");

/** The `triu` composite. */
export const triuOp: Op<"triu"> = defineOp("triu", {
  saves: "none",
  infer: inferMatrix("triu"),
  decompose: ([x], { k }) => {
    const [n, m] = x.shape.slice(-2) as [number, number];
    return [where(le(add(rows(n), k), columns(m)), x, false)];
  },
  vjp: ({ attrs: { k }, grads: [g] }) => [g && triu(g, k)],
});

/** The `tril` composite. */
export const trilOp: Op<"tril"> = defineOp("tril", {
  saves: "none",
  infer: inferMatrix("tril"),
  decompose: ([x], { k }) => {
    const [n, m] = x.shape.slice(-2) as [number, number];
    return [where(le(columns(m), add(rows(n), k)), x, false)];
  },
  vjp: ({ attrs: { k }, grads: [g] }) => [g && tril(g, k)],
});

/** The `eye` composite. */
export const eyeOp: Op<"eye"> = defineOp("eye", {
  infer: (_inputs, { n, m, dtype }) => {
    requireShape("eye", [n, m]);
    return [{ shape: [n, m], dtype }];
  },
  decompose: (_inputs, { n, m, k, dtype }) => [cast(eq(add(rows(n), k), columns(m)), dtype)],
});

/**
 * The upper triangle of the last two axes, 0 below diagonal `k` (default 0; above the main one for k > 0), in
 * x's shape.
 * @throws {ShapeError} when x has fewer than two axes
 * @throws {ArgumentError} when `k` is not an integer
 * @see numpy.triu, ONNX Trilu
 */
export function triu(x: Tensor, k = 0): Tensor {
  return bind(triuOp, [x], { k: requireWhole("triu", "k", k) })[0];
}

/**
 * The lower triangle of the last two axes, 0 above diagonal `k` (default 0), in x's shape.
 * @throws {ShapeError} when x has fewer than two axes
 * @throws {ArgumentError} when `k` is not an integer
 * @see numpy.tril, ONNX Trilu
 */
export function tril(x: Tensor, k = 0): Tensor {
  return bind(trilOp, [x], { k: requireWhole("tril", "k", k) })[0];
}

/**
 * An `[n, m]` matrix (default square, float32) of 1 on diagonal `k` (default 0) and 0 elsewhere.
 * @throws {ArgumentError} when `n` or `m` is not an integer >= 0, `k` not an integer, or no backend is set
 * @throws {DTypeError} when the device lacks the dtype, or it is not an element type
 * @see numpy.eye, ONNX EyeLike
 */
export function eye(n: number, m: number = n, dtype: DType = "float32", k = 0): Tensor {
  requireCount("eye", "n", n);
  requireCount("eye", "m", m);
  return bind(eyeOp, [], { n, m, dtype, k: requireWhole("eye", "k", k) })[0];
}
