// The closed registry: every Keras class that can be imported, by class name. Names from files only look things up here.
import { canonicalClass } from "../../formats/keras/index.js";
import { dropsMask, input, keepsMask, type LayerCall, type LayerImporter, type LayerTable } from "./layer.js";
import type { Laid } from "./laid.js";
import {
  additiveAttention,
  attention,
  groupedQueryAttention,
  multiHeadAttention,
} from "./layers/attention.js";
import { bidirectional } from "./layers/bidirectional.js";
import { conv, convTranspose, depthwise, separable } from "./layers/conv.js";
import {
  activation,
  dense,
  dropout,
  einsumDense,
  elu,
  embedding,
  identity,
  leakyRelu,
  masking,
  prelu,
  relu,
  reversibleEmbedding,
  softmaxLayer,
  thresholdedRelu,
  trainingOnly,
} from "./layers/core.js";
import { concatenate, dot, merge } from "./layers/merge.js";
import {
  batchNorm,
  groupNorm,
  layerNorm,
  normalization,
  rmsNorm,
  spectralNorm,
  unitNorm,
} from "./layers/norm.js";
import { adaptivePool, averagePool, globalPool, maxPool } from "./layers/pool.js";
import { augmentation, categoryEncoding, discretization, rescaling } from "./layers/preprocessing.js";
import { recurrent } from "./layers/recurrent.js";
import {
  centerCrop,
  cropping,
  flatten,
  permute,
  repeatVector,
  reshape,
  resizing,
  upSampling,
  zeroPadding,
} from "./layers/reshape.js";
import { convLstm, rnnOverCells, timeDistributed } from "./layers/wrappers.js";

const single =
  (importer: LayerImporter) =>
  (c: LayerCall): Laid => {
    const out = importer(c);
    return Array.isArray(out) ? (out as readonly Laid[])[0]! : (out as Laid);
  };
const keeps = (importer: LayerImporter): LayerImporter => keepsMask(single(importer));
const drops = (importer: LayerImporter): LayerImporter => dropsMask(single(importer));

const IMAGE_AUGMENTATIONS = [
  "RandomFlip",
  "RandomRotation",
  "RandomZoom",
  "RandomTranslation",
  "RandomContrast",
  "RandomBrightness",
  "RandomHue",
  "RandomSaturation",
  "RandomSharpness",
  "RandomColorJitter",
  "RandomColorDegeneration",
  "RandomGrayscale",
  "RandomInvert",
  "RandomPosterization",
  "RandomShear",
  "RandomPerspective",
  "RandomErasing",
  "RandomElasticTransform",
  "RandomGaussianBlur",
  "RandAugment",
  "AugMix",
  "MixUp",
  "CutMix",
  "RandomHeight",
  "RandomWidth",
];

/** Importers by the class name that Keras 3 uses. */
export const LAYERS: LayerTable = {
  // core
  Dense: keeps(dense),
  EinsumDense: drops(einsumDense),
  Embedding: embedding,
  ReversibleEmbedding: reversibleEmbedding,
  Masking: masking,
  Identity: keeps(identity),
  // activations
  Activation: keeps(activation),
  ReLU: keeps(relu),
  LeakyReLU: keeps(leakyRelu),
  ELU: keeps(elu),
  PReLU: keeps(prelu),
  Softmax: keeps(softmaxLayer),
  ThresholdedReLU: keeps(thresholdedRelu),
  // convolutions
  Conv1D: drops(conv(1)),
  Conv2D: drops(conv(2)),
  Conv3D: drops(conv(3)),
  Conv1DTranspose: drops(convTranspose(1)),
  Conv2DTranspose: drops(convTranspose(2)),
  Conv3DTranspose: drops(convTranspose(3)),
  DepthwiseConv1D: drops(depthwise(1)),
  DepthwiseConv2D: drops(depthwise(2)),
  SeparableConv1D: drops(separable(1)),
  SeparableConv2D: drops(separable(2)),
  // pooling
  MaxPooling1D: drops(maxPool(1)),
  MaxPooling2D: drops(maxPool(2)),
  MaxPooling3D: drops(maxPool(3)),
  AveragePooling1D: drops(averagePool(1)),
  AveragePooling2D: drops(averagePool(2)),
  AveragePooling3D: drops(averagePool(3)),
  GlobalMaxPooling1D: drops(globalPool(true)),
  GlobalMaxPooling2D: drops(globalPool(true)),
  GlobalMaxPooling3D: drops(globalPool(true)),
  GlobalAveragePooling1D: drops(globalPool(false)),
  GlobalAveragePooling2D: drops(globalPool(false)),
  GlobalAveragePooling3D: drops(globalPool(false)),
  AdaptiveAveragePooling1D: drops(adaptivePool(1, false)),
  AdaptiveAveragePooling2D: drops(adaptivePool(2, false)),
  AdaptiveAveragePooling3D: drops(adaptivePool(3, false)),
  AdaptiveMaxPooling1D: drops(adaptivePool(1, true)),
  AdaptiveMaxPooling2D: drops(adaptivePool(2, true)),
  AdaptiveMaxPooling3D: drops(adaptivePool(3, true)),
  // normalisation
  BatchNormalization: keeps(batchNorm),
  LayerNormalization: keeps(layerNorm),
  GroupNormalization: keeps(groupNorm),
  RMSNormalization: drops(rmsNorm),
  UnitNormalization: keeps(unitNorm),
  SpectralNormalization: spectralNorm,
  // recurrent
  LSTM: recurrent("LSTM", "lstm_cell"),
  GRU: recurrent("GRU", "gru_cell"),
  SimpleRNN: recurrent("RNN", "simple_rnn_cell"),
  CuDNNLSTM: recurrent("LSTM", "lstm_cell"),
  CuDNNGRU: recurrent("GRU", "gru_cell"),
  RNN: rnnOverCells,
  Bidirectional: bidirectional,
  TimeDistributed: timeDistributed,
  ConvLSTM1D: convLstm(1),
  ConvLSTM2D: convLstm(2),
  ConvLSTM3D: convLstm(3),
  // attention
  MultiHeadAttention: multiHeadAttention,
  GroupedQueryAttention: groupedQueryAttention,
  Attention: attention,
  AdditiveAttention: additiveAttention,
  // merging
  Add: merge("Add", "Sum"),
  Subtract: merge("Sub", null),
  Multiply: merge("Mul", null),
  Average: merge("Mean", "Mean"),
  Maximum: merge("Max", "Max"),
  Minimum: merge("Min", "Min"),
  Concatenate: concatenate,
  Dot: drops(dot),
  // reshaping
  Flatten: drops(flatten),
  Reshape: drops(reshape),
  Permute: drops(permute),
  RepeatVector: drops(repeatVector),
  ZeroPadding1D: drops(zeroPadding(1)),
  ZeroPadding2D: drops(zeroPadding(2)),
  ZeroPadding3D: drops(zeroPadding(3)),
  Cropping1D: drops(cropping(1)),
  Cropping2D: drops(cropping(2)),
  Cropping3D: drops(cropping(3)),
  UpSampling1D: drops(upSampling(1)),
  UpSampling2D: drops(upSampling(2)),
  UpSampling3D: drops(upSampling(3)),
  // preprocessing
  Rescaling: keeps(rescaling),
  Normalization: keeps(normalization),
  CategoryEncoding: drops(categoryEncoding),
  Discretization: drops(discretization),
  Resizing: drops(resizing),
  CenterCrop: drops(centerCrop),
  ...Object.fromEntries(IMAGE_AUGMENTATIONS.map((name) => [name, drops(augmentation)])),
  // regularisation: nothing at inference
  Dropout: keeps(dropout),
  SpatialDropout1D: drops(dropout),
  SpatialDropout2D: drops(dropout),
  SpatialDropout3D: drops(dropout),
  AlphaDropout: keeps(dropout),
  GaussianDropout: keeps(trainingOnly("rate")),
  GaussianNoise: keeps(trainingOnly("stddev")),
  ActivityRegularization: keeps(trainingOnly("l1", "l2")),
  InputLayer: (c) => input(c),
};

/** The importer of a class, or undefined. */
export function layerImporter(className: string): LayerImporter | undefined {
  const name = canonicalClass(className);
  return Object.hasOwn(LAYERS, name) ? LAYERS[name] : undefined;
}
