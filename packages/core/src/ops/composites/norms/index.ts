// Normalisation composites.
export * from "./batch-norm.js";
export * from "./group-norm.js";
export * from "./layer-norm.js";
export * from "./local-response-norm.js";
export * from "./lp-normalize.js";
export * from "./rms-norm.js";
