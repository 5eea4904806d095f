// torch.nn.functional.
export * from "./activation.js";
export * from "./attention.js";
export {
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type ConvFnOptions,
  type ConvTransposeFnOptions,
  type Size,
} from "./conv.js";
export * from "./cross-entropy.js";
export { dropout, dropout1d, dropout2d, dropout3d, type DropoutOptions } from "./dropout.js";
export * from "./linear.js";
export * from "./loss.js";
export * from "./margin-loss.js";
export * from "./normalization.js";
export { pad, type PadMode } from "./padding.js";
export * from "./pooling.js";
export type { LossOptions, Reduction } from "./reduction.js";
export * from "./sparse.js";
export {
  channelShuffle,
  fold,
  interpolate,
  pixelShuffle,
  pixelUnshuffle,
  unfold,
  type InterpolateOptions,
  type UnfoldFnOptions,
} from "./vision.js";
