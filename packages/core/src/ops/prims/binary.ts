// Elementwise primitives of two arguments, their derivatives, and the broadcasting front doors.
import type { BinaryFn } from "../../runtime/backend.js";
import { bind } from "../../dispatch/bind.js";
import type { Tensor } from "../../tensor/tensor.js";
import { broadcastPair, type TensorLike } from "../broadcast.js";
import {
  requireInteger,
  requireLogical,
  requireNumeric,
  requireOneDType,
  requireOneShape,
} from "../infer.js";
import { definePrim, type Op, type Saves, type TensorSpec } from "../table.js";
import { eq, gt, lt } from "./compare.js";
import { where } from "./select.js";
import { log, neg } from "./unary.js";
import { trunc } from "../composites/math/rounding.js";

interface Binary {
  readonly tier: "prim";
  readonly in: readonly ["a", "b"];
  readonly attrs: object;
}
declare module "../table.js" {
  interface OpTable extends Record<BinaryFn, Binary> {}
}

interface Args {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly out: Tensor;
  readonly g: Tensor;
}
interface Rule {
  readonly saves: Saves;
  a(x: Args): Tensor | null;
  b(x: Args): Tensor | null;
}
type Check = (op: string, x: TensorSpec) => void;

function binary(fn: BinaryFn, check: Check, rule?: Rule): Op<BinaryFn> {
  return definePrim<BinaryFn>(fn, {
    family: "binary",
    saves: rule?.saves ?? "none",
    infer: (inputs) => {
      requireOneDType(fn, inputs);
      requireOneShape(fn, inputs);
      check(fn, inputs[0]);
      return [inputs[0]];
    },
    lower: (k, [a, b], [out]) => k.binary(fn, a, b, out),
    ...(rule
      ? {
          vjp: ({ inputs: [a, b], outputs: [out], grads: [g], needs }) => {
            if (g === null) return [null, null];
            const args = { a, b, out, g };
            return [needs[0] ? rule.a(args) : null, needs[1] ? rule.b(args) : null];
          },
        }
      : {}),
  });
}

/** Gradient share of the winner: all of it, half at a tie (as PyTorch and JAX). */
const share = (g: Tensor, wins: Tensor, ties: Tensor): Tensor => where(wins, g, where(ties, mul(g, 0.5), 0));

/** The binary primitives by name. */
export const binaryOps: Readonly<Record<BinaryFn, Op<BinaryFn>>> = {
  add: binary("add", requireNumeric, { saves: "none", a: ({ g }) => g, b: ({ g }) => g }),
  sub: binary("sub", requireNumeric, { saves: "none", a: ({ g }) => g, b: ({ g }) => neg(g) }),
  mul: binary("mul", requireNumeric, {
    saves: "inputs",
    a: ({ g, b }) => mul(g, b),
    b: ({ g, a }) => mul(g, a),
  }),
  div: binary("div", requireNumeric, {
    saves: "both",
    a: ({ g, b }) => div(g, b),
    b: ({ g, b, out }) => neg(div(mul(g, out), b)),
  }),
  pow: binary("pow", requireNumeric, {
    saves: "both",
    a: ({ g, a, b }) => where(eq(b, 0), 0, mul(g, mul(b, pow(a, sub(b, 1))))),
    b: ({ g, a, out }) => {
      const base = where(gt(a, 0), a, 1);
      return mul(g, where(gt(a, 0), mul(out, log(base)), 0));
    },
  }),
  max: binary("max", requireNumeric, {
    saves: "inputs",
    a: ({ g, a, b }) => share(g, gt(a, b), eq(a, b)),
    b: ({ g, a, b }) => share(g, lt(a, b), eq(a, b)),
  }),
  min: binary("min", requireNumeric, {
    saves: "inputs",
    a: ({ g, a, b }) => share(g, lt(a, b), eq(a, b)),
    b: ({ g, a, b }) => share(g, gt(a, b), eq(a, b)),
  }),
  rem: binary("rem", requireNumeric, {
    saves: "inputs",
    a: ({ g }) => g,
    b: ({ g, a, b }) => neg(mul(g, trunc(div(a, b)))),
  }),
  and: binary("and", requireLogical),
  or: binary("or", requireLogical),
  xor: binary("xor", requireLogical),
  shl: binary("shl", requireInteger),
  shr: binary("shr", requireInteger),
};

function apply(fn: BinaryFn, a: TensorLike, b: TensorLike): Tensor {
  return bind(binaryOps[fn], broadcastPair(fn, a, b), {})[0];
}

/**
 * a + b, elementwise; shapes broadcast, dtypes are promoted, a JavaScript number takes the tensor's. Integers
 * wrap.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the result would be bool
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.add, ONNX Add
 */
export const add = (a: TensorLike, b: TensorLike): Tensor => apply("add", a, b);
/**
 * a − b, elementwise; shapes broadcast, dtypes are promoted. Integers wrap.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the result would be bool
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.sub, ONNX Sub
 */
export const sub = (a: TensorLike, b: TensorLike): Tensor => apply("sub", a, b);
/**
 * a · b, elementwise; shapes broadcast, dtypes are promoted. Integers wrap.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the result would be bool
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.mul, ONNX Mul
 */
export const mul = (a: TensorLike, b: TensorLike): Tensor => apply("mul", a, b);
/**
 * a / b, elementwise, in the promoted dtype: integers truncate toward zero and give 0 for a zero divisor.
 * Shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the result would be bool
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see ONNX Div, torch.div for floats
 */
export const div = (a: TensorLike, b: TensorLike): Tensor => apply("div", a, b);
/**
 * aᵇ, elementwise; NaN for a negative base with a fractional exponent. Shapes broadcast. The gradient of a is
 * 0 where b = 0, that of b is 0 where a ≤ 0.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the result would be bool
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.pow, ONNX Pow
 */
export const pow = (a: TensorLike, b: TensorLike): Tensor => apply("pow", a, b);
/**
 * The greater of two, elementwise; NaN wins. Shapes broadcast. A tie gives each half of the gradient.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the result would be bool
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.maximum, ONNX Max
 */
export const maximum = (a: TensorLike, b: TensorLike): Tensor => apply("max", a, b);
/**
 * The smaller of two, elementwise; NaN wins. Shapes broadcast. A tie gives each half of the gradient.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the result would be bool
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.minimum, ONNX Min
 */
export const minimum = (a: TensorLike, b: TensorLike): Tensor => apply("min", a, b);
/**
 * Remainder with the sign of the dividend, elementwise; integers give 0 for a zero divisor. Shapes broadcast.
 * The gradient of b is −trunc(a/b). For the divisor's sign see `mod`.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the result would be bool
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see C fmod, torch.fmod, ONNX Mod with fmod=1
 */
export const rem = (a: TensorLike, b: TensorLike): Tensor => apply("rem", a, b);
/**
 * Logical and of bool, bitwise and of integers, elementwise; shapes broadcast. No gradient.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the result would be a float
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.bitwise_and, ONNX And and BitwiseAnd
 */
export const and = (a: TensorLike, b: TensorLike): Tensor => apply("and", a, b);
/**
 * Logical or of bool, bitwise or of integers, elementwise; shapes broadcast. No gradient.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the result would be a float
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.bitwise_or, ONNX Or and BitwiseOr
 */
export const or = (a: TensorLike, b: TensorLike): Tensor => apply("or", a, b);
/**
 * Logical exclusive or of bool, bitwise of integers, elementwise; shapes broadcast. No gradient.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the result would be a float
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see torch.bitwise_xor, ONNX Xor and BitwiseXor
 */
export const xor = (a: TensorLike, b: TensorLike): Tensor => apply("xor", a, b);
/**
 * a · 2ᵇ of integers, elementwise; bits shifted out are lost, b outside the width gives 0. Shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the result would be bool or a float
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see StableHLO shift_left
 */
export const shl = (a: TensorLike, b: TensorLike): Tensor => apply("shl", a, b);
/**
 * Right shift of integers, elementwise, arithmetic for signed dtypes; b outside the width gives 0, or −1 for
 * negative a. Shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the result would be bool or a float
 * @throws {ArgumentError} when no operand is a tensor, or one is neither tensor nor number
 * @see StableHLO shift_right_arithmetic, shift_right_logical
 */
export const shr = (a: TensorLike, b: TensorLike): Tensor => apply("shr", a, b);
