// The `torch` namespace: creation, random numbers, functions of tensors, modes.
export { setBackend, scope, keep } from "@isoform/core";
export { manualSeed, defaultGenerator } from "./random.js";
export { Tensor } from "./tensor/tensor.js";
export * from "./torch/dtypes.js";
export {
  arange,
  empty,
  eye,
  fromTypedArray,
  full,
  fullLike,
  linspace,
  ones,
  onesLike,
  tensor,
  zeros,
  zerosLike,
  type CreateOptions,
} from "./torch/creation.js";
export * from "./torch/random.js";
export * from "./torch/elementwise.js";
export * from "./torch/reductions.js";
export * from "./torch/shape.js";
export * from "./torch/joining.js";
export * from "./torch/modes.js";
export { compile, type Compiled, type CompileOptions } from "./torch/compile.js";
