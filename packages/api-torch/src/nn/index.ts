// torch.nn: modules that may be made without `new`, parameters, functional and init. Written by scripts/nn-index.mjs.
import { constructible, type Constructible } from "@isoform/core";
import { Parameter as ParameterClass } from "../tensor/parameter.js";
import { Module as ModuleClass } from "./module.js";
import * as linear from "./modules/linear.js";
import * as activation from "./modules/activation.js";
import * as conv from "./modules/conv.js";
import * as pooling from "./modules/pooling.js";
import * as padding from "./modules/padding.js";
import * as vision from "./modules/vision.js";
import * as normalization from "./modules/normalization.js";
import * as dropout from "./modules/dropout.js";
import * as container from "./modules/container.js";
import * as sparse from "./modules/sparse.js";
import * as recurrent from "./modules/recurrent.js";
import * as attention from "./modules/attention.js";
import * as loss from "./modules/loss.js";
import * as marginLoss from "./modules/margin-loss.js";

export * as functional from "./functional/index.js";
export * as init from "./init.js";
export type { ForwardHook, LoadResult, StateDict } from "./module.js";

/** Base class of models and layers; see nn/module.ts. Extend it, or make subclasses callable with `define`. */
export const Module: typeof ModuleClass = ModuleClass;
export type Module<I extends readonly unknown[] = readonly never[], O = unknown> = ModuleClass<I, O>;
/** A tensor that modules register and optimizers update. */
export const Parameter: Constructible<typeof ParameterClass> = /* @__PURE__ */ constructible(ParameterClass);
export type Parameter = ParameterClass;
/** Makes a user's module class callable without `new`. */
export const define: typeof constructible = constructible;

/** x·Wᵀ + b with W `[outFeatures, inFeatures]`; both uniform on ±1/√inFeatures, weight drawn first. */
export const Linear: Constructible<typeof linear.Linear> = /* @__PURE__ */ constructible(linear.Linear);
export type Linear = linear.Linear;
/** Returns its input. */
export const Identity: Constructible<typeof linear.Identity> = /* @__PURE__ */ constructible(linear.Identity);
export type Identity = linear.Identity;
/** Axes `startDim` (default 1) to `endDim` joined. */
export const Flatten: Constructible<typeof linear.Flatten> = /* @__PURE__ */ constructible(linear.Flatten);
export type Flatten = linear.Flatten;
/** x₁ᵀ·W·x₂ + b with W `[out, in1, in2]`. */
export const Bilinear: Constructible<typeof linear.Bilinear> = /* @__PURE__ */ constructible(linear.Bilinear);
export type Bilinear = linear.Bilinear;
/** max(x, 0). */
export const ReLU: Constructible<typeof activation.ReLU> = /* @__PURE__ */ constructible(activation.ReLU);
export type ReLU = activation.ReLU;
/** min(max(x, 0), 6). */
export const ReLU6: Constructible<typeof activation.ReLU6> = /* @__PURE__ */ constructible(activation.ReLU6);
export type ReLU6 = activation.ReLU6;
/** Logistic function. */
export const Sigmoid: Constructible<typeof activation.Sigmoid> = /* @__PURE__ */ constructible(
  activation.Sigmoid,
);
export type Sigmoid = activation.Sigmoid;
/** Logarithm of the logistic function. */
export const LogSigmoid: Constructible<typeof activation.LogSigmoid> = /* @__PURE__ */ constructible(
  activation.LogSigmoid,
);
export type LogSigmoid = activation.LogSigmoid;
/** Hyperbolic tangent. */
export const Tanh: Constructible<typeof activation.Tanh> = /* @__PURE__ */ constructible(activation.Tanh);
export type Tanh = activation.Tanh;
/** x·sigmoid(x). */
export const SiLU: Constructible<typeof activation.SiLU> = /* @__PURE__ */ constructible(activation.SiLU);
export type SiLU = activation.SiLU;
/** x·tanh(softplus(x)). */
export const Mish: Constructible<typeof activation.Mish> = /* @__PURE__ */ constructible(activation.Mish);
export type Mish = activation.Mish;
/** x·relu6(x + 3)/6. */
export const Hardswish: Constructible<typeof activation.Hardswish> = /* @__PURE__ */ constructible(
  activation.Hardswish,
);
export type Hardswish = activation.Hardswish;
/** relu6(x + 3)/6. */
export const Hardsigmoid: Constructible<typeof activation.Hardsigmoid> = /* @__PURE__ */ constructible(
  activation.Hardsigmoid,
);
export type Hardsigmoid = activation.Hardsigmoid;
/** x/(1 + |x|). */
export const Softsign: Constructible<typeof activation.Softsign> = /* @__PURE__ */ constructible(
  activation.Softsign,
);
export type Softsign = activation.Softsign;
/** x − tanh(x). */
export const Tanhshrink: Constructible<typeof activation.Tanhshrink> = /* @__PURE__ */ constructible(
  activation.Tanhshrink,
);
export type Tanhshrink = activation.Tanhshrink;
/** Self-normalising ELU. */
export const SELU: Constructible<typeof activation.SELU> = /* @__PURE__ */ constructible(activation.SELU);
export type SELU = activation.SELU;
/** Leaky ReLU. */
export const LeakyReLU: Constructible<typeof activation.LeakyReLU> = /* @__PURE__ */ constructible(
  activation.LeakyReLU,
);
export type LeakyReLU = activation.LeakyReLU;
/** Exponential linear unit. */
export const ELU: Constructible<typeof activation.ELU> = /* @__PURE__ */ constructible(activation.ELU);
export type ELU = activation.ELU;
/** Continuously differentiable ELU. */
export const CELU: Constructible<typeof activation.CELU> = /* @__PURE__ */ constructible(activation.CELU);
export type CELU = activation.CELU;
/** Gaussian error linear unit. */
export const GELU: Constructible<typeof activation.GELU> = /* @__PURE__ */ constructible(activation.GELU);
export type GELU = activation.GELU;
/** log(1 + e^(βx))/β. */
export const Softplus: Constructible<typeof activation.Softplus> = /* @__PURE__ */ constructible(
  activation.Softplus,
);
export type Softplus = activation.Softplus;
/** Shrinks toward 0. */
export const Softshrink: Constructible<typeof activation.Softshrink> = /* @__PURE__ */ constructible(
  activation.Softshrink,
);
export type Softshrink = activation.Softshrink;
/** 0 within ±λ. */
export const Hardshrink: Constructible<typeof activation.Hardshrink> = /* @__PURE__ */ constructible(
  activation.Hardshrink,
);
export type Hardshrink = activation.Hardshrink;
/** Limits to a range. */
export const Hardtanh: Constructible<typeof activation.Hardtanh> = /* @__PURE__ */ constructible(
  activation.Hardtanh,
);
export type Hardtanh = activation.Hardtanh;
/** x above a threshold, a value elsewhere. */
export const Threshold: Constructible<typeof activation.Threshold> = /* @__PURE__ */ constructible(
  activation.Threshold,
);
export type Threshold = activation.Threshold;
/** Softmax along `dim`. */
export const Softmax: Constructible<typeof activation.Softmax> = /* @__PURE__ */ constructible(
  activation.Softmax,
);
export type Softmax = activation.Softmax;
/** Softmax of −x along `dim`. */
export const Softmin: Constructible<typeof activation.Softmin> = /* @__PURE__ */ constructible(
  activation.Softmin,
);
export type Softmin = activation.Softmin;
/** Logarithm of softmax along `dim`. */
export const LogSoftmax: Constructible<typeof activation.LogSoftmax> = /* @__PURE__ */ constructible(
  activation.LogSoftmax,
);
export type LogSoftmax = activation.LogSoftmax;
/** Softmax over the channels of `[N, C, H, W]`. */
export const Softmax2d: Constructible<typeof activation.Softmax2d> = /* @__PURE__ */ constructible(
  activation.Softmax2d,
);
export type Softmax2d = activation.Softmax2d;
/** Gated linear unit along `dim`. */
export const GLU: Constructible<typeof activation.GLU> = /* @__PURE__ */ constructible(activation.GLU);
export type GLU = activation.GLU;
/** Leaky ReLU with learned slopes: one, or one per channel. */
export const PReLU: Constructible<typeof activation.PReLU> = /* @__PURE__ */ constructible(activation.PReLU);
export type PReLU = activation.PReLU;
/** Leaky ReLU whose slope is random in training; in inference the mean of the range. */
export const RReLU: Constructible<typeof activation.RReLU> = /* @__PURE__ */ constructible(activation.RReLU);
export type RReLU = activation.RReLU;
/** 1-d convolution of `[N, C, L]`. */
export const Conv1d: Constructible<typeof conv.Conv1d> = /* @__PURE__ */ constructible(conv.Conv1d);
export type Conv1d = conv.Conv1d;
/** 2-d convolution of `[N, C, H, W]`. */
export const Conv2d: Constructible<typeof conv.Conv2d> = /* @__PURE__ */ constructible(conv.Conv2d);
export type Conv2d = conv.Conv2d;
/** 3-d convolution of `[N, C, D, H, W]`. */
export const Conv3d: Constructible<typeof conv.Conv3d> = /* @__PURE__ */ constructible(conv.Conv3d);
export type Conv3d = conv.Conv3d;
/** 1-d transposed convolution. */
export const ConvTranspose1d: Constructible<typeof conv.ConvTranspose1d> = /* @__PURE__ */ constructible(
  conv.ConvTranspose1d,
);
export type ConvTranspose1d = conv.ConvTranspose1d;
/** 2-d transposed convolution. */
export const ConvTranspose2d: Constructible<typeof conv.ConvTranspose2d> = /* @__PURE__ */ constructible(
  conv.ConvTranspose2d,
);
export type ConvTranspose2d = conv.ConvTranspose2d;
/** 3-d transposed convolution. */
export const ConvTranspose3d: Constructible<typeof conv.ConvTranspose3d> = /* @__PURE__ */ constructible(
  conv.ConvTranspose3d,
);
export type ConvTranspose3d = conv.ConvTranspose3d;
/** Max pooling along the last axis. */
export const MaxPool1d: Constructible<typeof pooling.MaxPool1d> = /* @__PURE__ */ constructible(
  pooling.MaxPool1d,
);
export type MaxPool1d = pooling.MaxPool1d;
/** Max pooling over the last two axes. */
export const MaxPool2d: Constructible<typeof pooling.MaxPool2d> = /* @__PURE__ */ constructible(
  pooling.MaxPool2d,
);
export type MaxPool2d = pooling.MaxPool2d;
/** Max pooling over the last three axes. */
export const MaxPool3d: Constructible<typeof pooling.MaxPool3d> = /* @__PURE__ */ constructible(
  pooling.MaxPool3d,
);
export type MaxPool3d = pooling.MaxPool3d;
/** Mean pooling along the last axis. */
export const AvgPool1d: Constructible<typeof pooling.AvgPool1d> = /* @__PURE__ */ constructible(
  pooling.AvgPool1d,
);
export type AvgPool1d = pooling.AvgPool1d;
/** Mean pooling over the last two axes. */
export const AvgPool2d: Constructible<typeof pooling.AvgPool2d> = /* @__PURE__ */ constructible(
  pooling.AvgPool2d,
);
export type AvgPool2d = pooling.AvgPool2d;
/** Mean pooling over the last three axes. */
export const AvgPool3d: Constructible<typeof pooling.AvgPool3d> = /* @__PURE__ */ constructible(
  pooling.AvgPool3d,
);
export type AvgPool3d = pooling.AvgPool3d;
/** Mean pooling to a given size. */
export const AdaptiveAvgPool2d: Constructible<typeof pooling.AdaptiveAvgPool2d> =
  /* @__PURE__ */ constructible(pooling.AdaptiveAvgPool2d);
export type AdaptiveAvgPool2d = pooling.AdaptiveAvgPool2d;
/** Mean pooling of the last axis to a given size. */
export const AdaptiveAvgPool1d: Constructible<typeof pooling.AdaptiveAvgPool1d> =
  /* @__PURE__ */ constructible(pooling.AdaptiveAvgPool1d);
export type AdaptiveAvgPool1d = pooling.AdaptiveAvgPool1d;
/** Max pooling to a given size. */
export const AdaptiveMaxPool2d: Constructible<typeof pooling.AdaptiveMaxPool2d> =
  /* @__PURE__ */ constructible(pooling.AdaptiveMaxPool2d);
export type AdaptiveMaxPool2d = pooling.AdaptiveMaxPool2d;
/** p-norm pooling over the last two axes. */
export const LPPool2d: Constructible<typeof pooling.LPPool2d> = /* @__PURE__ */ constructible(
  pooling.LPPool2d,
);
export type LPPool2d = pooling.LPPool2d;
/** Puts values back at their max-pooling indices. */
export const MaxUnpool2d: Constructible<typeof pooling.MaxUnpool2d> = /* @__PURE__ */ constructible(
  pooling.MaxUnpool2d,
);
export type MaxUnpool2d = pooling.MaxUnpool2d;
/** Reflects the input at its edges. */
export const ReflectionPad1d: Constructible<typeof padding.ReflectionPad1d> = /* @__PURE__ */ constructible(
  padding.ReflectionPad1d,
);
export type ReflectionPad1d = padding.ReflectionPad1d;
/** Reflects the input at its edges. */
export const ReflectionPad2d: Constructible<typeof padding.ReflectionPad2d> = /* @__PURE__ */ constructible(
  padding.ReflectionPad2d,
);
export type ReflectionPad2d = padding.ReflectionPad2d;
/** Repeats the edge values. */
export const ReplicationPad1d: Constructible<typeof padding.ReplicationPad1d> = /* @__PURE__ */ constructible(
  padding.ReplicationPad1d,
);
export type ReplicationPad1d = padding.ReplicationPad1d;
/** Repeats the edge values. */
export const ReplicationPad2d: Constructible<typeof padding.ReplicationPad2d> = /* @__PURE__ */ constructible(
  padding.ReplicationPad2d,
);
export type ReplicationPad2d = padding.ReplicationPad2d;
/** Continues around. */
export const CircularPad2d: Constructible<typeof padding.CircularPad2d> = /* @__PURE__ */ constructible(
  padding.CircularPad2d,
);
export type CircularPad2d = padding.CircularPad2d;
/** Adds zeros. */
export const ZeroPad2d: Constructible<typeof padding.ZeroPad2d> = /* @__PURE__ */ constructible(
  padding.ZeroPad2d,
);
export type ZeroPad2d = padding.ZeroPad2d;
/** Adds a value. */
export const ConstantPad2d: Constructible<typeof padding.ConstantPad2d> = /* @__PURE__ */ constructible(
  padding.ConstantPad2d,
);
export type ConstantPad2d = padding.ConstantPad2d;
/** Resizes spatial axes. */
export const Upsample: Constructible<typeof vision.Upsample> = /* @__PURE__ */ constructible(vision.Upsample);
export type Upsample = vision.Upsample;
/** Channels to space. */
export const PixelShuffle: Constructible<typeof vision.PixelShuffle> = /* @__PURE__ */ constructible(
  vision.PixelShuffle,
);
export type PixelShuffle = vision.PixelShuffle;
/** Space to channels. */
export const PixelUnshuffle: Constructible<typeof vision.PixelUnshuffle> = /* @__PURE__ */ constructible(
  vision.PixelUnshuffle,
);
export type PixelUnshuffle = vision.PixelUnshuffle;
/** Interleaves channel groups. */
export const ChannelShuffle: Constructible<typeof vision.ChannelShuffle> = /* @__PURE__ */ constructible(
  vision.ChannelShuffle,
);
export type ChannelShuffle = vision.ChannelShuffle;
/** Sliding blocks as columns. */
export const Unfold: Constructible<typeof vision.Unfold> = /* @__PURE__ */ constructible(vision.Unfold);
export type Unfold = vision.Unfold;
/** Columns summed back to an image. */
export const Fold: Constructible<typeof vision.Fold> = /* @__PURE__ */ constructible(vision.Fold);
export type Fold = vision.Fold;
/** One axis split into several. */
export const Unflatten: Constructible<typeof vision.Unflatten> = /* @__PURE__ */ constructible(
  vision.Unflatten,
);
export type Unflatten = vision.Unflatten;
/** Batch normalisation of `[N, C]` or `[N, C, L]`. */
export const BatchNorm1d: Constructible<typeof normalization.BatchNorm1d> = /* @__PURE__ */ constructible(
  normalization.BatchNorm1d,
);
export type BatchNorm1d = normalization.BatchNorm1d;
/** Batch normalisation of `[N, C, H, W]`. */
export const BatchNorm2d: Constructible<typeof normalization.BatchNorm2d> = /* @__PURE__ */ constructible(
  normalization.BatchNorm2d,
);
export type BatchNorm2d = normalization.BatchNorm2d;
/** Batch normalisation of `[N, C, D, H, W]`. */
export const BatchNorm3d: Constructible<typeof normalization.BatchNorm3d> = /* @__PURE__ */ constructible(
  normalization.BatchNorm3d,
);
export type BatchNorm3d = normalization.BatchNorm3d;
/** Layer normalisation over trailing axes. */
export const LayerNorm: Constructible<typeof normalization.LayerNorm> = /* @__PURE__ */ constructible(
  normalization.LayerNorm,
);
export type LayerNorm = normalization.LayerNorm;
/** Root-mean-square normalisation over trailing axes. */
export const RMSNorm: Constructible<typeof normalization.RMSNorm> = /* @__PURE__ */ constructible(
  normalization.RMSNorm,
);
export type RMSNorm = normalization.RMSNorm;
/** Group normalisation. */
export const GroupNorm: Constructible<typeof normalization.GroupNorm> = /* @__PURE__ */ constructible(
  normalization.GroupNorm,
);
export type GroupNorm = normalization.GroupNorm;
/** Instance normalisation of `[N, C, L]` without running statistics. */
export const InstanceNorm1d: Constructible<typeof normalization.InstanceNorm1d> =
  /* @__PURE__ */ constructible(normalization.InstanceNorm1d);
export type InstanceNorm1d = normalization.InstanceNorm1d;
/** Instance normalisation of `[N, C, H, W]` without running statistics. */
export const InstanceNorm2d: Constructible<typeof normalization.InstanceNorm2d> =
  /* @__PURE__ */ constructible(normalization.InstanceNorm2d);
export type InstanceNorm2d = normalization.InstanceNorm2d;
/** Instance normalisation of `[N, C, D, H, W]` without running statistics. */
export const InstanceNorm3d: Constructible<typeof normalization.InstanceNorm3d> =
  /* @__PURE__ */ constructible(normalization.InstanceNorm3d);
export type InstanceNorm3d = normalization.InstanceNorm3d;
/** Local response normalisation. */
export const LocalResponseNorm: Constructible<typeof normalization.LocalResponseNorm> =
  /* @__PURE__ */ constructible(normalization.LocalResponseNorm);
export type LocalResponseNorm = normalization.LocalResponseNorm;
/** Cosine of the angle between two tensors along `dim`. */
export const CosineSimilarity: Constructible<typeof normalization.CosineSimilarity> =
  /* @__PURE__ */ constructible(normalization.CosineSimilarity);
export type CosineSimilarity = normalization.CosineSimilarity;
/** Zeroes elements with probability p in training. */
export const Dropout: Constructible<typeof dropout.Dropout> = /* @__PURE__ */ constructible(dropout.Dropout);
export type Dropout = dropout.Dropout;
/** Zeroes channels of `[N, C, L]` with probability p in training. */
export const Dropout1d: Constructible<typeof dropout.Dropout1d> = /* @__PURE__ */ constructible(
  dropout.Dropout1d,
);
export type Dropout1d = dropout.Dropout1d;
/** Zeroes channels of `[N, C, D, H, W]` with probability p in training. */
export const Dropout3d: Constructible<typeof dropout.Dropout3d> = /* @__PURE__ */ constructible(
  dropout.Dropout3d,
);
export type Dropout3d = dropout.Dropout3d;
/** Zeroes channels of `[N, C, H, W]` with probability p in training. */
export const Dropout2d: Constructible<typeof dropout.Dropout2d> = /* @__PURE__ */ constructible(
  dropout.Dropout2d,
);
export type Dropout2d = dropout.Dropout2d;
/** Modules called one after another; named '0', '1', … or by a map of names. */
export const Sequential: Constructible<typeof container.Sequential> = /* @__PURE__ */ constructible(
  container.Sequential,
);
export type Sequential = container.Sequential;
/** A list of modules that belong to the parent; has no forward of its own. */
export const ModuleList: Constructible<typeof container.ModuleList> = /* @__PURE__ */ constructible(
  container.ModuleList,
);
export type ModuleList<M extends ModuleClass = ModuleClass> = container.ModuleList<M>;
/** Modules by name that belong to the parent; has no forward of its own. */
export const ModuleDict: Constructible<typeof container.ModuleDict> = /* @__PURE__ */ constructible(
  container.ModuleDict,
);
export type ModuleDict<M extends ModuleClass = ModuleClass> = container.ModuleDict<M>;
/** Rows of a learned table `[numEmbeddings, embeddingDim]`, standard normal at first. */
export const Embedding: Constructible<typeof sparse.Embedding> = /* @__PURE__ */ constructible(
  sparse.Embedding,
);
export type Embedding = sparse.Embedding;
/** Sum, mean or maximum of embedding rows per bag `[B, N]`. */
export const EmbeddingBag: Constructible<typeof sparse.EmbeddingBag> = /* @__PURE__ */ constructible(
  sparse.EmbeddingBag,
);
export type EmbeddingBag = sparse.EmbeddingBag;
/** Long short-term memory (Hochreiter & Schmidhuber 1997). `(x, [h0, c0]?) -> [y, [h_n, c_n]]`, gates i, f, g, o. */
export const LSTM: Constructible<typeof recurrent.LSTM> = /* @__PURE__ */ constructible(recurrent.LSTM);
export type LSTM = recurrent.LSTM;
/** Gated recurrent unit (Cho et al. 2014), reset gate after the product, gates r, z, n. `(x, h0?) -> [y, h_n]`. */
export const GRU: Constructible<typeof recurrent.GRU> = /* @__PURE__ */ constructible(recurrent.GRU);
export type GRU = recurrent.GRU;
/** Elman network with tanh or ReLU. `(x, h0?) -> [y, h_n]`. */
export const RNN: Constructible<typeof recurrent.RNN> = /* @__PURE__ */ constructible(recurrent.RNN);
export type RNN = recurrent.RNN;
/** One step of an LSTM: `(x [N, I], [h, c]?) -> [h', c']`. */
export const LSTMCell: Constructible<typeof recurrent.LSTMCell> = /* @__PURE__ */ constructible(
  recurrent.LSTMCell,
);
export type LSTMCell = recurrent.LSTMCell;
/** Attention with several heads: `(q, k, v) -> [output, weights | null]`. */
export const MultiheadAttention: Constructible<typeof attention.MultiheadAttention> =
  /* @__PURE__ */ constructible(attention.MultiheadAttention);
export type MultiheadAttention = attention.MultiheadAttention;
/** Self-attention and a two-layer network, each with residual and layer norm. */
export const TransformerEncoderLayer: Constructible<typeof attention.TransformerEncoderLayer> =
  /* @__PURE__ */ constructible(attention.TransformerEncoderLayer);
export type TransformerEncoderLayer = attention.TransformerEncoderLayer;
/** Self-attention, attention to the encoder's memory, and a two-layer network. */
export const TransformerDecoderLayer: Constructible<typeof attention.TransformerDecoderLayer> =
  /* @__PURE__ */ constructible(attention.TransformerDecoderLayer);
export type TransformerDecoderLayer = attention.TransformerDecoderLayer;
/** Cross entropy of logits; see `F.crossEntropy`. */
export const CrossEntropyLoss: Constructible<typeof loss.CrossEntropyLoss> = /* @__PURE__ */ constructible(
  loss.CrossEntropyLoss,
);
export type CrossEntropyLoss = loss.CrossEntropyLoss;
/** Negative log-likelihood of log-probabilities. */
export const NLLLoss: Constructible<typeof loss.NLLLoss> = /* @__PURE__ */ constructible(loss.NLLLoss);
export type NLLLoss = loss.NLLLoss;
/** Mean squared error. */
export const MSELoss: Constructible<typeof loss.MSELoss> = /* @__PURE__ */ constructible(loss.MSELoss);
export type MSELoss = loss.MSELoss;
/** Mean absolute error. */
export const L1Loss: Constructible<typeof loss.L1Loss> = /* @__PURE__ */ constructible(loss.L1Loss);
export type L1Loss = loss.L1Loss;
/** Quadratic near 0, linear beyond β. */
export const SmoothL1Loss: Constructible<typeof loss.SmoothL1Loss> = /* @__PURE__ */ constructible(
  loss.SmoothL1Loss,
);
export type SmoothL1Loss = loss.SmoothL1Loss;
/** Huber loss. */
export const HuberLoss: Constructible<typeof loss.HuberLoss> = /* @__PURE__ */ constructible(loss.HuberLoss);
export type HuberLoss = loss.HuberLoss;
/** Binary cross entropy of probabilities. */
export const BCELoss: Constructible<typeof loss.BCELoss> = /* @__PURE__ */ constructible(loss.BCELoss);
export type BCELoss = loss.BCELoss;
/** Binary cross entropy of logits. */
export const BCEWithLogitsLoss: Constructible<typeof loss.BCEWithLogitsLoss> = /* @__PURE__ */ constructible(
  loss.BCEWithLogitsLoss,
);
export type BCEWithLogitsLoss = loss.BCEWithLogitsLoss;
/** Kullback-Leibler divergence. */
export const KLDivLoss: Constructible<typeof loss.KLDivLoss> = /* @__PURE__ */ constructible(loss.KLDivLoss);
export type KLDivLoss = loss.KLDivLoss;
/** Negative log-likelihood of counts of a Poisson distribution. */
export const PoissonNLLLoss: Constructible<typeof loss.PoissonNLLLoss> = /* @__PURE__ */ constructible(
  loss.PoissonNLLLoss,
);
export type PoissonNLLLoss = loss.PoissonNLLLoss;
/** Negative log-likelihood of normal distributions: `(input, target, variance) -> loss`. */
export const GaussianNLLLoss: Constructible<typeof loss.GaussianNLLLoss> = /* @__PURE__ */ constructible(
  loss.GaussianNLLLoss,
);
export type GaussianNLLLoss = loss.GaussianNLLLoss;
/** Hinge on the order of two scores: `(x1, x2, y of 1 or −1) -> loss`. */
export const MarginRankingLoss: Constructible<typeof marginLoss.MarginRankingLoss> =
  /* @__PURE__ */ constructible(marginLoss.MarginRankingLoss);
export type MarginRankingLoss = marginLoss.MarginRankingLoss;
/** Distances where y = 1, hinge on them where y = −1. */
export const HingeEmbeddingLoss: Constructible<typeof marginLoss.HingeEmbeddingLoss> =
  /* @__PURE__ */ constructible(marginLoss.HingeEmbeddingLoss);
export type HingeEmbeddingLoss = marginLoss.HingeEmbeddingLoss;
/** Cosine distance where y = 1, hinge on the cosine where y = −1: `(x1, x2, y) -> loss`. */
export const CosineEmbeddingLoss: Constructible<typeof marginLoss.CosineEmbeddingLoss> =
  /* @__PURE__ */ constructible(marginLoss.CosineEmbeddingLoss);
export type CosineEmbeddingLoss = marginLoss.CosineEmbeddingLoss;
/** Hinge on the distances to a positive and a negative: `(anchor, positive, negative) -> loss`. */
export const TripletMarginLoss: Constructible<typeof marginLoss.TripletMarginLoss> =
  /* @__PURE__ */ constructible(marginLoss.TripletMarginLoss);
export type TripletMarginLoss = marginLoss.TripletMarginLoss;
/** Logistic loss of y of 1 and −1. */
export const SoftMarginLoss: Constructible<typeof marginLoss.SoftMarginLoss> = /* @__PURE__ */ constructible(
  marginLoss.SoftMarginLoss,
);
export type SoftMarginLoss = marginLoss.SoftMarginLoss;
/** Hinge of every class against the right one. */
export const MultiMarginLoss: Constructible<typeof marginLoss.MultiMarginLoss> =
  /* @__PURE__ */ constructible(marginLoss.MultiMarginLoss);
export type MultiMarginLoss = marginLoss.MultiMarginLoss;
/** Binary cross entropy of logits, averaged over the classes. */
export const MultiLabelSoftMarginLoss: Constructible<typeof marginLoss.MultiLabelSoftMarginLoss> =
  /* @__PURE__ */ constructible(marginLoss.MultiLabelSoftMarginLoss);
export type MultiLabelSoftMarginLoss = marginLoss.MultiLabelSoftMarginLoss;
