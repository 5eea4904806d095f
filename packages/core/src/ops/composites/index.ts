// All composites: the front doors as exports, the op values in one table.
export * from "./activations/index.js";
export * from "./contraction/index.js";
export * from "./indexing/index.js";
export * from "./losses/index.js";
export * from "./math/index.js";
export * from "./norms/index.js";
export * from "./pooling/index.js";
export * from "./recurrent/index.js";
export * from "./reductions/index.js";
export * from "./resize/index.js";
export * from "./shape/index.js";
export { compositeOps } from "./registry.js";
