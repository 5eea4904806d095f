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
  logspace,
  ones,
  onesLike,
  tensor,
  trilIndices,
  triuIndices,
  zeros,
  zerosLike,
  type CreateOptions,
  type LogspaceOptions,
  type TriangleOptions,
} from "./torch/creation.js";
export * from "./torch/random.js";
export * from "./torch/elementwise.js";
export * from "./torch/reductions.js";
export * from "./torch/special.js";
export * from "./torch/pairs.js";
export * from "./torch/products.js";
export * from "./torch/statistics.js";
export * from "./torch/data-dependent.js";
export * from "./torch/shape.js";
export * from "./torch/indexing.js";
export * from "./torch/attributes.js";
export * from "./torch/search.js";
export * from "./torch/joining.js";
export * from "./torch/modes.js";
export { compile, type Compiled, type CompileOptions } from "./torch/compile.js";
