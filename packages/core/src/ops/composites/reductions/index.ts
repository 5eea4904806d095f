// Composites that reduce or scan axes.
export type { ReductionAttrs } from "./entries.js";
export * from "./cumulative.js";
export * from "./log-sum-exp.js";
export * from "./logical.js";
export * from "./mean.js";
export * from "./norm.js";
export * from "./variance.js";
