// Functions of several tensors in the torch namespace.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { asTensor, type Tensor } from "../tensor/tensor.js";

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
