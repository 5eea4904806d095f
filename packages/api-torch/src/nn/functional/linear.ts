// Linear maps of torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/**
 * x·Wᵀ + b: x `[…, in]`, W `[out, in]`, b `[out]` or null -> `[…, out]`, promoted.
 * @throws {ShapeError} when the sizes do not fit, or x is a scalar.
 * @throws {DTypeError} when all are bool.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.linear
 */
export function linear(x: CoreTensor, weight: CoreTensor, bias: CoreTensor | null = null): Tensor {
  core.requireTensor("linear", x, "x");
  core.requireTensor("linear", weight, "weight");
  if (bias !== null) core.requireTensor("linear", bias, "bias");
  return asTensor(core.linear(x, weight, bias));
}

/**
 * x₁ᵀ·W·x₂ + b: x₁ `[…, in1]`, x₂ `[…, in2]`, W `[out, in1, in2]`, b `[out]` or null -> `[…, out]`, promoted.
 * @throws {ShapeError} when the sizes do not fit or W does not have 3 axes.
 * @throws {DTypeError} when all are bool.
 * @throws {LifetimeError} when an input was disposed.
 * @see torch.nn.functional.bilinear
 */
export function bilinear(
  x1: CoreTensor,
  x2: CoreTensor,
  weight: CoreTensor,
  bias: CoreTensor | null = null,
): Tensor {
  checkTensors("bilinear", { x1, x2, weight, ...(bias !== null && { bias }) });
  const y = core.einsum("...i,oij,...j->...o", [x1, weight, x2]);
  return asTensor(bias ? core.add(y, bias) : y);
}
