// Functions of the torch namespace whose result has a size that depends on the elements.
import { requireTensor, type Tensor as CoreTensor } from "@isoform/core";
import type { UniqueOptions } from "../tensor/data-dependent.js";
import { asTensor, type Tensor } from "../tensor/tensor.js";
import { asFunction, type AsFunction } from "./as-function.js";

/**
 * Where the elements are that are not 0, int64, [count, rank] in row-major order; `nonzero`. Reads from the
 * device.
 * @throws {ArgumentError} on a device that is only read asynchronously
 * @throws {LifetimeError} when x was released, or in a step that is being compiled: the size of the result depends
 *   on values
 * @see torch.argwhere
 */
export const argwhere: AsFunction<"argwhere"> = /* @__PURE__ */ asFunction("argwhere");
/**
 * Elements where `mask` (bool) is true, (count) in row-major order; the shapes broadcast. Reads the mask.
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} unless the mask is bool
 * @throws {ArgumentError} on a device that is only read asynchronously, or when the mask is no tensor
 * @throws {LifetimeError} when the mask was released, or in a step that is being compiled: the size of the result
 *   depends on values
 * @see torch.masked_select
 */
export const maskedSelect: AsFunction<"maskedSelect"> = /* @__PURE__ */ asFunction("maskedSelect");
/**
 * How often 0, 1, … occur in a list of N integers, int64: (N) -> (greatest + 1), at least `minlength` (default 0);
 * with `weights` (N) their sums, float32 of float32, else float64. Reads from the device. No gradient.
 * @throws {ShapeError} unless x has one axis and weights x's shape
 * @throws {DTypeError} unless x holds integers
 * @throws {ArgumentError} on a device that is only read asynchronously, for a negative element, or for an unknown
 *   option
 * @throws {LifetimeError} when x was released, or in a step that is being compiled: the size of the result depends
 *   on values
 * @see torch.bincount
 */
export const bincount: AsFunction<"bincount"> = /* @__PURE__ */ asFunction("bincount");

/**
 * Where the elements are that are not 0, int64, [count, rank] in row-major order; with `asTuple` one (count) per
 * axis. Reads from the device.
 * @throws {ArgumentError} on a device that is only read asynchronously, or for an unknown option
 * @throws {LifetimeError} when x was released, or in a step that is being compiled: the size of the result depends
 *   on values
 * @see torch.nonzero
 */
export function nonzero(x: CoreTensor, options?: { readonly asTuple?: false }): Tensor;
export function nonzero(x: CoreTensor, options: { readonly asTuple: true }): Tensor[];
export function nonzero(x: CoreTensor, options: { readonly asTuple?: boolean } = {}): Tensor | Tensor[] {
  return asTensor(requireTensor("nonzero", x, "the first argument")).nonzero(options);
}
/**
 * The distinct elements of the flattened tensor, (count), sorted; with `returnInverse` or `returnCounts` a list of
 * them, of where each element of x is among them, int64 in x's shape, and of how often each is in x, int64. Every
 * NaN is one of its own. Reads from the device. No gradient.
 * @throws {UnsupportedOpError} for a `dim`
 * @throws {ArgumentError} on a device that is only read asynchronously, or for an unknown option
 * @throws {LifetimeError} when x was released, or in a step that is being compiled: the size of the result depends
 *   on values
 * @see torch.unique
 */
export function unique(
  x: CoreTensor,
  options?: UniqueOptions & { readonly returnInverse?: false; readonly returnCounts?: false },
): Tensor;
export function unique(x: CoreTensor, options: UniqueOptions): Tensor | Tensor[];
export function unique(x: CoreTensor, options: UniqueOptions = {}): Tensor | Tensor[] {
  return asTensor(requireTensor("unique", x, "the first argument")).unique(options);
}
