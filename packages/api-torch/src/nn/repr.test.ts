// Every module prints as in PyTorch: texts recorded by fixtures/generate/torch_reprs.py.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { setBackend } from "@isoform/core";
import { nn, torch } from "../index.js";
import { pyFloat, pyNumber } from "./python-text.js";

const file = new URL("../../../../fixtures/recorded/torch_reprs.json", import.meta.url);
const recorded = (JSON.parse(readFileSync(file, "utf8")) as { modules: Record<string, string> }).modules;

beforeAll(async () => {
  await setBackend(reference());
});

/** By the Python expression that made the recorded text. */
const MAKE: Readonly<Record<string, () => nn.Module>> = {
  "nn.Linear(2, 3)": () => nn.Linear(2, 3),
  "nn.Linear(2, 3, bias=False)": () => nn.Linear(2, 3, { bias: false }),
  "nn.Bilinear(2, 3, 4)": () => nn.Bilinear(2, 3, 4),
  "nn.Identity()": () => nn.Identity(),
  "nn.Flatten()": () => nn.Flatten(),
  "nn.Flatten(0, 2)": () => nn.Flatten({ startDim: 0, endDim: 2 }),
  "nn.Unflatten(1, (2, 3))": () => nn.Unflatten(1, [2, 3]),
  "nn.ReLU()": () => nn.ReLU(),
  "nn.ReLU(inplace=True)": () => nn.ReLU({ inplace: true }),
  "nn.ReLU6()": () => nn.ReLU6(),
  "nn.ReLU6(inplace=True)": () => nn.ReLU6({ inplace: true }),
  "nn.Sigmoid()": () => nn.Sigmoid(),
  "nn.LogSigmoid()": () => nn.LogSigmoid(),
  "nn.Tanh()": () => nn.Tanh(),
  "nn.SiLU()": () => nn.SiLU(),
  "nn.SiLU(inplace=True)": () => nn.SiLU({ inplace: true }),
  "nn.Mish()": () => nn.Mish(),
  "nn.Hardswish()": () => nn.Hardswish(),
  "nn.Hardsigmoid()": () => nn.Hardsigmoid(),
  "nn.Softsign()": () => nn.Softsign(),
  "nn.Tanhshrink()": () => nn.Tanhshrink(),
  "nn.SELU()": () => nn.SELU(),
  "nn.LeakyReLU()": () => nn.LeakyReLU(),
  "nn.LeakyReLU(0.2, inplace=True)": () => nn.LeakyReLU({ negativeSlope: 0.2, inplace: true }),
  "nn.ELU()": () => nn.ELU(),
  "nn.ELU(0.5)": () => nn.ELU({ alpha: 0.5 }),
  "nn.CELU()": () => nn.CELU(),
  "nn.CELU(0.7)": () => nn.CELU({ alpha: 0.7 }),
  "nn.GELU()": () => nn.GELU(),
  "nn.GELU(approximate='tanh')": () => nn.GELU({ approximate: "tanh" }),
  "nn.Softplus()": () => nn.Softplus(),
  "nn.Softplus(2, 10)": () => nn.Softplus({ beta: 2, threshold: 10 }),
  "nn.Softshrink()": () => nn.Softshrink(),
  "nn.Hardshrink()": () => nn.Hardshrink(),
  "nn.Hardtanh()": () => nn.Hardtanh(),
  "nn.Hardtanh(-2, 2.5)": () => nn.Hardtanh({ minVal: -2, maxVal: 2.5 }),
  "nn.Threshold(0.1, 20)": () => nn.Threshold(0.1, 20),
  "nn.Softmax(dim=1)": () => nn.Softmax({ dim: 1 }),
  "nn.LogSoftmax(dim=-1)": () => nn.LogSoftmax({ dim: -1 }),
  "nn.Softmax2d()": () => nn.Softmax2d(),
  "nn.Softmin(dim=1)": () => nn.Softmin({ dim: 1 }),
  "nn.GLU()": () => nn.GLU(),
  "nn.PReLU()": () => nn.PReLU(),
  "nn.PReLU(4)": () => nn.PReLU({ numParameters: 4 }),
  "nn.RReLU()": () => nn.RReLU(),
  "nn.Conv1d(1, 2, 3)": () => nn.Conv1d(1, 2, 3),
  "nn.Conv2d(3, 4, 3)": () => nn.Conv2d(3, 4, 3),
  "nn.Conv2d(4, 8, (3, 5), stride=2, padding=(1, 2), dilation=2, groups=2, bias=False, padding_mode='reflect')":
    () =>
      nn.Conv2d(4, 8, [3, 5], {
        stride: 2,
        padding: [1, 2],
        dilation: 2,
        groups: 2,
        bias: false,
        paddingMode: "reflect",
      }),
  "nn.Conv2d(3, 4, 3, padding='same')": () => nn.Conv2d(3, 4, 3, { padding: "same" }),
  "nn.Conv3d(1, 2, 3, padding=1)": () => nn.Conv3d(1, 2, 3, { padding: 1 }),
  "nn.ConvTranspose1d(2, 3, 4)": () => nn.ConvTranspose1d(2, 3, 4),
  "nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1, groups=2, bias=False, dilation=2)":
    () =>
      nn.ConvTranspose2d(2, 4, 3, {
        stride: 2,
        padding: 1,
        outputPadding: 1,
        groups: 2,
        bias: false,
        dilation: 2,
      }),
  "nn.ConvTranspose3d(1, 1, 2)": () => nn.ConvTranspose3d(1, 1, 2),
  "nn.MaxPool1d(2)": () => nn.MaxPool1d(2),
  "nn.MaxPool2d(2)": () => nn.MaxPool2d(2),
  "nn.MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0), ceil_mode=True)": () =>
    nn.MaxPool2d([3, 2], { stride: [2, 1], padding: [1, 0], ceilMode: true }),
  "nn.MaxPool3d(2)": () => nn.MaxPool3d(2),
  "nn.AvgPool1d(2)": () => nn.AvgPool1d(2),
  "nn.AvgPool2d(3, stride=2, padding=1)": () => nn.AvgPool2d(3, { stride: 2, padding: 1 }),
  "nn.AvgPool3d(2)": () => nn.AvgPool3d(2),
  "nn.AdaptiveAvgPool1d(4)": () => nn.AdaptiveAvgPool1d(4),
  "nn.AdaptiveAvgPool2d(1)": () => nn.AdaptiveAvgPool2d(1),
  "nn.AdaptiveAvgPool2d((None, 7))": () => nn.AdaptiveAvgPool2d([null, 7]),
  "nn.AdaptiveMaxPool2d((5, 7))": () => nn.AdaptiveMaxPool2d([5, 7]),
  "nn.LPPool2d(2, 3)": () => nn.LPPool2d(2, 3),
  "nn.LPPool2d(1.5, (2, 3), stride=2)": () => nn.LPPool2d(1.5, [2, 3], { stride: 2 }),
  "nn.MaxUnpool2d(2)": () => nn.MaxUnpool2d(2),
  "nn.MaxUnpool2d(3, stride=2)": () => nn.MaxUnpool2d(3, { stride: 2 }),
  "nn.ReflectionPad1d(2)": () => nn.ReflectionPad1d(2),
  "nn.ReflectionPad2d(1)": () => nn.ReflectionPad2d(1),
  "nn.ReplicationPad1d((1, 2))": () => nn.ReplicationPad1d([1, 2]),
  "nn.ReplicationPad2d(1)": () => nn.ReplicationPad2d(1),
  "nn.CircularPad2d(1)": () => nn.CircularPad2d(1),
  "nn.ZeroPad2d((1, 2, 3, 4))": () => nn.ZeroPad2d([1, 2, 3, 4]),
  "nn.ConstantPad2d(1, 3.5)": () => nn.ConstantPad2d(1, 3.5),
  "nn.Upsample(scale_factor=2)": () => nn.Upsample({ scaleFactor: 2 }),
  "nn.Upsample(size=(3, 4), mode='bilinear')": () => nn.Upsample({ size: [3, 4], mode: "bilinear" }),
  "nn.Upsample(size=5)": () => nn.Upsample({ size: 5 }),
  "nn.Upsample(scale_factor=(2, 3), mode='bilinear')": () =>
    nn.Upsample({ scaleFactor: [2, 3], mode: "bilinear" }),
  "nn.PixelShuffle(2)": () => nn.PixelShuffle(2),
  "nn.PixelUnshuffle(2)": () => nn.PixelUnshuffle(2),
  "nn.ChannelShuffle(2)": () => nn.ChannelShuffle(2),
  "nn.Unfold((2, 3))": () => nn.Unfold([2, 3]),
  "nn.Unfold(3, dilation=2, padding=1, stride=2)": () => nn.Unfold(3, { dilation: 2, padding: 1, stride: 2 }),
  "nn.Fold((4, 5), (2, 2))": () => nn.Fold([4, 5], [2, 2]),
  "nn.BatchNorm1d(3)": () => nn.BatchNorm1d(3),
  "nn.BatchNorm2d(3, eps=0.001, momentum=None, affine=False)": () =>
    nn.BatchNorm2d(3, { eps: 0.001, momentum: null, affine: false }),
  "nn.BatchNorm2d(3, track_running_stats=False)": () => nn.BatchNorm2d(3, { trackRunningStats: false }),
  "nn.BatchNorm3d(2, momentum=0.01)": () => nn.BatchNorm3d(2, { momentum: 0.01 }),
  "nn.LayerNorm(5)": () => nn.LayerNorm(5),
  "nn.LayerNorm([5, 6], eps=1e-6, elementwise_affine=False)": () =>
    nn.LayerNorm([5, 6], { eps: 1e-6, elementwiseAffine: false }),
  "nn.LayerNorm(5, bias=False)": () => nn.LayerNorm(5, { bias: false }),
  "nn.RMSNorm(6)": () => nn.RMSNorm(6),
  "nn.RMSNorm([2, 3], eps=1e-6)": () => nn.RMSNorm([2, 3], { eps: 1e-6 }),
  "nn.GroupNorm(2, 4)": () => nn.GroupNorm(2, 4),
  "nn.GroupNorm(2, 4, affine=False)": () => nn.GroupNorm(2, 4, { affine: false }),
  "nn.InstanceNorm2d(3)": () => nn.InstanceNorm2d(3),
  "nn.InstanceNorm1d(3)": () => nn.InstanceNorm1d(3),
  "nn.InstanceNorm2d(3, affine=True)": () => nn.InstanceNorm2d(3, { affine: true }),
  "nn.InstanceNorm3d(3)": () => nn.InstanceNorm3d(3),
  "nn.BatchNorm2d(3, bias=False)": () => nn.BatchNorm2d(3, { bias: false }),
  "nn.GroupNorm(2, 4, bias=False)": () => nn.GroupNorm(2, 4, { bias: false }),
  "nn.LocalResponseNorm(5)": () => nn.LocalResponseNorm(5),
  "nn.LocalResponseNorm(3, alpha=0.001, beta=0.5, k=2)": () =>
    nn.LocalResponseNorm(3, { alpha: 0.001, beta: 0.5, k: 2 }),
  "nn.CosineSimilarity()": () => nn.CosineSimilarity(),
  "nn.Dropout()": () => nn.Dropout(),
  "nn.Dropout(0.2, inplace=True)": () => nn.Dropout({ p: 0.2, inplace: true }),
  "nn.Dropout1d(0.1)": () => nn.Dropout1d(0.1),
  "nn.Dropout2d(0.1)": () => nn.Dropout2d({ p: 0.1 }),
  "nn.Dropout3d(0.1)": () => nn.Dropout3d(0.1),
  "nn.Embedding(10, 4)": () => nn.Embedding(10, 4),
  "nn.Embedding(10, 4, padding_idx=0)": () => nn.Embedding(10, 4, { paddingIdx: 0 }),
  "nn.EmbeddingBag(10, 4)": () => nn.EmbeddingBag(10, 4),
  "nn.EmbeddingBag(10, 4, mode='sum')": () => nn.EmbeddingBag(10, 4, { mode: "sum" }),
  "nn.LSTM(3, 4)": () => nn.LSTM(3, 4),
  "nn.LSTM(3, 4, num_layers=2, bias=False, batch_first=True, dropout=0.5, bidirectional=True, proj_size=2)":
    () =>
      nn.LSTM(3, 4, {
        numLayers: 2,
        bias: false,
        batchFirst: true,
        dropout: 0.5,
        bidirectional: true,
        projSize: 2,
      }),
  "nn.GRU(3, 4, batch_first=True)": () => nn.GRU(3, 4, { batchFirst: true }),
  "nn.RNN(3, 4, nonlinearity='relu')": () => nn.RNN(3, 4, { nonlinearity: "relu" }),
  "nn.LSTMCell(3, 4)": () => nn.LSTMCell(3, 4),
  "nn.LSTMCell(3, 4, bias=False)": () => nn.LSTMCell(3, 4, { bias: false }),
  "nn.MultiheadAttention(8, 2)": () => nn.MultiheadAttention(8, 2),
  "nn.TransformerEncoderLayer(8, 2, dim_feedforward=16)": () =>
    nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16 }),
  "nn.TransformerDecoderLayer(8, 2, dim_feedforward=16, dropout=0)": () =>
    nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16, dropout: 0 }),
  "nn.Sequential()": () => nn.Sequential(),
  "nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Sequential(nn.Linear(3, 3), nn.Tanh()))": () =>
    nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Sequential(nn.Linear(3, 3), nn.Tanh())),
  "nn.Sequential(OrderedDict(conv=nn.Conv2d(1, 2, 3), relu=nn.ReLU()))": () =>
    nn.Sequential(
      new Map<string, nn.Conv2d | nn.ReLU>([
        ["conv", nn.Conv2d(1, 2, 3)],
        ["relu", nn.ReLU()],
      ]),
    ),
  "nn.ModuleList()": () => nn.ModuleList(),
  "nn.ModuleList([nn.Linear(2, 3)])": () => nn.ModuleList([nn.Linear(2, 3)]),
  "nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)])": () =>
    nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)]),
  "nn.ModuleList([nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Sequential(nn.Linear(2, 2), nn.ReLU())])":
    () =>
      nn.ModuleList([nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Sequential(nn.Linear(2, 2), nn.ReLU())]),
  "nn.ModuleDict({'a': nn.Linear(2, 3), 'b': nn.ReLU()})": () =>
    nn.ModuleDict({ a: nn.Linear(2, 3), b: nn.ReLU() }),
  "nn.CrossEntropyLoss()": () => nn.CrossEntropyLoss(),
  "nn.NLLLoss()": () => nn.NLLLoss(),
  "nn.MSELoss()": () => nn.MSELoss(),
  "nn.L1Loss()": () => nn.L1Loss(),
  "nn.SmoothL1Loss()": () => nn.SmoothL1Loss(),
  "nn.HuberLoss()": () => nn.HuberLoss(),
  "nn.BCELoss()": () => nn.BCELoss(),
  "nn.BCEWithLogitsLoss()": () => nn.BCEWithLogitsLoss(),
  "nn.KLDivLoss()": () => nn.KLDivLoss(),
  "nn.PoissonNLLLoss()": () => nn.PoissonNLLLoss(),
  "nn.GaussianNLLLoss()": () => nn.GaussianNLLLoss(),
  "nn.MarginRankingLoss()": () => nn.MarginRankingLoss(),
  "nn.HingeEmbeddingLoss()": () => nn.HingeEmbeddingLoss(),
  "nn.CosineEmbeddingLoss()": () => nn.CosineEmbeddingLoss(),
  "nn.TripletMarginLoss()": () => nn.TripletMarginLoss(),
  "nn.SoftMarginLoss()": () => nn.SoftMarginLoss(),
  "nn.MultiMarginLoss()": () => nn.MultiMarginLoss(),
  "nn.MultiLabelSoftMarginLoss()": () => nn.MultiLabelSoftMarginLoss(),
  "nn.GRUCell(3, 4)": () => nn.GRUCell(3, 4),
  "nn.RNNCell(3, 4)": () => nn.RNNCell(3, 4),
  "nn.RNNCell(3, 4, bias=False, nonlinearity='relu')": () =>
    nn.RNNCell(3, 4, { bias: false, nonlinearity: "relu" }),
  "nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, dim_feedforward=16), 2)": () =>
    nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16 }), 2),
  "nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, bias=False), 1, norm=nn.LayerNorm(8))":
    () =>
      nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, bias: false }), 1, {
        norm: nn.LayerNorm(8),
      }),
  "nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, dim_feedforward=16), 3, norm=nn.LayerNorm(8))":
    () =>
      nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16 }), 3, {
        norm: nn.LayerNorm(8),
      }),
  "nn.Transformer(d_model=8, nhead=2, num_encoder_layers=2, num_decoder_layers=1, dim_feedforward=16)": () =>
    nn.Transformer({ dModel: 8, nhead: 2, numEncoderLayers: 2, numDecoderLayers: 1, dimFeedforward: 16 }),
  "nn.ParameterList()": () => nn.ParameterList(),
  "nn.ParameterList([torch.ones(2, 3)])": () => nn.ParameterList([torch.ones(2, 3)]),
  "nn.ParameterList([torch.ones(2, 3), nn.Parameter(torch.ones(4))])": () =>
    nn.ParameterList([torch.ones(2, 3), nn.Parameter(torch.ones(4))]),
  "nn.ParameterDict()": () => nn.ParameterDict(),
  "nn.ParameterDict({'a': torch.ones(())})": () => nn.ParameterDict({ a: torch.ones([]) }),
  "nn.ParameterDict({'b': torch.ones(2, 3), 'a': torch.ones(4, dtype=torch.float64)})": () =>
    nn.ParameterDict({ b: torch.ones(2, 3), a: torch.ones([4], { dtype: "float64" }) }),
  "nn.ModuleDict({'p': nn.ParameterDict({'b': torch.ones(2), 'a': torch.ones(1)})})": () =>
    nn.ModuleDict({ p: nn.ParameterDict({ b: torch.ones(2), a: torch.ones(1) }) }),
  "nn.PairwiseDistance()": () => nn.PairwiseDistance(),
  "nn.UpsamplingNearest2d(scale_factor=2)": () => nn.UpsamplingNearest2d({ scaleFactor: 2 }),
  "nn.UpsamplingBilinear2d(size=(3, 4))": () => nn.UpsamplingBilinear2d({ size: [3, 4] }),
  "nn.AdaptiveAvgPool3d(2)": () => nn.AdaptiveAvgPool3d(2),
  "nn.AdaptiveAvgPool3d((None, 7, 1))": () => nn.AdaptiveAvgPool3d([null, 7, 1]),
  "nn.AdaptiveMaxPool1d(3)": () => nn.AdaptiveMaxPool1d(3),
  "nn.AdaptiveMaxPool3d((5, None, 7))": () => nn.AdaptiveMaxPool3d([5, null, 7]),
  "nn.LPPool1d(2, 3)": () => nn.LPPool1d(2, 3),
  "nn.LPPool1d(1.5, 2, stride=2, ceil_mode=True)": () => nn.LPPool1d(1.5, 2, { stride: 2, ceilMode: true }),
  "nn.MaxUnpool1d(2)": () => nn.MaxUnpool1d(2),
  "nn.MaxUnpool1d(3, stride=2, padding=1)": () => nn.MaxUnpool1d(3, { stride: 2, padding: 1 }),
  "nn.MaxUnpool3d(2)": () => nn.MaxUnpool3d(2),
  "nn.MaxUnpool3d((2, 3, 1), stride=(1, 2, 1))": () => nn.MaxUnpool3d([2, 3, 1], { stride: [1, 2, 1] }),
  "nn.ReflectionPad3d(1)": () => nn.ReflectionPad3d(1),
  "nn.ReplicationPad3d((1, 2, 3, 4, 5, 6))": () => nn.ReplicationPad3d([1, 2, 3, 4, 5, 6]),
  "nn.CircularPad1d(1)": () => nn.CircularPad1d(1),
  "nn.CircularPad3d(1)": () => nn.CircularPad3d(1),
  "nn.ZeroPad1d((1, 2))": () => nn.ZeroPad1d([1, 2]),
  "nn.ZeroPad3d(1)": () => nn.ZeroPad3d(1),
  "nn.ConstantPad1d(2, 3.5)": () => nn.ConstantPad1d(2, 3.5),
  "nn.ConstantPad3d(1, -1)": () => nn.ConstantPad3d(1, -1),
  "nn.AlphaDropout()": () => nn.AlphaDropout(),
  "nn.AlphaDropout(0.2, inplace=True)": () => nn.AlphaDropout({ p: 0.2, inplace: true }),
  "nn.FeatureAlphaDropout(0.1)": () => nn.FeatureAlphaDropout(0.1),
  "nn.MultiLabelMarginLoss()": () => nn.MultiLabelMarginLoss(),
  "nn.TripletMarginWithDistanceLoss()": () => nn.TripletMarginWithDistanceLoss(),
  "nn.CTCLoss()": () => nn.CTCLoss(),
};

describe("print(module)", () => {
  it("covers what is recorded, and every module there is", () => {
    expect(Object.keys(MAKE)).toEqual(Object.keys(recorded));
    const printed = new Set(Object.keys(MAKE).map((k) => /^nn\.(\w+)/.exec(k)![1]));
    const classes = Object.keys(nn).filter((k) => /^[A-Z]/.test(k));
    expect(classes.filter((k) => !printed.has(k))).toEqual(["Module", "Parameter"]);
  });

  it.each(Object.keys(MAKE))("%s", (expression) => {
    expect(String(MAKE[expression]!())).toBe(recorded[expression]);
  });

  it("own modules print their class, extraRepr and children", () => {
    class Block extends nn.Module {
      fc = nn.Linear(1, 2);
      override extraRepr(): string {
        return "scale=2";
      }
    }
    class Net extends nn.Module {
      block = new Block();
      plain = 3;
    }
    expect(String(new Net())).toBe(
      [
        "Net(",
        "  (block): Block(",
        "    scale=2",
        "    (fc): Linear(in_features=1, out_features=2, bias=True)",
        "  )",
        ")",
      ].join("\n"),
    );
  });
});

describe("Python numbers", () => {
  it.each([
    [1, "1", "1.0"],
    [0.1, "0.1", "0.1"],
    [1e-4, "0.0001", "0.0001"],
    [1e-5, "1e-05", "1e-05"],
    [1.5e-7, "1.5e-07", "1.5e-07"],
    [-0.00002, "-2e-05", "-2e-05"],
    [0, "0", "0.0"],
    [1e-12, "1e-12", "1e-12"],
    [1e22, "1e+22", "1e+22"],
  ])("%d", (v, number, float) => {
    expect([pyNumber(v), pyFloat(v)]).toEqual([number, float]);
  });
});
