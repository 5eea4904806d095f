// Reductions and division with PyTorch's dtype rules.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { oneAxis, reductionOf, type KeepDim, type OneAxis, type OptionalAxis, type Over } from "./axes.js";
import { axisOf, type DimNumber } from "./statistics.js";
import type { TensorLike } from "./methods/base.js";

/** Sums and products of integers and bool are int64. */
const widened = (x: CoreTensor): CoreTensor => (core.isFloat(x.dtype) ? x : core.cast(x, "int64"));

/** `torch.sum`. */
export function sum(x: CoreTensor, over: Over): CoreTensor {
  const { axes, keepDims } = reductionOf("sum", over);
  return core.sum(widened(x), axes, { keepDims });
}

/** `torch.prod`. */
export function prod(x: CoreTensor, over: Over): CoreTensor {
  const { axes, keepDims } = reductionOf("prod", over);
  return core.prod(widened(x), axes, { keepDims });
}

/** `torch.mean`; floats only, as in PyTorch. @throws {DTypeError} for integers and bool */
export function mean(x: CoreTensor, over: Over): CoreTensor {
  core.requireFloat("mean", x);
  const { axes, keepDims } = reductionOf("mean", over);
  return core.mean(x, axes, { keepDims });
}

/** `torch.var`: sum of squared deviations over n − correction; `torch.std` is its root. */
export function variance(
  op: "var" | "std",
  x: CoreTensor,
  over: Over<{ readonly correction?: number }>,
): CoreTensor {
  core.requireFloat(op, x);
  const { axes, keepDims, options } = reductionOf(op, over, ["correction"]);
  const spread = op === "std" ? core.std : core.variance;
  return spread(x, axes, { correction: options.correction ?? 1, keepDims });
}

/** `torch.amax`, `amin`, and on bools `any` and `all`. */
export function extreme(kind: "max" | "min", op: string, x: CoreTensor, over: Over): CoreTensor {
  const { axes, keepDims } = reductionOf(op, over);
  return kind === "max" ? core.max(x, axes, { keepDims }) : core.min(x, axes, { keepDims });
}

/** `torch.norm`. */
export function norm(x: CoreTensor, p: number, over: Over): CoreTensor {
  const { axes, keepDims } = reductionOf("norm", over);
  return core.norm(x, { p, axes, keepDims });
}

/** `torch.logsumexp`. */
export function logSumExp(x: CoreTensor, over: Over): CoreTensor {
  const { axes, keepDims } = reductionOf("logsumexp", over);
  return core.logSumExp(x, axes, { keepDims });
}

/** `torch.cumsum` and `cumprod`. */
export function cumulative(kind: "sum" | "prod", x: CoreTensor, dim: DimNumber): CoreTensor {
  return core.cumulative(widened(x), { kind, axis: axisOf(`cum${kind}`, x, dim) });
}

/** `torch.max(x)`: the extreme value; `torch.max(x, dim)`: the extreme values and where they first are. */
export function extremum(
  kind: "max" | "min",
  x: CoreTensor,
  axis: number | OneAxis | undefined,
  options: KeepDim,
): readonly [value: CoreTensor, index?: CoreTensor] {
  const { dim, keepdim } = oneAxis(kind, axis, options);
  if (axis === undefined && !keepdim) return [kind === "max" ? core.max(x) : core.min(x)];
  if (dim === null) {
    throw new core.ArgumentError("dim is missing", {
      code: "argument/missing",
      op: kind,
      hint: `pass the axis, or use a${kind}`,
    });
  }
  const find = kind === "max" ? core.argmax : core.argmin;
  const index = find(x, dim, { keepDims: true });
  const values = core.gatherElements(x, index, dim);
  if (keepdim) return [values, index];
  return [core.squeeze(values, [dim]), core.squeeze(index, [dim])];
}

/** `torch.argmax` and `argmin`: without `dim`, of the flattened tensor. */
export function arg(
  kind: "max" | "min",
  x: CoreTensor,
  axis: number | null | undefined | OptionalAxis,
  options: KeepDim,
): CoreTensor {
  const find = kind === "max" ? core.argmax : core.argmin;
  const { dim, keepdim } = oneAxis(`arg${kind}`, axis, options);
  if (dim !== null) return find(x, dim, { keepDims: keepdim });
  const found = find(core.reshape(x, [-1]), 0);
  return keepdim
    ? core.reshape(
        found,
        x.shape.map(() => 1),
      )
    : found;
}

/** `torch.div`: true division, or rounded toward zero or down. */
export function trueDivide(a: CoreTensor, b: TensorLike, mode: "trunc" | "floor" | null): CoreTensor {
  if (mode !== null) core.requireOneOf("div", "roundingMode", mode, ["trunc", "floor"]);
  core.requireOperand("div", b);
  if (mode === "floor") return core.floorDiv(a, b);
  const fraction = b instanceof core.Tensor ? core.isFloat(b.dtype) : typeof b === "number" && b % 1 !== 0;
  const integers = !core.isFloat(a.dtype) && !fraction;
  if (mode === "trunc") return integers ? core.div(a, b) : core.scope(() => core.trunc(core.div(a, b)));
  return integers ? core.scope(() => core.div(core.cast(a, "float32"), b)) : core.div(a, b);
}
