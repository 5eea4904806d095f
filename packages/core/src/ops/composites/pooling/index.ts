// Pooling composites.
export * from "./adaptive.js";
export * from "./avg-pool.js";
export * from "./lp-pool.js";
export * from "./max-pool-indices.js";
export * from "./max-pool.js";
export { ceilPadding, samePadding } from "./window.js";
export type { Pair as PaddingPair, PoolAttrs, PoolOptions } from "./window.js";
