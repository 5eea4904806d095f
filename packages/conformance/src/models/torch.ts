// Model cases of api-torch.
import { F, nn, optim, torch, traceModule } from "@isoform/api-torch";
import {
  exportOnnxBytes,
  fromTypedArray,
  importOnnx,
  importTrace,
  Session,
  typedArrayOf,
} from "@isoform/converter";
import { disposeGraph, scope, type Device, type DType, type Tensor } from "@isoform/core";
import type { Case } from "../case.js";
import { checkTraining, labels, modelCases, wave } from "./model-case.js";

type Model = nn.Module<[x: Tensor], torch.Tensor>;

/** A model and what it is trained with. */
interface TorchModel {
  readonly name: string;
  make(): Model;
  optimizer(parameters: nn.Parameter[]): optim.AnyOptimizer;
  /** Shape of a batch. */
  readonly input: readonly number[];
  readonly dtype: DType;
  /** Values of a batch. */
  batch(step: number): readonly number[];
  readonly classes: number;
}

const STEPS = 8;
const size = (shape: readonly number[]): number => shape.reduce((p, n) => p * n, 1);

function convolutional(): Model {
  return nn.Sequential(
    nn.Conv2d(1, 4, 3, { padding: 1 }),
    nn.BatchNorm2d(4),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(4, 6, 3),
    nn.GELU(),
    nn.AvgPool2d(2),
    nn.Flatten(),
    nn.Linear(6, 4),
  );
}

class LastStep extends nn.Module<[x: Tensor], torch.Tensor> {
  rnn = nn.LSTM(4, 6, { batchFirst: true });
  fc = nn.Linear(6, 3);
  override forward(x: Tensor): torch.Tensor {
    const [y] = this.rnn(x);
    return this.fc(y.at(":", -1));
  }
}

class Words extends nn.Module<[x: Tensor], torch.Tensor> {
  table = nn.Embedding(12, 8);
  layer = nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true, dropout: 0 });
  fc = nn.Linear(8, 3);
  override forward(x: Tensor): torch.Tensor {
    return this.fc(this.layer(this.table(x)).mean(1));
  }
}

const MODELS: readonly TorchModel[] = [
  {
    name: "torch mlp",
    make: () => nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 12), nn.Tanh(), nn.Linear(12, 4)),
    optimizer: (p) => optim.SGD(p, { lr: 0.5, momentum: 0.9 }),
    input: [12, 8],
    dtype: "float32",
    batch: () => wave(96, 1),
    classes: 4,
  },
  {
    name: "torch cnn",
    make: convolutional,
    optimizer: (p) => optim.Adam(p, { lr: 5e-2 }),
    input: [5, 1, 8, 8],
    dtype: "float32",
    batch: () => wave(320, 2),
    classes: 4,
  },
  {
    name: "torch lstm",
    make: () => new LastStep(),
    optimizer: (p) => optim.RMSprop(p, { lr: 2e-2 }),
    input: [4, 5, 4],
    dtype: "float32",
    batch: () => wave(80, 3),
    classes: 3,
  },
  {
    name: "torch transformer",
    make: () => new Words(),
    optimizer: (p) => optim.AdamW(p, { lr: 2e-2, weightDecay: 0.01 }),
    input: [4, 6],
    dtype: "int64",
    batch: () => labels(24, 12, 1),
    classes: 3,
  },
];

function tensorOf(values: readonly number[], shape: readonly number[], dtype: DType): torch.Tensor {
  const flat =
    dtype === "int64" ? torch.tensor(values.map(BigInt), { dtype }) : torch.tensor([...values], { dtype });
  return flat.reshape([...shape]);
}

/** Losses of a few steps with one batch. */
async function train(m: TorchModel, compiled: boolean): Promise<number[]> {
  torch.manualSeed(7);
  const model = m.make();
  const optimizer = m.optimizer(model.parameters());
  const eager = (x: torch.Tensor, y: torch.Tensor): torch.Tensor => {
    optimizer.zeroGrad();
    const loss = F.crossEntropy(model(x), y);
    loss.backward();
    optimizer.step();
    return loss;
  };
  const step = torch.compile(eager);
  const losses: number[] = [];
  for (let i = 0; i < STEPS; i++) {
    const loss = scope(() => {
      const x = tensorOf(m.batch(i), m.input, m.dtype);
      const y = tensorOf(labels(m.input[0]!, m.classes, 1), [m.input[0]!], "int64");
      return compiled ? step(x, y) : eager(x, y);
    });
    losses.push(Number(await loss.item()));
    loss.dispose();
  }
  const { notice } = step.info();
  step.dispose();
  optimizer.dispose();
  model.dispose();
  checkTraining(losses, compiled ? notice : null);
  return losses;
}

/** Outputs of the untrained model in inference mode. */
async function outputs(m: TorchModel): Promise<number[]> {
  torch.manualSeed(7);
  const model = m.make().eval();
  const y = scope(() => torch.noGrad(() => model(tensorOf(m.batch(0), m.input, m.dtype))));
  const values = Array.from(await y.data(), Number);
  y.dispose();
  model.dispose();
  return values;
}

/** The same from an ONNX file that the model was written to. */
async function fromFile(m: TorchModel, device: Device): Promise<number[]> {
  torch.manualSeed(7);
  const model = m.make().eval();
  const traced = traceModule(model, [{ shape: m.input, dtype: m.dtype }]);
  const written = exportOnnxBytes(await importTrace(traced));
  disposeGraph(traced.graph);
  model.dispose();
  const { graph } = await importOnnx(written);
  const session = new Session(graph, { device });
  const data = m.dtype === "int64" ? BigInt64Array.from(m.batch(0), BigInt) : Float32Array.from(m.batch(0));
  const input = fromTypedArray(m.dtype, m.input, data);
  const result = await session.run(new Map([[graph.inputs[0]!.name, input]]));
  session.dispose();
  return Array.from(typedArrayOf([...result.values()][0]!), Number);
}

/** All cases of api-torch. */
export function torchCases(hasReference: boolean): Case[] {
  return MODELS.flatMap((m) => {
    if (size(m.input) !== m.batch(0).length)
      throw new TypeError(`${m.name}: the batch does not fill its shape`);
    const model = {
      name: m.name,
      outputs: () => outputs(m),
      train: (compiled: boolean) => train(m, compiled),
      file: "an ONNX",
      fromFile: (device: Device) => fromFile(m, device),
    };
    return modelCases(model, hasReference);
  });
}
