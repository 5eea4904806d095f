// What users get wrong, and what they are told: op or module, path, shapes, and a fix.
import { beforeAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { IsoformError, setBackend } from "@isoform/core";
import { DataLoader, F, nn, optim, TensorDataset, torch } from "./index.js";

beforeAll(async () => {
  await setBackend(reference());
});

/** Arguments that the types refuse, as JavaScript users can pass them. */
const wrong = (value: unknown): never => value as never;

const ones = (...shape: number[]): torch.Tensor => torch.ones(shape);
const weight = (): nn.Parameter => nn.Parameter(ones(1));

const CASES: Readonly<Record<string, readonly [run: () => unknown, name: string, message: string]>> = {
  "a required argument among the options": [
    () => nn.Linear(2, 3, wrong({ inFeature: 2 })),
    "ArgumentError",
    'Linear: unknown option "inFeature"\n  Fix: did you mean `inFeatures`? It comes before the options: Linear(inFeatures, outFeatures, { bias })',
  ],
  "Python's spelling": [
    () => nn.Linear(2, 3, wrong({ in_features: 2 })),
    "ArgumentError",
    'Linear: unknown option "in_features"\n  Fix: did you mean `inFeatures`? It comes before the options: Linear(inFeatures, outFeatures, { bias })',
  ],
  "Python's spelling of an option": [
    () => nn.BatchNorm2d(3, wrong({ track_running_stats: false })),
    "ArgumentError",
    'BatchNorm2d: unknown option "track_running_stats"\n  Fix: did you mean `trackRunningStats`?',
  ],
  "an option that is far from all": [
    () => nn.Linear(2, 3, wrong({ useIt: 2 })),
    "ArgumentError",
    'Linear: unknown option "useIt"\n  Fix: options are: bias',
  ],
  "a size that is no number": [
    () => nn.Linear(wrong("2"), 3),
    "ArgumentError",
    'Linear: inFeatures is "2"\n  Fix: use a non-negative integer: Linear(inFeatures, outFeatures, { bias })',
  ],
  "everything in one object": [
    () => nn.LSTM(wrong({ inputSize: 3, hiddenSize: 4 }), wrong(undefined)),
    "ArgumentError",
    'LSTM: inputSize is {"inputSize":3,"hiddenSize":4}\n  Fix: use a positive integer: LSTM(inputSize, hiddenSize, { numLayers, bias, batchFirst, dropout, bidirectional, projSize })',
  ],
  "an option in order": [
    () => nn.Linear(2, 3, wrong("no")),
    "ArgumentError",
    'Linear: bias is "no"\n  Fix: use true or false',
  ],
  "wrong features": [
    () => nn.Linear(2, 3)(ones(2, 4)),
    "ShapeError",
    "Linear: x has 4 features, w takes 2 (inputs: float32[2,4], float32[3,2], float32[3])\n  Fix: the last axis of x must have size 2",
  ],
  "wrong features deep inside": [
    () => nn.Sequential(nn.Linear(4, 3), nn.Sequential(nn.ReLU(), nn.Linear(2, 1)))(ones(2, 4)),
    "ShapeError",
    "Linear at 1.1: x has 3 features, w takes 2 (inputs: float32[2,3], float32[1,2], float32[1])\n  Fix: the last axis of x must have size 2",
  ],
  "channels last": [
    () => nn.Conv2d(3, 4, 3)(ones(1, 5, 5, 3)),
    "ShapeError",
    "Conv2d: expected 3 channels: [N, C, H, W] or [C, H, W] with C = 3 (inputs: float32[1,5,5,3])\n  Fix: check the order of the axes: channels come before the image, unlike in Keras",
  ],
  "no channels": [
    () => nn.Conv1d(3, 4, 3)(ones(5)),
    "ShapeError",
    "Conv1d: expected 3 channels: [N, C, W] or [C, W] with C = 3 (inputs: float32[5])\n  Fix: check the order of the axes: channels come before the image, unlike in Keras",
  ],
  "kernel larger than the image": [
    () => nn.Conv2d(3, 4, 7)(ones(1, 3, 5, 5)),
    "ShapeError",
    "Conv2d (conv): the kernel is larger than the padded input on spatial axis 0 (inputs: float32[1,3,5,5], float32[4,3,7,7])\n  Fix: pad more or use a smaller kernel",
  ],
  "kernel of another rank": [
    () => nn.Conv2d(3, 4, [1, 2, 3]),
    "ArgumentError",
    "Conv2d: kernelSize is [1,2,3]\n  Fix: use one non-negative integer, or 2 of them",
  ],
  groups: [
    () => nn.Conv2d(3, 4, 3, { groups: 2 }),
    "ArgumentError",
    "Conv2d: 2 groups do not divide 3 and 4 channels\n  Fix: both channel numbers must be multiples of groups",
  ],
  "batch norm of another layout": [
    () => nn.BatchNorm2d(3)(ones(1, 4, 5, 5)),
    "ShapeError",
    "BatchNorm2d: expected 4 axes with 3 channels on axis 1 (inputs: float32[1,4,5,5])\n  Fix: check the layout: PyTorch is [N, C, …]",
  ],
  "batch norm of one sample": [
    () => nn.BatchNorm1d(3)(ones(1, 3)),
    "ShapeError",
    "BatchNorm1d (batchNorm): training needs more than one value per channel (inputs: float32[1,3])\n  Fix: use a larger batch, or eval()",
  ],
  "layer norm": [
    () => nn.LayerNorm(3)(ones(2, 4)),
    "ShapeError",
    "LayerNorm: the last axes must be [3] (inputs: float32[2,4])\n  Fix: normalizedShape lists the sizes of the axes that are normalised, the last ones",
  ],
  "group norm": [
    () => nn.GroupNorm(2, 3),
    "ArgumentError",
    "GroupNorm: 2 groups do not divide 3 channels\n  Fix: numChannels must be a multiple of numGroups",
  ],
  "LSTM input": [
    () => nn.LSTM(3, 4)(ones(5, 2, 4)),
    "ShapeError",
    "LSTM: the last axis must be 3 (inputs: float32[5,2,4])\n  Fix: check inputSize and batchFirst",
  ],
  "LSTM state": [
    () => nn.LSTM(3, 4)(ones(5, 2, 3), [ones(1, 2, 5), ones(1, 2, 4)]),
    "ShapeError",
    "LSTM: state 0 must be [1,2,4] (inputs: float32[1,2,5])\n  Fix: one state per layer and direction",
  ],
  "embedding of floats": [
    () => nn.Embedding(3, 4)(ones(2)),
    "DTypeError",
    "Embedding: the dtype is not allowed here (inputs: float32[2])\n  Fix: an integer dtype is needed, e.g. int64",
  ],
  "a row that is not there": [
    () => nn.Embedding(3, 4)(torch.tensor([3]).long()),
    "ArgumentError",
    "Embedding: index 3 is outside the table of size 3 (inputs: int64[1])\n  Fix: indices go from 0 to 2",
  ],
  heads: [
    () => nn.MultiheadAttention(5, 2),
    "ArgumentError",
    "MultiheadAttention: 2 heads do not divide 5 features\n  Fix: embedDim must be a multiple of numHeads",
  ],
  "pooling of a vector": [
    () => nn.MaxPool2d(2)(ones(3)),
    "ShapeError",
    "MaxPool2d: expected 3 or 4 axes (inputs: float32[3])\n  Fix: pass [N, C, …], or [C, …] for one sample",
  ],
  "a probability": [
    () => nn.Dropout(1.5),
    "ArgumentError",
    "Dropout: the probability is 1.5\n  Fix: use 0 to 1",
  ],
  "a missing axis": [
    () => nn.Softmax(wrong({})),
    "ArgumentError",
    "Softmax: dim is missing\n  Fix: pass the axis, e.g. -1 for the last one",
  ],
  "a class that is not there": [
    () => nn.CrossEntropyLoss()(ones(2, 4), torch.tensor([0, 5]).long()),
    "ArgumentError",
    "CrossEntropyLoss (crossEntropy): index 5 is outside the classes of size 4 (inputs: int64[2])\n  Fix: indices go from 0 to 3",
  ],
  "labels of another shape": [
    () => F.crossEntropy(ones(2, 4), torch.tensor([0, 1, 2]).long()),
    "ShapeError",
    "crossEntropy: targets must be [2] (inputs: float32[2,4], int64[3])\n  Fix: give one class per position, as integers",
  ],
  "a reduction": [
    () => F.mseLoss(ones(2), ones(2), wrong({ reduction: "avg" })),
    "ArgumentError",
    "mseLoss: reduction is \"avg\"\n  Fix: use 'mean', 'sum' or 'none'",
  ],
  "a target of another shape": [
    () => nn.MSELoss()(ones(2, 4), ones(2)),
    "ShapeError",
    "MSELoss: input and target have different shapes (inputs: float32[2,4], float32[2])\n  Fix: reshape one of them; losses do not broadcast",
  ],
  "no parameters": [
    () => optim.Adam([]),
    "ArgumentError",
    "Adam: no parameters to optimise\n  Fix: pass model.parameters(), or a list of { params, … } groups",
  ],
  "an option of the optimizer": [
    () => optim.Adam([weight()], wrong({ weight_decay: 1 })),
    "ArgumentError",
    'Adam: unknown option "weight_decay"\n  Fix: did you mean `weightDecay`?',
  ],
  "a learning rate": [
    () => optim.SGD([weight()], { lr: -1 }),
    "ArgumentError",
    "SGD: lr is -1\n  Fix: use 0 or more",
  ],
  "betas of a group": [
    () => optim.Adam([{ params: [weight()], betas: [0.9, 1] }]),
    "ArgumentError",
    "Adam: betas is [0.9,1]\n  Fix: use two numbers from 0 to below 1",
  ],
  "not a leaf": [
    () => optim.Adam([weight().mul(2)]),
    "ArgumentError",
    "Adam: a tensor made by a recorded op cannot be optimised (inputs: float32[1])\n  Fix: pass the parameters it was made from, or nn.Parameter(tensor.detach())",
  ],
  "the model instead of an optimizer": [
    () => optim.lrScheduler.StepLR(wrong(nn.Linear(1, 1)), 3),
    "ArgumentError",
    "StepLR: the first argument is not an optimizer\n  Fix: pass the optimizer whose learning rate is to change",
  ],
  broadcasting: [
    () => ones(2, 4).add(ones(3)),
    "ShapeError",
    "add: the shapes cannot be broadcast (inputs: float32[2,4], float32[3])\n  Fix: sizes must be equal or 1, counted from the last axis",
  ],
  "an option of creation": [
    () => torch.zeros(2, wrong({ requires_grad: true })),
    "ArgumentError",
    'zeros: unknown option "requires_grad"\n  Fix: did you mean `requiresGrad`?',
  ],
  "a misspelt dtype": [
    () => ones(2).to(wrong("float33")),
    "DTypeError",
    '"float33" is not an element type\n  Fix: did you mean `float32`?',
  ],
  "an array for a tensor": [
    () => nn.Linear(2, 3)(wrong([1, 2])),
    "ArgumentError",
    "Linear: x is not a tensor: [1,2]\n  Fix: make a tensor of it first",
  ],
  "a function in a Sequential": [
    () => nn.Sequential(wrong(F.relu)),
    "ArgumentError",
    'Sequential: "0" is not a module\n  Fix: pass instances of nn.Module; wrap functions in a class with forward()',
  ],
  "no forward": [
    () => new (class Net extends nn.Module {})()(),
    "UnsupportedOpError",
    "Net: no forward() is defined\n  Fix: define forward(x) in the class",
  ],
  "rows of different numbers": [
    () => new TensorDataset(ones(2), ones(3)),
    "ShapeError",
    "TensorDataset: the tensors have different numbers of rows (inputs: float32[2], float32[3])\n  Fix: first axes must be equal",
  ],
  "an empty batch": [
    () => new DataLoader(new TensorDataset(ones(2)), { batchSize: 0 }),
    "ArgumentError",
    "DataLoader: batchSize is 0\n  Fix: use a positive integer",
  ],
};

describe("mistakes", () => {
  it.each(Object.entries(CASES))("%s", (_, [run, name, message]) => {
    let caught: unknown;
    try {
      run();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(IsoformError);
    const error = caught as IsoformError;
    expect([error.name, error.message]).toEqual([name, message]);
    expect(error.code).toMatch(/^[a-z]+\/[a-z-]+$/);
  });

  it("carry the path, and the error they come from", () => {
    class Block extends nn.Module<[x: torch.Tensor], torch.Tensor> {
      fc = nn.Linear(2, 2);
      override forward(x: torch.Tensor): torch.Tensor {
        return this.fc(x);
      }
    }
    class Net extends nn.Module<[x: torch.Tensor], torch.Tensor> {
      blocks = new nn.ModuleList([new Block(), new Block()]);
      override forward(x: torch.Tensor): torch.Tensor {
        return this.blocks.get(1)(x);
      }
    }
    let caught: IsoformError | null = null;
    try {
      new Net()(ones(1, 3));
    } catch (error) {
      caught = error as IsoformError;
    }
    expect([caught!.op, caught!.path, caught!.code]).toEqual(["Linear", "blocks.1.fc", "shape/mismatch"]);
    expect((caught!.cause as IsoformError).op).toBe("linear");
    expect((caught!.cause as IsoformError).cause).toBeUndefined();
  });

  it("errors of the user's own pass unchanged", () => {
    const own = new RangeError("mine");
    class Net extends nn.Module {
      override forward(): never {
        throw own;
      }
    }
    expect(() => new Net()()).toThrow(own);
  });

  it("every option object is checked: modules", () => {
    const unknown = wrong({ nonsense: 1 });
    const CHECKED = Object.entries(nn).filter(([name]) => /^[A-Z]/.test(name));
    const without = ["Module", "Parameter", "Identity", "Sigmoid", "LogSigmoid", "Tanh", "Softsign"];
    const noOptions = ["Tanhshrink", "Softmax2d", "Sequential", "ModuleList", "ModuleDict", "Unflatten"];
    const lists = ["ParameterList", "ParameterDict"];
    const layers: Readonly<Record<string, () => unknown>> = {
      TransformerEncoder: () => nn.TransformerEncoderLayer(2, 1),
      TransformerDecoder: () => nn.TransformerDecoderLayer(2, 1),
    };
    const positional = ["PixelShuffle", "PixelUnshuffle", "ChannelShuffle"];
    const free = new Set([...without, ...noOptions, ...positional, ...lists]);
    const silent: string[] = [];
    for (const [name, Class] of CHECKED) {
      if (free.has(name) || name.includes("Pad") || name.startsWith("Adaptive")) continue;
      const refused = [0, 1, 2, 3].some((n) => {
        try {
          Reflect.apply(Class as () => unknown, undefined, [
            ...[layers[name]?.() ?? 2, 2, 2].slice(0, n),
            unknown,
          ]);
          return false;
        } catch (error) {
          return error instanceof IsoformError && error.code === "argument/unknown-option";
        }
      });
      if (!refused) silent.push(name);
    }
    expect(silent).toEqual([]);
  });
});
