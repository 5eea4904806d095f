// What modules, functions and initialisers do with arguments that are wrong, at the edge, or hardly ever given.
import { reference } from "@isoform/backend-reference";
import { IsoformError, setBackend } from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";
import { F, nn, torch } from "../index.js";
import { traceModule } from "./trace.js";

beforeAll(async () => {
  await setBackend(reference());
});

/** Arguments that the types refuse, as JavaScript users can pass them. */
const wrong = (value: unknown): never => value as never;
const ones = (...shape: number[]): torch.Tensor => torch.ones(shape);
const long = (...values: number[]): torch.Tensor => torch.tensor(values).long();
const disposed = (): torch.Tensor => {
  const t = ones(2, 2);
  t.dispose();
  return t;
};
/** A fresh module for names of buffers. */
const linear = (): nn.Linear => nn.Linear(1, 1);

/** What is called, the class of the error, and the beginning of its message. */
const REFUSED: Readonly<Record<string, readonly [run: () => unknown, name: string, message: string]>> = {
  "bags in an unknown mode": [
    () => F.embeddingBag(torch.tensor([[0]]).long(), ones(3, 2), wrong({ mode: "avg" })),
    "ArgumentError",
    "embeddingBag: mode is \"avg\"\n  Fix: use 'sum', 'mean' or 'max'",
  ],
  "a module of bags in an unknown mode": [
    () => nn.EmbeddingBag(3, 2, wrong({ mode: "avg" })),
    "ArgumentError",
    'EmbeddingBag: mode is "avg"',
  ],
  "bags without a batch": [
    () => F.embeddingBag(long(0, 1), ones(3, 2)),
    "ShapeError",
    "embeddingBag: the indices need 2 axes",
  ],
  "padded keys of another batch": [
    () => {
      const x = ones(3, 1, 4);
      return nn.MultiheadAttention(4, 2)(x, x, x, { keyPaddingMask: torch.zeros(2, 3).bool() });
    },
    "ShapeError",
    "MultiheadAttention: keyPaddingMask must be [1,3] (inputs: bool[2,3])",
  ],
  "an attention mask that would broadcast": [
    () => nn.MultiheadAttention(4, 2)(ones(3, 1, 4), ones(3, 1, 4), ones(3, 1, 4), { attnMask: ones(1, 3) }),
    "ShapeError",
    "MultiheadAttention: attnMask must be [3,3]",
  ],
  "an integer mask": [
    () =>
      nn.MultiheadAttention(4, 2)(ones(3, 1, 4), ones(3, 1, 4), ones(3, 1, 4), {
        keyPaddingMask: torch.zeros(1, 3).long(),
      }),
    "DTypeError",
    "MultiheadAttention: the dtype is not allowed here",
  ],
  "keys of another batch": [
    () => nn.MultiheadAttention(4, 2)(ones(3, 2, 4), ones(3, 1, 4), ones(3, 1, 4)),
    "ShapeError",
    "MultiheadAttention: query, key and value do not fit",
  ],
  "no heads": [() => nn.MultiheadAttention(4, 0), "ArgumentError", "MultiheadAttention: numHeads is 0"],
  "the reduction of one row of logits": [
    () => F.crossEntropy(ones(3), torch.tensor(1).long(), wrong({ reduction: "avg" })),
    "ArgumentError",
    'crossEntropy: reduction is "avg"',
  ],
  "class weights of another length": [
    () => F.multiMarginLoss(ones(2, 3), long(0, 1), { weight: ones(5) }),
    "ShapeError",
    "multiMarginLoss: the weights do not fit the classes",
  ],
  "a disposed tensor filled": [() => nn.init.zeros_(disposed()), "LifetimeError", "constant_: "],
  "a disposed tensor drawn": [() => nn.init.normal_(disposed()), "LifetimeError", "normal_: "],
  "a disposed weight initialised": [
    () => nn.init.kaimingUniform_(disposed()),
    "LifetimeError",
    "kaimingUniform_: ",
  ],
  "integers drawn from": [() => nn.init.uniform_(long(1, 2)), "DTypeError", "uniform_: "],
  "a number initialised": [() => nn.init.ones_(wrong(3)), "ArgumentError", "constant_: t is not a tensor: 3"],
  "a padding mode": [
    () => F.pad(ones(1, 2, 3), [1, 1], wrong({ mode: "edge" })),
    "ArgumentError",
    "pad: mode is \"edge\"\n  Fix: use 'constant', 'reflect', 'replicate' or 'circular'",
  ],
  "an interpolation mode": [
    () => F.interpolate(ones(1, 2, 3), wrong({ size: 3, mode: "area2" })),
    "ArgumentError",
    'interpolate: mode is "area2"',
  ],
  "a padding mode of a convolution": [
    () => nn.Conv1d(1, 1, 1, wrong({ paddingMode: "edge" })),
    "ArgumentError",
    'Conv1d: paddingMode is "edge"',
  ],
  "a word for the padding": [
    () => nn.Conv1d(1, 1, 1, wrong({ padding: "full" })),
    "ArgumentError",
    "Conv1d: padding is \"full\"\n  Fix: use one non-negative integer, or 1 of them, or 'same' or 'valid'",
  ],
  "padding to the same size with a stride": [
    () => nn.Conv1d(1, 1, 1, { padding: "same", stride: 2 }),
    "ArgumentError",
    "Conv1d: padding 'same' needs stride 1",
  ],
  "the mode of an initialiser": [
    () => nn.init.kaimingUniform_(ones(2, 2), wrong({ mode: "fan" })),
    "ArgumentError",
    'kaimingUniform_: mode is "fan"',
  ],
  "an activation of a transformer": [
    () => nn.TransformerEncoderLayer(4, 2, wrong({ activation: "tanh" })),
    "ArgumentError",
    'TransformerEncoderLayer: activation is "tanh"',
  ],
  "a non-linearity": [
    () => nn.RNN(1, 1, wrong({ nonlinearity: "elu" })),
    "ArgumentError",
    'RNN: nonlinearity is "elu"',
  ],
  "an approximation": [
    () => nn.GELU(wrong({ approximate: "erf" })),
    "ArgumentError",
    'GELU: approximate is "erf"',
  ],
  "other channels than those of affine parameters": [
    () => nn.InstanceNorm1d(3, { affine: true })(ones(5, 4)),
    "ShapeError",
    "InstanceNorm1d: expected 3 axes with 3 channels on axis 1 (inputs: float32[1,5,4])",
  ],
  "a module named like the books": [
    () => nn.ModuleDict().set("$books", linear()),
    "ArgumentError",
    'ModuleDict: "$books" cannot name a sub-module',
  ],
  "a module named like the mode": [
    () => nn.ModuleDict({ training: linear() }),
    "ArgumentError",
    'ModuleDict: "training" cannot name a sub-module',
  ],
  "a list for class weights": [
    () => nn.CrossEntropyLoss(wrong({ weight: [1, 2] })),
    "ArgumentError",
    "CrossEntropyLoss: weight is [1,2]\n  Fix: use a tensor",
  ],
  "products of nothing": [
    () => nn.Bilinear(0, 1, 1),
    "ArgumentError",
    "Bilinear: in1Features is 0\n  Fix: use a positive integer",
  ],
  "resizing a vector": [
    () => F.interpolate(ones(2), { size: 3 }),
    "ShapeError",
    "interpolate: mode 'nearest' needs 3, 4 or 5 axes (inputs: float32[2])",
  ],
  "resizing a table": [
    () => F.interpolate(ones(2, 3), { size: 3 }),
    "ShapeError",
    "interpolate: mode 'nearest' needs 3, 4 or 5 axes",
  ],
  "a mode for other images": [
    () => F.interpolate(ones(1, 1, 2, 3), { size: 3, mode: "linear" }),
    "ShapeError",
    "interpolate: mode 'linear' needs 3 axes",
  ],
  "factors for other axes": [
    () => F.interpolate(ones(1, 1, 2, 3), { scaleFactor: [2] }),
    "ArgumentError",
    "interpolate: scaleFactor is [2]",
  ],
  "corners of the nearest": [
    () => F.interpolate(ones(1, 2, 3), { size: 3, alignCorners: false }),
    "ArgumentError",
    "interpolate: alignCorners is false in mode 'nearest'",
  ],
  "a convolution without kernel": [
    () => nn.Conv1d(2, 2, wrong(undefined)),
    "ArgumentError",
    "Conv1d: kernelSize is missing\n  Fix: use one non-negative integer, or 1 of them: Conv1d(inChannels, outChannels, kernelSize, {",
  ],
  "a pooling without kernel": [
    () => F.maxPool2d(ones(1, 2, 2), wrong(undefined)),
    "ArgumentError",
    "maxPool2d: kernelSize is missing\n  Fix: use one non-negative integer, or 2 of them",
  ],
  "a size for the shape": [
    () => F.layerNorm(ones(2, 3), wrong(3)),
    "ArgumentError",
    "layerNorm: normalizedShape is 3\n  Fix: use a list of the sizes of the last axes",
  ],
  "a layer norm of nothing": [
    () => nn.LayerNorm(wrong(undefined)),
    "ArgumentError",
    "LayerNorm: normalizedShape is missing",
  ],
  "an array in a function": [() => F.relu(wrong([1])), "ArgumentError", "relu: a value is not a tensor: [1]"],
  "an array in a module": [
    () => nn.ReLU()(wrong([1])),
    "ArgumentError",
    "ReLU: a value is not a tensor: [1]",
  ],
  "nothing in a convolution": [
    () => nn.Conv1d(1, 1, 1)(wrong(undefined)),
    "ArgumentError",
    "Conv1d: x is not a tensor",
  ],
  "an array for a target": [
    () => nn.MSELoss()(ones(1), wrong([1])),
    "ArgumentError",
    "MSELoss: target is not a tensor: [1]",
  ],
  "softmax without options": [() => nn.Softmax(wrong(undefined)), "ArgumentError", "Softmax: dim is missing"],
  "an upsampling without options": [
    () => nn.Upsample(wrong(undefined)),
    "ArgumentError",
    "Upsample: give either size or scaleFactor\n  Fix: pass { size } or { scaleFactor }",
  ],
  "null for the options of a loss": [
    () => nn.MSELoss(wrong(null)),
    "ArgumentError",
    "MSELoss: the options are null",
  ],
  "null for a probability": [() => nn.Dropout(wrong(null)), "ArgumentError", "Dropout: p is null"],
  "null for the options of a function": [
    () => F.gelu(ones(1), wrong(null)),
    "ArgumentError",
    "gelu: the options are null",
  ],
  "null for a number": [() => F.elu(ones(1), wrong(null)), "ArgumentError", "elu: alpha is null"],
  "an LSTM's state without the list": [
    () => nn.LSTM(3, 4)(ones(2, 1, 3), wrong(ones(1, 1, 4))),
    "ArgumentError",
    "LSTM: the state is float32[1,1,4]\n  Fix: pass both states in a list: [h, c]",
  ],
  "one state of an LSTM": [
    () => nn.LSTM(3, 4)(ones(2, 1, 3), wrong([ones(1, 1, 4)])),
    "ArgumentError",
    "LSTM: the state is [float32[1,1,4]]",
  ],
  "a list of states for a GRU": [
    () => nn.GRU(3, 4)(ones(2, 1, 3), wrong([ones(1, 1, 4)])),
    "ArgumentError",
    "GRU: state 0 is not a tensor",
  ],
  "a state of a cell that would broadcast": [
    () => nn.LSTMCell(3, 4)(ones(1, 3), [ones(5, 4), ones(5, 4)]),
    "ShapeError",
    "LSTMCell: the states must be [1,4]",
  ],
  "a projection that is no smaller": [
    () => nn.LSTM(3, 4, { projSize: 4 }),
    "ArgumentError",
    "LSTM: projSize is 4\n  Fix: use less than hiddenSize, 4",
  ],
  "no layers": [() => nn.GRU(3, 4, { numLayers: 0 }), "ArgumentError", "GRU: numLayers is 0"],
  "a buffer named like the mode": [
    () => linear().registerBuffer("training", ones(1)),
    "ArgumentError",
    'Linear.registerBuffer: "training" cannot name a buffer',
  ],
  "a buffer named like a method": [
    () => linear().registerBuffer("forward", ones(1)),
    "ArgumentError",
    'Linear.registerBuffer: "forward" cannot name a buffer',
  ],
  "a buffer named like a parameter": [
    () => linear().registerBuffer("weight", ones(1)),
    "ArgumentError",
    'Linear.registerBuffer: "weight" cannot name a buffer',
  ],
  "a buffer with a dot": [
    () => linear().registerBuffer("a.b", ones(1)),
    "ArgumentError",
    'Linear.registerBuffer: "a.b" cannot name a buffer',
  ],
  "a number for a buffer": [
    () => linear().registerBuffer("a", wrong(3)),
    "ArgumentError",
    "Linear.registerBuffer: tensor is not a tensor: 3",
  ],
  "an object for a state dict": [
    () => linear().loadStateDict(wrong({})),
    "ArgumentError",
    "Linear.loadStateDict: {} is not a state dict",
  ],
  "a list in a state dict": [
    () =>
      linear().loadStateDict(
        wrong(
          new Map([
            ["weight", [1]],
            ["bias", [1]],
          ]),
        ),
      ),
    "ArgumentError",
    "Linear.loadStateDict: weight is not a tensor: [1]",
  ],
  "a word for the mode": [() => linear().train(wrong("yes")), "ArgumentError", "Linear.train: mode is"],
  "a hook that is none": [
    () => linear().registerForwardHook(wrong(3)),
    "ArgumentError",
    "Linear.registerForwardHook: hook is 3\n  Fix: use a function",
  ],
  "a function traced": [
    () =>
      traceModule(
        wrong((x: unknown) => x),
        [{ shape: [1], dtype: "float32" }],
      ),
    "ArgumentError",
    "traceModule: a function is not a module",
  ],
  "one spec traced": [
    () => traceModule(linear() as nn.Module, wrong({ shape: [1], dtype: "float32" })),
    "ArgumentError",
    "traceModule: specs is {",
  ],
  "no spec traced": [
    () => traceModule(linear() as nn.Module, []),
    "ArgumentError",
    "Linear: x is not a tensor",
  ],
  "classes of nothing": [
    () => F.oneHot(torch.zeros(0).long()),
    "ShapeError",
    "oneHot: there is no largest index to tell the number of classes (inputs: int64[0])",
  ],
  "a class beyond the classes": [
    () => F.oneHot(long(5), 3),
    "ArgumentError",
    "oneHot: index 5 is outside the classes of size 3",
  ],
  "a padding index beyond the table": [
    () => nn.Embedding(3, 2, { paddingIdx: 3 }),
    "ArgumentError",
    "Embedding: paddingIdx is 3\n  Fix: use a row of the table of 3",
  ],
  "an upside-down range": [
    () => nn.Hardtanh({ minVal: 1, maxVal: 0 }),
    "ArgumentError",
    "Hardtanh: the range is 1 to 0",
  ],
  "a parameter of a list": [
    () => nn.Parameter(wrong([1, 2])),
    "ArgumentError",
    "Parameter: data is not a tensor: [1,2]",
  ],
};

describe("refused", () => {
  it.each(Object.entries(REFUSED))("%s", (_, [run, name, message]) => {
    let caught: unknown;
    try {
      run();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(IsoformError);
    const error = caught as IsoformError;
    expect([error.name, error.message.slice(0, message.length)]).toEqual([name, message]);
    expect(error.hint).toMatch(/\w/);
  });
});

/** What PyTorch answers: shape and elements. */
const TAKEN: Readonly<
  Record<string, readonly [run: () => torch.Tensor, shape: number[], values: unknown[]]>
> = {
  "an ignored row of logits": [() => F.crossEntropy(ones(3), torch.tensor(-100).long()), [], [NaN]],
  "the sum of an ignored row of logits": [
    () => F.crossEntropy(ones(3), torch.tensor(-100).long(), { reduction: "sum" }),
    [],
    [0],
  ],
  "a linear map of nothing": [() => nn.Linear(0, 3)(ones(1, 0)), [1, 3], [0, 0, 0]],
  "a linear map to nothing": [() => nn.Linear(3, 0)(ones(1, 3)), [1, 0], []],
  "a convolution of nothing": [() => nn.Conv1d(0, 0, 1).weight, [0, 0, 1], []],
  "a transposed convolution of nothing": [() => nn.ConvTranspose1d(0, 0, 1).weight, [0, 0, 1], []],
  "an empty weight": [() => nn.init.kaimingNormal_(ones(2, 0)), [2, 0], []],
  "any number of channels without parameters": [() => nn.InstanceNorm1d(3)(ones(1, 2)), [1, 2], [0, 0]],
  "any number of channels of a batch": [() => nn.InstanceNorm1d(3)(ones(1, 1, 2)), [1, 1, 2], [0, 0]],
  "classes told by the largest": [() => F.oneHot(long(1), -1), [1, 2], [0n, 1n]],
  "undefined for an option": [() => F.elu(ones(1), { alpha: undefined }), [1], [1]],
};

describe("taken", () => {
  it.each(Object.entries(TAKEN))("%s", (_, [run, shape, values]) => {
    const y = run();
    expect([y.shape, [...y.dataSync()]]).toEqual([shape, values]);
  });

  it("attention of one sample", () => {
    const attention = nn.MultiheadAttention(4, 2);
    const [q, k] = [torch.randn([3, 4]), torch.randn([5, 4])];
    const keyPaddingMask = torch.tensor([false, true, false, false, true]);
    const [y, weights] = attention(q, k, k, { keyPaddingMask });
    const [batch, batchWeights] = attention(q.unsqueeze(1), k.unsqueeze(1), k.unsqueeze(1), {
      keyPaddingMask: keyPaddingMask.unsqueeze(0),
    });
    expect([y.shape, weights!.shape]).toEqual([
      [3, 4],
      [3, 5],
    ]);
    expect(y.dataSync()).toEqual(batch.dataSync());
    expect(weights!.dataSync()).toEqual(batchWeights!.dataSync());
  });
});
