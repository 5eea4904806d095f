// The `keras` namespace.
export * as activations from "./activations.js";
export * as constraints from "./constraints.js";
export * as initializers from "./initializers/index.js";
export * as layers from "./layers/index.js";
export * as losses from "./losses/index.js";
export * as ops from "./ops/index.js";
export * as optimizers from "./optimizers/index.js";
export * as random from "./random/index.js";
export * as regularizers from "./regularizers.js";
export * as utils from "./utils/index.js";
export { Input } from "./layers/core/input-layer.js";
export { KerasTensor } from "./engine/keras-tensor.js";
export { Model } from "./models/model.js";
export { Sequential } from "./models/sequential.js";
export { Variable } from "./tf.js";
