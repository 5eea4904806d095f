// One ONNX node on its way to the newest operator set: what upgrade rules see and change.
import type { DType } from "@isoform/core";
import type { GraphBuilder } from "../../ir/builder.js";
import type { IrValue } from "../../ir/types.js";
import type { Attributes } from "./attributes.js";

/** A node being upgraded. Rules change `op`, `inputs` and `attrs` in place. */
export interface Draft {
  op: string;
  readonly name: string;
  /** Version of the operator set that the file uses for this node. */
  readonly version: number;
  inputs: (IrValue | null)[];
  readonly attrs: Attributes;
  /** Names of the outputs; null for outputs that nothing uses. */
  outputs: (string | null)[];
  readonly builder: GraphBuilder;
}

/** Names the outputs of a node that a rule replaced by several; the rule has then built everything itself. */
export type Replacement = readonly (IrValue | null)[];

/** Brings one op to its newest form; may return the outputs when it builds other nodes instead. */
export type Upgrade = (d: Draft) => Replacement | void;

/** Puts input `i`, filling the gap before it with absent inputs. */
export function setInput(d: Draft, i: number, v: IrValue): void {
  while (d.inputs.length <= i) d.inputs.push(null);
  d.inputs[i] = v;
}

/** Moves an int-list attribute to input `i` as a 1-d int64 literal. */
export function attrToInts(d: Draft, name: string, i: number): void {
  const values = d.attrs.takeInts(name);
  if (values !== null) setInput(d, i, d.builder.ints(values));
}

/** Element type of an input, float32 where the file does not say. */
export function dtypeOf(v: IrValue | null | undefined): DType {
  switch (v?.dtype) {
    case "float16":
    case "bfloat16":
    case "float64":
    case "int8":
    case "int16":
    case "int32":
    case "int64":
    case "uint8":
      return v.dtype;
    default:
      return "float32";
  }
}
