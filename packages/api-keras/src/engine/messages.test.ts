// Texts for people: shapes of symbolic calls, hints, and what objects say of themselves.
import { describe, expect, it } from "vitest";
import { IsoformError, setBackend } from "@isoform/core";
import { cpu } from "@isoform/backend-cpu";
import { keras, tf } from "../index.js";

const { layers, optimizers, metrics } = keras;

await setBackend(cpu());

type AnyFn = (...args: readonly unknown[]) => unknown;
const loose = (fn: unknown, self?: unknown): AnyFn => {
  return (...args) => Reflect.apply(fn as AnyFn, self, args) as unknown;
};

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof IsoformError) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("shapes of symbolic calls", () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      "a convolution",
      () => layers.Conv2D(8, 3)(keras.Input([1, 28, 28])),
      /\(None, 1, 28, 28\)[^]*channels-last: pass \(None, 28, 28, 1\)/,
    ],
    [
      "in a chain",
      () => keras.Sequential([keras.Input([1, 28, 28]), layers.Conv2D(8, 3)]),
      /\(None, 1, 28, 28\)[^]*channels_first/,
    ],
    ["pooling", () => layers.MaxPooling2D(2)(keras.Input([1, 28, 28])), /channels-last/],
    ["a sum", () => keras.Input([2, 3]).add(keras.Input([3, 4])), /\(None, 2, 3\)[^]*\(None, 3, 4\)/],
    ["a product", () => keras.ops.matmul(keras.Input([2, 3]), keras.Input([2, 4])), /\(None, 2, 3\)/],
    [
      "another shape",
      () => layers.Reshape([5])(keras.Input([2, 3])),
      /\(None, 2, 3\)[^]*6 elements per sample/,
    ],
  ])("%s", (_, run, message) => {
    const text = messageOf(run);
    expect(text).toMatch(message);
    expect(text).not.toMatch(/211|223|1266/);
  });

  it("of data say where the channels are", () => {
    expect(messageOf(() => layers.Conv2D(8, 3)(tf.zeros([2, 1, 28, 28])))).toMatch(
      /float32\[2,1,28,28\][^]*channels-last: pass \(None, 28, 28, 1\)/,
    );
    expect(messageOf(() => layers.Conv2D(8, 30)(keras.Input([28, 28, 1])))).toMatch(/pad more/);
  });

  it("keep sizes that are really 211", () => {
    expect(messageOf(() => keras.Input([211, 3]).add(keras.Input([3, 4])))).toMatch(/211/);
  });
});

describe("hints", () => {
  it.each<[string, () => unknown, RegExp]>([
    ["an activation by position", () => loose(layers.Dense)(3, "relu"), /\{ activation: "relu" \}/],
    ["padding by position", () => loose(layers.Conv2D)(3, 3, "same"), /\{ padding: "same" \}/],
    ["a flag by position", () => loose(layers.LSTM)(3, true), /\{ returnSequences: true \}/],
    ["dtype float", () => layers.Dense(3, { dtype: "float" }), /did you mean "float32"/],
    ["dtype double", () => loose(keras.Input)([2], { dtype: "double" }), /did you mean "float64"/],
    ["dtype int", () => loose(tf.zeros)([2], { dtype: "int" }), /did you mean "int32"/],
    ["dtype of a constant", () => loose(tf.constant)([2], { dtype: "float" }), /did you mean "float32"/],
    ["letters in the wrong order", () => layers.Dense(3, { activation: "rleu" }), /did you mean "relu"/],
    [
      "arguments of a schedule in an object",
      () =>
        loose(optimizers.schedules.ExponentialDecay)({
          initialLearningRate: 0.1,
          decaySteps: 3,
          decayRate: 0.5,
        }),
      /ExponentialDecay\(initialLearningRate, decaySteps, decayRate, \{ … \}\)/,
    ],
    [
      "arguments of steps in an object",
      () => loose(optimizers.schedules.PiecewiseConstantDecay)({ boundaries: [1], values: [1, 2] }),
      /PiecewiseConstantDecay\(boundaries, values, \{ … \}\)/,
    ],
    [
      "labels of F scores",
      () =>
        metrics.F1Score()(
          [0, 1],
          [
            [0.2, 0.8],
            [0.6, 0.4],
          ],
        ),
      /targets float32\[2\][^]*toCategorical/,
    ],
  ])("%s", (_, run, message) => expect(messageOf(run)).toMatch(message));

  it("for weights that were not waited for", () => {
    const model = keras.Sequential([keras.Input([2]), layers.Dense(1)]);
    const set = loose(model.setWeights, model);
    expect(messageOf(() => set(model.getWeights()))).toMatch(/a promise[^]*await/);
    expect(messageOf(() => set())).toMatch(/the weights are undefined/);
  });
});

describe("objects", () => {
  it("say what they are", () => {
    const rate = optimizers.schedules.ExponentialDecay(0.1, 3, 0.5);
    expect(String(optimizers.Adam({ name: "a" }))).toBe("<Adam name=a, learning_rate=0.001>");
    expect(String(optimizers.SGD({ name: "s", learningRate: rate }))).toBe(
      "<SGD name=s, learning_rate=ExponentialDecay>",
    );
    expect(String(rate)).toMatch(/^<ExponentialDecay initial_learning_rate=0.1, /);
    expect(String(keras.losses.MeanSquaredError())).toBe("<MeanSquaredError name=mean_squared_error>");
    expect(String(metrics.AUC({ name: "auc" }))).toBe("<AUC name=auc>");
    expect(String(keras.regularizers.L2(0.5))).toBe("<L2 l2=0.5>");
    expect(String(keras.constraints.NonNeg())).toBe("<NonNeg>");
    expect(String(keras.initializers.Constant({ value: 2 }))).toMatch(/^<Constant value=2/);
  });

  it("of models give loss, metrics and the last history", async () => {
    const model = keras.Sequential([keras.Input([2]), layers.Dense(1)]);
    expect(model.history).toBe(null);
    expect(messageOf(() => model.loss)).toMatch(/not compiled/);
    expect(messageOf(() => model.metrics)).toMatch(/not compiled/);
    model.compile({ optimizer: "sgd", loss: "mse", metrics: ["mae"] });
    expect(model.loss).toBe("mse");
    expect(model.metrics.map((m) => m.name)).toEqual(["loss"]);
    const history = await model.fit(tf.ones([4, 2]), tf.ones([4, 1]), { verbose: 0 });
    expect(model.history).toBe(history);
    expect(model.metrics.map((m) => m.name)).toEqual(model.metricsNames);
    expect(model.metricsNames).toEqual(["loss", "mae"]);
  });
});
