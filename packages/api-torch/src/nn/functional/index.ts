// torch.nn.functional.
export * from "./activation.js";
export * from "./attention.js";
export * from "./conv.js";
export * from "./dropout.js";
export * from "./linear.js";
export * from "./loss.js";
export * from "./cross-entropy.js";
export * from "./margin-loss.js";
export type { LossOptions, Reduction } from "./reduction.js";
export * from "./normalization.js";
export * from "./pooling.js";
export * from "./sparse.js";
export * from "./vision.js";
export * from "./padding.js";
