// Activation composites.
export * from "./elu.js";
export * from "./gelu.js";
export * from "./glu.js";
export * from "./hard.js";
export * from "./relu.js";
export * from "./shrink.js";
export * from "./sigmoid.js";
export * from "./softmax.js";
export * from "./softplus.js";
export * from "./sparsemax.js";
