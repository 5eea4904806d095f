// Public surface of the format layer: bytes, limits, raw tensors and the container formats built on them.
export * from "./bytes.js";
export * from "./limits.js";
export * from "./raw-tensor.js";
