// All layer classes of this package.
export { Activation, ELU, LeakyReLU, PReLU, ReLU, Softmax } from "./activations/activation.js";
export { AdditiveAttention, Attention } from "./attention/dot-product.js";
export { GroupedQueryAttention } from "./attention/grouped-query.js";
export { MultiHeadAttention } from "./attention/multi-head.js";
export { Conv1DTranspose, Conv2DTranspose, Conv3DTranspose } from "./convolutional/conv-transpose.js";
export { Conv1D, Conv2D, Conv3D } from "./convolutional/conv.js";
export {
  DepthwiseConv1D,
  DepthwiseConv2D,
  SeparableConv1D,
  SeparableConv2D,
} from "./convolutional/depthwise.js";
export { Dense } from "./core/dense.js";
export { EinsumDense } from "./core/einsum-dense.js";
export { Embedding, ReversibleEmbedding } from "./core/embedding.js";
export { InputLayer } from "./core/input-layer.js";
export { Identity, Lambda, Masking } from "./core/simple.js";
export { Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract } from "./merging/merge.js";
export { BatchNormalization } from "./normalization/batch-normalization.js";
export {
  GroupNormalization,
  LayerNormalization,
  RMSNormalization,
  UnitNormalization,
} from "./normalization/per-sample.js";
export { SpectralNormalization } from "./normalization/spectral-normalization.js";
export {
  AdaptiveAveragePooling1D,
  AdaptiveAveragePooling2D,
  AdaptiveAveragePooling3D,
  AdaptiveMaxPooling1D,
  AdaptiveMaxPooling2D,
  AdaptiveMaxPooling3D,
} from "./pooling/adaptive.js";
export {
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalAveragePooling3D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  GlobalMaxPooling3D,
} from "./pooling/global.js";
export {
  AveragePooling1D,
  AveragePooling2D,
  AveragePooling3D,
  MaxPooling1D,
  MaxPooling2D,
  MaxPooling3D,
} from "./pooling/pooling.js";
export { CenterCrop, Resizing } from "./preprocessing/images.js";
export { CategoryEncoding, Discretization, Normalization, Rescaling } from "./preprocessing/numbers.js";
export { ConvLSTM1D, ConvLSTM2D, ConvLSTM3D } from "./recurrent/conv-lstm.js";
export { GRU, GRUCell } from "./recurrent/gru.js";
export { LSTM, LSTMCell } from "./recurrent/lstm.js";
export { RNN, StackedRNNCells } from "./recurrent/rnn.js";
export { SimpleRNN, SimpleRNNCell } from "./recurrent/simple-rnn.js";
export { Bidirectional, TimeDistributed } from "./recurrent/wrappers.js";
export {
  ActivityRegularization,
  AlphaDropout,
  Dropout,
  GaussianDropout,
  GaussianNoise,
  SpatialDropout1D,
  SpatialDropout2D,
  SpatialDropout3D,
} from "./regularization/dropout.js";
export {
  Cropping1D,
  Cropping2D,
  Cropping3D,
  ZeroPadding1D,
  ZeroPadding2D,
  ZeroPadding3D,
} from "./reshaping/borders.js";
export { Flatten, Permute, RepeatVector, Reshape } from "./reshaping/shape.js";
export { UpSampling1D, UpSampling2D, UpSampling3D } from "./reshaping/up-sampling.js";
