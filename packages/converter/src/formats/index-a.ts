// Public surface of the format layer: bytes, limits, raw tensors and the container formats built on them.
export * from "./bytes.js";
export * from "./limits.js";
export * from "./raw-tensor.js";
export * from "./strict-json.js";
export * from "./safetensors/read.js";
export * from "./safetensors/sharded.js";
export * from "./safetensors/write.js";
export * from "./zip/read.js";
export * from "./zip/write.js";
