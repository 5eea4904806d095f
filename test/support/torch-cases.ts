// The modules of fixtures/torch-modules, built with api-torch: recorded case name to constructor and call.
import type { Tensor as CoreTensor } from "@isoform/core";
import { nn, torch } from "@isoform/api-torch";

/** One recorded case. */
export interface TorchCase {
  make(): nn.Module;
  /** How inputs are passed and outputs ordered, where it is not one call with one result. */
  call?(module: nn.Module, inputs: readonly CoreTensor[]): readonly CoreTensor[];
}

/** All tensors in a result, in order; nested tuples flattened. */
export function flattenOutputs(result: unknown): CoreTensor[] {
  if (result instanceof torch.Tensor) return [result];
  return Array.isArray(result) ? result.flatMap(flattenOutputs) : [];
}

class MaxUnpool extends nn.Module<[x: CoreTensor], torch.Tensor> {
  unpool = nn.MaxUnpool2d(2);
  override forward(x: CoreTensor): torch.Tensor {
    const [y, indices] = nn.functional.maxPool2dWithIndices(x, 2);
    return this.unpool(y, indices);
  }
}

const one = (make: () => nn.Module): TorchCase => ({ make });

/** By the name in the manifest. */
export const TORCH_CASES: Readonly<Record<string, TorchCase>> = {
  Linear: one(() => nn.Linear(5, 7)),
  Conv1d: one(() => nn.Conv1d(3, 4, 3, { stride: 2, padding: 1 })),
  "Conv2d grouped dil": one(() => nn.Conv2d(4, 8, 3, { stride: 2, padding: 2, dilation: 2, groups: 2 })),
  "Conv2d same": one(() => nn.Conv2d(3, 4, 4, { padding: "same" })),
  "Conv2d reflect": one(() => nn.Conv2d(3, 4, 3, { padding: 1, paddingMode: "reflect" })),
  Conv3d: one(() => nn.Conv3d(2, 3, 3, { padding: 1 })),
  ConvT1d: one(() => nn.ConvTranspose1d(3, 4, 3, { stride: 2, padding: 1, outputPadding: 1 })),
  "ConvT2d op": one(() => nn.ConvTranspose2d(3, 4, 3, { stride: 2, padding: 1, outputPadding: 1 })),
  "ConvT2d grp dil": one(() =>
    nn.ConvTranspose2d(4, 6, 3, { stride: 2, padding: 1, outputPadding: 1, groups: 2, dilation: 2 }),
  ),
  BatchNorm2d: one(() => nn.BatchNorm2d(4)),
  LayerNorm: one(() => nn.LayerNorm([5, 6])),
  GroupNorm: one(() => nn.GroupNorm(2, 4)),
  InstanceNorm2d: one(() => nn.InstanceNorm2d(4, { affine: true })),
  RMSNorm: one(() => nn.RMSNorm(6)),
  LRN: one(() => nn.LocalResponseNorm(3)),
  LSTM: one(() => nn.LSTM(5, 6, { batchFirst: true })),
  "LSTM bi 2l": one(() => nn.LSTM(5, 6, { numLayers: 2, bidirectional: true })),
  "LSTM proj": one(() => nn.LSTM(5, 6, { projSize: 3 })),
  GRU: one(() => nn.GRU(5, 6)),
  "GRU bi": one(() => nn.GRU(5, 6, { bidirectional: true, batchFirst: true })),
  "RNN relu": one(() => nn.RNN(5, 6, { nonlinearity: "relu" })),
  LSTMCell: one(() => nn.LSTMCell(5, 6)),
  MHA: one(() => nn.MultiheadAttention(8, 2, { batchFirst: true })),
  TransformerEncoderLayer: one(() =>
    nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true }),
  ),
  TransformerDecoderLayer: one(() =>
    nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true }),
  ),
  Embedding: one(() => nn.Embedding(11, 4)),
  EmbeddingBag: one(() => nn.EmbeddingBag(11, 4, { mode: "mean" })),
  "MaxPool2d ceil": one(() => nn.MaxPool2d(3, { stride: 2, padding: 1, ceilMode: true })),
  "AvgPool2d nocount": one(() =>
    nn.AvgPool2d(3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
  ),
  "AdaptiveAvg 3": one(() => nn.AdaptiveAvgPool2d(3)),
  AdaptiveMax: one(() => nn.AdaptiveMaxPool2d(2)),
  LPPool: one(() => nn.LPPool2d(2, 2)),
  "MaxPool idx+Unpool": one(() => new MaxUnpool()),
  "Upsample bilinear": one(() => nn.Upsample({ scaleFactor: 2, mode: "bilinear", alignCorners: false })),
  "Upsample bicubic": one(() => nn.Upsample({ scaleFactor: 2, mode: "bicubic" })),
  "Upsample nearest": one(() => nn.Upsample({ scaleFactor: 2 })),
  PixelShuffle: one(() => nn.PixelShuffle(2)),
  PixelUnshuffle: one(() => nn.PixelUnshuffle(2)),
  Fold: one(() => nn.Fold([4, 5], [2, 2])),
  Unfold: one(() => nn.Unfold([2, 3])),
  PReLU: one(() => nn.PReLU({ numParameters: 4 })),
  GELU: one(() => nn.GELU()),
  "GELU tanh": one(() => nn.GELU({ approximate: "tanh" })),
  SiLU: one(() => nn.SiLU()),
  Mish: one(() => nn.Mish()),
  GLU: one(() => nn.GLU()),
  Hardswish: one(() => nn.Hardswish()),
  "Softplus b": one(() => nn.Softplus({ beta: 2, threshold: 3 })),
  CELU: one(() => nn.CELU({ alpha: 0.7 })),
  Softmax2d: one(() => nn.Softmax2d()),
  Softshrink: one(() => nn.Softshrink()),
  Tanhshrink: one(() => nn.Tanhshrink()),
  "RReLU eval": one(() => nn.RReLU()),
  Threshold: one(() => nn.Threshold(0.1, 2)),
  ReflectionPad2d: one(() => nn.ReflectionPad2d([1, 2, 0, 1])),
  ReplicationPad: one(() => nn.ReplicationPad2d(2)),
  CircularPad2d: one(() => nn.CircularPad2d(1)),
  Bilinear: one(() => nn.Bilinear(3, 4, 5)),
  CosineSim: one(() => nn.CosineSimilarity()),
  ChannelShuffle: one(() => nn.ChannelShuffle(2)),
  Flatten: one(() => nn.Flatten({ startDim: 1, endDim: 2 })),
  Unflatten: one(() => nn.Unflatten(1, [2, 3])),
};
