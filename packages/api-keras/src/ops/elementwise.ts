// keras.ops: elementwise arithmetic, functions, comparisons and logic.
import * as core from "@isoform/core";
import { floating } from "../tensor/tensor.js";
import { callOperation } from "../engine/operation.js";
import {
  apply1,
  binary,
  both,
  input,
  tensor,
  unary,
  type Arg,
  type Binary,
  type Out,
  type Out2,
  type Unary,
} from "./apply.js";

const float = (fn: (x: core.Tensor) => core.Tensor) => (x: core.Tensor) => fn(floating(x));
const asBool = (x: core.Tensor) => core.cast(x, "bool");
const floatOperand = (x: core.TensorLike) => (x instanceof core.Tensor ? floating(x) : x);
const quotient = (a: core.TensorLike, b: core.TensorLike) => core.div(floatOperand(a), floatOperand(b));
const safeDivide = (a: core.TensorLike, b: core.TensorLike) =>
  both((x, y) => {
    const [num, den] = [floating(x), floating(y)];
    const zero = core.eq(den, 0);
    return core.where(zero, 0, core.div(num, core.where(zero, 1, den)));
  })(a, b);

/** x1 + x2. @throws ShapeError when the shapes do not broadcast, as all functions of two tensors here */
export const add: Binary = /* @__PURE__ */ binary("Add", core.add);
/** x1 − x2. */
export const subtract: Binary = /* @__PURE__ */ binary("Subtract", core.sub);
/** x1 · x2, elementwise. */
export const multiply: Binary = /* @__PURE__ */ binary("Multiply", core.mul);
/** x1 / x2; integers become float32. */
export const divide: Binary = /* @__PURE__ */ binary("Divide", quotient);
/** Same as `divide`. */
export const trueDivide: Binary = /* @__PURE__ */ binary("TrueDivide", quotient);
/** x1 / x2, 0 where x2 is 0. */
export const divideNoNan: Binary = /* @__PURE__ */ binary("DivideNoNan", safeDivide);
/** Division rounded down. */
export const floorDivide: Binary = /* @__PURE__ */ binary("FloorDivide", core.floorDiv);
/** Remainder with the sign of the divisor. */
export const mod: Binary = /* @__PURE__ */ binary("Mod", core.mod);
/** Remainder with the sign of the dividend. */
export const fmod: Binary = /* @__PURE__ */ binary("Fmod", core.rem);
/** x1 to the power of x2. */
export const power: Binary = /* @__PURE__ */ binary("Power", core.pow);
/** The greater of two. */
export const maximum: Binary = /* @__PURE__ */ binary("Maximum", core.maximum);
/** The smaller of two. */
export const minimum: Binary = /* @__PURE__ */ binary("Minimum", core.minimum);
/** Angle of the point (x2, x1), radians. */
export const arctan2: Binary = /* @__PURE__ */ binary(
  "Arctan2",
  both((y, x) => core.atan2(floating(y), floating(x))),
);
/** log(eˣ¹ + eˣ²). */
export const logaddexp: Binary = /* @__PURE__ */ binary(
  "Logaddexp",
  both((a, b) => core.logAddExp(floating(a), floating(b))),
);
/** √(x1² + x2²). */
export const hypot: Binary = /* @__PURE__ */ binary(
  "Hypot",
  both((a, b) => core.sqrt(core.add(core.square(floating(a)), core.square(floating(b))))),
);
/** (x1 − x2)². */
export const squaredDifference: Binary = /* @__PURE__ */ binary("SquaredDifference", (a, b) =>
  core.square(core.sub(a, b)),
);

/** x1 = x2, bool. */
export const equal: Binary = /* @__PURE__ */ binary("Equal", core.eq);
/** x1 ≠ x2, bool. */
export const notEqual: Binary = /* @__PURE__ */ binary("NotEqual", core.ne);
/** x1 < x2, bool. */
export const less: Binary = /* @__PURE__ */ binary("Less", core.lt);
/** x1 ≤ x2, bool. */
export const lessEqual: Binary = /* @__PURE__ */ binary("LessEqual", core.le);
/** x1 > x2, bool. */
export const greater: Binary = /* @__PURE__ */ binary("Greater", core.gt);
/** x1 ≥ x2, bool. */
export const greaterEqual: Binary = /* @__PURE__ */ binary("GreaterEqual", core.ge);
/** Both non-zero, bool. */
export const logicalAnd: Binary = /* @__PURE__ */ binary(
  "LogicalAnd",
  both((a, b) => core.and(asBool(a), asBool(b))),
);
/** One non-zero, bool. */
export const logicalOr: Binary = /* @__PURE__ */ binary(
  "LogicalOr",
  both((a, b) => core.or(asBool(a), asBool(b))),
);
/** Exactly one non-zero, bool. */
export const logicalXor: Binary = /* @__PURE__ */ binary(
  "LogicalXor",
  both((a, b) => core.xor(asBool(a), asBool(b))),
);
/** Bitwise and of integers. */
export const bitwiseAnd: Binary = /* @__PURE__ */ binary("BitwiseAnd", core.and);
/** Bitwise or of integers. */
export const bitwiseOr: Binary = /* @__PURE__ */ binary("BitwiseOr", core.or);
/** Bitwise exclusive or of integers. */
export const bitwiseXor: Binary = /* @__PURE__ */ binary("BitwiseXor", core.xor);
/** x1 · 2ˣ² of integers. */
export const leftShift: Binary = /* @__PURE__ */ binary("LeftShift", core.shl);
/** Right shift of integers. */
export const rightShift: Binary = /* @__PURE__ */ binary("RightShift", core.shr);

/** Zero becomes true, bool. */
export const logicalNot: Unary = /* @__PURE__ */ unary("LogicalNot", (x) => core.eq(x, 0));
/** Bitwise not of integers. */
export const bitwiseNot: Unary = /* @__PURE__ */ unary("BitwiseNot", core.not);
/** −x. */
export const negative: Unary = /* @__PURE__ */ unary("Negative", core.neg);
/** |x|. */
export const abs: Unary = /* @__PURE__ */ unary("Abs", core.abs);
/** |x|. */
export const absolute: Unary = /* @__PURE__ */ unary("Absolute", core.abs);
/** −1, 0 or 1. */
export const sign: Unary = /* @__PURE__ */ unary("Sign", core.sign);
/** eˣ. */
export const exp: Unary = /* @__PURE__ */ unary("Exp", float(core.exp));
/** 2ˣ. */
export const exp2: Unary = /* @__PURE__ */ unary("Exp2", float(core.exp2));
/** eˣ − 1. */
export const expm1: Unary = /* @__PURE__ */ unary("Expm1", float(core.expm1));
/** Natural logarithm. */
export const log: Unary = /* @__PURE__ */ unary("Log", float(core.log));
/** log(1 + x). */
export const log1p: Unary = /* @__PURE__ */ unary("Log1p", float(core.log1p));
/** Logarithm to base 2. */
export const log2: Unary = /* @__PURE__ */ unary("Log2", float(core.log2));
/** Logarithm to base 10. */
export const log10: Unary = /* @__PURE__ */ unary("Log10", float(core.log10));
/** Square root. */
export const sqrt: Unary = /* @__PURE__ */ unary("Sqrt", float(core.sqrt));
/** 1/√x. */
export const rsqrt: Unary = /* @__PURE__ */ unary("Rsqrt", float(core.rsqrt));
/** x². */
export const square: Unary = /* @__PURE__ */ unary("Square", core.square);
/** 1/x. */
export const reciprocal: Unary = /* @__PURE__ */ unary("Reciprocal", float(core.reciprocal));
/** Sine (radians). */
export const sin: Unary = /* @__PURE__ */ unary("Sin", float(core.sin));
/** Cosine (radians). */
export const cos: Unary = /* @__PURE__ */ unary("Cos", float(core.cos));
/** Tangent (radians). */
export const tan: Unary = /* @__PURE__ */ unary("Tan", float(core.tan));
/** Arc sine, radians. */
export const arcsin: Unary = /* @__PURE__ */ unary("Arcsin", float(core.asin));
/** Arc cosine, radians. */
export const arccos: Unary = /* @__PURE__ */ unary("Arccos", float(core.acos));
/** Arc tangent, radians. */
export const arctan: Unary = /* @__PURE__ */ unary("Arctan", float(core.atan));
/** Hyperbolic sine. */
export const sinh: Unary = /* @__PURE__ */ unary("Sinh", float(core.sinh));
/** Hyperbolic cosine. */
export const cosh: Unary = /* @__PURE__ */ unary("Cosh", float(core.cosh));
/** Hyperbolic tangent. */
export const tanh: Unary = /* @__PURE__ */ unary("Tanh", float(core.tanh));
/** Inverse hyperbolic sine. */
export const arcsinh: Unary = /* @__PURE__ */ unary("Arcsinh", float(core.asinh));
/** Inverse hyperbolic cosine. */
export const arccosh: Unary = /* @__PURE__ */ unary("Arccosh", float(core.acosh));
/** Inverse hyperbolic tangent. */
export const arctanh: Unary = /* @__PURE__ */ unary("Arctanh", float(core.atanh));
/** Error function. */
export const erf: Unary = /* @__PURE__ */ unary("Erf", float(core.erf));
/** 1 − erf(x). */
export const erfc: Unary = /* @__PURE__ */ unary(
  "Erfc",
  float((x) => core.sub(1, core.erf(x))),
);
/** Inverse of erf. */
export const erfinv: Unary = /* @__PURE__ */ unary("Erfinv", float(core.erfinv));
/** Largest integer not above x. */
export const floor: Unary = /* @__PURE__ */ unary("Floor", float(core.floor));
/** Smallest integer not below x. */
export const ceil: Unary = /* @__PURE__ */ unary("Ceil", float(core.ceil));
/** Toward zero. */
export const trunc: Unary = /* @__PURE__ */ unary("Trunc", core.trunc);
/** True where NaN. */
export const isnan: Unary = /* @__PURE__ */ unary("Isnan", (x) => core.isNan(floating(x)));
/** True where ±∞. */
export const isinf: Unary = /* @__PURE__ */ unary("Isinf", (x) => core.isInf(floating(x)));
/** True where neither NaN nor ±∞. */
export const isfinite: Unary = /* @__PURE__ */ unary("Isfinite", (x) => core.isFinite(floating(x)));
/** Radians to degrees. */
export const rad2deg: Unary = /* @__PURE__ */ unary("Rad2deg", (x) => core.mul(floating(x), 180 / Math.PI));
/** Degrees to radians. */
export const deg2rad: Unary = /* @__PURE__ */ unary("Deg2rad", (x) => core.mul(floating(x), Math.PI / 180));
/** A copy. */
export const copy: Unary = /* @__PURE__ */ unary("Copy", (x) => core.add(x, core.scalar(0, x.dtype)));
/** The value without its history: gradients do not pass. */
export const stopGradient: Unary = /* @__PURE__ */ unary("StopGradient", core.detach);

/** x to the nearest multiple of 10^−decimals, halves to even. */
export function round<A extends Arg>(x: A, options: { readonly decimals?: number } = {}): Out<A> {
  core.checkOptions("ops.round", options, ["decimals"]);
  const { decimals = 0 } = options;
  return apply1("Round", x, { decimals }, (t) => {
    if (decimals === 0) return core.round(t);
    return core.div(core.round(core.mul(floating(t), 10 ** decimals)), 10 ** decimals);
  });
}

/** x limited to [xMin, xMax]; null leaves a side open. */
export function clip<A extends Arg>(x: A, xMin: number | null, xMax: number | null): Out<A> {
  return apply1("Clip", x, { xMin, xMax }, (t) => core.clip(t, xMin, xMax));
}

/** x with NaN and infinities replaced. */
export function nanToNum<A extends Arg>(
  x: A,
  options: { readonly nan?: number; readonly posinf?: number; readonly neginf?: number } = {},
): Out<A> {
  core.checkOptions("ops.nanToNum", options, ["nan", "posinf", "neginf"]);
  const { nan = 0, posinf = 3.4028234663852886e38, neginf = -3.4028234663852886e38 } = options;
  return apply1("NanToNum", x, { nan, posinf, neginf }, (t) => {
    const finite = core.where(core.isNan(t), nan, t);
    return core.where(
      core.eq(finite, Infinity),
      posinf,
      core.where(core.eq(finite, -Infinity), neginf, finite),
    );
  });
}

/** Whether two are equal within `atol + rtol·|x2|`, bool. */
export function isclose<A extends Arg, B extends Arg>(
  x1: A,
  x2: B,
  options?: { readonly rtol?: number; readonly atol?: number },
): Out2<A, B>;
export function isclose(
  x1: Arg,
  x2: Arg,
  options: { readonly rtol?: number; readonly atol?: number } = {},
): unknown {
  core.checkOptions("ops.isclose", options, ["rtol", "atol"]);
  const { rtol = 1e-5, atol = 1e-8 } = options;
  const near = both((a, b) => {
    const close = core.le(core.abs(core.sub(a, b)), core.add(core.mul(core.abs(b), rtol), atol));
    return core.or(close, core.eq(a, b));
  });
  return callOperation("Isclose", [input(x1), input(x2), rtol, atol], {}, (a, b) =>
    near(tensor(a), tensor(b)),
  );
}

/** x as another dtype. */
export function cast<A extends Arg>(x: A, dtype: core.DType): Out<A> {
  return apply1("Cast", x, { dtype }, (t) => core.cast(t, dtype));
}
