// What test/trace-all-nn.test.ts exports: a case for every module class of nn, with arguments and inputs.
import type { DType, Tensor as CoreTensor } from "@isoform/core";
import { nn, torch } from "@isoform/api-torch";

/** An input: its shape with the batch first, and its values. */
export interface CaseInput {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Values by place; default: random ones of a normal distribution. */
  readonly at?: ((i: number) => number) | undefined;
}

/** One module and what it is called with. */
export interface TraceCase {
  make(): nn.Module<readonly CoreTensor[], unknown>;
  readonly inputs: readonly CaseInput[];
  /** False where the batch cannot be left open: no batch axis, or sizes that follow it otherwise. */
  readonly batch?: boolean | undefined;
}

/** Random numbers of a shape. */
export const floats = (...shape: number[]): CaseInput => ({ shape, dtype: "float32" });
/** Whole numbers 0…n−1 of a shape, in a fixed mixed order. */
export const below = (n: number, ...shape: number[]): CaseInput => ({
  shape,
  dtype: "int64",
  at: (i) => (i * 7 + 3) % n,
});
/** Fixed values of a shape. */
export const values = (shape: readonly number[], at: (i: number) => number): CaseInput => ({
  shape,
  dtype: "float32",
  at,
});
/** Numbers strictly between 0 and 1. */
export const shares = (...shape: number[]): CaseInput => values(shape, (i) => ((i * 37) % 97) / 100 + 0.015);
/** −1 and 1 by turns. */
const signs = (...shape: number[]): CaseInput => values(shape, (i) => (i % 3 === 0 ? -1 : 1));

/** A function of tensors as a module. */
export class Lambda extends nn.Module<readonly CoreTensor[], unknown> {
  private readonly run: (...xs: torch.Tensor[]) => unknown;
  constructor(run: (...xs: torch.Tensor[]) => unknown) {
    super();
    this.run = run;
  }
  override forward(...xs: CoreTensor[]): unknown {
    return this.run(...(xs as torch.Tensor[]));
  }
}

/** A module called through a function. */
class Around extends nn.Module<readonly CoreTensor[], unknown> {
  inner: nn.Module;
  private readonly run: (m: (...args: unknown[]) => unknown, ...xs: CoreTensor[]) => unknown;
  constructor(inner: nn.Module, run: (m: (...args: unknown[]) => unknown, ...xs: CoreTensor[]) => unknown) {
    super();
    this.inner = inner;
    this.run = run;
  }
  override forward(...xs: CoreTensor[]): unknown {
    return this.run((...args) => Reflect.apply(this.inner, undefined, args) as unknown, ...xs);
  }
}
const around = (
  make: () => nn.Module,
  run: (m: (...args: unknown[]) => unknown, ...xs: CoreTensor[]) => unknown,
  ...inputs: CaseInput[]
): TraceCase => ({ make: () => new Around(make(), run), inputs });

const one = (make: () => unknown, ...inputs: CaseInput[]): TraceCase => ({
  make: make as TraceCase["make"],
  inputs,
});
const fixed = (make: () => unknown, ...inputs: CaseInput[]): TraceCase => ({
  ...one(make, ...inputs),
  batch: false,
});

const vector = (make: () => unknown) => one(make, floats(2, 6));
const line = (make: () => unknown) => one(make, floats(2, 4, 9));
const image = (make: () => unknown) => one(make, floats(2, 4, 6, 8));
const volume = (make: () => unknown) => one(make, floats(2, 4, 4, 5, 6));

/** The parameters of nn.ParameterList and nn.ParameterDict in use. */
class Listed extends nn.Module<[x: CoreTensor], CoreTensor> {
  list = nn.ParameterList([nn.Parameter(torch.ones(6)), nn.Parameter(torch.full([6], 2))]);
  override forward(x: CoreTensor): CoreTensor {
    return [...this.list].reduce<CoreTensor>((y, p) => torch.add(torch.mul(y, p), 1), x);
  }
}
class Named extends nn.Module<[x: CoreTensor], torch.Tensor> {
  dict = nn.ParameterDict({ scale: nn.Parameter(torch.full([6], 3)) });
  override forward(x: CoreTensor): torch.Tensor {
    return torch.mul(x, this.dict.get("scale")!);
  }
}
class Modules extends nn.Module<[x: CoreTensor], torch.Tensor> {
  layers = nn.ModuleList([nn.Linear(6, 5), nn.Linear(5, 4)]);
  override forward(x: CoreTensor): torch.Tensor {
    let y = x;
    for (const layer of this.layers) y = (layer as nn.Linear)(y);
    return y as torch.Tensor;
  }
}
class Choices extends nn.Module<[x: CoreTensor], torch.Tensor> {
  layers = nn.ModuleDict({ first: nn.Linear(6, 5) });
  override forward(x: CoreTensor): torch.Tensor {
    return (this.layers.get("first") as nn.Linear)(x);
  }
}

const unpool = (n: 1 | 2 | 3, make: () => nn.Module, ...shape: number[]): TraceCase => {
  const pool = [
    nn.functional.maxPool1dWithIndices,
    nn.functional.maxPool2dWithIndices,
    nn.functional.maxPool3dWithIndices,
  ];
  return around(make, (m, x) => m(...pool[n - 1]!(x as torch.Tensor, 2)), floats(...shape));
};
const sum = { reduction: "sum" } as const;

/** By the name of the class; names with a space have the same class with other arguments. */
export const MODULE_CASES: Readonly<Record<string, TraceCase>> = {
  Linear: vector(() => nn.Linear(6, 5)),
  Identity: vector(() => nn.Identity()),
  Flatten: image(() => nn.Flatten()),
  Bilinear: one(() => nn.Bilinear(6, 5, 4), floats(2, 6), floats(2, 5)),
  ReLU: vector(() => nn.ReLU()),
  ReLU6: vector(() => nn.ReLU6()),
  Sigmoid: vector(() => nn.Sigmoid()),
  LogSigmoid: vector(() => nn.LogSigmoid()),
  Tanh: vector(() => nn.Tanh()),
  SiLU: vector(() => nn.SiLU()),
  Mish: vector(() => nn.Mish()),
  Hardswish: vector(() => nn.Hardswish()),
  Hardsigmoid: vector(() => nn.Hardsigmoid()),
  Softsign: vector(() => nn.Softsign()),
  Tanhshrink: vector(() => nn.Tanhshrink()),
  SELU: vector(() => nn.SELU()),
  LeakyReLU: vector(() => nn.LeakyReLU({ negativeSlope: 0.2 })),
  ELU: vector(() => nn.ELU()),
  CELU: vector(() => nn.CELU({ alpha: 1.5 })),
  GELU: vector(() => nn.GELU()),
  "GELU tanh": vector(() => nn.GELU({ approximate: "tanh" })),
  Softplus: vector(() => nn.Softplus()),
  "Softplus beta": vector(() => nn.Softplus({ beta: 3, threshold: 2 })),
  Softshrink: vector(() => nn.Softshrink()),
  Hardshrink: vector(() => nn.Hardshrink()),
  Hardtanh: vector(() => nn.Hardtanh()),
  Threshold: vector(() => nn.Threshold(0.1, -3)),
  "Threshold zero": vector(() => nn.Threshold(0.1, 0)),
  Softmax: vector(() => nn.Softmax({ dim: -1 })),
  Softmin: vector(() => nn.Softmin({ dim: -1 })),
  LogSoftmax: vector(() => nn.LogSoftmax({ dim: 1 })),
  Softmax2d: image(() => nn.Softmax2d()),
  GLU: vector(() => nn.GLU()),
  PReLU: image(() => nn.PReLU({ numParameters: 4 })),
  "PReLU one": image(() => nn.PReLU()),
  "PReLU many": one(() => nn.Sequential(nn.Linear(8, 40), nn.PReLU({ numParameters: 40 })), floats(2, 8)),
  RReLU: vector(() => nn.RReLU()),
  Conv1d: line(() => nn.Conv1d(4, 5, 3, { stride: 2, padding: 1 })),
  Conv2d: image(() => nn.Conv2d(4, 6, 3, { padding: 1, groups: 2 })),
  "Conv2d circular": image(() => nn.Conv2d(4, 6, 3, { padding: 1, paddingMode: "circular" })),
  Conv3d: volume(() => nn.Conv3d(4, 5, 2, { dilation: 2 })),
  ConvTranspose1d: line(() => nn.ConvTranspose1d(4, 5, 3, { stride: 2, padding: 1, outputPadding: 1 })),
  ConvTranspose2d: image(() => nn.ConvTranspose2d(4, 5, 3, { stride: 2, padding: 1 })),
  ConvTranspose3d: volume(() => nn.ConvTranspose3d(4, 5, 2)),
  MaxPool1d: line(() => nn.MaxPool1d(3, { stride: 2, padding: 1 })),
  MaxPool2d: image(() => nn.MaxPool2d(3, { stride: 2, padding: 1 })),
  MaxPool3d: volume(() => nn.MaxPool3d(2)),
  AvgPool1d: line(() => nn.AvgPool1d(3, { stride: 2, padding: 1 })),
  AvgPool2d: image(() => nn.AvgPool2d(2)),
  "AvgPool2d inner": image(() => nn.AvgPool2d(3, { stride: 2, padding: 1, countIncludePad: false })),
  AvgPool3d: volume(() => nn.AvgPool3d(2)),
  AdaptiveAvgPool1d: line(() => nn.AdaptiveAvgPool1d(4)),
  AdaptiveAvgPool2d: image(() => nn.AdaptiveAvgPool2d([3, 5])),
  AdaptiveAvgPool3d: volume(() => nn.AdaptiveAvgPool3d([2, 2, 4])),
  AdaptiveMaxPool1d: line(() => nn.AdaptiveMaxPool1d(4)),
  AdaptiveMaxPool2d: image(() => nn.AdaptiveMaxPool2d([3, 5])),
  AdaptiveMaxPool3d: volume(() => nn.AdaptiveMaxPool3d([2, 2, 4])),
  LPPool1d: line(() => nn.LPPool1d(2, 3)),
  LPPool2d: image(() => nn.LPPool2d(3, 2, { ceilMode: true })),
  "LPPool2d even": image(() => nn.LPPool2d(2, 2)),
  MaxUnpool1d: unpool(1, () => nn.MaxUnpool1d(2), 2, 3, 8),
  MaxUnpool2d: unpool(2, () => nn.MaxUnpool2d(2), 2, 3, 6, 8),
  MaxUnpool3d: unpool(3, () => nn.MaxUnpool3d(2), 2, 3, 4, 4, 6),
  ReflectionPad1d: line(() => nn.ReflectionPad1d(2)),
  ReflectionPad2d: image(() => nn.ReflectionPad2d([1, 2, 3, 0])),
  ReflectionPad3d: volume(() => nn.ReflectionPad3d(1)),
  ReplicationPad1d: line(() => nn.ReplicationPad1d(2)),
  ReplicationPad2d: image(() => nn.ReplicationPad2d([1, 2, 3, 0])),
  ReplicationPad3d: volume(() => nn.ReplicationPad3d(1)),
  CircularPad1d: line(() => nn.CircularPad1d(2)),
  CircularPad2d: image(() => nn.CircularPad2d([1, 2, 3, 0])),
  CircularPad3d: volume(() => nn.CircularPad3d(1)),
  ZeroPad1d: line(() => nn.ZeroPad1d([2, -1])),
  ZeroPad2d: image(() => nn.ZeroPad2d([1, 2, 3, 0])),
  ZeroPad3d: volume(() => nn.ZeroPad3d(1)),
  ConstantPad1d: line(() => nn.ConstantPad1d(2, 3.5)),
  ConstantPad2d: image(() => nn.ConstantPad2d([1, 2, 3, 0], 3.5)),
  ConstantPad3d: volume(() => nn.ConstantPad3d(1, 3.5)),
  Upsample: image(() => nn.Upsample({ scaleFactor: 2, mode: "bicubic" })),
  "Upsample size": image(() => nn.Upsample({ size: [7, 9], mode: "bilinear" })),
  UpsamplingNearest2d: image(() => nn.UpsamplingNearest2d({ scaleFactor: 2 })),
  UpsamplingBilinear2d: image(() => nn.UpsamplingBilinear2d({ size: [11, 15] })),
  PixelShuffle: image(() => nn.PixelShuffle(2)),
  PixelUnshuffle: image(() => nn.PixelUnshuffle(2)),
  ChannelShuffle: image(() => nn.ChannelShuffle(2)),
  Unfold: image(() => nn.Unfold(3, { padding: 1, stride: 2 })),
  Fold: one(() => nn.Fold([5, 6], 2, { stride: 1 }), floats(2, 12, 20)),
  Unflatten: vector(() => nn.Unflatten(1, [2, 3])),
  BatchNorm1d: line(() => nn.BatchNorm1d(4)),
  BatchNorm2d: image(() => nn.BatchNorm2d(4)),
  BatchNorm3d: volume(() => nn.BatchNorm3d(4)),
  LayerNorm: vector(() => nn.LayerNorm(6)),
  "LayerNorm plain": vector(() => nn.LayerNorm(6, { elementwiseAffine: false })),
  RMSNorm: vector(() => nn.RMSNorm(6)),
  GroupNorm: image(() => nn.GroupNorm(2, 4)),
  InstanceNorm1d: line(() => nn.InstanceNorm1d(4)),
  InstanceNorm2d: image(() => nn.InstanceNorm2d(4, { affine: true })),
  InstanceNorm3d: volume(() => nn.InstanceNorm3d(4)),
  LocalResponseNorm: image(() => nn.LocalResponseNorm(3)),
  "LocalResponseNorm even": image(() => nn.LocalResponseNorm(4)),
  CosineSimilarity: one(() => nn.CosineSimilarity(), floats(2, 6), floats(2, 6)),
  PairwiseDistance: one(() => nn.PairwiseDistance(), floats(2, 6), floats(2, 6)),
  Dropout: vector(() => nn.Dropout()),
  Dropout1d: line(() => nn.Dropout1d()),
  Dropout2d: image(() => nn.Dropout2d()),
  Dropout3d: volume(() => nn.Dropout3d()),
  AlphaDropout: vector(() => nn.AlphaDropout()),
  FeatureAlphaDropout: image(() => nn.FeatureAlphaDropout()),
  Sequential: vector(() => nn.Sequential(nn.Linear(6, 4), nn.ReLU())),
  ModuleList: vector(() => new Modules()),
  ModuleDict: vector(() => new Choices()),
  ParameterList: vector(() => new Listed()),
  ParameterDict: vector(() => new Named()),
  Embedding: one(() => nn.Embedding(11, 4), below(11, 2, 5)),
  EmbeddingBag: one(() => nn.EmbeddingBag(11, 4), below(11, 2, 5)),
  LSTM: one(() => nn.LSTM(4, 3, { batchFirst: true, numLayers: 2 }), floats(2, 5, 4)),
  "LSTM proj": one(() => nn.LSTM(4, 3, { batchFirst: true, projSize: 2 }), floats(2, 5, 4)),
  GRU: one(() => nn.GRU(4, 3, { batchFirst: true, bidirectional: true }), floats(2, 5, 4)),
  RNN: one(() => nn.RNN(4, 3, { batchFirst: true }), floats(2, 5, 4)),
  LSTMCell: one(() => nn.LSTMCell(4, 3), floats(2, 4)),
  GRUCell: one(() => nn.GRUCell(4, 3), floats(2, 4)),
  RNNCell: one(() => nn.RNNCell(4, 3), floats(2, 4)),
  MultiheadAttention: around(
    () => nn.MultiheadAttention(8, 2, { batchFirst: true }),
    (m, x) => m(x, x, x),
    floats(2, 5, 8),
  ),
  "MultiheadAttention masked": around(
    () => nn.MultiheadAttention(8, 2, { batchFirst: true }),
    (m, x) => m(x, x, x, { attnMask: torch.triu(torch.ones(5, 5), 1).bool(), needWeights: false }),
    floats(2, 5, 8),
  ),
  TransformerEncoderLayer: one(
    () => nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true }),
    floats(2, 5, 8),
  ),
  TransformerDecoderLayer: one(
    () => nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true }),
    floats(2, 5, 8),
    floats(2, 4, 8),
  ),
  TransformerEncoder: one(
    () =>
      nn.TransformerEncoder(
        nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true, normFirst: true }),
        2,
      ),
    floats(2, 5, 8),
  ),
  TransformerDecoder: one(
    () =>
      nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true }), 2),
    floats(2, 5, 8),
    floats(2, 4, 8),
  ),
  Transformer: one(
    () =>
      nn.Transformer({
        dModel: 8,
        nhead: 2,
        numEncoderLayers: 1,
        numDecoderLayers: 1,
        dimFeedforward: 16,
        batchFirst: true,
      }),
    floats(2, 5, 8),
    floats(2, 4, 8),
  ),
  CrossEntropyLoss: one(() => nn.CrossEntropyLoss(sum), floats(2, 5), below(5, 2)),
  "CrossEntropyLoss mean": fixed(() => nn.CrossEntropyLoss(), floats(2, 5), below(5, 2)),
  NLLLoss: one(() => nn.NLLLoss(sum), floats(2, 5), below(5, 2)),
  MSELoss: one(() => nn.MSELoss(), floats(2, 5), floats(2, 5)),
  L1Loss: one(() => nn.L1Loss(), floats(2, 5), floats(2, 5)),
  SmoothL1Loss: one(() => nn.SmoothL1Loss(), floats(2, 5), floats(2, 5)),
  HuberLoss: one(() => nn.HuberLoss(), floats(2, 5), floats(2, 5)),
  BCELoss: one(() => nn.BCELoss(), shares(2, 5), shares(2, 5)),
  BCEWithLogitsLoss: one(() => nn.BCEWithLogitsLoss(), floats(2, 5), shares(2, 5)),
  KLDivLoss: one(() => nn.KLDivLoss(sum), floats(2, 5), shares(2, 5)),
  PoissonNLLLoss: one(() => nn.PoissonNLLLoss(), floats(2, 5), shares(2, 5)),
  GaussianNLLLoss: one(() => nn.GaussianNLLLoss(), floats(2, 5), floats(2, 5), shares(2, 5)),
  MarginRankingLoss: one(() => nn.MarginRankingLoss(), floats(2, 5), floats(2, 5), signs(2, 5)),
  HingeEmbeddingLoss: one(() => nn.HingeEmbeddingLoss(), floats(2, 5), signs(2, 5)),
  CosineEmbeddingLoss: one(() => nn.CosineEmbeddingLoss(), floats(2, 5), floats(2, 5), signs(2)),
  TripletMarginLoss: one(() => nn.TripletMarginLoss(), floats(2, 5), floats(2, 5), floats(2, 5)),
  SoftMarginLoss: one(() => nn.SoftMarginLoss(), floats(2, 5), signs(2, 5)),
  MultiMarginLoss: one(() => nn.MultiMarginLoss(sum), floats(2, 5), below(5, 2)),
  MultiLabelSoftMarginLoss: one(() => nn.MultiLabelSoftMarginLoss(), floats(2, 5), shares(2, 5)),
  MultiLabelMarginLoss: fixed(() => nn.MultiLabelMarginLoss(), floats(2, 5), {
    shape: [2, 5],
    dtype: "int64",
    at: (i) => [3, 0, -1, 1, 2, 4, -1, 0, 1, 2][i]!,
  }),
  TripletMarginWithDistanceLoss: one(
    () => nn.TripletMarginWithDistanceLoss(),
    floats(2, 5),
    floats(2, 5),
    floats(2, 5),
  ),
  CTCLoss: fixed(
    () =>
      new Around(nn.CTCLoss(), (m, x) =>
        m(torch.logSoftmax(x, 2), torch.tensor([[1, 2, 2]]).int(), [6], [3]),
      ),
    floats(6, 1, 4),
  ),
};
