// torch.nn.functional.
export * from "./activation.js";
export * from "./adaptive-pooling.js";
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
export * from "./ctc-loss.js";
export { pairwiseDistance, type PairwiseDistanceOptions } from "./distance.js";
export {
  alphaDropout,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  featureAlphaDropout,
  type DropoutOptions,
} from "./dropout.js";
export { affineGrid, gridSample, type GridSampleOptions } from "./grid.js";
export * from "./gumbel-softmax.js";
export * from "./linear.js";
export * from "./loss.js";
export * from "./lp-pooling.js";
export * from "./margin-loss.js";
export * from "./normalization.js";
export { pad, type PadMode } from "./padding.js";
export {
  avgPool1d,
  avgPool2d,
  avgPool3d,
  maxPool1d,
  maxPool1dWithIndices,
  maxPool2d,
  maxPool2dWithIndices,
  maxPool3d,
  maxPool3dWithIndices,
  type AvgPoolFnOptions,
  type MaxPoolFnOptions,
} from "./pooling.js";
export type { LossOptions, Reduction } from "./reduction.js";
export * from "./sparse.js";
export { maxUnpool1d, maxUnpool2d, maxUnpool3d, type MaxUnpoolFnOptions } from "./unpooling.js";
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
