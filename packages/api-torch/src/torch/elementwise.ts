// Elementwise functions and products of the torch namespace.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { asFunction, type AsFunction } from "./as-function.js";
import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";

/** |x|. */
export const abs: AsFunction<"abs"> = /* @__PURE__ */ asFunction("abs");
/** −x. */
export const neg: AsFunction<"neg"> = /* @__PURE__ */ asFunction("neg");
/** Sign. */
export const sign: AsFunction<"sign"> = /* @__PURE__ */ asFunction("sign");
/** eˣ. */
export const exp: AsFunction<"exp"> = /* @__PURE__ */ asFunction("exp");
/** eˣ − 1. */
export const expm1: AsFunction<"expm1"> = /* @__PURE__ */ asFunction("expm1");
/** Natural logarithm. */
export const log: AsFunction<"log"> = /* @__PURE__ */ asFunction("log");
/** log(1 + x). */
export const log1p: AsFunction<"log1p"> = /* @__PURE__ */ asFunction("log1p");
/** Square root. */
export const sqrt: AsFunction<"sqrt"> = /* @__PURE__ */ asFunction("sqrt");
/** 1/√x. */
export const rsqrt: AsFunction<"rsqrt"> = /* @__PURE__ */ asFunction("rsqrt");
/** x². */
export const square: AsFunction<"square"> = /* @__PURE__ */ asFunction("square");
/** 1/x. */
export const reciprocal: AsFunction<"reciprocal"> = /* @__PURE__ */ asFunction("reciprocal");
/** Sine (radians). */
export const sin: AsFunction<"sin"> = /* @__PURE__ */ asFunction("sin");
/** Cosine (radians). */
export const cos: AsFunction<"cos"> = /* @__PURE__ */ asFunction("cos");
/** Tangent (radians). */
export const tan: AsFunction<"tan"> = /* @__PURE__ */ asFunction("tan");
/** Arc tangent. */
export const atan: AsFunction<"atan"> = /* @__PURE__ */ asFunction("atan");
/** Hyperbolic tangent. */
export const tanh: AsFunction<"tanh"> = /* @__PURE__ */ asFunction("tanh");
/** Logistic function. */
export const sigmoid: AsFunction<"sigmoid"> = /* @__PURE__ */ asFunction("sigmoid");
/** max(x, 0). */
export const relu: AsFunction<"relu"> = /* @__PURE__ */ asFunction("relu");
/** Error function. */
export const erf: AsFunction<"erf"> = /* @__PURE__ */ asFunction("erf");
/** Largest integer not above. */
export const floor: AsFunction<"floor"> = /* @__PURE__ */ asFunction("floor");
/** Smallest integer not below. */
export const ceil: AsFunction<"ceil"> = /* @__PURE__ */ asFunction("ceil");
/** Nearest integer, halves to even. */
export const round: AsFunction<"round"> = /* @__PURE__ */ asFunction("round");
/** Toward zero. */
export const trunc: AsFunction<"trunc"> = /* @__PURE__ */ asFunction("trunc");
/** True where NaN. */
export const isnan: AsFunction<"isnan"> = /* @__PURE__ */ asFunction("isnan");
/** Limits to [min, max]: `x.clamp(0, 1)`, `x.clamp({ min: 0 })`. @throws ArgumentError when there is no limit */
export const clamp: AsFunction<"clamp"> = /* @__PURE__ */ asFunction("clamp");
/** Softmax along `dim`. */
export const softmax: AsFunction<"softmax"> = /* @__PURE__ */ asFunction("softmax");
/** Logarithm of softmax along `dim`. */
export const logSoftmax: AsFunction<"logSoftmax"> = /* @__PURE__ */ asFunction("logSoftmax");
/** Logical not, bool. */
export const logicalNot: AsFunction<"logicalNot"> = /* @__PURE__ */ asFunction("logicalNot");
/** True division: integers become float32. `roundingMode` as in PyTorch. */
export const div: AsFunction<"div"> = /* @__PURE__ */ asFunction("div");
/** x to the power of other. */
export const pow: AsFunction<"pow"> = /* @__PURE__ */ asFunction("pow");
/** Remainder with the sign of the divisor. */
export const remainder: AsFunction<"remainder"> = /* @__PURE__ */ asFunction("remainder");
/** Remainder with the sign of the dividend. */
export const fmod: AsFunction<"fmod"> = /* @__PURE__ */ asFunction("fmod");
/** Elementwise maximum. */
export const maximum: AsFunction<"maximum"> = /* @__PURE__ */ asFunction("maximum");
/** Elementwise minimum. */
export const minimum: AsFunction<"minimum"> = /* @__PURE__ */ asFunction("minimum");
/** Matrix product by `torch.matmul`'s rule. */
export const matmul: AsFunction<"matmul"> = /* @__PURE__ */ asFunction("matmul");
/** Matrix product of two matrices. */
export const mm: AsFunction<"mm"> = /* @__PURE__ */ asFunction("mm");
/** Batched matrix product. */
export const bmm: AsFunction<"bmm"> = /* @__PURE__ */ asFunction("bmm");
/** Product with a vector, or of two vectors. */
export const dot: AsFunction<"dot"> = /* @__PURE__ */ asFunction("dot");
/** x = other, bool. */
export const eq: AsFunction<"eq"> = /* @__PURE__ */ asFunction("eq");
/** x ≠ other, bool. */
export const ne: AsFunction<"ne"> = /* @__PURE__ */ asFunction("ne");
/** x < other, bool. */
export const lt: AsFunction<"lt"> = /* @__PURE__ */ asFunction("lt");
/** x ≤ other, bool. */
export const le: AsFunction<"le"> = /* @__PURE__ */ asFunction("le");
/** x > other, bool. */
export const gt: AsFunction<"gt"> = /* @__PURE__ */ asFunction("gt");
/** x ≥ other, bool. */
export const ge: AsFunction<"ge"> = /* @__PURE__ */ asFunction("ge");
/** Logical and, bool. */
export const logicalAnd: AsFunction<"logicalAnd"> = /* @__PURE__ */ asFunction("logicalAnd");
/** Logical or, bool. */
export const logicalOr: AsFunction<"logicalOr"> = /* @__PURE__ */ asFunction("logicalOr");

/** a + b. */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return asTensor(core.add(a, b));
}
/** a − b. */
export function sub(a: TensorLike, b: TensorLike): Tensor {
  return asTensor(core.sub(a, b));
}
/** a · b. */
export function mul(a: TensorLike, b: TensorLike): Tensor {
  return asTensor(core.mul(a, b));
}

/** Elementwise choice. */
export function where(cond: CoreTensor, a: TensorLike, b: TensorLike): Tensor {
  return asTensor(core.where(cond, a, b));
}
