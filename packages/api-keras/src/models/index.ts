// keras.models.
import type { ModelLayer } from "./model.js";
import { modelFromConfig } from "../saving/serialization.js";

export { Model } from "./model.js";
export { Sequential } from "./sequential.js";
export { modelFromConfig, modelFromConfig as modelFromJson } from "../saving/serialization.js";

/** A model with the same layers and new weights. @throws ArgumentError for models that cannot be written as a config */
export function cloneModel(model: ModelLayer): ModelLayer {
  return modelFromConfig(model.toConfig());
}
