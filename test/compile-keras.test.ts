// Compiled steps of Keras models around a training: settings that change, errors, fallbacks, memory; tf.function.
import { afterAll, describe, expect, it } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { reference } from "@isoform/backend-reference";
import { createRuntime, mul, tensor, type Tensor } from "@isoform/core";
import { keras, tf } from "@isoform/api-keras";
import { loadTestDigits } from "../examples/src/digits/data.js";

const runtime = await createRuntime({ backends: [cpu()] });
const device = runtime.use();
afterAll(() => runtime.dispose());

const { layers, optimizers } = keras;
const input = (shape: number[], seed = 0) => {
  const n = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Array.from({ length: n }, (_, i) => Math.sin(i * 1.3 + seed)),
    { shape },
  );
};
const x = input([20, 6]);
const y = input([20, 2], 1);
const numbers = (t: Tensor) => Array.from(t.dataSync(), Number);
const silent = { verbose: 0, batchSize: 8 } as const;

type Compile = Parameters<ReturnType<typeof keras.Sequential>["compile"]>[0];
const mlp = () =>
  keras.Sequential([keras.Input([6]), layers.Dense(5, { activation: "tanh" }), layers.Dense(2)]);

/** Runs the same with compiled and with eager steps, and compares what it returns and the weights. */
async function both<M extends ReturnType<typeof keras.Model>>(
  make: () => M,
  run: (model: M) => Promise<unknown>,
  compile: () => Compile = () => ({ optimizer: "adam", loss: "mse" }),
): Promise<M> {
  const results: unknown[] = [];
  let compiled: M | null = null;
  for (const runEagerly of [true, false]) {
    keras.utils.setRandomSeed(3);
    const model = make();
    model.compile({ ...compile(), runEagerly });
    const returned = await run(model);
    results.push({
      returned,
      weights: model.weights.map(numbers),
      slots: model.optimizer.variables.map(numbers),
    });
    if (runEagerly) model.dispose();
    else compiled = model;
  }
  expect(results[1]).toEqual(results[0]);
  return compiled!;
}

describe("settings that change between steps", () => {
  it("a learning rate set by a callback", async () => {
    class Halve extends keras.callbacks.Callback {
      override onTrainBatchEnd() {
        this.model.optimizer.learningRate = this.model.optimizer.learningRate / 2;
      }
    }
    const model = await both(mlp, async (m) => {
      const { history } = await m.fit(x, y, { ...silent, epochs: 3, callbacks: [new Halve()] });
      return { history, rate: m.optimizer.learningRate, steps: m.optimizer.iterations };
    });
    expect(model.optimizer.iterations).toBe(9);
    expect(model.compileInfo).toMatchObject({ notice: null, train: { programs: 2 } });
  });

  it("weights loaded between two fits, and a counter of steps", async () => {
    const weights = mlp()
      .weights.map(numbers)
      .map((w) => w.map((v, i) => Math.fround(v + i * 0.01)));
    const model = await both(mlp, async (m) => {
      await m.fit(x, y, { ...silent, epochs: 2 });
      m.setWeights(weights.map((w) => Float32Array.from(w)));
      return (await m.fit(x, y, { ...silent, epochs: 2 })).history;
    });
    expect(model.compileInfo).toMatchObject({ notice: null, train: { programs: 2 } });
  });

  it("layers that are frozen and thawed", async () => {
    const model = await both(mlp, async (m) => {
      const losses = [];
      for (const trainable of [true, false, true, false]) {
        m.layers[0]!.trainable = trainable;
        losses.push((await m.fit(x, y, { ...silent, epochs: 2 })).history);
      }
      return losses;
    });
    expect(model.compileInfo).toMatchObject({ notice: null, train: { programs: 4 } });
  });

  it("an option of a layer", async () => {
    const dropping = () => keras.Sequential([keras.Input([6]), layers.Dropout(0.5), layers.Dense(2)]);
    const model = await both(dropping, async (m) => {
      const first = await m.fit(x, y, { ...silent, epochs: 2 });
      Object.assign(m.layers[0]!, { rate: 0.1 });
      return [first.history, (await m.fit(x, y, { ...silent, epochs: 2 })).history];
    });
    expect(model.compileInfo).toMatchObject({ notice: null, train: { programs: 4 } });
  });

  it("a new call of compile, with another optimizer and loss", async () => {
    await both(mlp, async (m) => {
      const { runEagerly = false } = m.$compiled!.options;
      const first = await m.fit(x, y, { ...silent, epochs: 2 });
      m.compile({ optimizer: optimizers.SGD({ momentum: 0.9 }), loss: "mae", runEagerly });
      expect(m.compileInfo.programs).toBe(0);
      return [first.history, (await m.fit(x, y, { ...silent, epochs: 2 })).history];
    });
  });

  it("runEagerly and jitCompile: false make no programs", async () => {
    const all: readonly { runEagerly?: boolean; jitCompile?: boolean }[] = [
      { runEagerly: true },
      { jitCompile: false },
    ];
    for (const options of all) {
      const model = mlp();
      model.compile({ optimizer: "sgd", loss: "mse", ...options });
      await model.fit(x, y, { ...silent, epochs: 3 });
      expect(model.compileInfo).toMatchObject({ programs: 0, notice: null });
      expect(model.runEagerly).toBe(options.runEagerly ?? false);
      model.dispose();
    }
  });
});

describe("what layers keep", () => {
  it("penalties of activities and losses added in call, forgotten after the trace", async () => {
    class Penalised extends layers.Layer {
      dense = layers.Dense(2, { activityRegularizer: "l2" });
      override call(inputs: Tensor): Tensor {
        this.addLoss(keras.ops.mean(keras.ops.square(inputs as tf.Tensor)));
        return this.dense(inputs as tf.Tensor);
      }
    }
    const make = () => keras.Sequential([keras.Input([6]), layers.Dense(4), new Penalised()]);
    const model = await both(make, async (m) => (await m.fit(x, y, { ...silent, epochs: 3 })).history);
    expect(model.compileInfo.notice).toBeNull();
    expect(model.losses).toEqual([]);
  });

  it("states of recurrent layers, reset between epochs", async () => {
    const make = () =>
      keras.Sequential([
        keras.Input([3, 2], { batchSize: 4 }),
        layers.GRU(3, { stateful: true, dropout: 0.1 }),
        layers.Dense(1),
      ]);
    const sequences = input([16, 3, 2]);
    const rnn = (m: ReturnType<typeof make>) => {
      const [layer] = m.layers;
      if (layer instanceof layers.GRU) return layer;
      throw new Error("the first layer is no GRU");
    };
    const model = await both(make, async (m) => {
      const losses = [];
      for (let i = 0; i < 3; i++) {
        losses.push(
          (await m.fit(sequences, input([16, 1]), { ...silent, batchSize: 4, shuffle: false })).history,
        );
        rnn(m).resetState();
      }
      return losses;
    });
    expect(model.compileInfo).toMatchObject({ notice: null, train: { programs: 1 } });
  });

  it("singular vectors of spectral normalisation, and constraints", async () => {
    const make = () =>
      keras.Sequential([
        keras.Input([6]),
        layers.SpectralNormalization(layers.Dense(4)),
        layers.Dense(2, { kernelConstraint: "non_neg" }),
      ]);
    const model = await both(make, async (m) => (await m.fit(x, y, { ...silent, epochs: 3 })).history);
    expect(model.compileInfo.notice).toBeNull();
  });

  it("counts of random draws go on where eager steps stand", async () => {
    const make = () =>
      keras.Sequential([keras.Input([6]), layers.Dropout(0.5, { seed: 5 }), layers.Dense(2)]);
    const model = await both(make, async (m) => {
      await m.fit(x, y, { ...silent, epochs: 3 });
      const [layer] = m.layers;
      if (!(layer instanceof layers.Dropout)) throw new Error("the first layer is no Dropout");
      return [layer.seedGenerator.count, numbers(keras.random.uniform([3]))];
    });
    expect(model.compileInfo.notice).toBeNull();
  });
});

describe("errors of users", () => {
  it("classes and rows that do not exist, at a late batch", async () => {
    const model = keras.Sequential([
      keras.Input([3], { dtype: "int32" }),
      layers.Embedding(9, 4, { name: "words" }),
      layers.Flatten(),
      layers.Dense(4, { activation: "softmax" }),
    ]);
    model.compile({ optimizer: "sgd", loss: "sparse_categorical_crossentropy" });
    const ids = tensor(
      Array.from({ length: 60 }, (_, i) => i % 9),
      { shape: [20, 3], dtype: "int32" },
    );
    const labels = (bad: number) =>
      tensor(
        Array.from({ length: 20 }, (_, i) => (i === 13 ? bad : i % 4)),
        { dtype: "int32" },
      );
    const run = { ...silent, batchSize: 4 };
    const options = { ...run, shuffle: false };
    await model.fit(ids, labels(0), options);
    await expect(model.fit(ids, labels(4), options)).rejects.toThrow(
      "sparseCategoricalCrossentropy: index 4 is outside the classes of size 4",
    );
    await expect(model.fit(ids, labels(-1), options)).rejects.toThrow("index -1 is outside the classes");
    await expect(model.evaluate(ids, labels(7), run)).rejects.toThrow("index 7 is outside the classes");
    const wrong = tensor(
      Array.from({ length: 60 }, (_, i) => (i === 50 ? 9 : i % 9)),
      { shape: [20, 3], dtype: "int32" },
    );
    const path = 'Embedding "words" at sequential/words: index 9 is outside the table of size 9';
    await expect(model.fit(wrong, labels(0), options)).rejects.toThrow(
      new RegExp(path.replace("sequential", "sequential\\w*")),
    );
    await expect(model.predict(wrong, run)).rejects.toThrow("index 9 is outside the table of size 9");
    expect(model.compileInfo).toMatchObject({ notice: null, train: { programs: 1 } });
    await model.fit(ids, labels(0), options);
  });

  it("rows that do not exist in a column of the input", async () => {
    const columns = keras.Input([2], { dtype: "int32" });
    const words = layers.Embedding(5, 2, { name: "words" })(
      layers.Cropping1D([1, 0])(layers.Reshape([2, 1])(columns)),
    );
    const model = keras.Model(columns, layers.Dense(1)(layers.Flatten()(words)));
    model.compile({ optimizer: "sgd", loss: "mse" });
    const rows = (last: number) =>
      tensor(
        Array.from({ length: 12 }, (_, i) => [77, i === 11 ? last : i % 5]),
        { dtype: "int32" },
      );
    const options = { ...silent, batchSize: 4, shuffle: false };
    await model.fit(rows(4), input([12, 1]), options);
    await expect(model.fit(rows(5), input([12, 1]), options)).rejects.toThrow(
      "index 5 is outside the table of size 5",
    );
    expect(model.compileInfo.notice).toBeNull();
  });

  it("targets of a wrong shape do not end compilation", async () => {
    const model = mlp();
    model.compile({ optimizer: "sgd", loss: "mse" });
    await model.fit(x, y, silent);
    await expect(model.fit(x, input([20, 3]), silent)).rejects.toThrow(
      "the targets do not fit the predictions",
    );
    await model.fit(x, y, { ...silent, epochs: 2 });
    expect(model.compileInfo.notice).toBeNull();
    expect(model.compileInfo.train.programs).toBe(2);
  });
});

describe("steps of users", () => {
  class Noisy extends keras.Model {
    net = mlp();
    tracker = keras.metrics.Mean({ name: "noisy" });
    override call(inputs: Tensor): Tensor {
      return this.net(inputs as tf.Tensor);
    }
    override trainStep([a, b]: readonly [unknown, unknown?]) {
      using tape = tf.GradientTape();
      const noise = keras.random.normal([6], { stddev: 0.1 });
      const loss = keras.losses.meanSquaredError(
        b as tf.Tensor,
        this<tf.Tensor>((a as tf.Tensor).add(noise)),
      );
      const mean = keras.ops.mean(loss);
      const gradients = tape.gradient(mean, this.trainableWeights);
      this.optimizer.apply(gradients, this.trainableWeights);
      tape.stopRecording(() => this.tracker.updateState(mean));
      return { mine: mean, noisy: this.tracker.result() };
    }
  }

  it("are compiled too, with their own values", async () => {
    const model = await both(
      () => new Noisy(),
      async (m) => (await m.fit(x, y, { ...silent, epochs: 3 })).history,
    );
    expect(model.compileInfo).toMatchObject({ notice: null, train: { programs: 2 } });
  });

  class Adversaries extends keras.Model {
    maker = keras.Sequential([layers.Dense(8, { activation: "relu" }), layers.Dense(4)]);
    judge = keras.Sequential([layers.Dense(8, { activation: "relu" }), layers.Dropout(0.3), layers.Dense(1)]);
    rates = [
      optimizers.Adam({ learningRate: 0.01 }),
      optimizers.Adam({ learningRate: 0.02, gradientAccumulationSteps: 2 }),
    ] as const;
    tracker = keras.metrics.Mean({ name: "maker" });
    override call(inputs: Tensor): Tensor {
      return this.judge(inputs as tf.Tensor);
    }
    override trainStep([batch]: readonly [unknown, unknown?]) {
      const real = batch as tf.Tensor;
      const n = real.shape[0]!;
      const loss = keras.losses.BinaryCrossentropy({ fromLogits: true });
      const made = () => this.maker<tf.Tensor>(keras.random.normal([n, 3]));
      const judged = (t: tf.Tensor) => this.judge<tf.Tensor>(t, { training: true });
      const judge = tf.GradientTape((tape) => {
        const right = loss(tf.ones([n, 1]), judged(real));
        const sum = right.add(loss(tf.zeros([n, 1]), judged(made())));
        this.rates[1].apply(tape.gradient(sum, this.judge.trainableWeights), this.judge.trainableWeights);
        return sum;
      });
      const maker = tf.GradientTape((tape) => {
        const fooled = loss(tf.ones([n, 1]), this.judge<tf.Tensor>(made()));
        this.rates[0].apply(tape.gradient(fooled, this.maker.trainableWeights), this.maker.trainableWeights);
        return fooled;
      });
      this.tracker.updateState(maker);
      return { judge, maker: this.tracker.result() };
    }
  }

  it("are compiled with two models, two optimizers and a phase of one of them", async () => {
    const model = await both(
      () => new Adversaries(),
      async (m) => {
        const { history } = await m.fit(input([20, 4]), null, { ...silent, epochs: 4 });
        return [history, m.rates.map((o) => o.variables.map(numbers))];
      },
    );
    // Two sizes of batches, each with and without an update of the judge.
    expect(model.compileInfo).toMatchObject({ notice: null, train: { programs: 4 } });
  });

  const fallback = async (step: (model: InstanceType<typeof Noisy>) => object, message: string) => {
    class Own extends Noisy {
      override trainStep(batch: readonly [unknown, unknown?]) {
        return { ...super.trainStep(batch), ...step(this) };
      }
    }
    let text = "";
    const model = await both(
      () => new Own(),
      async (m) => {
        const write = (t: string) => (text += t);
        return (await m.fit(x, y, { batchSize: 8, verbose: 2, write, epochs: 3 })).history;
      },
    );
    expect(model.compileInfo.notice).toContain(message);
    expect(text.split("one operation at a time").length).toBe(2);
    expect(model.compileInfo.train.programs).toBe(0);
  };

  it("that read the rate, freeze layers, count in plain properties or return plain numbers run eagerly and say so", async () => {
    await fallback(
      (m) => ({ rate: m.optimizer.learningRate }),
      "a value that changes from step to step is used",
    );
    await fallback((m) => ({ steps: m.optimizer.iterations }), ".iterations");
    await fallback((m) => {
      m.net.layers[0]!.trainable = !m.net.layers[0]!.trainable;
      return {};
    }, "trainable of Dense");
    await fallback(() => ({ one: 1 }), "returns the plain value 1");
    await fallback((m) => {
      const counting = m as { count?: number };
      counting.count = (counting.count ?? 0) + 1;
      return {};
    }, 'changes "count"');
    await fallback(
      (m) => ({ first: m.net.weights[1]!.dataSync()[0]! }),
      "is used while the step is compiled",
    );
  });
});

describe("predictOnBatch", () => {
  it("gives what the model gives, as a program", () => {
    const model = mlp();
    for (let i = 0; i < 3; i++)
      expect(numbers(model.predictOnBatch(x))).toEqual(numbers(model(x as tf.Tensor)));
    expect(model.compileInfo.predict).toMatchObject({ programs: 1, notice: null });
    model.dispose();
  });
});

describe("digits", () => {
  it("an MLP learns them with compiled steps as with eager ones", async () => {
    const { images, labels } = await loadTestDigits(300);
    const pixels = tensor(images, { shape: [300, 784] });
    const make = () =>
      keras.Sequential([
        keras.Input([784]),
        layers.Dense(32, { activation: "relu" }),
        layers.Dense(10, { activation: "softmax" }),
      ]);
    const last: number[] = [];
    const model = await both(
      make,
      async (m) => {
        const validationData = [pixels, labels];
        const { history } = await m.fit(pixels, [...labels], {
          verbose: 0,
          batchSize: 64,
          epochs: 6,
          validationData,
        });
        last.push(history["accuracy"]!.at(-1)!);
        return history;
      },
      () => ({
        optimizer: optimizers.Adam({ learningRate: 0.01 }),
        loss: "sparse_categorical_crossentropy",
        metrics: ["accuracy"],
      }),
    );
    expect(model.compileInfo).toMatchObject({ notice: null, train: { programs: 2 }, test: { programs: 2 } });
    expect(last[0]).toBeGreaterThan(0.8);
    model.dispose();
  });
});

describe("memory", () => {
  it("of 1,000 compiled steps is what it was, and all of it goes with the model", async () => {
    const empty = device.memory().storages;
    const model = keras.Sequential([
      keras.Input([6]),
      layers.Dense(5, { activation: "relu" }),
      layers.BatchNormalization(),
      layers.Dropout(0.2),
      layers.Dense(2),
    ]);
    model.compile({ optimizer: "nadam", loss: "mse", metrics: ["mae"] });
    await model.fit(x, y, { ...silent, batchSize: 5, epochs: 2 });
    await model.evaluate(x, y, silent);
    const base = device.memory().storages;
    await model.fit(x, y, { ...silent, batchSize: 5, epochs: 250 });
    await model.evaluate(x, y, silent);
    expect(device.memory().storages).toBe(base);
    expect(model.compileInfo).toMatchObject({ notice: null, train: { programs: 1 } });
    for (let i = 0; i < 20; i++) await model.trainOnBatch(x, y);
    expect(device.memory().storages).toBe(base);
    model.dispose();
    expect(device.memory().storages).toBe(empty);
  });
});

describe("backends without a compiler", () => {
  it("run eagerly unless jitCompile asks for traced steps", async () => {
    const other = await createRuntime({ backends: [reference()] });
    other.use();
    try {
      for (const [jitCompile, programs] of [
        ["auto", 0],
        [true, 2],
      ] as const) {
        const model = await both(
          mlp,
          async (m) => (await m.fit(numbersOf(20, 6), numbersOf(20, 2), { ...silent, epochs: 2 })).history,
          () => ({ optimizer: "adam", loss: "mse", jitCompile }),
        );
        expect(model.compileInfo.train).toMatchObject({ programs, notice: null });
        model.dispose();
      }
    } finally {
      other.dispose();
      runtime.use();
    }
  });
});

const numbersOf = (rows: number, columns: number) =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, k) => Math.cos(i * 1.1 + k)));

describe("tf.function", () => {
  it("compiles functions of nested tensors, one program per shape and constant", () => {
    let traced = 0;
    const f = tf.function((pair: { a: Tensor; b: readonly Tensor[] }, scale: number) => {
      traced++;
      return { sum: mul(pair.a, scale), rest: pair.b.map((t) => mul(t, pair.a)) };
    });
    const arg = (n: number) => ({ a: input([n]), b: [input([n], 1), input([n], 2)] });
    for (let i = 0; i < 4; i++) {
      const out = f(arg(3), 2);
      expect(numbers(out.sum)).toEqual(numbers(mul(input([3]), 2)));
      expect(out.rest.map(numbers)).toEqual([1, 2].map((s) => numbers(mul(input([3], s), input([3])))));
    }
    expect([traced, f.compileInfo.programs]).toEqual([2, 1]);
    f(arg(4), 2);
    f(arg(4), 3);
    expect(f.compileInfo).toMatchObject({ programs: 3, notice: null });
    f.dispose();
  });

  it("reads and assigns variables, differentiates inside, and is recorded by a tape outside", () => {
    const w = tf.Variable([1, 2]);
    const steps = tf.Variable(0);
    const step = tf.function((v: Tensor) => {
      using tape = tf.GradientTape();
      const loss = tf.reduceSum(tf.square(w.mul(v)));
      const gradient = tape.gradient(loss, w);
      w.assignSub(gradient.mul(0.1));
      steps.assignAdd(1);
      return tf.identity(loss);
    });
    const losses = Array.from({ length: 4 }, () => Number(step(tf.constant([1, 0.5])).itemSync()));
    const expected = [];
    let [a, b] = [1, 2];
    for (let i = 0; i < 4; i++) {
      expected.push(a * a + b * b * 0.25);
      [a, b] = [a - 0.2 * a, b - 0.05 * b];
    }
    expected.forEach((e, i) => expect(losses[i]).toBeCloseTo(e, 5));
    expect(numbers(steps)).toEqual([4]);
    expect(step.compileInfo).toMatchObject({ programs: 1, notice: null });

    const square = tf.function((v: tf.Tensor) => v.square());
    square(tf.constant([3]));
    square(tf.constant([3]));
    const slope = tf.GradientTape((tape) => {
      const v = tf.constant([3]);
      tape.watch(v);
      return tape.gradient(square(v), v);
    });
    expect(numbers(slope)).toEqual([6]);
  });

  it("gives up when arguments change too often", () => {
    const f = tf.function((v: tf.Tensor) => v.add(1));
    for (let n = 1; n <= 40; n++)
      expect(numbers(f(tf.zeros([n])))).toEqual(Array.from({ length: n }, () => 1));
    expect(f.compileInfo).toMatchObject({
      programs: 25,
      notice: expect.stringContaining("change too often"),
    });
  });

  it("sees frozen variables, and falls back with a notice", () => {
    const model = mlp();
    const gradients = tf.function((v: tf.Tensor) => {
      using tape = tf.GradientTape();
      const loss = tf.reduceSum(model(v));
      return tape.gradient(loss, model.trainableWeights);
    });
    for (let i = 0; i < 3; i++) expect(gradients(x as tf.Tensor).length).toBe(4);
    model.layers[0]!.trainable = false;
    for (let i = 0; i < 3; i++) expect(gradients(x as tf.Tensor).length).toBe(2);
    expect(gradients.compileInfo).toMatchObject({ programs: 2, notice: null });

    const read = tf.function((v: tf.Tensor) => (Number(v.itemSync()) > 0 ? v : v.neg()));
    for (const v of [1, -2, -3]) expect(numbers(read(tf.constant(v)))).toEqual([Math.abs(v)]);
    expect(read.compileInfo.notice).toContain("a traced tensor has no value");
  });
});
