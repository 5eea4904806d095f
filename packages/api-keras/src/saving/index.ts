// keras.saving and the reading half of keras.models.
import type { ModelLayer } from "../models/model.js";
import { loadArchiveWeights, type ModelArchive } from "./archive.js";
import { modelFromConfig, type ReadOptions } from "./serialization.js";

export {
  loadArchiveWeights,
  modelToArchive,
  weightPaths,
  type ArchiveTensor,
  type ModelArchive,
  type Saver,
  type WeightPath,
} from "./archive.js";
export { deserialize, modelFromConfig, serialize, type ReadOptions } from "./serialization.js";
export { customObjectScope, registerKerasSerializable } from "../config/custom.js";

/**
 * A model of an archive, weights included.
 * @throws {ModelFormatError} when the record is malformed or names an unknown class
 * @throws {ArgumentError} when an option of a layer is unknown or out of range
 * @throws {ShapeError} when a layer cannot be built for its input, or weights do not fit, listing every
 *   problem
 * @throws {UnsafeModelError} for Lambda layers without a function of the caller
 * @see keras.saving.load_model
 */
export function modelFromArchive(archive: ModelArchive, options: ReadOptions = {}): ModelLayer {
  const model = modelFromConfig(archive.config, options);
  loadArchiveWeights(model, archive.weights);
  return model;
}
