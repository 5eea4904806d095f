// How many calls of layers a Keras model makes once its models in models are written out, counted without writing them
// out: models that call each other a few times each unfold to more layers than there is memory.
import { DEFAULT_LIMITS, checkLimit } from "../limits.js";
import { isModelClass, layerEntry, modelLayers, type LayerEntry } from "./layer-list.js";
import type { PlainJson } from "./plain-json.js";

/**
 * Checks a model with everything inside it written out.
 * @throws {ModelFormatError} (`keras/config`) when a layer of the model or of one inside it is malformed
 * @throws {LimitExceededError} (`limit/nodes`) when it has over 1,000,000 calls of layers
 */
export function checkExpansion(model: LayerEntry): void {
  checkLimit(DEFAULT_LIMITS, "nodes", sizeOf(model), `${model.path}: models and wrappers written out`);
}

function sizeOf(entry: LayerEntry): number {
  if (!isModelClass(entry)) return 1 + wrapped(entry);
  const raw = entry.config["layers"] as readonly { readonly inbound_nodes?: PlainJson }[] | undefined;
  return modelLayers(entry).reduce((sum, layer, i) => {
    const calls = raw?.[i]?.inbound_nodes;
    return sum + sizeOf(layer) * (Array.isArray(calls) ? Math.max(1, calls.length) : 1);
  }, 1);
}

/** Layers inside a layer. Bidirectional has a second copy of its layer, unless that is in the config. */
function wrapped({ className, config, path }: LayerEntry): number {
  const inner = (key: string): number => {
    const value = config[key];
    return isLayer(value) ? sizeOf(layerEntry(value, `${path}.config.${key}`)) : 0;
  };
  const cells = Array.isArray(config["cells"]) ? (config["cells"] as readonly PlainJson[]) : [];
  const layer = inner("layer");
  const backward = className === "Bidirectional" ? inner("backward_layer") || layer : 0;
  return cells.reduce<number>(
    (sum, cell, i) => sum + (isLayer(cell) ? sizeOf(layerEntry(cell, `${path}.config.cells[${i}]`)) : 0),
    layer + backward + inner("cell"),
  );
}

function isLayer(value: PlainJson | undefined): boolean {
  return typeof value === "object" && value !== null && "class_name" in value && "config" in value;
}
