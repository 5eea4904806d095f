// What compile, fit, evaluate and predict refuse, and that the message names the argument and the fix.
import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, IsoformError, ShapeError, currentDevice, setBackend } from "@isoform/core";
import { cpu } from "@isoform/backend-cpu";
import { keras, tf } from "../index.js";

const { layers, losses, metrics, optimizers, callbacks } = keras;

type AnyFn = (...args: readonly unknown[]) => unknown;
/** Functions as JavaScript calls them, which knows no types. */
const loose = (fn: unknown, self?: unknown): AnyFn => {
  return (...args) => Reflect.apply(fn as AnyFn, self, args) as unknown;
};

await setBackend(cpu());

const rows = Array.from({ length: 12 }, (_, i) => [Math.sin(i), Math.cos(i)]);
const labels = Array.from({ length: 12 }, (_, i) => i % 2);
const column = labels.map((v) => [v]);

function classifier(options: object = {}): keras.Sequential {
  const model = keras.Sequential([keras.Input([2]), layers.Dense(2, { activation: "softmax" })]);
  model.compile({ optimizer: "sgd", loss: "sparse_categorical_crossentropy", ...options });
  return model;
}

function twoHeads(options: object = {}): keras.Model {
  const input = keras.Input([2]);
  const model = keras.Model(input, [
    layers.Dense(1, { name: "a" })(input),
    layers.Dense(1, { name: "b" })(input),
  ]);
  model.compile({ optimizer: "sgd", loss: "mse", ...options });
  return model;
}

async function refused(
  run: () => unknown,
  message: RegExp,
  Type: typeof IsoformError = ArgumentError,
): Promise<void> {
  let error: unknown;
  try {
    await run();
  } catch (e) {
    error = e;
  }
  expect(error).toBeInstanceOf(Type);
  const { message: text, code, op, hint } = error as IsoformError;
  expect(text).toMatch(message);
  expect([code, op, hint].every((v) => typeof v === "string" && v !== "")).toBe(true);
  expect(text.length).toBeLessThan(600);
}

const fit = (options: unknown) => () => loose(classifier().fit, classifier())(rows, labels, options);

describe("options of runs", () => {
  it.each<[string, () => unknown, RegExp]>([
    ["fit of a number", fit(5), /options are 5[^]*\{ batchSize: 5 \}/],
    [
      "evaluate",
      () => loose(classifier().evaluate, classifier())(rows, labels, 5),
      /evaluate[^]*\{ batchSize: 5 \}/,
    ],
    ["predict", () => loose(classifier().predict, classifier())(rows, 5), /predict[^]*\{ batchSize: 5 \}/],
    ["epochs -1", fit({ epochs: -1 }), /epochs is -1/],
    ["epochs 1.5", fit({ epochs: 1.5 }), /epochs is 1.5/],
    ["epochs of text", fit({ epochs: "3" }), /epochs is "3"/],
    ["endless epochs", fit({ epochs: Infinity }), /epochs is Infinity/],
    ["initialEpoch", fit({ initialEpoch: -1 }), /initialEpoch is -1/],
    ["batchSize", fit({ batchSize: 0 }), /batchSize is 0/],
    ["validationBatchSize", fit({ validationBatchSize: 0 }), /validationBatchSize is 0/],
    ["validationFreq", fit({ validationFreq: 0 }), /validationFreq is 0/],
    ["stepsPerEpoch", fit({ stepsPerEpoch: -2 }), /stepsPerEpoch is -2/],
    ["verbose", fit({ verbose: 7 }), /verbose is 7/],
    ["shuffle", fit({ shuffle: "no" }), /shuffle is "no"/],
    ["signal", fit({ signal: 5 }), /signal is 5[^]*AbortController/],
    ["onProgress", fit({ onProgress: 5 }), /onProgress is 5/],
    ["classWeight", fit({ classWeight: 5 }), /classWeight is 5/],
    ["validationSplit", fit({ validationSplit: 2 }), /validationSplit is 2/],
    [
      "a class of callbacks",
      fit({ callbacks: [callbacks.EarlyStopping] }),
      /callbacks\[0\] is the class EarlyStopping/,
    ],
    ["functions of callbacks", fit({ callbacks: [{ onEpochEnd() {} }] }), /callbacks\[0\][^]*LambdaCallback/],
    ["callbacks of text", fit({ callbacks: "early" }), /callbacks is "early"/],
  ])("%s", (_, run, message) => refused(run, message));

  it("that Keras allows stay allowed", async () => {
    const model = classifier();
    const stop = callbacks.TerminateOnNaN();
    const run = { epochs: 1, verbose: false, callbacks: stop, classWeight: { 0: 1, 1: 0 } } as const;
    await model.fit(rows, labels, run);
    expect((await model.fit(rows, labels, { epochs: 0 })).history).toEqual({});
    await model.fit(rows, labels, { verbose: 0, stepsPerEpoch: null, validationFreq: [1], batchSize: null });
  });
});

describe("compile", () => {
  const compile = (options: unknown) => () => loose(classifier().compile, classifier())(options);
  it.each<[string, () => unknown, RegExp]>([
    ["a number", compile(5), /options are 5/],
    ["text", compile("adam"), /options/],
    [
      "a name of a metric alone",
      compile({ metrics: "accuracy" }),
      /metrics is "accuracy"[^]*metrics: \["accuracy"\]/,
    ],
    ["a metric alone", compile({ metrics: metrics.AUC() }), /metrics is[^]*metrics: \[…\]/],
    ["a metric of a number", compile({ metrics: [5] }), /metrics\[0\] is 5/],
    ["a weighted metric", compile({ weightedMetrics: "mse" }), /weightedMetrics: \["mse"\]/],
    ["a loss of a number", compile({ loss: 5 }), /loss is 5/],
    ["losses of numbers", compile({ loss: { a: 5 } }), /loss\.a is 5/],
    ["lossWeights", compile({ lossWeights: "a" }), /lossWeights is "a"/],
    ["runEagerly", compile({ runEagerly: 1 }), /runEagerly is 1/],
    ["jitCompile", compile({ jitCompile: "yes" }), /jitCompile is "yes"/],
    ["stepsPerExecution", compile({ stepsPerExecution: 0 }), /stepsPerExecution is 0/],
  ])("%s", (_, run, message) => refused(run, message));

  it("takes classes as Keras does", async () => {
    const model = classifier();
    const options = {
      optimizer: optimizers.Adam,
      loss: losses.SparseCategoricalCrossentropy,
      metrics: [metrics.SparseCategoricalAccuracy],
    };
    loose(model.compile, model)(options);
    const { history } = await model.fit(rows, labels, { verbose: 0 });
    expect(Object.keys(history)).toEqual(["loss", "sparse_categorical_accuracy"]);
    expect(model.toConfig().compile_config?.["loss"]).toMatchObject({
      class_name: "SparseCategoricalCrossentropy",
    });
  });
});

describe("models", () => {
  const input = () => keras.Input([2]);
  it.each<[string, () => unknown, RegExp]>([
    [
      "a layer that is not called",
      () => loose(keras.Model)(input(), layers.Dense(2)),
      /outputs has Dense[^]*call the layer/,
    ],
    ["one among outputs", () => loose(keras.Model)(input(), [layers.Dense(2)]), /which is a layer/],
    ["a layer for the input", () => loose(keras.Model)(layers.Dense(2), input()), /inputs has Dense/],
    ["a number", () => loose(keras.Model)(input(), 5), /outputs has 5/],
    ["no outputs", () => loose(keras.Model)(input(), []), /outputs is empty/],
    ["Input(3)", () => loose(keras.Input)(3), /the shape is 3[^]*keras\.Input\(\[3\]\)/],
    ["Input of a size in an object", () => loose(keras.Input)({ shape: 784 }), /keras\.Input\(\[784\]\)/],
    ["Input of -1", () => keras.Input([-1]), /null for sizes/],
    ["Input()", () => loose(keras.Input)(), /the shape is missing/],
    ["an option of Input", () => loose(keras.Input)({ shapes: [3] }), /did you mean `shape`/],
  ])("%s", (_, run, message) => refused(run, message));

  it("Input takes one object, as Python writes it", () => {
    const t = keras.Input({ shape: [28, null], dtype: "int32", name: "pixels", batchSize: 3 });
    expect([t.shape, t.dtype, t.name]).toEqual([[3, 28, null], "int32", "pixels"]);
    expect(layers.Input({ shape: [784] }).shape).toEqual([null, 784]);
    expect(keras.Input({ batchShape: [2, 3] }).shape).toEqual([2, 3]);
    const model = keras.Sequential([keras.Input({ shape: [4] }), layers.Dense(2)]);
    expect(model.outputShape).toEqual([null, 2]);
  });
});

describe("data", () => {
  const run =
    (x: unknown, y: unknown, options: object = {}) =>
    () =>
      loose(classifier().fit, classifier())(x, y, { verbose: 0, ...options });
  const holed = (at: number, value: unknown) => rows.map((r, i) => (i === at ? value : r));
  it.each<[string, () => unknown, RegExp, typeof IsoformError?]>([
    ["undefined among rows", run(holed(7, undefined), labels), /x\[7\] is undefined/],
    ["null first", run(holed(0, null), labels), /x\[0\] is null/],
    ["undefined in a row", run(holed(7, [1, undefined]), labels), /x\[7\]\[1\] is undefined/],
    ["text", run(holed(3, ["1", 2]), labels), /x\[3\]\[0\] is "1"/],
    ["undefined among labels", run(rows, [undefined, ...labels.slice(1)]), /y\[0\] is undefined/],
    ["nothing", run([], []), /x is empty/],
    ["no x", run(undefined, labels), /x is missing/],
    ["one number", run(5, labels), /x is a single number/, ShapeError],
    ["fewer labels", run(rows, labels.slice(1)), /float32\[12,2\], float32\[11\]/, ShapeError],
    [
      "a list of samples",
      run(
        Array.from({ length: 80 }, () => tf.ones([2])),
        labels,
      ),
      /77 more[^]*stack/,
      ShapeError,
    ],
    ["no y", run(rows, undefined), /y is missing/],
    [
      "validationData without y",
      run(rows, labels, { validationData: [rows] }),
      /y is missing[^]*validationData: \[x, y\]/,
    ],
    ["validationData of x", run(rows, labels, { validationData: rows }), /array of 12 entries[^]*\[x, y\]/],
    ["no validationData", run(rows, labels, { validationData: [] }), /validationData[^]*\[x, y\]/],
    ["wrong validationData", run(rows, labels, { validationData: 5 }), /validationData is 5/],
  ])("%s", (_, call, message, Type) => refused(call, message, Type));

  it("leaves nothing behind when it is refused", async () => {
    const model = classifier();
    await model.fit(rows, labels, { verbose: 0 });
    const { storages } = currentDevice().memory();
    await expect(model.fit(rows, labels.slice(1), { verbose: 0 })).rejects.toThrow(ShapeError);
    const short = { verbose: 0, validationData: [rows, labels.slice(1)] } as const;
    await expect(model.fit(rows, labels, short)).rejects.toThrow(ShapeError);
    expect(currentDevice().memory().storages).toBe(storages);
    model.dispose();
  });
});

describe("targets of several outputs", () => {
  const c = tf.constant(column);
  afterAll(() => c.dispose());
  const run =
    (y: unknown, options: object = {}) =>
    () =>
      loose(twoHeads(options).fit, twoHeads(options))(rows, y, { verbose: 0 });
  it.each<[string, () => unknown, RegExp, typeof IsoformError?]>([
    ["a name that no output has", run({ a: c, zz: c }), /y has zz[^]*the outputs are a, b/],
    ["a missing name", run({ a: c }), /no targets for b/],
    ["one array", run(c), /no targets for b/],
    ["three arrays", run([c, c, c]), /3 arrays for 2 outputs/],
    ["nested arrays", run([column, column]), /list of tensors/, ShapeError],
  ])("%s", (_, call, message, Type) => refused(call, message, Type));

  it("go by name, by position, and may be left out where there is no loss", async () => {
    const history = async (y: unknown, options: object = {}) =>
      Object.keys(((await run(y, options)()) as { history: object }).history);
    expect(await history({ b: c, a: c })).toEqual(["a_loss", "b_loss", "loss"]);
    expect(await history([c, c])).toEqual(["a_loss", "b_loss", "loss"]);
    expect(await history({ a: c }, { loss: { a: "mse" } })).toEqual(["a_loss", "loss"]);
  });

  it("of an object of outputs go by its names, in any order", async () => {
    const input = keras.Input([2]);
    const zeros = { kernelInitializer: "zeros" } as const;
    const model = keras.Model(input, {
      p: layers.Dense(1, { name: "first", ...zeros })(input),
      q: layers.Dense(1, { name: "second", ...zeros })(input),
    });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const data = { q: tf.ones([12, 1]), p: tf.zeros([12, 1]) };
    const logs = await model.evaluate(rows, data, { verbose: 0, returnDict: true });
    expect([logs["first_loss"], logs["second_loss"]]).toEqual([0, 1]);
  });

  it("of a model of a class that gives an object are trained", async () => {
    class Heads extends keras.Model {
      a = layers.Dense(1);
      b = layers.Dense(1);
      override call(x: tf.Tensor) {
        return { a: this.a(x), b: this.b(x) };
      }
    }
    const model = new Heads();
    model.compile({ optimizer: "sgd", loss: "mse" });
    const { history } = await model.fit(rows, { b: c, a: c }, { verbose: 0 });
    expect(history["loss"]![0]).toBeGreaterThan(0);
  });
});

describe("numbers", () => {
  it.each<[string, () => unknown, RegExp]>([
    ["a learning rate", () => optimizers.Adam({ learningRate: -1 }), /learningRate is -1/],
    ["a learning rate alone", () => optimizers.Adam(-1), /learningRate is -1/],
    ["beta1", () => optimizers.Adam({ beta1: 2 }), /beta1 is 2/],
    ["epsilon", () => optimizers.Adam({ epsilon: -1 }), /epsilon is -1/],
    ["clipnorm", () => optimizers.SGD({ clipnorm: -1 }), /clipnorm is -1/],
    ["weightDecay", () => optimizers.SGD({ weightDecay: -1 }), /weightDecay is -1/],
    ["L2", () => keras.regularizers.L2(-1), /l2 is -1/],
    ["L1L2", () => keras.regularizers.L1L2({ l1: -1 }), /l1 is -1/],
    ["the orthogonal factor", () => keras.regularizers.OrthogonalRegularizer({ factor: -1 }), /factor is -1/],
    ["patience", () => callbacks.EarlyStopping({ patience: -1 }), /patience is -1/],
    ["patience of a plateau", () => callbacks.ReduceLROnPlateau({ patience: 1.5 }), /patience is 1.5/],
    ["a class number", () => keras.utils.toCategorical([5, 1], 3), /5 is outside the classes of size 3/],
    ["a negative class number", () => keras.utils.toCategorical([0, -1], 3), /-1 is outside/],
    ["a fraction of a class", () => keras.utils.toCategorical([0.5, 1], 3), /a label is 0.5/],
  ])("%s", (_, run, message) => refused(run, message));

  it("that Keras allows stay allowed", async () => {
    const rate = optimizers.schedules.CosineDecay(0.1, 10);
    expect(optimizers.SGD({ learningRate: rate, clipnorm: null, weightDecay: 0 }).learningRate).toBeCloseTo(
      0.1,
    );
    expect(optimizers.SGD({ learningRate: () => 0.5 }).learningRate).toBe(0.5);
    // Keras clips by positive numbers only: 0 changes nothing.
    const model = classifier({ optimizer: optimizers.SGD({ learningRate: 1, clipnorm: 0 }) });
    const before = (await model.getWeights()).map((w) => [...w]);
    await model.fit(rows, labels, { verbose: 0 });
    expect((await model.getWeights()).map((w) => [...w])).not.toEqual(before);
  });
});
