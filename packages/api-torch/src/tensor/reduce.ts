// Reductions and division with PyTorch's dtype rules.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { asTensor, type Dim, type KeepDim, type Tensor, type TensorLike } from "./tensor.js";

/** Sums and products of integers and bool are int64. */
const widened = (x: CoreTensor): CoreTensor => (core.isFloat(x.dtype) ? x : core.cast(x, "int64"));

/** `torch.sum`. */
export function sum(x: CoreTensor, dim: Dim, options: KeepDim): CoreTensor {
  return core.sum(widened(x), dim, { keepDims: options.keepdim ?? false });
}

/** `torch.prod`. */
export function prod(x: CoreTensor, dim: Dim, options: KeepDim): CoreTensor {
  return core.prod(widened(x), dim, { keepDims: options.keepdim ?? false });
}

/** `torch.mean`; floats only, as in PyTorch. @throws DTypeError */
export function mean(x: CoreTensor, dim: Dim, options: KeepDim): CoreTensor {
  core.requireFloat("mean", x);
  return core.mean(x, dim, { keepDims: options.keepdim ?? false });
}

/** `torch.var`: sum of squared deviations over n − correction. */
export function variance(
  x: CoreTensor,
  dim: Dim,
  options: KeepDim & { readonly correction?: number },
): CoreTensor {
  core.requireFloat("var", x);
  return core.variance(x, dim, { correction: options.correction ?? 1, keepDims: options.keepdim ?? false });
}

/** `torch.max(x, dim)`: the extreme values and where they first are. */
export function extremum(
  kind: "max" | "min",
  x: CoreTensor,
  dim: number,
  options: KeepDim,
): [Tensor, Tensor] {
  const find = kind === "max" ? core.argmax : core.argmin;
  const index = find(x, dim, { keepDims: true });
  const values = core.gatherElements(x, index, dim);
  if (options.keepdim) return [asTensor(values), asTensor(index)];
  return [asTensor(core.squeeze(values, [dim])), asTensor(core.squeeze(index, [dim]))];
}

/** `torch.argmax` and `argmin`: without `dim`, of the flattened tensor. */
export function arg(
  kind: "max" | "min",
  x: CoreTensor,
  dim: number | undefined,
  options: KeepDim,
): CoreTensor {
  const find = kind === "max" ? core.argmax : core.argmin;
  if (dim === undefined) return find(core.reshape(x, [-1]), 0);
  return find(x, dim, { keepDims: options.keepdim ?? false });
}

/** `torch.div`: true division, or rounded toward zero or down. */
export function trueDivide(a: CoreTensor, b: TensorLike, mode: "trunc" | "floor" | null): CoreTensor {
  if (mode === "floor") return core.floorDiv(a, b);
  const integers = !core.isFloat(a.dtype) && !(b instanceof core.Tensor && core.isFloat(b.dtype));
  if (mode === "trunc") return integers ? core.div(a, b) : core.trunc(core.div(a, b));
  return core.div(integers ? core.cast(a, "float32") : a, b);
}
