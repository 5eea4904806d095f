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

/** Sum of a list. */
export function add<L extends List>(inputs: L, options: LayerOptions = {}): Merged<L[number]> {
  return Add(options)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
/** First less second. */
export function subtract<L extends List>(inputs: L, options: LayerOptions = {}): Merged<L[number]> {
  return Subtract(options)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
/** Elementwise product of a list. */
export function multiply<L extends List>(inputs: L, options: LayerOptions = {}): Merged<L[number]> {
  return Multiply(options)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
/** Mean of a list. */
export function average<L extends List>(inputs: L, options: LayerOptions = {}): Merged<L[number]> {
  return Average(options)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
/** Elementwise maximum of a list. */
export function maximum<L extends List>(inputs: L, options: LayerOptions = {}): Merged<L[number]> {
  return Maximum(options)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
/** Elementwise minimum of a list. */
export function minimum<L extends List>(inputs: L, options: LayerOptions = {}): Merged<L[number]> {
  return Minimum(options)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
/** A list joined along an axis. */
export function concatenate<L extends List>(
  inputs: L,
  options: { readonly axis?: number } & LayerOptions = {},
): Merged<L[number]> {
  return Concatenate(options)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
/** Products over an axis of each sample. */
export function dot<L extends List>(
  inputs: L,
  options: { readonly axes?: number | readonly [number, number] } & DotOptions & LayerOptions = {},
): Merged<L[number]> {
  const { axes = -1, ...rest } = options;
  return Dot(axes, rest)<Merged<L[number]>>(inputs as readonly Tensor[]);
}
