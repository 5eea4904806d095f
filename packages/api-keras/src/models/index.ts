// keras.models.
import type { ModelLayer } from "./model.js";
import { modelFromConfig } from "../saving/serialization.js";

export { Model } from "./model.js";
export { Sequential } from "./sequential.js";
export { loadModel } from "../saving/load.js";
export { saveModel } from "../saving/functions.js";
export { modelFromConfig, modelFromConfig as modelFromJson } from "../saving/serialization.js";

/**
 * A model with the same layers and new weights.
 * @throws {ModelFormatError} when it has a class that is neither Keras' nor registered
 * @throws {UnsafeModelError} when it has a Lambda layer whose function is not registered
 * @see keras.models.clone_model
 */
export function cloneModel(model: ModelLayer): ModelLayer {
  return modelFromConfig(model.toConfig());
}
