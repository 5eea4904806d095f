// Composites that look up and write by index.
export { gatherElements, gatherElementsOp, scatterElements, scatterElementsOp } from "./elements.js";
export type { ScatterElementsOptions } from "./elements.js";
export * from "./embedding.js";
export * from "./nd.js";
export * from "./top-k.js";
