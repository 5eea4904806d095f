// Composites around matmul and conv.
export * from "./attention.js";
export { convTranspose, convTransposeOp } from "./conv-transpose.js";
export type { ConvTransposeAttrs, ConvTransposeOptions } from "./conv-transpose.js";
export { convolution, convolutionOp } from "./convolution.js";
export * from "./einsum.js";
export * from "./linear.js";
export * from "./products.js";
