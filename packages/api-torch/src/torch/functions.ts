// Functions of the `torch` namespace that are methods of the tensor too, and those of several tensors.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import type { KeepDim, OneAxis } from "../tensor/axes.js";
import { asTensor, type Tensor, type TensorLike } from "../tensor/tensor.js";

/** A method of `Tensor` as a function of the tensor and the method's arguments. */
export type AsFunction<K extends keyof Tensor> = Tensor[K] extends (...args: infer A extends readonly unknown[]) => infer R
  ? (x: CoreTensor, ...args: A) => R
  : never;

function asFunction<K extends keyof Tensor>(name: K): AsFunction<K> {
  const call = (x: CoreTensor, ...args: unknown[]): unknown => {
    const t = asTensor(x);
    return Reflect.apply(t[name] as () => unknown, t, args);
  };
  return call as AsFunction<K>;
}

/** Elementwise functions; see the methods of `Tensor`. */
export const abs: AsFunction<"abs"> = /* @__PURE__ */ asFunction("abs");
export const neg: AsFunction<"neg"> = /* @__PURE__ */ asFunction("neg");
export const sign: AsFunction<"sign"> = /* @__PURE__ */ asFunction("sign");
export const exp: AsFunction<"exp"> = /* @__PURE__ */ asFunction("exp");
export const expm1: AsFunction<"expm1"> = /* @__PURE__ */ asFunction("expm1");
export const log: AsFunction<"log"> = /* @__PURE__ */ asFunction("log");
export const log1p: AsFunction<"log1p"> = /* @__PURE__ */ asFunction("log1p");
export const sqrt: AsFunction<"sqrt"> = /* @__PURE__ */ asFunction("sqrt");
export const rsqrt: AsFunction<"rsqrt"> = /* @__PURE__ */ asFunction("rsqrt");
export const square: AsFunction<"square"> = /* @__PURE__ */ asFunction("square");
export const reciprocal: AsFunction<"reciprocal"> = /* @__PURE__ */ asFunction("reciprocal");
export const sin: AsFunction<"sin"> = /* @__PURE__ */ asFunction("sin");
export const cos: AsFunction<"cos"> = /* @__PURE__ */ asFunction("cos");
export const tan: AsFunction<"tan"> = /* @__PURE__ */ asFunction("tan");
export const atan: AsFunction<"atan"> = /* @__PURE__ */ asFunction("atan");
export const tanh: AsFunction<"tanh"> = /* @__PURE__ */ asFunction("tanh");
export const sigmoid: AsFunction<"sigmoid"> = /* @__PURE__ */ asFunction("sigmoid");
export const relu: AsFunction<"relu"> = /* @__PURE__ */ asFunction("relu");
export const erf: AsFunction<"erf"> = /* @__PURE__ */ asFunction("erf");
export const floor: AsFunction<"floor"> = /* @__PURE__ */ asFunction("floor");
export const ceil: AsFunction<"ceil"> = /* @__PURE__ */ asFunction("ceil");
export const round: AsFunction<"round"> = /* @__PURE__ */ asFunction("round");
export const trunc: AsFunction<"trunc"> = /* @__PURE__ */ asFunction("trunc");
export const isnan: AsFunction<"isnan"> = /* @__PURE__ */ asFunction("isnan");
export const clamp: AsFunction<"clamp"> = /* @__PURE__ */ asFunction("clamp");
export const softmax: AsFunction<"softmax"> = /* @__PURE__ */ asFunction("softmax");
export const logSoftmax: AsFunction<"logSoftmax"> = /* @__PURE__ */ asFunction("logSoftmax");
export const logicalNot: AsFunction<"logicalNot"> = /* @__PURE__ */ asFunction("logicalNot");

/** Functions of two tensors, or of a tensor and a number. */
export const div: AsFunction<"div"> = /* @__PURE__ */ asFunction("div");
export const pow: AsFunction<"pow"> = /* @__PURE__ */ asFunction("pow");
export const remainder: AsFunction<"remainder"> = /* @__PURE__ */ asFunction("remainder");
export const fmod: AsFunction<"fmod"> = /* @__PURE__ */ asFunction("fmod");
export const maximum: AsFunction<"maximum"> = /* @__PURE__ */ asFunction("maximum");
export const minimum: AsFunction<"minimum"> = /* @__PURE__ */ asFunction("minimum");
export const matmul: AsFunction<"matmul"> = /* @__PURE__ */ asFunction("matmul");
export const mm: AsFunction<"mm"> = /* @__PURE__ */ asFunction("mm");
export const bmm: AsFunction<"bmm"> = /* @__PURE__ */ asFunction("bmm");
export const dot: AsFunction<"dot"> = /* @__PURE__ */ asFunction("dot");
export const eq: AsFunction<"eq"> = /* @__PURE__ */ asFunction("eq");
export const ne: AsFunction<"ne"> = /* @__PURE__ */ asFunction("ne");
export const lt: AsFunction<"lt"> = /* @__PURE__ */ asFunction("lt");
export const le: AsFunction<"le"> = /* @__PURE__ */ asFunction("le");
export const gt: AsFunction<"gt"> = /* @__PURE__ */ asFunction("gt");
export const ge: AsFunction<"ge"> = /* @__PURE__ */ asFunction("ge");
export const logicalAnd: AsFunction<"logicalAnd"> = /* @__PURE__ */ asFunction("logicalAnd");
export const logicalOr: AsFunction<"logicalOr"> = /* @__PURE__ */ asFunction("logicalOr");

/** Reductions. */
export const sum: AsFunction<"sum"> = /* @__PURE__ */ asFunction("sum");
export const mean: AsFunction<"mean"> = /* @__PURE__ */ asFunction("mean");
export const prod: AsFunction<"prod"> = /* @__PURE__ */ asFunction("prod");
export const std: AsFunction<"std"> = /* @__PURE__ */ asFunction("std");
export const amax: AsFunction<"amax"> = /* @__PURE__ */ asFunction("amax");
export const amin: AsFunction<"amin"> = /* @__PURE__ */ asFunction("amin");
export const argmax: AsFunction<"argmax"> = /* @__PURE__ */ asFunction("argmax");
export const argmin: AsFunction<"argmin"> = /* @__PURE__ */ asFunction("argmin");
export const any: AsFunction<"any"> = /* @__PURE__ */ asFunction("any");
export const all: AsFunction<"all"> = /* @__PURE__ */ asFunction("all");
export const cumsum: AsFunction<"cumsum"> = /* @__PURE__ */ asFunction("cumsum");
export const cumprod: AsFunction<"cumprod"> = /* @__PURE__ */ asFunction("cumprod");
export const norm: AsFunction<"norm"> = /* @__PURE__ */ asFunction("norm");
export const logsumexp: AsFunction<"logsumexp"> = /* @__PURE__ */ asFunction("logsumexp");
export const sort: AsFunction<"sort"> = /* @__PURE__ */ asFunction("sort");
export const topk: AsFunction<"topk"> = /* @__PURE__ */ asFunction("topk");

/** Shapes and parts. */
export const reshape: AsFunction<"reshape"> = /* @__PURE__ */ asFunction("reshape");
export const flatten: AsFunction<"flatten"> = /* @__PURE__ */ asFunction("flatten");
export const unflatten: AsFunction<"unflatten"> = /* @__PURE__ */ asFunction("unflatten");
export const squeeze: AsFunction<"squeeze"> = /* @__PURE__ */ asFunction("squeeze");
export const unsqueeze: AsFunction<"unsqueeze"> = /* @__PURE__ */ asFunction("unsqueeze");
export const permute: AsFunction<"permute"> = /* @__PURE__ */ asFunction("permute");
export const transpose: AsFunction<"transpose"> = /* @__PURE__ */ asFunction("transpose");
export const t: AsFunction<"t"> = /* @__PURE__ */ asFunction("t");
export const split: AsFunction<"split"> = /* @__PURE__ */ asFunction("split");
export const chunk: AsFunction<"chunk"> = /* @__PURE__ */ asFunction("chunk");
export const flip: AsFunction<"flip"> = /* @__PURE__ */ asFunction("flip");
export const gather: AsFunction<"gather"> = /* @__PURE__ */ asFunction("gather");
export const indexSelect: AsFunction<"indexSelect"> = /* @__PURE__ */ asFunction("indexSelect");
export const select: AsFunction<"select"> = /* @__PURE__ */ asFunction("select");
export const narrow: AsFunction<"narrow"> = /* @__PURE__ */ asFunction("narrow");
export const tril: AsFunction<"tril"> = /* @__PURE__ */ asFunction("tril");
export const triu: AsFunction<"triu"> = /* @__PURE__ */ asFunction("triu");
export const clone: AsFunction<"clone"> = /* @__PURE__ */ asFunction("clone");

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

const variance: AsFunction<"var"> = /* @__PURE__ */ asFunction("var");
export { variance as var };

/** The maximum of all, the elementwise maximum of two, or `[values, indices]` along one axis. */
export function max(x: CoreTensor): Tensor;
export function max(x: CoreTensor, other: CoreTensor): Tensor;
export function max(x: CoreTensor, dim: number | OneAxis, options?: KeepDim): [Tensor, Tensor];
export function max(
  x: CoreTensor,
  over?: CoreTensor | number | OneAxis,
  options?: KeepDim,
): Tensor | [Tensor, Tensor] {
  const t = asTensor(x);
  if (over === undefined) return t.max();
  return over instanceof core.Tensor ? t.maximum(over) : t.max(over, options);
}
/** The minimum of all, the elementwise minimum of two, or `[values, indices]` along one axis. */
export function min(x: CoreTensor): Tensor;
export function min(x: CoreTensor, other: CoreTensor): Tensor;
export function min(x: CoreTensor, dim: number | OneAxis, options?: KeepDim): [Tensor, Tensor];
export function min(
  x: CoreTensor,
  over?: CoreTensor | number | OneAxis,
  options?: KeepDim,
): Tensor | [Tensor, Tensor] {
  const t = asTensor(x);
  if (over === undefined) return t.min();
  return over instanceof core.Tensor ? t.minimum(over) : t.min(over, options);
}

/** Elementwise choice. */
export function where(cond: CoreTensor, a: TensorLike, b: TensorLike): Tensor {
  return asTensor(core.where(cond, a, b));
}

/** `cat(tensors, 1)` or `cat(tensors, { dim: 1 })`. */
export type DimOption = number | { readonly dim?: number };

function dimOf(op: string, given: DimOption): number {
  if (typeof given === "number") return given;
  core.checkOptions(op, given, ["dim"]);
  return given.dim ?? 0;
}
/** Tensors joined along an axis, the first by default. @throws ShapeError */
export function cat(tensors: readonly CoreTensor[], dim: DimOption = 0): Tensor {
  return asTensor(core.concat(tensors, dimOf("cat", dim)));
}
/** Tensors joined along a new axis, the first by default. @throws ShapeError */
export function stack(tensors: readonly CoreTensor[], dim: DimOption = 0): Tensor {
  return asTensor(core.stack(tensors, dimOf("stack", dim)));
}
/** Sum of products by Einstein's notation. */
export function einsum(equation: string, ...tensors: readonly CoreTensor[]): Tensor {
  return asTensor(core.einsum(equation, tensors));
}

/** Whether all elements agree within `atol + rtol·|b|`. Reads from the device. */
export async function allclose(
  a: CoreTensor,
  b: CoreTensor,
  options: { readonly rtol?: number; readonly atol?: number; readonly equalNan?: boolean } = {},
): Promise<boolean> {
  core.checkOptions("allclose", options, ["rtol", "atol", "equalNan"]);
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  const [x, y] = [await a.data(), await b.data()];
  return (
    core.sameShape(a.shape, b.shape) &&
    [...x].every((v, i) => {
      const [p, q] = [Number(v), Number(y[i])];
      if (p === q) return true;
      if (Number.isNaN(p) || Number.isNaN(q)) return equalNan && Number.isNaN(p) && Number.isNaN(q);
      return Math.abs(p - q) <= atol + rtol * Math.abs(q);
    })
  );
}
