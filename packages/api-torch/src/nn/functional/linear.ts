// Linear maps of torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { asTensor, type Tensor } from "../../tensor/tensor.js";

/** x·Wᵀ + b for x `[…, in]`, W `[out, in]`, b `[out]`. @throws ShapeError */
export function linear(x: CoreTensor, weight: CoreTensor, bias: CoreTensor | null = null): Tensor {
  return asTensor(core.linear(x, weight, bias));
}

/** x₁ᵀ·W·x₂ + b for W `[out, in1, in2]`. @throws ShapeError */
export function bilinear(
  x1: CoreTensor,
  x2: CoreTensor,
  weight: CoreTensor,
  bias: CoreTensor | null = null,
): Tensor {
  const y = core.einsum("...i,oij,...j->...o", [x1, weight, x2]);
  return asTensor(bias ? core.add(y, bias) : y);
}
