// What shape inference knows of a value.
import type { DType, TensorSpec } from "@isoform/core";
import { HostTensor } from "./host.js";

/** A tensor of which only shape and dtype are known. */
export interface SpecVal extends TensorSpec {
  readonly kind: "spec";
}
/** A sequence of abstract values. */
export interface AbstractSequence {
  readonly kind: "sequence";
  readonly items: readonly Abstract[];
}
/** An abstract value: host tensors keep their elements, so shape arithmetic is exact. */
export type Abstract = SpecVal | HostTensor | AbstractSequence | { readonly kind: "unknown" };

/** The value nothing is known of. */
export const UNKNOWN: Abstract = { kind: "unknown" };

/** A spec as an abstract value. */
export function specVal(shape: readonly number[], dtype: DType): SpecVal {
  return { kind: "spec", shape, dtype };
}

/** What the two probes know of one value. */
export type AbstractPair = readonly [Abstract, Abstract];

/** True for abstract values with a shape. */
export function isTensorLike(v: Abstract): v is SpecVal | HostTensor {
  return v instanceof HostTensor || v.kind === "spec";
}
