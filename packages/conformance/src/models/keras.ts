// Model cases of api-keras.
import { keras } from "@isoform/api-keras";
import {
  bytesSource,
  fromTypedArray,
  importKeras,
  kerasBytes,
  readKerasFile,
  Session,
  typedArrayOf,
} from "@isoform/converter";
import { scope, tensor, type Device, type DType, type Tensor } from "@isoform/core";
import type { Case } from "../case.js";
import { checkTraining, labels, modelCases, wave } from "./model-case.js";

const { layers } = keras;
type Model = keras.Model;

/** A model and what it is trained with. */
interface KerasModel {
  readonly name: string;
  make(): Model;
  readonly optimizer: () => keras.optimizers.Optimizer;
  /** Shape of all samples. */
  readonly input: readonly number[];
  readonly dtype: DType;
  readonly data: readonly number[];
  readonly classes: number;
}

const MODELS: readonly KerasModel[] = [
  {
    name: "keras mlp",
    make: () =>
      keras.Sequential([
        keras.Input([8]),
        layers.Dense(16, { activation: "relu" }),
        layers.LayerNormalization(),
        layers.Dense(12, { activation: "swish", kernelRegularizer: "l2" }),
        layers.Dense(4, { activation: "softmax" }),
      ]),
    optimizer: () => keras.optimizers.SGD({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
    input: [12, 8],
    dtype: "float32",
    data: wave(96, 1),
    classes: 4,
  },
  {
    name: "keras cnn",
    make: () =>
      keras.Sequential([
        keras.Input([8, 8, 1]),
        layers.Conv2D(4, 3, { padding: "same", activation: "relu" }),
        layers.BatchNormalization(),
        layers.MaxPooling2D(2),
        layers.DepthwiseConv2D(3),
        layers.GlobalAveragePooling2D(),
        layers.Dense(4, { activation: "softmax" }),
      ]),
    optimizer: () => keras.optimizers.Adam({ learningRate: 5e-2 }),
    input: [6, 8, 8, 1],
    dtype: "float32",
    data: wave(384, 2),
    classes: 4,
  },
  {
    name: "keras gru",
    make: () =>
      keras.Sequential([
        keras.Input([6], { dtype: "int32" }),
        layers.Embedding(12, 5),
        layers.GRU(6),
        layers.Dense(3, { activation: "softmax" }),
      ]),
    optimizer: () => keras.optimizers.RMSprop({ learningRate: 3e-2 }),
    input: [8, 6],
    dtype: "int32",
    data: labels(48, 12, 1),
    classes: 3,
  },
];

function make(m: KerasModel): Model {
  keras.backend.clearSession();
  keras.utils.setRandomSeed(7);
  return m.make();
}

const inputOf = (m: KerasModel): Tensor => tensor([...m.data], { shape: [...m.input], dtype: m.dtype });

/** Losses of a few epochs of two batches, which `fit` gives as means. */
async function train(m: KerasModel, compiled: boolean): Promise<number[]> {
  const model = make(m);
  model.compile({
    optimizer: m.optimizer(),
    loss: keras.losses.SparseCategoricalCrossentropy(),
    runEagerly: !compiled,
  });
  const x = inputOf(m);
  const y = tensor(labels(m.input[0]!, m.classes, 1), { dtype: "int32" });
  const { history } = await model.fit(x, y, {
    epochs: 6,
    batchSize: m.input[0]! / 2,
    shuffle: false,
    verbose: 0,
  });
  const { notice } = model.compileInfo;
  for (const t of [x, y, model]) t.dispose();
  keras.backend.clearSession();
  const losses = history["loss"] ?? [];
  checkTraining(losses, compiled ? notice : null);
  return losses;
}

async function predictions(model: Model, m: KerasModel): Promise<number[]> {
  const x = inputOf(m);
  const y = scope(() => model<Tensor>(x));
  const values = Array.from(await y.data(), Number);
  x.dispose();
  y.dispose();
  return values;
}

/** Outputs of the untrained model in inference mode. */
async function outputs(m: KerasModel): Promise<number[]> {
  const model = make(m);
  const values = await predictions(model, m);
  model.dispose();
  keras.backend.clearSession();
  return values;
}

/** The bytes of the model's .keras file. */
async function written(m: KerasModel): Promise<Uint8Array> {
  const model = make(m);
  const archive = await model.toArchive();
  model.dispose();
  keras.backend.clearSession();
  return kerasBytes(archive);
}

/** Outputs of the file as the converter runs it. */
async function fromFile(m: KerasModel, device: Device): Promise<number[]> {
  const file = await readKerasFile(bytesSource(await written(m), "model.keras"));
  const { graph } = importKeras(file);
  const session = new Session(graph, { device });
  const data = m.dtype === "int32" ? Int32Array.from(m.data) : Float32Array.from(m.data);
  const input = fromTypedArray(m.dtype, m.input, data);
  const result = await session.run(new Map([[graph.inputs[0]!.name, input]]));
  session.dispose();
  return Array.from(typedArrayOf([...result.values()][0]!), Number);
}

/** All cases of api-keras. */
export function kerasCases(hasReference: boolean): Case[] {
  return MODELS.flatMap((m) => {
    const model = {
      name: m.name,
      outputs: () => outputs(m),
      train: (compiled: boolean) => train(m, compiled),
      file: "a .keras",
      fromFile: (device: Device) => fromFile(m, device),
    };
    return modelCases(model, hasReference);
  });
}
