// Public surface of @isoform/core.
export * from "./errors.js";
export * from "./tensor/dtype.js";
