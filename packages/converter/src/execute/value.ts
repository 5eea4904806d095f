// What flows through the executor: device tensors, host tensors, sequences, optionals, and the unknown of shape inference.
import { Tensor, type TensorSpec } from "@isoform/core";
import type { RawDType } from "../formats/raw-tensor.js";
import { HostTensor } from "./host.js";

/** A list of tensors (ONNX sequence). */
export interface Sequence {
  readonly kind: "sequence";
  readonly items: readonly Val[];
  readonly dtype: RawDType | null;
}

/** An ONNX optional: something or nothing. */
export interface Maybe {
  readonly kind: "optional";
  readonly item: Val | null;
}

/** A value that shape inference could not know. */
export interface Unknown {
  readonly kind: "unknown";
  readonly dtype: RawDType | null;
}

/** Any value at run time. */
export type Val = Tensor | HostTensor | Sequence | Maybe | Unknown;

/** True for device or host tensors. */
export function isTensorVal(v: Val): v is Tensor | HostTensor {
  return v instanceof Tensor || v instanceof HostTensor;
}

/** Shape and element type of a tensor value. */
export function specOf(v: Tensor | HostTensor): {
  readonly shape: readonly number[];
  readonly dtype: RawDType;
} {
  return v;
}

/** All device tensors inside a value. */
export function tensorsIn(v: Val | null): Tensor[] {
  if (v === null) return [];
  if (v instanceof Tensor) return [v];
  if (v instanceof HostTensor) return [];
  if (v.kind === "sequence") return v.items.flatMap(tensorsIn);
  if (v.kind === "optional") return tensorsIn(v.item);
  return [];
}

/** A spec that core's inference takes. */
export type Spec = TensorSpec;
