// keras.saving.
export {
  loadArchiveWeights,
  modelToArchive,
  weightPaths,
  type ArchiveSource,
  type ArchiveTensor,
  type ModelArchive,
  type WeightPath,
} from "./archive.js";
export { deserialize, modelFromConfig, serialize, type ReadOptions } from "./serialization.js";
export { customObjectScope, registerKerasSerializable } from "../config/custom.js";
export type { Loader, LoadWeightsOptions, SaveOptions, Saver } from "./files.js";
export { loadModel, modelFromArchive, type ArchiveReadOptions, type LoadOptions } from "./load.js";
export { loadWeights, saveModel, saveWeights } from "./functions.js";
