// keras.ops: elementwise arithmetic, functions, comparisons and logic.
import * as core from "@isoform/core";
import { checkOptions } from "../config/arguments.js";
import { floating } from "../tensor/tensor.js";
import { callOperation } from "../engine/operation.js";
import { erfc as complement } from "./erfc.js";
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

/**
 * x1 + x2, elementwise; the shapes broadcast, the dtypes are promoted, a plain number takes the other dtype.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.add
 */
export const add: Binary = /* @__PURE__ */ binary("Add", core.add);
/**
 * x1 − x2, elementwise; the shapes broadcast, the dtypes are promoted, a plain number takes the other dtype.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.subtract
 */
export const subtract: Binary = /* @__PURE__ */ binary("Subtract", core.sub);
/**
 * x1 · x2, elementwise; the shapes broadcast, the dtypes are promoted, a plain number takes the other dtype.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.multiply
 */
export const multiply: Binary = /* @__PURE__ */ binary("Multiply", core.mul);
/**
 * x1 / x2, elementwise; the shapes broadcast, integers and bool become float32.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.divide
 */
export const divide: Binary = /* @__PURE__ */ binary("Divide", quotient);
/**
 * Same as `divide`: elementwise, the shapes broadcast, integers and bool become float32.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.true_divide
 */
export const trueDivide: Binary = /* @__PURE__ */ binary("TrueDivide", quotient);
/**
 * x1 / x2, 0 where x2 is 0; elementwise, the shapes broadcast, integers and bool become float32.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.divide_no_nan
 */
export const divideNoNan: Binary = /* @__PURE__ */ binary("DivideNoNan", safeDivide);
/**
 * x1 / x2 rounded down, elementwise; the shapes broadcast. Integers stay integers and give 0 where x2 is 0.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.floor_divide
 */
export const floorDivide: Binary = /* @__PURE__ */ binary("FloorDivide", core.floorDiv);
/**
 * Remainder with the sign of the divisor, elementwise; the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.mod
 */
export const mod: Binary = /* @__PURE__ */ binary("Mod", core.mod);
/**
 * Remainder with the sign of the dividend, elementwise; the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.fmod
 */
export const fmod: Binary = /* @__PURE__ */ binary("Fmod", core.rem);
/**
 * x1 to the power of x2, elementwise; the shapes broadcast, the dtypes are promoted.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.power
 */
export const power: Binary = /* @__PURE__ */ binary("Power", core.pow);
/**
 * The greater of two, elementwise; the shapes broadcast. NaN wins, a tie halves the gradient.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.maximum
 */
export const maximum: Binary = /* @__PURE__ */ binary("Maximum", core.maximum);
/**
 * The smaller of two, elementwise; the shapes broadcast. NaN wins, a tie halves the gradient.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.minimum
 */
export const minimum: Binary = /* @__PURE__ */ binary("Minimum", core.minimum);
/**
 * Angle of the point (x2, x1) in radians, −π to π; elementwise, the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.arctan2
 */
export const arctan2: Binary = /* @__PURE__ */ binary(
  "Arctan2",
  both((y, x) => core.atan2(floating(y), floating(x))),
);
/**
 * log(eˣ¹ + eˣ²) without overflow; elementwise, the shapes broadcast, integers and bool become float32.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.logaddexp
 */
export const logaddexp: Binary = /* @__PURE__ */ binary(
  "Logaddexp",
  both((a, b) => core.logAddExp(floating(a), floating(b))),
);
/**
 * √(x1² + x2²), elementwise; the shapes broadcast, integers and bool become float32.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.hypot
 */
export const hypot: Binary = /* @__PURE__ */ binary(
  "Hypot",
  both((a, b) => core.sqrt(core.add(core.square(floating(a)), core.square(floating(b))))),
);
/**
 * (x1 − x2)², elementwise; the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see tf.math.squared_difference
 */
export const squaredDifference: Binary = /* @__PURE__ */ binary("SquaredDifference", (a, b) =>
  core.square(core.sub(a, b)),
);

/**
 * x1 = x2 as bool, elementwise; the shapes broadcast. NaN equals nothing.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.equal
 */
export const equal: Binary = /* @__PURE__ */ binary("Equal", core.eq);
/**
 * x1 ≠ x2 as bool, elementwise; the shapes broadcast. True for NaN.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.not_equal
 */
export const notEqual: Binary = /* @__PURE__ */ binary("NotEqual", core.ne);
/**
 * x1 < x2 as bool, elementwise; the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.less
 */
export const less: Binary = /* @__PURE__ */ binary("Less", core.lt);
/**
 * x1 ≤ x2 as bool, elementwise; the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.less_equal
 */
export const lessEqual: Binary = /* @__PURE__ */ binary("LessEqual", core.le);
/**
 * x1 > x2 as bool, elementwise; the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.greater
 */
export const greater: Binary = /* @__PURE__ */ binary("Greater", core.gt);
/**
 * x1 ≥ x2 as bool, elementwise; the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.greater_equal
 */
export const greaterEqual: Binary = /* @__PURE__ */ binary("GreaterEqual", core.ge);
/**
 * Whether both are non-zero, as bool; elementwise, the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.logical_and
 */
export const logicalAnd: Binary = /* @__PURE__ */ binary(
  "LogicalAnd",
  both((a, b) => core.and(asBool(a), asBool(b))),
);
/**
 * Whether one or both are non-zero, as bool; elementwise, the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.logical_or
 */
export const logicalOr: Binary = /* @__PURE__ */ binary(
  "LogicalOr",
  both((a, b) => core.or(asBool(a), asBool(b))),
);
/**
 * Whether exactly one is non-zero, as bool; elementwise, the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.logical_xor
 */
export const logicalXor: Binary = /* @__PURE__ */ binary(
  "LogicalXor",
  both((a, b) => core.xor(asBool(a), asBool(b))),
);
/**
 * Bitwise and of integers, logical of bool; elementwise, the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when an operand is a float; plain numbers alone are float32
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.bitwise_and
 */
export const bitwiseAnd: Binary = /* @__PURE__ */ binary("BitwiseAnd", core.and);
/**
 * Bitwise or of integers, logical of bool; elementwise, the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when an operand is a float; plain numbers alone are float32
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.bitwise_or
 */
export const bitwiseOr: Binary = /* @__PURE__ */ binary("BitwiseOr", core.or);
/**
 * Bitwise exclusive or of integers, logical of bool; elementwise, the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when an operand is a float; plain numbers alone are float32
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.bitwise_xor
 */
export const bitwiseXor: Binary = /* @__PURE__ */ binary("BitwiseXor", core.xor);
/**
 * x1 · 2ˣ² of integers; bits shifted out are lost. Elementwise, the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when an operand is a float, or both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.left_shift
 */
export const leftShift: Binary = /* @__PURE__ */ binary("LeftShift", core.shl);
/**
 * x1 shifted right by x2 bits, integers; signed dtypes keep the sign. Elementwise, the shapes broadcast.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when an operand is a float, or both are bool
 * @throws {ArgumentError} when an operand is neither a tensor nor numbers
 * @see keras.ops.right_shift
 */
export const rightShift: Binary = /* @__PURE__ */ binary("RightShift", core.shr);

/**
 * Whether x is 0, as bool; any shape, elementwise.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.logical_not
 */
export const logicalNot: Unary = /* @__PURE__ */ unary("LogicalNot", (x) => core.eq(x, 0));
/**
 * Bitwise not of integers, logical not of bool; any shape, elementwise.
 * @throws {DTypeError} when x is a float
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.bitwise_not
 */
export const bitwiseNot: Unary = /* @__PURE__ */ unary("BitwiseNot", core.not);
/**
 * −x; any shape, elementwise, same dtype.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.negative
 */
export const negative: Unary = /* @__PURE__ */ unary("Negative", core.neg);
/**
 * |x|; any shape, elementwise, same dtype. The gradient at 0 is 0.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.abs
 */
export const abs: Unary = /* @__PURE__ */ unary("Abs", core.abs);
/**
 * |x|, same as `abs`; any shape, elementwise.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.absolute
 */
export const absolute: Unary = /* @__PURE__ */ unary("Absolute", core.abs);
/**
 * −1, 0 or 1; any shape, elementwise, same dtype. NaN stays NaN.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.sign
 */
export const sign: Unary = /* @__PURE__ */ unary("Sign", core.sign);
/**
 * eˣ; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.exp
 */
export const exp: Unary = /* @__PURE__ */ unary("Exp", float(core.exp));
/**
 * 2ˣ; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.exp2
 */
export const exp2: Unary = /* @__PURE__ */ unary("Exp2", float(core.exp2));
/**
 * eˣ − 1 without cancellation near 0; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.expm1
 */
export const expm1: Unary = /* @__PURE__ */ unary("Expm1", float(core.expm1));
/**
 * Natural logarithm, −∞ at 0 and NaN below; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.log
 */
export const log: Unary = /* @__PURE__ */ unary("Log", float(core.log));
/**
 * log(1 + x) without cancellation near 0; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.log1p
 */
export const log1p: Unary = /* @__PURE__ */ unary("Log1p", float(core.log1p));
/**
 * Logarithm to base 2; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.log2
 */
export const log2: Unary = /* @__PURE__ */ unary("Log2", float(core.log2));
/**
 * Logarithm to base 10; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.log10
 */
export const log10: Unary = /* @__PURE__ */ unary("Log10", float(core.log10));
/**
 * Square root, NaN below 0; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.sqrt
 */
export const sqrt: Unary = /* @__PURE__ */ unary("Sqrt", float(core.sqrt));
/**
 * 1/√x; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.rsqrt
 */
export const rsqrt: Unary = /* @__PURE__ */ unary("Rsqrt", float(core.rsqrt));
/**
 * x²; any shape, elementwise, same dtype.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.square
 */
export const square: Unary = /* @__PURE__ */ unary("Square", core.square);
/**
 * 1/x; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.reciprocal
 */
export const reciprocal: Unary = /* @__PURE__ */ unary("Reciprocal", float(core.reciprocal));
/**
 * Sine of an angle in radians; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.sin
 */
export const sin: Unary = /* @__PURE__ */ unary("Sin", float(core.sin));
/**
 * Cosine of an angle in radians; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.cos
 */
export const cos: Unary = /* @__PURE__ */ unary("Cos", float(core.cos));
/**
 * Tangent of an angle in radians; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.tan
 */
export const tan: Unary = /* @__PURE__ */ unary("Tan", float(core.tan));
/**
 * Arc sine in radians, NaN outside [−1, 1]; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.arcsin
 */
export const arcsin: Unary = /* @__PURE__ */ unary("Arcsin", float(core.asin));
/**
 * Arc cosine in radians, NaN outside [−1, 1]; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.arccos
 */
export const arccos: Unary = /* @__PURE__ */ unary("Arccos", float(core.acos));
/**
 * Arc tangent in radians; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.arctan
 */
export const arctan: Unary = /* @__PURE__ */ unary("Arctan", float(core.atan));
/**
 * Hyperbolic sine; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.sinh
 */
export const sinh: Unary = /* @__PURE__ */ unary("Sinh", float(core.sinh));
/**
 * Hyperbolic cosine; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.cosh
 */
export const cosh: Unary = /* @__PURE__ */ unary("Cosh", float(core.cosh));
/**
 * Hyperbolic tangent; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.tanh
 */
export const tanh: Unary = /* @__PURE__ */ unary("Tanh", float(core.tanh));
/**
 * Inverse hyperbolic sine; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.arcsinh
 */
export const arcsinh: Unary = /* @__PURE__ */ unary("Arcsinh", float(core.asinh));
/**
 * Inverse hyperbolic cosine, NaN below 1; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.arccosh
 */
export const arccosh: Unary = /* @__PURE__ */ unary("Arccosh", float(core.acosh));
/**
 * Inverse hyperbolic tangent, NaN outside [−1, 1]; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.arctanh
 */
export const arctanh: Unary = /* @__PURE__ */ unary("Arctanh", float(core.atanh));
/**
 * Error function; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.erf
 */
export const erf: Unary = /* @__PURE__ */ unary("Erf", float(core.erf));
/**
 * 1 − erf(x) without cancellation: erfc(5) is 1.5e-12; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.erfc
 */
export const erfc: Unary = /* @__PURE__ */ unary("Erfc", float(complement));
/**
 * Inverse of erf, NaN outside [−1, 1]; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.erfinv
 */
export const erfinv: Unary = /* @__PURE__ */ unary("Erfinv", float(core.erfinv));
/**
 * Largest integer not above x; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.floor
 */
export const floor: Unary = /* @__PURE__ */ unary("Floor", float(core.floor));
/**
 * Smallest integer not below x; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.ceil
 */
export const ceil: Unary = /* @__PURE__ */ unary("Ceil", float(core.ceil));
/**
 * x rounded toward zero; any shape, elementwise, same dtype.
 * @throws {DTypeError} when x is bool
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.trunc
 */
export const trunc: Unary = /* @__PURE__ */ unary("Trunc", core.trunc);
/**
 * True where NaN, false everywhere for integers; any shape, elementwise.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.isnan
 */
export const isnan: Unary = /* @__PURE__ */ unary("Isnan", (x) => core.isNan(floating(x)));
/**
 * True where ±∞, false everywhere for integers; any shape, elementwise.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.isinf
 */
export const isinf: Unary = /* @__PURE__ */ unary("Isinf", (x) => core.isInf(floating(x)));
/**
 * True where neither NaN nor ±∞, true everywhere for integers; any shape, elementwise.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.isfinite
 */
export const isfinite: Unary = /* @__PURE__ */ unary("Isfinite", (x) => core.isFinite(floating(x)));
/**
 * Radians to degrees; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.rad2deg
 */
export const rad2deg: Unary = /* @__PURE__ */ unary("Rad2deg", (x) => core.mul(floating(x), 180 / Math.PI));
/**
 * Degrees to radians; any shape, elementwise. Integers and bool become float32.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.deg2rad
 */
export const deg2rad: Unary = /* @__PURE__ */ unary("Deg2rad", (x) => core.mul(floating(x), Math.PI / 180));
/**
 * A copy of x: same shape and dtype; gradients pass.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.copy
 */
export const copy: Unary = /* @__PURE__ */ unary("Copy", (x) =>
  core.reshape(core.concat([core.reshape(x, [x.size])], 0), x.shape),
);
/**
 * The value of x, same shape and dtype, without its history: gradients do not pass.
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.stop_gradient
 */
export const stopGradient: Unary = /* @__PURE__ */ unary("StopGradient", core.detach);

/**
 * x to the nearest multiple of 10^−decimals (default 0), halves to even; any shape, elementwise. With
 * `decimals` integers and bool become float32.
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @throws {DTypeError} when x is bool and `decimals` is 0
 * @see keras.ops.round
 */
export function round<A extends Arg>(x: A, options: { readonly decimals?: number } = {}): Out<A> {
  checkOptions("ops.round", options, ["decimals"]);
  const { decimals = 0 } = options;
  return apply1("Round", x, { decimals }, (t) => {
    if (decimals === 0) return core.round(t);
    return core.div(core.round(core.mul(floating(t), 10 ** decimals)), 10 ** decimals);
  });
}

/**
 * x limited to [xMin, xMax], elementwise, same shape and dtype; null leaves a side open. Where xMin is above
 * xMax the result is xMax.
 * @throws {ArgumentError} when a limit is NaN or no number, or a fraction beside integers, or x is no tensor
 * @throws {DTypeError} when x is bool and a limit is given
 * @see keras.ops.clip
 */
export function clip<A extends Arg>(x: A, xMin: number | null, xMax: number | null): Out<A> {
  return apply1("Clip", x, { xMin, xMax }, (t) => core.clip(t, xMin, xMax));
}

/**
 * x with NaN (by 0), ∞ and −∞ (by ±3.4028235e38) replaced; any shape, elementwise.
 * @throws {ArgumentError} when an option is unknown, or x is neither a tensor nor numbers
 * @throws {DTypeError} when x is bool
 * @see keras.ops.nan_to_num
 */
export function nanToNum<A extends Arg>(
  x: A,
  options: { readonly nan?: number; readonly posinf?: number; readonly neginf?: number } = {},
): Out<A> {
  checkOptions("ops.nanToNum", options, ["nan", "posinf", "neginf"]);
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

/**
 * Whether |x1 − x2| ≤ atol + rtol·|x2| (defaults 1e-8 and 1e-5), as bool; elementwise, the shapes broadcast.
 * Equal infinities are close, NaN never is.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when both are bool
 * @throws {ArgumentError} when an option is unknown, or an operand is neither a tensor nor numbers
 * @see keras.ops.isclose
 */
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
  checkOptions("ops.isclose", options, ["rtol", "atol"]);
  const { rtol = 1e-5, atol = 1e-8 } = options;
  const near = both((a, b) => {
    const close = core.le(core.abs(core.sub(a, b)), core.add(core.mul(core.abs(b), rtol), atol));
    return core.or(close, core.eq(a, b));
  });
  return callOperation("Isclose", [input("Isclose", x1), input("Isclose", x2), rtol, atol], {}, (a, b) =>
    near(tensor(a), tensor(b)),
  );
}

/**
 * x as another dtype, same shape. Float to integer truncates toward zero and saturates, NaN gives 0; to bool
 * is x ≠ 0.
 * @throws {DTypeError} when `dtype` is no element type
 * @throws {ArgumentError} when x is neither a tensor nor numbers
 * @see keras.ops.cast
 */
export function cast<A extends Arg>(x: A, dtype: core.DType): Out<A> {
  return apply1("Cast", x, { dtype }, (t) => core.cast(t, dtype));
}
