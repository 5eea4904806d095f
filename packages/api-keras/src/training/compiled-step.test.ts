// Compiled steps give what eager steps give, bit for bit: losses, metrics, weights and optimizer state.
import { describe, expect, it } from "vitest";
import * as core from "@isoform/core";
import { cpu } from "@isoform/backend-cpu";
import { keras } from "../index.js";
import type { ModelLayer } from "../models/model.js";

const { layers, optimizers } = keras;
const { schedules } = optimizers;
await core.setBackend(cpu());

const wave = (n: number, seed = 0) =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.3 + seed) * 1.5);
const input = (shape: number[], seed = 0) =>
  core.tensor(
    wave(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    { shape },
  );
const classes = (n: number, k: number) => Int32Array.from({ length: n }, (_, i) => (i * 7 + (i >> 2)) % k);

interface Result {
  readonly history: Record<string, number[]>;
  readonly weights: number[][];
  readonly slots: number[][];
  readonly predictions: number[][];
  readonly evaluated: number[];
}

interface Case {
  readonly model: () => ModelLayer;
  /** Made anew for each model: optimizers and metrics have state. */
  readonly options: () => object;
  readonly x: unknown;
  readonly y: unknown;
  readonly fit?: object;
}

async function train(c: Case, runEagerly: boolean): Promise<Result & { model: ModelLayer }> {
  keras.utils.setRandomSeed(7);
  keras.backend.clearSession();
  const model = c.model();
  model.compile({ ...c.options(), runEagerly });
  const fit = { epochs: 3, batchSize: 8, verbose: 0, ...c.fit } as const;
  const { history } = await model.fit(c.x as never, c.y as never, fit);
  const evaluated = await model.evaluate(c.x as never, c.y as never, { verbose: 0, batchSize: 8 });
  const out = await model.predict(c.x as never, { verbose: 0, batchSize: 8 });
  const values = async (list: readonly core.Tensor[]) =>
    Promise.all(list.map(async (t) => Array.from(await t.data(), Number)));
  const result = {
    history,
    evaluated,
    weights: await values(model.weights),
    slots: await values(model.optimizer.variables),
    predictions: await values(Array.isArray(out) ? (out as core.Tensor[]) : [out]),
  };
  return { ...result, model };
}

async function same(c: Case, programs?: number): Promise<void> {
  const { model: eagerModel, ...eager } = await train(c, true);
  const { model, ...compiled } = await train(c, false);
  expect(eagerModel.compileInfo.programs).toBe(0);
  expect(model.compileInfo.notice).toBeNull();
  expect(compiled).toEqual(eager);
  if (programs !== undefined) expect(model.compileInfo.train.programs).toBe(programs);
  expect(model.compileInfo.train.programs).toBeGreaterThan(0);
  for (const v of compiled.weights.flat()) expect(Number.isFinite(v)).toBe(true);
  eagerModel.dispose();
  model.dispose();
}

describe("compiled steps equal eager ones", () => {
  it("of an MLP with a partial last batch and validation between epochs", async () => {
    await same(
      {
        model: () =>
          keras.Sequential([
            keras.Input([10]),
            layers.Dense(16, { activation: "relu", kernelRegularizer: "l2" }),
            layers.Dense(4, { activation: "softmax" }),
          ]),
        options: () => ({
          optimizer: "adam",
          loss: "sparse_categorical_crossentropy",
          metrics: ["accuracy"],
        }),
        x: input([28, 10]),
        y: classes(28, 4),
        fit: { validationSplit: 0.25 },
      },
      2,
    );
  });

  it("of a CNN with batch normalisation, dropout and noise", async () => {
    await same({
      model: () =>
        keras.Sequential([
          keras.Input([8, 8, 1]),
          layers.GaussianNoise(0.1),
          layers.Conv2D(4, 3, { padding: "same" }),
          layers.BatchNormalization(),
          layers.ReLU(),
          layers.MaxPooling2D(2),
          layers.Conv2D(6, 3),
          layers.SpatialDropout2D(0.2),
          layers.Flatten(),
          layers.Dropout(0.4),
          layers.Dense(3),
        ]),
      options: () => ({
        optimizer: "sgd",
        loss: keras.losses.SparseCategoricalCrossentropy({ fromLogits: true }),
        metrics: ["accuracy"],
      }),
      x: input([20, 8, 8, 1]),
      y: classes(20, 3),
    });
  });

  it.each(["LSTM", "GRU", "SimpleRNN"] as const)("of %s", async (kind) => {
    await same({
      model: () =>
        keras.Sequential([
          keras.Input([6, 3]),
          layers[kind](5, { returnSequences: true }),
          layers[kind](4, { dropout: 0.2 }),
          layers.Dense(1),
        ]),
      options: () => ({ optimizer: "rmsprop", loss: "mse", metrics: ["mae"] }),
      x: input([20, 6, 3]),
      y: input([20, 1], 2),
    });
  });

  it("of an embedding with masks", async () => {
    await same({
      model: () =>
        keras.Sequential([
          keras.Input([5], { dtype: "int32" }),
          layers.Embedding(9, 4, { maskZero: true }),
          layers.LSTM(3),
          layers.Dense(1, { activation: "sigmoid" }),
        ]),
      options: () => ({
        optimizer: "adam",
        loss: "binary_crossentropy",
        metrics: ["accuracy", keras.metrics.AUC()],
      }),
      x: core.tensor(classes(100, 9), { shape: [20, 5] }),
      y: core.tensor(
        Float32Array.from({ length: 20 }, (_, i) => i % 2),
        { shape: [20, 1] },
      ),
    });
  });

  it("of two inputs and two outputs with loss weights and sample weights", async () => {
    await same({
      model: () => {
        const a = keras.Input([4], { name: "a" });
        const b = keras.Input([3], { name: "b" });
        const h = layers.Concatenate()([
          layers.Dense(5, { activation: "tanh", activityRegularizer: "l1" })(a),
          layers.Dense(5, { activation: "gelu" })(b),
        ]);
        return keras.Model([a, b], [
          layers.Dense(1, { name: "p" })(h),
          layers.Dense(2, { name: "q", activation: "softmax" })(h),
        ] as never);
      },
      options: () => ({
        optimizer: "adamw",
        loss: ["mse", "sparse_categorical_crossentropy"],
        lossWeights: [0.3, 1],
        metrics: [["mae"], ["accuracy"]],
        weightedMetrics: [["mse"], null],
      }),
      x: [input([20, 4]), input([20, 3], 1)],
      y: [input([20, 1], 2), core.tensor(classes(20, 2))],
      fit: { sampleWeight: core.tensor(Float32Array.from({ length: 20 }, (_, i) => 0.5 + (i % 3))) },
    });
  });
});

describe("every metric", () => {
  const names = Object.keys(keras.metrics).filter((name) => /^[A-Z]/.test(name));
  const skipped = ["Metric", "MeanMetricWrapper", "Mean", "Sum"];
  it.each(names.filter((name) => !skipped.includes(name)))("%s", async (name) => {
    const sparse = name.startsWith("Sparse");
    const targets = Float32Array.from({ length: 60 }, (_, i) => Number((i * 5 + (i >> 2)) % 3 === 0));
    await same({
      model: () => keras.Sequential([keras.Input([6]), layers.Dense(3, { activation: "sigmoid" })]),
      options: () => ({
        optimizer: "sgd",
        loss: sparse ? "sparse_categorical_crossentropy" : "mse",
        metrics: [Reflect.apply(Reflect.get(keras.metrics, name) as () => unknown, null, [{ name: "m" }])],
      }),
      x: input([20, 6]),
      y: sparse ? classes(20, 3) : core.tensor(targets, { shape: [20, 3] }),
      fit: { epochs: 2 },
    });
  });
});

describe("other dtypes", () => {
  it.each(["float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16"])("%s", async (dtype) => {
    await same({
      model: () =>
        keras.Sequential([
          keras.Input([6]),
          layers.Dense(5, { activation: "tanh", dtype: dtype as "float64" }),
          layers.Dense(2, { dtype: dtype as "float64" }),
        ]),
      options: () => ({
        optimizer: optimizers.Adam({
          learningRate: schedules.InverseTimeDecay(0.01, 3, 0.7),
          weightDecay: 0.01,
        }),
        loss: "mse",
      }),
      x: input([20, 6]),
      y: input([20, 2], 3),
      fit: { epochs: 2 },
    });
  });
});

const dense = () =>
  keras.Sequential([keras.Input([6]), layers.Dense(7, { activation: "tanh" }), layers.Dense(2)]);
const regression = { x: input([40, 6]), y: input([40, 2], 3), model: dense, fit: { epochs: 2 } };

describe("every optimizer", () => {
  it.each([
    ["SGD", () => optimizers.SGD({ learningRate: 0.05 })],
    ["SGD with momentum", () => optimizers.SGD({ learningRate: 0.05, momentum: 0.9, nesterov: true })],
    ["RMSprop", () => optimizers.RMSprop({ momentum: 0.5, centered: true })],
    ["Adagrad", () => optimizers.Adagrad()],
    ["Adadelta", () => optimizers.Adadelta({ learningRate: 1 })],
    [
      "Ftrl",
      () => optimizers.Ftrl({ l1RegularizationStrength: 0.01, l2RegularizationStrength: 0.1, beta: 0.2 }),
    ],
    ["Lion", () => optimizers.Lion()],
    ["Adam", () => optimizers.Adam({ amsgrad: true })],
    ["AdamW", () => optimizers.AdamW()],
    ["Adamax", () => optimizers.Adamax()],
    ["Nadam", () => optimizers.Nadam({ learningRate: 0.01 })],
    ["Lamb", () => optimizers.Lamb()],
    ["exponential decay", () => optimizers.Adam({ learningRate: schedules.ExponentialDecay(0.1, 3, 0.5) })],
    ["cosine decay", () => optimizers.SGD({ learningRate: schedules.CosineDecay(0.1, 8) })],
    [
      "piecewise constants",
      () => optimizers.SGD({ learningRate: schedules.PiecewiseConstantDecay([3], [0.1, 0.01]) }),
    ],
    ["clipnorm", () => optimizers.SGD({ learningRate: 0.1, clipnorm: 0.1 })],
    ["clipvalue", () => optimizers.SGD({ learningRate: 0.1, clipvalue: 0.05 })],
    ["globalClipnorm", () => optimizers.SGD({ learningRate: 0.1, globalClipnorm: 0.1, weightDecay: 0.01 })],
    ["averages", () => optimizers.SGD({ learningRate: 0.1, useEma: true, emaMomentum: 0.7 })],
    [
      "averages that overwrite",
      () => optimizers.SGD({ learningRate: 0.1, useEma: true, emaMomentum: 0.7, emaOverwriteFrequency: 4 }),
    ],
    ["loss scale", () => optimizers.Adam({ lossScaleFactor: 128 })],
    ["accumulation", () => optimizers.Adam({ learningRate: 0.1, gradientAccumulationSteps: 3 })],
  ])("%s", async (_name, optimizer) => {
    await same({ ...regression, options: () => ({ optimizer: optimizer(), loss: "mse" }) });
  });
});
