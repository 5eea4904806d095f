// Fused losses.
export * from "./softmax-cross-entropy.js";
