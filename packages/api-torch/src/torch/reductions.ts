// Reductions of the torch namespace.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import type { KeepDim, OneAxis } from "../tensor/axes.js";
import { asTensor, type Tensor } from "../tensor/tensor.js";
import { asFunction, type AsFunction } from "./as-function.js";

/** Sum; integers and bool become int64. */
export const sum: AsFunction<"sum"> = /* @__PURE__ */ asFunction("sum");
/** Mean of a float tensor. */
export const mean: AsFunction<"mean"> = /* @__PURE__ */ asFunction("mean");
/** Product; integers and bool become int64. */
export const prod: AsFunction<"prod"> = /* @__PURE__ */ asFunction("prod");
/** Standard deviation, corrected as `var`. */
export const std: AsFunction<"std"> = /* @__PURE__ */ asFunction("std");
/** Largest values over axes, gradient shared by ties. */
export const amax: AsFunction<"amax"> = /* @__PURE__ */ asFunction("amax");
/** Smallest values over axes. */
export const amin: AsFunction<"amin"> = /* @__PURE__ */ asFunction("amin");
/** Index of the maximum, of all elements or along an axis; int64. */
export const argmax: AsFunction<"argmax"> = /* @__PURE__ */ asFunction("argmax");
/** Index of the minimum, of all elements or along an axis; int64. */
export const argmin: AsFunction<"argmin"> = /* @__PURE__ */ asFunction("argmin");
/** Whether any element is non-zero. */
export const any: AsFunction<"any"> = /* @__PURE__ */ asFunction("any");
/** Whether all elements are non-zero. */
export const all: AsFunction<"all"> = /* @__PURE__ */ asFunction("all");
/** Cumulative sum along `dim`; integers and bool become int64. */
export const cumsum: AsFunction<"cumsum"> = /* @__PURE__ */ asFunction("cumsum");
/** Cumulative product along `dim`; integers and bool become int64. */
export const cumprod: AsFunction<"cumprod"> = /* @__PURE__ */ asFunction("cumprod");
/** Norm of order p (default 2) over axes. */
export const norm: AsFunction<"norm"> = /* @__PURE__ */ asFunction("norm");
/** log(Σ eˣ) over axes, without overflow. */
export const logsumexp: AsFunction<"logsumexp"> = /* @__PURE__ */ asFunction("logsumexp");
/** Sorted values and positions. */
export const sort: AsFunction<"sort"> = /* @__PURE__ */ asFunction("sort");
/** The k largest (or smallest) values and positions along `dim`. */
export const topk: AsFunction<"topk"> = /* @__PURE__ */ asFunction("topk");

/** Variance, with Bessel's correction by default (`correction` 1). */
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
