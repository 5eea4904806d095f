// Keras files: reading, giving weights to layers, writing. No meaning of layers here.
export type { KerasFile, KerasWeights, StoredWeight } from "./file.js";
export {
  kerasArchive,
  kerasBytes,
  kerasWeightsBytes,
  type KerasArchive,
  type KerasArchiveTensor,
} from "./model-archive.js";
export { loadKeras, saveKeras, type KerasSource } from "./save-load.js";
export { readKerasFile, type KerasReadOptions } from "./read.js";
export { assignKerasWeights, type KerasWeightSource } from "./assign.js";
export { writeKerasFile, writeKerasWeights, type KerasWriteInit } from "./write.js";
export { writeLegacyKerasFile, type KerasLegacyInit } from "./write-legacy.js";
export { isPlainObject, parsePlainJson, type PlainJson, type PlainObject } from "./plain-json.js";
export {
  canonicalClass,
  layerEntry,
  modelLayers,
  isModelClass,
  isOperation,
  toSnakeCase,
  type LayerEntry,
} from "./layer-list.js";
export {
  kerasWeightItems,
  kerasWeightSlots,
  type OpaqueLayer,
  type WeightItem,
  type WeightSlot,
} from "./weight-slots.js";
export {
  WEIGHT_RULES,
  type Condition,
  type InnerLayer,
  type OwnWeight,
  type WeightRule,
} from "./weight-rules.js";
