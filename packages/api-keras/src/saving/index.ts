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

/** A model of an archive, weights included. @throws ModelFormatError, ShapeError listing every problem */
export function modelFromArchive(archive: ModelArchive, options: ReadOptions = {}): ModelLayer {
  const model = modelFromConfig(archive.config, options);
  loadArchiveWeights(model, archive.weights);
  return model;
}
