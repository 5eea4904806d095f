// Operations of keras.ops inside functional configs, by class name: a closed registry like that of the layers.
import type { LayerEntry } from "../../../formats/keras/index.js";
import type { LayerImporter, LayerTable } from "../layer.js";
import { ACTIVATION_OPERATIONS } from "./activation.js";
import { ELEMENTWISE_OPERATIONS } from "./elementwise.js";
import { REDUCE_OPERATIONS } from "./reduce.js";
import { SHAPE_OPERATIONS } from "./shape.js";

/** Importers by class name. */
export const OPERATIONS: LayerTable = {
  ...ELEMENTWISE_OPERATIONS,
  ...ACTIVATION_OPERATIONS,
  ...REDUCE_OPERATIONS,
  ...SHAPE_OPERATIONS,
};

/** The importer of an operation node, or undefined. */
export function operationImporter(entry: LayerEntry): LayerImporter | undefined {
  return Object.hasOwn(OPERATIONS, entry.className) ? OPERATIONS[entry.className] : undefined;
}
