// Elementwise functions and products of the torch namespace.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { asFunction, type AsFunction } from "./as-function.js";
import { asTensor, withScaled, type AlphaOption, type Tensor, type TensorLike } from "../tensor/tensor.js";

/**
 * |x|, any shape, elementwise; the derivative at 0 is 0.
 * @throws {DTypeError} for bool
 * @see torch.abs
 */
export const abs: AsFunction<"abs"> = /* @__PURE__ */ asFunction("abs");
/**
 * −x, any shape, elementwise.
 * @throws {DTypeError} for bool
 * @see torch.neg
 */
export const neg: AsFunction<"neg"> = /* @__PURE__ */ asFunction("neg");
/**
 * −1, 0 or 1 by the sign of x, any shape, elementwise; NaN stays NaN.
 * @throws {DTypeError} for bool
 * @see torch.sign
 */
export const sign: AsFunction<"sign"> = /* @__PURE__ */ asFunction("sign");
/**
 * eˣ, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.exp
 */
export const exp: AsFunction<"exp"> = /* @__PURE__ */ asFunction("exp");
/**
 * eˣ − 1 without cancellation near 0, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.expm1
 */
export const expm1: AsFunction<"expm1"> = /* @__PURE__ */ asFunction("expm1");
/**
 * Natural logarithm, any shape, elementwise; −∞ at 0, NaN below, integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.log
 */
export const log: AsFunction<"log"> = /* @__PURE__ */ asFunction("log");
/**
 * log(1 + x) without cancellation near 0, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.log1p
 */
export const log1p: AsFunction<"log1p"> = /* @__PURE__ */ asFunction("log1p");
/**
 * Square root, any shape, elementwise; NaN below 0, integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.sqrt
 */
export const sqrt: AsFunction<"sqrt"> = /* @__PURE__ */ asFunction("sqrt");
/**
 * 1/√x, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.rsqrt
 */
export const rsqrt: AsFunction<"rsqrt"> = /* @__PURE__ */ asFunction("rsqrt");
/**
 * x², any shape, elementwise.
 * @throws {DTypeError} for bool
 * @see torch.square
 */
export const square: AsFunction<"square"> = /* @__PURE__ */ asFunction("square");
/**
 * 1/x, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.reciprocal
 */
export const reciprocal: AsFunction<"reciprocal"> = /* @__PURE__ */ asFunction("reciprocal");
/**
 * Sine of angles in radians, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.sin
 */
export const sin: AsFunction<"sin"> = /* @__PURE__ */ asFunction("sin");
/**
 * Cosine of angles in radians, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.cos
 */
export const cos: AsFunction<"cos"> = /* @__PURE__ */ asFunction("cos");
/**
 * Tangent of angles in radians, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.tan
 */
export const tan: AsFunction<"tan"> = /* @__PURE__ */ asFunction("tan");
/**
 * Arc tangent in radians, −π/2 to π/2, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.atan
 */
export const atan: AsFunction<"atan"> = /* @__PURE__ */ asFunction("atan");
/**
 * Hyperbolic tangent, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.tanh
 */
export const tanh: AsFunction<"tanh"> = /* @__PURE__ */ asFunction("tanh");
/**
 * Logistic function 1/(1 + e⁻ˣ), any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.sigmoid
 */
export const sigmoid: AsFunction<"sigmoid"> = /* @__PURE__ */ asFunction("sigmoid");
/**
 * max(x, 0), any shape, elementwise; NaN stays NaN, the derivative at 0 is 0.
 * @throws {DTypeError} for bool
 * @see torch.relu
 */
export const relu: AsFunction<"relu"> = /* @__PURE__ */ asFunction("relu");
/**
 * Error function 2/√π ∫₀ˣ e^(−t²) dt, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.erf
 */
export const erf: AsFunction<"erf"> = /* @__PURE__ */ asFunction("erf");
/**
 * Largest integer not above x, in x's dtype, any shape, elementwise.
 * @throws {DTypeError} for bool
 * @see torch.floor
 */
export const floor: AsFunction<"floor"> = /* @__PURE__ */ asFunction("floor");
/**
 * Smallest integer not below x, in x's dtype, any shape, elementwise.
 * @throws {DTypeError} for bool
 * @see torch.ceil
 */
export const ceil: AsFunction<"ceil"> = /* @__PURE__ */ asFunction("ceil");
/**
 * Nearest integer, halves to even, in x's dtype, any shape, elementwise.
 * @throws {DTypeError} for bool
 * @see torch.round
 */
export const round: AsFunction<"round"> = /* @__PURE__ */ asFunction("round");
/**
 * x without its fraction, toward zero, in x's dtype, any shape, elementwise.
 * @throws {DTypeError} for bool
 * @see torch.trunc
 */
export const trunc: AsFunction<"trunc"> = /* @__PURE__ */ asFunction("trunc");
/**
 * True where x is NaN, as bool, any shape, elementwise; false for integers and bool.
 * @throws {LifetimeError} when x was released
 * @see torch.isnan
 */
export const isnan: AsFunction<"isnan"> = /* @__PURE__ */ asFunction("isnan");
/**
 * x limited to [min, max], any shape, elementwise: `clamp(x, 0, 1)`, `clamp(x, { min: 0 })`. When min > max
 * the result is max.
 * @throws {ArgumentError} without a limit, for NaN, for a fraction with integers, or for an unknown option
 * @throws {DTypeError} for bool
 * @see torch.clamp
 */
export const clamp: AsFunction<"clamp"> = /* @__PURE__ */ asFunction("clamp");
/**
 * eˣ / Σ eˣ along the axis `dim`, in x's shape, without overflow.
 * @throws {ArgumentError} when `dim` is not an axis
 * @throws {DTypeError} unless x is a float tensor
 * @see torch.softmax
 */
export const softmax: AsFunction<"softmax"> = /* @__PURE__ */ asFunction("softmax");
/**
 * log(softmax(x)) along the axis `dim`, in x's shape, without overflow.
 * @throws {ArgumentError} when `dim` is not an axis
 * @throws {DTypeError} unless x is a float tensor
 * @see torch.log_softmax
 */
export const logSoftmax: AsFunction<"logSoftmax"> = /* @__PURE__ */ asFunction("logSoftmax");
/**
 * True where x is 0, as bool, any shape, elementwise, of any dtype.
 * @throws {LifetimeError} when x was released
 * @see torch.logical_not
 */
export const logicalNot: AsFunction<"logicalNot"> = /* @__PURE__ */ asFunction("logicalNot");
/**
 * x / other, elementwise, broadcast with other: integers and bool become float32. `roundingMode` "trunc"
 * rounds toward zero, "floor" down; both keep integers, and a zero divisor gives integers 0. Default null.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean, or for
 *   an unknown option or `roundingMode`
 * @throws {DTypeError} when both are bool and there is a `roundingMode`
 * @see torch.div
 */
export const div: AsFunction<"div"> = /* @__PURE__ */ asFunction("div");
/**
 * x to the power of other, elementwise, broadcast with other; NaN for a negative base with a fraction.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @throws {DTypeError} when both are bool
 * @see torch.pow
 */
export const pow: AsFunction<"pow"> = /* @__PURE__ */ asFunction("pow");
/**
 * Remainder with the sign of the divisor, elementwise, broadcast with other.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @throws {DTypeError} when both are bool
 * @see torch.remainder
 */
export const remainder: AsFunction<"remainder"> = /* @__PURE__ */ asFunction("remainder");
/**
 * Remainder with the sign of the dividend, elementwise, broadcast with other.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @throws {DTypeError} when both are bool
 * @see torch.fmod
 */
export const fmod: AsFunction<"fmod"> = /* @__PURE__ */ asFunction("fmod");
/**
 * The greater of two, elementwise, broadcast with other; NaN wins, ties share the gradient.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @throws {DTypeError} when both are bool
 * @see torch.maximum
 */
export const maximum: AsFunction<"maximum"> = /* @__PURE__ */ asFunction("maximum");
/**
 * The smaller of two, elementwise, broadcast with other; NaN wins, ties share the gradient.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @throws {DTypeError} when both are bool
 * @see torch.minimum
 */
export const minimum: AsFunction<"minimum"> = /* @__PURE__ */ asFunction("minimum");
/**
 * Matrix product by `torch.matmul`'s rule: [.., M, K] x [.., K, N] -> [.., M, N]. 1-d operands are vectors,
 * leading axes broadcast.
 * @throws {ShapeError} for a scalar, or when the inner sizes or the leading axes do not fit
 * @throws {DTypeError} when both are bool
 * @see torch.matmul
 */
export const matmul: AsFunction<"matmul"> = /* @__PURE__ */ asFunction("matmul");
/**
 * Matrix product [M, K] x [K, N] -> [M, N]; other ranks as in `matmul`.
 * @throws {ShapeError} for a scalar, or when the inner sizes or the leading axes do not fit
 * @throws {DTypeError} when both are bool
 * @see torch.mm
 */
export const mm: AsFunction<"mm"> = /* @__PURE__ */ asFunction("mm");
/**
 * Batched matrix product [B, M, K] x [B, K, N] -> [B, M, N]; other ranks as in `matmul`.
 * @throws {ShapeError} for a scalar, or when the inner sizes or the leading axes do not fit
 * @throws {DTypeError} when both are bool
 * @see torch.bmm
 */
export const bmm: AsFunction<"bmm"> = /* @__PURE__ */ asFunction("bmm");
/**
 * Product of two vectors, [K] x [K] -> a scalar; other ranks as in `matmul`.
 * @throws {ShapeError} for a scalar, or when the inner sizes or the leading axes do not fit
 * @throws {DTypeError} when both are bool
 * @see torch.dot
 */
export const dot: AsFunction<"dot"> = /* @__PURE__ */ asFunction("dot");
/**
 * x = other, as bool, elementwise, broadcast with other; NaN equals nothing.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.eq
 */
export const eq: AsFunction<"eq"> = /* @__PURE__ */ asFunction("eq");
/**
 * x ≠ other, as bool, elementwise, broadcast with other; true for NaN.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.ne
 */
export const ne: AsFunction<"ne"> = /* @__PURE__ */ asFunction("ne");
/**
 * x < other, as bool, elementwise, broadcast with other; false for NaN.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.lt
 */
export const lt: AsFunction<"lt"> = /* @__PURE__ */ asFunction("lt");
/**
 * x ≤ other, as bool, elementwise, broadcast with other; false for NaN.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.le
 */
export const le: AsFunction<"le"> = /* @__PURE__ */ asFunction("le");
/**
 * x > other, as bool, elementwise, broadcast with other; false for NaN.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.gt
 */
export const gt: AsFunction<"gt"> = /* @__PURE__ */ asFunction("gt");
/**
 * x ≥ other, as bool, elementwise, broadcast with other; false for NaN.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} when other is neither a tensor nor a JavaScript number, bigint or boolean
 * @see torch.ge
 */
export const ge: AsFunction<"ge"> = /* @__PURE__ */ asFunction("ge");
/**
 * True where both are non-zero, as bool, elementwise, broadcast with other, of any dtype.
 * @throws {ShapeError} when the shapes do not broadcast
 * @see torch.logical_and
 */
export const logicalAnd: AsFunction<"logicalAnd"> = /* @__PURE__ */ asFunction("logicalAnd");
/**
 * True where one is non-zero, as bool, elementwise, broadcast with other, of any dtype.
 * @throws {ShapeError} when the shapes do not broadcast
 * @see torch.logical_or
 */
export const logicalOr: AsFunction<"logicalOr"> = /* @__PURE__ */ asFunction("logicalOr");

/**
 * a + alpha · b, elementwise; the shapes broadcast, the dtypes are promoted; `alpha` is 1 by default.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} unless one is a tensor and the other a tensor or a number, or for an unknown option
 * @throws {DTypeError} when both are bool
 * @see torch.add
 */
export function add(a: TensorLike, b: TensorLike, options?: AlphaOption): Tensor {
  return asTensor(options === undefined ? core.add(a, b) : withScaled("add", a, b, options));
}
/**
 * a − alpha · b, elementwise; the shapes broadcast, the dtypes are promoted; `alpha` is 1 by default.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} unless one is a tensor and the other a tensor or a number, or for an unknown option
 * @throws {DTypeError} when both are bool
 * @see torch.sub
 */
export function sub(a: TensorLike, b: TensorLike, options?: AlphaOption): Tensor {
  return asTensor(options === undefined ? core.sub(a, b) : withScaled("sub", a, b, options));
}
/**
 * a · b, elementwise; the shapes broadcast, the dtypes are promoted.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} unless one is a tensor and the other a tensor or a number
 * @throws {DTypeError} when both are bool
 * @see torch.mul
 */
export function mul(a: TensorLike, b: TensorLike): Tensor {
  return asTensor(core.mul(a, b));
}

/**
 * a where `cond` (bool) is true, else b; all three broadcast, a and b are promoted. Two numbers give float32, two
 * bigints int64, two booleans bool.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {ArgumentError} unless cond is a tensor, a and b tensors or scalars
 * @throws {DTypeError} unless cond is bool
 * @see torch.where
 */
export function where(cond: CoreTensor, a: TensorLike, b: TensorLike): Tensor {
  return asTensor(core.where(cond, a, b));
}
