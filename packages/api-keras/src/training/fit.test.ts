import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { currentDevice, setBackend } from "@isoform/core";
import { cpu } from "@isoform/backend-cpu";
import { keras, tf } from "../index.js";
import type { ProgressEvent } from "./options.js";

const { layers } = keras;

beforeAll(async () => {
  await setBackend(cpu());
});
beforeEach(() => {
  keras.backend.clearSession();
  keras.utils.setRandomSeed(7);
});

/** Points around three corners of a triangle. */
function points(n: number): { x: Float32Array; y: Int32Array; xs: number[][]; ys: number[] } {
  const corners = [
    [2, 0],
    [-1, 2],
    [-1, -2],
  ];
  const xs = Array.from({ length: n }, (_, i) =>
    corners[i % 3]!.map((c, j) => c + 0.4 * Math.sin(37 * i + 11 * j)),
  );
  const ys = Array.from({ length: n }, (_, i) => i % 3);
  return { x: Float32Array.from(xs.flat()), y: Int32Array.from(ys), xs, ys };
}

function classifier(): keras.Sequential {
  const model = keras.Sequential([
    keras.Input([2]),
    layers.Dense(8, { activation: "relu" }),
    layers.Dense(3),
  ]);
  model.compile({
    optimizer: keras.optimizers.Adam({ learningRate: 0.05 }),
    loss: keras.losses.SparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: ["accuracy"],
  });
  return model;
}

describe("fit", () => {
  it("trains, validates, evaluates and predicts", async () => {
    const { xs, ys } = points(90);
    const model = classifier();
    const history = await model.fit(xs, ys, { epochs: 15, batchSize: 16, validationSplit: 0.1, verbose: 0 });
    expect(Object.keys(history.history)).toEqual(["accuracy", "loss", "val_accuracy", "val_loss"]);
    expect(history.epoch.length).toBe(15);
    expect(history.history["loss"]!.at(-1)!).toBeLessThan(history.history["loss"]![0]! / 5);
    const [loss, accuracy] = await model.evaluate(xs, ys, { verbose: 0 });
    expect(accuracy).toBe(1);
    expect(loss).toBeLessThan(0.2);
    const logits = await model.predict(xs, { verbose: 0, batchSize: 40 });
    expect(logits.shape).toEqual([90, 3]);
    expect(await model.evaluate(xs, ys, { verbose: 0, returnDict: true })).toEqual({ accuracy: 1, loss });
  });

  it("is reproducible from one seed, and other seeds differ", async () => {
    const { xs, ys } = points(30);
    const run = async (seed: number) => {
      keras.utils.setRandomSeed(seed);
      return (await classifier().fit(xs, ys, { epochs: 2, batchSize: 8, verbose: 0 })).history["loss"];
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  it("leaves no storages behind beyond variables and optimizer state", async () => {
    const { xs, ys } = points(64);
    const model = classifier();
    const x = tf.constant(xs);
    const y = tf.constant(ys, { dtype: "int32" });
    await model.fit(x, y, { epochs: 1, batchSize: 8, verbose: 0 });
    const before = currentDevice().memory().storages;
    await model.fit(x, y, { epochs: 125, batchSize: 8, verbose: 0 });
    expect(currentDevice().memory().storages).toBe(before);
    await model.evaluate(x, y, { verbose: 0 });
    (await model.predict(x, { verbose: 0 })).dispose();
    await model.trainOnBatch(x, y);
    expect(currentDevice().memory().storages).toBe(before);
  });

  it("writes the lines of verbose 2 and the bar of a terminal", async () => {
    const { xs, ys } = points(32);
    let text = "";
    await classifier().fit(xs, ys, { epochs: 2, batchSize: 8, verbose: 2, write: (t) => void (text += t) });
    expect(text).toMatch(
      /^Epoch 1\/2\n4\/4 - \d+s - \d+(ms|us|s)\/step - accuracy: \d\.\d{4} - loss: \d\.\d{4}\nEpoch 2\/2\n4\/4 - /,
    );
    let bar = "";
    const logger = new keras.callbacks.ProgbarLogger({ write: (t) => void (bar += t), dynamic: true });
    await classifier().fit(xs, ys, { epochs: 1, batchSize: 8, callbacks: [logger] });
    const visible = bar
      .replaceAll(/\u001b\[\d+m|\u0008/g, "")
      .split("\r")
      .at(-1);
    expect(visible).toMatch(
      /^4\/4 ━{20} \d+s \d+(ms|us|s)\/step - accuracy: \d\.\d{4} - loss: \d\.\d{4} *\n$/,
    );
    expect(bar).toContain("\u001b[1m4/4\u001b[0m \u001b[32m━━━━━━━━━━━━━━━━━━━━\u001b[0m\u001b[37m\u001b[0m");
  });

  it("reports progress and stops at a signal", async () => {
    const { xs, ys } = points(32);
    const events: ProgressEvent[] = [];
    const signal = { aborted: false, reason: "enough" };
    const run = classifier().fit(xs, ys, {
      epochs: 3,
      batchSize: 8,
      verbose: 0,
      signal,
      onProgress: (e) => {
        events.push(e);
        if (events.length === 6) signal.aborted = true;
      },
    });
    await expect(run).rejects.toThrow(/aborted/);
    expect(events.length).toBe(6);
    expect(events[4]).toMatchObject({ task: "fit", phase: "epoch 2/3", done: 1, total: 4, unit: "steps" });
    expect(events[0]!.metrics!["loss"]).toBeGreaterThan(0);
  });

  it("takes generators and async iterables of batches", async () => {
    const { xs, ys } = points(24);
    function* batches() {
      for (let i = 0; i < 24; i += 8) yield [xs.slice(i, i + 8), ys.slice(i, i + 8)];
    }
    async function* later() {
      yield* batches();
    }
    const model = classifier();
    const history = await model.fit(batches, null, { epochs: 3, verbose: 0, validationData: later });
    expect(history.history["val_loss"]!.length).toBe(3);
    await expect(model.fit(batches(), null, { epochs: 2, verbose: 0 })).rejects.toThrow(
      /no batches[\s\S]*function/,
    );
  });

  it("weighs classes and samples", async () => {
    const { xs, ys } = points(30);
    const model = classifier();
    const plain = (await model.evaluate(xs, ys, { verbose: 0 }))[0]!;
    const doubled = (await model.evaluate(xs, ys, { verbose: 0, sampleWeight: ys.map(() => 2) }))[0]!;
    expect(doubled).toBeCloseTo(2 * plain, 5);
    await model.fit(xs, ys, { epochs: 3, verbose: 0, classWeight: { 0: 0, 1: 0, 2: 1 } });
    const pred = await model.predict(xs.slice(0, 3), { verbose: 0 });
    const [first] = (await pred.toArray()) as number[][];
    expect(Math.max(...first!)).toBe(first![2]);
  });

  it("handles several outputs by name", async () => {
    const input = keras.Input([2]);
    const h = layers.Dense(4, { activation: "tanh" })(input);
    const a = layers.Dense(1, { name: "a" })(h);
    const b = layers.Dense(3, { name: "b", activation: "softmax" })(h);
    const model = keras.Model(input, [a, b]);
    model.compile({
      optimizer: "sgd",
      loss: { a: "mse", b: "sparse_categorical_crossentropy" },
      metrics: { b: ["accuracy"] },
      lossWeights: { a: 0.5, b: 1 },
    });
    const { xs, ys } = points(12);
    const history = await model.fit(xs, { a: ys.map((v) => [v]), b: ys }, { epochs: 1, verbose: 0 });
    expect(Object.keys(history.history)).toEqual(["a_loss", "b_accuracy", "b_loss", "loss"]);
    const { a_loss: la, b_loss: lb, loss } = history.history;
    expect(loss![0]).toBeCloseTo(0.5 * la![0]! + lb![0]!, 5);
  });

  it("adds penalties of weights to the loss", async () => {
    const model = keras.Sequential([
      keras.Input([2]),
      layers.Dense(1, {
        kernelRegularizer: keras.regularizers.L2(0.1),
        kernelInitializer: "ones",
        useBias: false,
      }),
    ]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    const [loss] = await model.evaluate([[1, 1]], [[2]], { verbose: 0 });
    expect(loss).toBeCloseTo(0.2, 6);
  });

  it("names what is wrong", async () => {
    const model = classifier();
    const { xs, ys } = points(6);
    expect(() => layers.Dense(3, { activaton: "relu" } as object)).toThrow(
      /Dense[\s\S]*activaton[\s\S]*did you mean `activation`/,
    );
    expect(() => layers.Dense(3, { use_bias: true } as object)).toThrow(/did you mean `useBias`/);
    expect(() => layers.Dense(3, { activation: "rulu" })).toThrow(/rulu[\s\S]*did you mean "relu"/);
    expect(() => layers.Dense(0)).toThrow(/units is 0/);
    expect(() => model.compile({ loss: "mze" })).toThrow(/did you mean "mse"/);
    expect(() => model.compile({ optimiser: "sgd" } as object)).toThrow(/did you mean `optimizer`/);
    await expect(model.fit(xs, ys, { epoch: 2 } as object)).rejects.toThrow(/did you mean `epochs`/);
    await expect(keras.Sequential([layers.Dense(1)]).fit(xs, ys)).rejects.toThrow(/not compiled/);
    await expect(model.fit(xs, ys.slice(1))).rejects.toThrow(/different numbers of samples/);
    expect(() => model(tf.constant([[1, 2, 3]]))).toThrow(
      /input_layer[\s\S]*float32\[1,3\][\s\S]*\(None, 2\)/,
    );
    const dense = layers.Dense(2);
    dense(tf.constant([[1, 2]]));
    expect(() => dense(tf.constant([[1, 2, 3]]))).toThrow(/Dense "dense_\d+"[\s\S]*size 3[\s\S]*size 2/);
  });
});
