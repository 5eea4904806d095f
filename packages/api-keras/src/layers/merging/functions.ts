// Functions that make a merging layer and call it at once: `layers.add([a, b])`.
import type { KerasTensor } from "../../engine/keras-tensor.js";
import type { LayerOptions } from "../../engine/layer.js";
import type { Tensor } from "../../tensor/tensor.js";
import {
  Add,
  Average,
  Concatenate,
  Dot,
  Maximum,
  Minimum,
  Multiply,
  Subtract,
  type DotOptions,
} from "./merge.js";

type Merged<T> = T extends KerasTensor ? KerasTensor : Tensor;
type List = readonly KerasTensor[] | readonly Tensor[];

/**
 * Sum of a list of tensors or symbolic tensors; shapes broadcast.
 * @throws {ArgumentError} when an option is unknown or the input is not a list of tensors
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the tensors are bool
 * @see keras.layers.add
 */
export function add<L extends List>(inputs: L, options: LayerOptions = {}): Merged<L[number]> {
  return Add(options)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
/**
 * First less second of two tensors or symbolic tensors; shapes broadcast.
 * @throws {ArgumentError} when an option is unknown or the input is not a list of two tensors
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the tensors are bool
 * @see keras.layers.subtract
 */
export function subtract<L extends List>(inputs: L, options: LayerOptions = {}): Merged<L[number]> {
  return Subtract(options)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
/**
 * Elementwise product of a list of tensors or symbolic tensors; shapes broadcast.
 * @throws {ArgumentError} when an option is unknown or the input is not a list of tensors
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the tensors are bool
 * @see keras.layers.multiply
 */
export function multiply<L extends List>(inputs: L, options: LayerOptions = {}): Merged<L[number]> {
  return Multiply(options)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
/**
 * Mean of a list of tensors or symbolic tensors; shapes broadcast.
 * @throws {ArgumentError} when an option is unknown or the input is not a list of tensors
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the tensors are bool
 * @see keras.layers.average
 */
export function average<L extends List>(inputs: L, options: LayerOptions = {}): Merged<L[number]> {
  return Average(options)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
/**
 * Elementwise maximum of a list of tensors or symbolic tensors; shapes broadcast.
 * @throws {ArgumentError} when an option is unknown or the input is not a list of tensors
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the tensors are bool
 * @see keras.layers.maximum
 */
export function maximum<L extends List>(inputs: L, options: LayerOptions = {}): Merged<L[number]> {
  return Maximum(options)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
/**
 * Elementwise minimum of a list of tensors or symbolic tensors; shapes broadcast.
 * @throws {ArgumentError} when an option is unknown or the input is not a list of tensors
 * @throws {ShapeError} when the shapes do not broadcast
 * @throws {DTypeError} when the tensors are bool
 * @see keras.layers.minimum
 */
export function minimum<L extends List>(inputs: L, options: LayerOptions = {}): Merged<L[number]> {
  return Minimum(options)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
/**
 * A list of tensors or symbolic tensors joined along `axis`, the last by default.
 * @throws {ArgumentError} when an option is unknown, the input is not a list of tensors or `axis` is out of
 *   range
 * @throws {ShapeError} when the shapes differ outside the axis
 * @see keras.layers.concatenate
 */
export function concatenate<L extends List>(
  inputs: L,
  options: { readonly axis?: number } & LayerOptions = {},
): Merged<L[number]> {
  return Concatenate(options)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
/**
 * Products over an axis of each sample of two tensors, the last by default: `[N, a, k]` and `[N, b, k]` to
 * `[N, a, b]`.
 * @throws {ArgumentError} when an option is unknown, the list has not two tensors, or an axis is out of range
 *   or that of the batch
 * @throws {ShapeError} when the sizes along the axes or of the batches differ
 * @throws {DTypeError} when the tensors are bool
 * @see keras.layers.dot
 */
export function dot<L extends List>(
  inputs: L,
  options: { readonly axes?: number | readonly [number, number] } & DotOptions & LayerOptions = {},
): Merged<L[number]> {
  const { axes = -1, ...rest } = options;
  return Dot(axes, rest)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
