// Elementwise primitives of one argument and their derivatives.
import type { UnaryFn } from "../../runtime/backend.js";
import { bind } from "../../dispatch/bind.js";
import type { Tensor } from "../../tensor/tensor.js";
import { requireFloat, requireLogical, requireNumeric } from "../infer.js";
import { definePrim, type Op, type Saves, type TensorSpec } from "../table.js";
import { add, div, mul } from "./binary.js";

interface Unary {
  readonly tier: "prim";
  readonly in: readonly ["x"];
  readonly attrs: object;
}
declare module "../table.js" {
  interface OpTable extends Record<UnaryFn, Unary> {}
}

type Rule = (x: Tensor, out: Tensor, g: Tensor) => Tensor | null;
type Check = (op: string, x: TensorSpec) => void;

function unary<K extends UnaryFn>(fn: K, check: Check, saves: Saves, rule?: Rule): Op<UnaryFn> {
  return definePrim<UnaryFn>(fn, {
    family: "unary",
    saves,
    infer: ([x]) => {
      check(fn, x);
      return [x];
    },
    lower: (k, [x], [out]) => k.unary(fn, x, out),
    ...(rule ? { vjp: ({ inputs: [x], outputs: [out], grads: [g] }) => [g && rule(x, out, g)] } : {}),
  });
}

const zero: Rule = () => null;

/** The unary primitives by name. */
export const unaryOps: Readonly<Record<UnaryFn, Op<UnaryFn>>> = {
  neg: unary("neg", requireNumeric, "none", (_x, _out, g) => neg(g)),
  abs: unary("abs", requireNumeric, "inputs", (x, _out, g) => mul(g, sign(x))),
  sign: unary("sign", requireNumeric, "none", zero),
  exp: unary("exp", requireFloat, "outputs", (_x, out, g) => mul(g, out)),
  expm1: unary("expm1", requireFloat, "outputs", (_x, out, g) => mul(g, add(out, 1))),
  log: unary("log", requireFloat, "inputs", (x, _out, g) => div(g, x)),
  log1p: unary("log1p", requireFloat, "inputs", (x, _out, g) => div(g, add(x, 1))),
  sqrt: unary("sqrt", requireFloat, "outputs", (_x, out, g) => div(mul(g, 0.5), out)),
  rsqrt: unary("rsqrt", requireFloat, "outputs", (_x, out, g) => mul(mul(g, -0.5), mul(out, mul(out, out)))),
  sin: unary("sin", requireFloat, "inputs", (x, _out, g) => mul(g, cos(x))),
  cos: unary("cos", requireFloat, "inputs", (x, _out, g) => neg(mul(g, sin(x)))),
  atan: unary("atan", requireFloat, "inputs", (x, _out, g) => div(g, add(mul(x, x), 1))),
  tanh: unary("tanh", requireFloat, "outputs", (_x, out, g) => mul(g, add(neg(mul(out, out)), 1))),
  erf: unary("erf", requireFloat, "inputs", (x, _out, g) =>
    mul(mul(g, 2 / Math.sqrt(Math.PI)), exp(neg(mul(x, x)))),
  ),
  floor: unary("floor", requireNumeric, "none", zero),
  ceil: unary("ceil", requireNumeric, "none", zero),
  round: unary("round", requireNumeric, "none", zero),
  not: unary("not", requireLogical, "none"),
};

const apply = (fn: UnaryFn, x: Tensor): Tensor => bind(unaryOps[fn], [x], {})[0];

/**
 * −x, elementwise, any shape.
 * @throws {DTypeError} when x is bool
 * @see torch.neg, ONNX Neg
 */
export const neg = (x: Tensor): Tensor => apply("neg", x);
/**
 * |x|, elementwise, any shape; the derivative at 0 is 0.
 * @throws {DTypeError} when x is bool
 * @see torch.abs, ONNX Abs
 */
export const abs = (x: Tensor): Tensor => apply("abs", x);
/**
 * −1, 0 or 1, elementwise, any shape; NaN stays NaN. The derivative is 0.
 * @throws {DTypeError} when x is bool
 * @see numpy.sign, ONNX Sign
 */
export const sign = (x: Tensor): Tensor => apply("sign", x);
/**
 * eˣ, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.exp, ONNX Exp
 */
export const exp = (x: Tensor): Tensor => apply("exp", x);
/**
 * eˣ − 1 without cancellation near 0, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.expm1, StableHLO exponential_minus_one
 */
export const expm1 = (x: Tensor): Tensor => apply("expm1", x);
/**
 * Natural logarithm, elementwise, any shape; −∞ at 0, NaN below.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.log, ONNX Log
 */
export const log = (x: Tensor): Tensor => apply("log", x);
/**
 * log(1 + x) without cancellation near 0, elementwise, any shape; −∞ at −1, NaN below.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.log1p, StableHLO log_plus_one
 */
export const log1p = (x: Tensor): Tensor => apply("log1p", x);
/**
 * Square root, elementwise, any shape; NaN below 0. The derivative at 0 is ∞.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.sqrt, ONNX Sqrt
 */
export const sqrt = (x: Tensor): Tensor => apply("sqrt", x);
/**
 * 1 / √x, elementwise, any shape; ∞ at 0, NaN below.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.rsqrt, StableHLO rsqrt
 */
export const rsqrt = (x: Tensor): Tensor => apply("rsqrt", x);
/**
 * Sine of an angle in radians, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.sin, ONNX Sin
 */
export const sin = (x: Tensor): Tensor => apply("sin", x);
/**
 * Cosine of an angle in radians, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.cos, ONNX Cos
 */
export const cos = (x: Tensor): Tensor => apply("cos", x);
/**
 * Arc tangent in radians, −π/2 to π/2, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.atan, ONNX Atan
 */
export const atan = (x: Tensor): Tensor => apply("atan", x);
/**
 * Hyperbolic tangent, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.tanh, ONNX Tanh
 */
export const tanh = (x: Tensor): Tensor => apply("tanh", x);
/**
 * Error function 2/√π ∫₀ˣ e^(−t²) dt, elementwise, any shape.
 * @throws {DTypeError} unless x is of a float dtype
 * @see torch.erf, ONNX Erf
 */
export const erf = (x: Tensor): Tensor => apply("erf", x);
/**
 * Largest integer not above x, elementwise, any shape, same dtype. The derivative is 0.
 * @throws {DTypeError} when x is bool
 * @see torch.floor, ONNX Floor
 */
export const floor = (x: Tensor): Tensor => apply("floor", x);
/**
 * Smallest integer not below x, elementwise, any shape, same dtype. The derivative is 0.
 * @throws {DTypeError} when x is bool
 * @see torch.ceil, ONNX Ceil
 */
export const ceil = (x: Tensor): Tensor => apply("ceil", x);
/**
 * Nearest integer, halves to even, elementwise, any shape, same dtype. The derivative is 0.
 * @throws {DTypeError} when x is bool
 * @see torch.round, ONNX Round
 */
export const round = (x: Tensor): Tensor => apply("round", x);
/**
 * Logical not of bool, bitwise not of integers, elementwise, any shape. No gradient.
 * @throws {DTypeError} when x is of a float dtype
 * @see torch.bitwise_not, ONNX Not and BitwiseNot
 */
export const not = (x: Tensor): Tensor => apply("not", x);
