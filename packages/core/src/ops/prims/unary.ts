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

/** −x, any shape and number dtype. @throws DTypeError for bool. */
export const neg = (x: Tensor): Tensor => apply("neg", x);
/** |x|; the derivative at 0 is 0. */
export const abs = (x: Tensor): Tensor => apply("abs", x);
/** −1, 0 or 1; NaN stays NaN. */
export const sign = (x: Tensor): Tensor => apply("sign", x);
/** eˣ, floats only. */
export const exp = (x: Tensor): Tensor => apply("exp", x);
/** eˣ − 1 without cancellation near 0. */
export const expm1 = (x: Tensor): Tensor => apply("expm1", x);
/** Natural logarithm; −∞ at 0, NaN below. */
export const log = (x: Tensor): Tensor => apply("log", x);
/** log(1 + x) without cancellation near 0. */
export const log1p = (x: Tensor): Tensor => apply("log1p", x);
/** Square root; NaN below 0. */
export const sqrt = (x: Tensor): Tensor => apply("sqrt", x);
/** 1 / √x. */
export const rsqrt = (x: Tensor): Tensor => apply("rsqrt", x);
/** Sine of an angle in radians. */
export const sin = (x: Tensor): Tensor => apply("sin", x);
/** Cosine of an angle in radians. */
export const cos = (x: Tensor): Tensor => apply("cos", x);
/** Arc tangent in radians, −π/2 to π/2. */
export const atan = (x: Tensor): Tensor => apply("atan", x);
/** Hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => apply("tanh", x);
/** Error function 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf = (x: Tensor): Tensor => apply("erf", x);
/** Largest integer not above x, same dtype. */
export const floor = (x: Tensor): Tensor => apply("floor", x);
/** Smallest integer not below x, same dtype. */
export const ceil = (x: Tensor): Tensor => apply("ceil", x);
/** Nearest integer, halves to even, same dtype. */
export const round = (x: Tensor): Tensor => apply("round", x);
/** Logical not of bool, bitwise not of integers. @throws DTypeError for floats. */
export const not = (x: Tensor): Tensor => apply("not", x);
