// Public surface of @isoform/api-keras.
export * as keras from "./keras.js";
export * as tf from "./tf.js";
export { Tensor } from "./tensor/tensor.js";
export type { TensorLike } from "./tensor/like.js";
