// The hook for layers that are not Keras' own: the user says what they compute, in IR nodes.
import type { PlainObject } from "../../formats/keras/index.js";
import type { RawTensor } from "../../formats/raw-tensor.js";
import type { GraphBuilder } from "../../ir/builder.js";
import type { IrValue } from "../../ir/types.js";

/** One call of a custom layer. All values have Keras' own axis order (channels last where the model has that). */
export interface CustomKerasCall {
  readonly name: string;
  readonly config: PlainObject;
  readonly inputs: readonly IrValue[];
  /** The layer's weights in the order of the file, as values of the graph. */
  readonly weights: readonly { readonly path: string; readonly tensor: RawTensor; readonly value: IrValue }[];
  readonly builder: GraphBuilder;
}

/** What a custom layer computes: nodes added to the builder, and the outputs. */
export type CustomKerasLayer = (call: CustomKerasCall) => readonly IrValue[];

/** Custom layers by class name; `Lambda:<layer name>` is the meaning of one Lambda layer. */
export type CustomKerasLayers = ReadonlyMap<string, CustomKerasLayer>;
