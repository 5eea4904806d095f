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
/**
 * Tensors joined along an axis, the first by default, promoted to one dtype: (A, N), (B, N) -> (A + B, N).
 * @throws {ShapeError} without tensors, or when sizes differ outside the joined axis
 * @throws {ArgumentError} for what is no list of tensors, when `dim` is not an axis, or for an unknown option
 * @see torch.cat
 */
export function cat(tensors: readonly CoreTensor[], dim: DimOption = 0): Tensor {
  core.requireTensors("cat", tensors);
  return asTensor(core.concat(tensors, dimOf("cat", dim)));
}
/**
 * K tensors of one shape joined along a new axis, the first by default, promoted to one dtype: (A, B), … ->
 * (K, A, B).
 * @throws {ShapeError} without tensors, or when the shapes differ
 * @throws {ArgumentError} for what is no list of tensors, when the result has no axis `dim`, or for an unknown option
 * @see torch.stack
 */
export function stack(tensors: readonly CoreTensor[], dim: DimOption = 0): Tensor {
  return asTensor(core.stack(tensors, dimOf("stack", dim)));
}
/**
 * Sum of products by Einstein's notation: `einsum("ij,jk->ik", a, b)` is [I, J] x [J, K] -> [I, K]. Labels
 * that are not in the output are summed, a label twice in a term takes the diagonal, `...` stands for axes
 * that broadcast.
 * @throws {ArgumentError} for a malformed equation, what is no tensor, or another number of terms than tensors
 * @throws {ShapeError} without tensors, for a term of another rank than its tensor, or a label of two sizes
 * @throws {DTypeError} when all tensors are bool
 * @see torch.einsum
 */
export function einsum(equation: string, ...tensors: readonly CoreTensor[]): Tensor {
  return asTensor(core.einsum(equation, tensors));
}

/**
 * Whether the shapes are equal and all elements agree within `atol + rtol·|b|`; `rtol` is 1e-5, `atol` 1e-8,
 * `equalNan` false by default. Reads from the device.
 * @throws {ArgumentError} for what is no tensor, a tolerance that is no number, or an unknown option
 * @throws {LifetimeError} when a tensor was released, or in a step that is being compiled
 * @see torch.allclose
 */
export async function allclose(
  a: CoreTensor,
  b: CoreTensor,
  options: { readonly rtol?: number; readonly atol?: number; readonly equalNan?: boolean } = {},
): Promise<boolean> {
  core.checkOptions("allclose", options, ["rtol", "atol", "equalNan"]);
  core.requireTensors("allclose", [a, b]);
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  core.requireNumber("allclose", "rtol", rtol);
  core.requireNumber("allclose", "atol", atol);
  const [x, y] = [await a.data(), await b.data()];
  const [readX, readY] = [core.elementReader(a.dtype), core.elementReader(b.dtype)];
  const close = (p: number, q: number): boolean => {
    if (p === q) return true;
    if (Number.isNaN(p) || Number.isNaN(q)) return equalNan && Number.isNaN(p) && Number.isNaN(q);
    return Math.abs(p - q) <= atol + rtol * Math.abs(q);
  };
  let all = core.sameShape(a.shape, b.shape);
  for (let i = 0; all && i < x.length; i++) all = close(Number(readX(x, i)), Number(readY(y, i)));
  return all;
}
