// Further elementwise functions of one tensor in the torch namespace.
import { asFunction, type AsFunction } from "./as-function.js";

/**
 * −x, any shape, elementwise; `neg`.
 * @throws {DTypeError} for bool
 * @see torch.negative
 */
export const negative: AsFunction<"negative"> = /* @__PURE__ */ asFunction("negative");
/**
 * x itself, any shape.
 * @throws {DTypeError} for bool
 * @see torch.positive
 */
export const positive: AsFunction<"positive"> = /* @__PURE__ */ asFunction("positive");
/**
 * |x|, any shape, elementwise; `abs`.
 * @throws {DTypeError} for bool
 * @see torch.absolute
 */
export const absolute: AsFunction<"absolute"> = /* @__PURE__ */ asFunction("absolute");
/**
 * −1, 0 or 1 by the sign of x, any shape, elementwise; `sign`.
 * @throws {DTypeError} for bool
 * @see torch.sgn
 */
export const sgn: AsFunction<"sgn"> = /* @__PURE__ */ asFunction("sgn");
/**
 * True where the sign bit is set, −0 included, as bool, any shape, elementwise, of any dtype; false for NaN.
 * @throws {LifetimeError} when x was released
 * @see torch.signbit
 */
export const signbit: AsFunction<"signbit"> = /* @__PURE__ */ asFunction("signbit");
/**
 * Arc sine in radians, −π/2 to π/2, any shape, elementwise; NaN outside [−1, 1], integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.asin
 */
export const asin: AsFunction<"asin"> = /* @__PURE__ */ asFunction("asin");
/**
 * Arc cosine in radians, 0 to π, any shape, elementwise; NaN outside [−1, 1], integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.acos
 */
export const acos: AsFunction<"acos"> = /* @__PURE__ */ asFunction("acos");
/**
 * Hyperbolic sine, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.sinh
 */
export const sinh: AsFunction<"sinh"> = /* @__PURE__ */ asFunction("sinh");
/**
 * Hyperbolic cosine, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.cosh
 */
export const cosh: AsFunction<"cosh"> = /* @__PURE__ */ asFunction("cosh");
/**
 * Inverse hyperbolic sine, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.asinh
 */
export const asinh: AsFunction<"asinh"> = /* @__PURE__ */ asFunction("asinh");
/**
 * Inverse hyperbolic cosine, any shape, elementwise; NaN below 1, integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.acosh
 */
export const acosh: AsFunction<"acosh"> = /* @__PURE__ */ asFunction("acosh");
/**
 * Inverse hyperbolic tangent, any shape, elementwise; ±∞ at ±1, NaN beyond, integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.atanh
 */
export const atanh: AsFunction<"atanh"> = /* @__PURE__ */ asFunction("atanh");
/**
 * 2ˣ, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.exp2
 */
export const exp2: AsFunction<"exp2"> = /* @__PURE__ */ asFunction("exp2");
/**
 * Logarithm of base 2, any shape, elementwise; −∞ at 0, NaN below, integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.log2
 */
export const log2: AsFunction<"log2"> = /* @__PURE__ */ asFunction("log2");
/**
 * Logarithm of base 10, any shape, elementwise; −∞ at 0, NaN below, integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.log10
 */
export const log10: AsFunction<"log10"> = /* @__PURE__ */ asFunction("log10");
/**
 * The number whose `erf` is x, any shape, elementwise; ±∞ at ±1, NaN beyond, integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.erfinv
 */
export const erfinv: AsFunction<"erfinv"> = /* @__PURE__ */ asFunction("erfinv");
/**
 * 1 − erf(x) without cancellation, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.erfc
 */
export const erfc: AsFunction<"erfc"> = /* @__PURE__ */ asFunction("erfc");
/**
 * log(x/(1 − x)), the inverse of `sigmoid`, any shape, elementwise: `logit(x, 1e-6)`, `logit(x, { eps: 1e-6 })`.
 * With `eps` x is limited to eps … 1 − eps; null (default) gives NaN outside [0, 1]. Integers and bool become
 * float32.
 * @throws {ArgumentError} for an eps outside 0 … 0.5, or an unknown option
 * @see torch.logit
 */
export const logit: AsFunction<"logit"> = /* @__PURE__ */ asFunction("logit");
/**
 * sin(πx)/(πx), 1 at 0, any shape, elementwise: x counts half turns, π·x is in radians. Integers and bool become
 * float32.
 * @throws {LifetimeError} when x was released
 * @see torch.sinc
 */
export const sinc: AsFunction<"sinc"> = /* @__PURE__ */ asFunction("sinc");
/**
 * Degrees as radians, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.deg2rad
 */
export const deg2rad: AsFunction<"deg2rad"> = /* @__PURE__ */ asFunction("deg2rad");
/**
 * Radians as degrees, any shape, elementwise; integers and bool become float32.
 * @throws {LifetimeError} when x was released
 * @see torch.rad2deg
 */
export const rad2deg: AsFunction<"rad2deg"> = /* @__PURE__ */ asFunction("rad2deg");
/**
 * x − trunc(x), with the sign of x, any shape, elementwise.
 * @throws {DTypeError} unless x is a float tensor
 * @see torch.frac
 */
export const frac: AsFunction<"frac"> = /* @__PURE__ */ asFunction("frac");
/**
 * x with numbers in place of NaN (`nan`, default 0), ∞ (`posinf`, default the greatest of the dtype) and −∞
 * (`neginf`, default the least), any shape, elementwise; integers and bool stay.
 * @throws {ArgumentError} for what is no number or null, or an unknown option
 * @see torch.nan_to_num
 */
export const nanToNum: AsFunction<"nanToNum"> = /* @__PURE__ */ asFunction("nanToNum");
/**
 * True where x is ∞ or −∞, as bool, any shape, elementwise, of any dtype.
 * @throws {LifetimeError} when x was released
 * @see torch.isinf
 */
export const isinf: AsFunction<"isinf"> = /* @__PURE__ */ asFunction("isinf");
/**
 * True where x is ∞, as bool, any shape, elementwise, of any dtype.
 * @throws {LifetimeError} when x was released
 * @see torch.isposinf
 */
export const isposinf: AsFunction<"isposinf"> = /* @__PURE__ */ asFunction("isposinf");
/**
 * True where x is −∞, as bool, any shape, elementwise, of any dtype.
 * @throws {LifetimeError} when x was released
 * @see torch.isneginf
 */
export const isneginf: AsFunction<"isneginf"> = /* @__PURE__ */ asFunction("isneginf");
/**
 * True where x is neither NaN nor infinite, as bool, any shape, elementwise, of any dtype.
 * @throws {LifetimeError} when x was released
 * @see torch.isfinite
 */
export const isfinite: AsFunction<"isfinite"> = /* @__PURE__ */ asFunction("isfinite");
/**
 * Bitwise not of integers, logical not of bool, any shape, elementwise.
 * @throws {DTypeError} for floats
 * @see torch.bitwise_not
 */
export const bitwiseNot: AsFunction<"bitwiseNot"> = /* @__PURE__ */ asFunction("bitwiseNot");
/**
 * x limited to [min, max], any shape, elementwise; `clamp`.
 * @throws {ArgumentError} without a limit, for NaN, for a fraction with integers, or for an unknown option
 * @throws {DTypeError} for bool
 * @see torch.clip
 */
export const clip: AsFunction<"clip"> = /* @__PURE__ */ asFunction("clip");
/**
 * The greater of x and `min`, a number or a tensor that broadcasts with x; NaN stays. x has the gradient of ties.
 * @throws {ArgumentError} for what is neither a tensor nor a number, or a fraction with integers
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} for bool
 * @see torch.clamp_min
 */
export const clampMin: AsFunction<"clampMin"> = /* @__PURE__ */ asFunction("clampMin");
/**
 * The smaller of x and `max`, a number or a tensor that broadcasts with x; NaN stays. x has the gradient of ties.
 * @throws {ArgumentError} for what is neither a tensor nor a number, or a fraction with integers
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} for bool
 * @see torch.clamp_max
 */
export const clampMax: AsFunction<"clampMax"> = /* @__PURE__ */ asFunction("clampMax");
