// Arguments that Keras refuses, or answers, and what layers, metrics, losses, schedules and callbacks do with them.
import { reference } from "@isoform/backend-reference";
import { ArgumentError, DTypeError, ShapeError, createRuntime, scope, type Tensor } from "@isoform/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keras, tf } from "../index.js";

const { layers, losses, metrics, optimizers, callbacks, utils } = keras;
const runtime = await createRuntime({ backends: [reference()] });
beforeAll(() => void runtime.use());
afterAll(() => runtime.dispose());

type Loose = (...args: readonly unknown[]) => unknown;
const loose = (fn: unknown) => fn as Loose;
const call = (layer: unknown, ...args: readonly unknown[]) => loose(layer)(...args);

const sequences = () => tf.ones([2, 3, 4]);
const rows = () => tf.ones([2, 4]);
const images = (size = 2) => tf.ones([1, size, size, 3]);
const targets = [[0, 1, 0]];
const predictions = [[0.1, 0.8, 0.1]];

type Refusal = readonly [name: string, run: () => unknown, Class: typeof ArgumentError, message: RegExp];
const A = ArgumentError;
const S = ShapeError;
const D = DTypeError;

const missing: readonly Refusal[] = [
  [
    "attention without a value",
    () => call(layers.MultiHeadAttention(2, 3), sequences()),
    A,
    /MultiHeadAttention "multi_head_attention.*": the argument value is missing/,
  ],
  [
    "grouped attention without a value",
    () => call(layers.GroupedQueryAttention(2, 2, 2), sequences()),
    A,
    /value is missing/,
  ],
  [
    "a cell without states",
    () => call(layers.LSTMCell(4), rows()),
    A,
    /LSTMCell .*: the argument states is missing/,
  ],
  [
    "stacked cells without states",
    () => call(layers.StackedRNNCells([layers.GRUCell(3)]), rows()),
    A,
    /states is missing/,
  ],
  ["a cell with too few states", () => call(layers.LSTMCell(4), rows(), [rows()]), A, /1 states for 2/],
  ["Reshape()", () => loose(layers.Reshape)(), A, /Reshape: targetShape is missing/],
  ["Permute()", () => loose(layers.Permute)(), A, /Permute: dims is missing/],
  ["StackedRNNCells()", () => loose(layers.StackedRNNCells)(), A, /StackedRNNCells.*: cells is missing/],
  [
    "MeanMetricWrapper()",
    () => loose(metrics.MeanMetricWrapper)(),
    A,
    /MeanMetricWrapper: fn is not a function/,
  ],
  [
    "PiecewiseConstantDecay()",
    () => loose(optimizers.schedules.PiecewiseConstantDecay)(),
    A,
    /boundaries is missing/,
  ],
  [
    "ExponentialDecay()",
    () => loose(optimizers.schedules.ExponentialDecay)(),
    A,
    /initialLearningRate is missing/,
  ],
  ["ModelCheckpoint without options", () => loose(callbacks.ModelCheckpoint)("a"), A, /saver: saveKeras/],
  ["ModelCheckpoint without saver", () => loose(callbacks.ModelCheckpoint)("a", {}), A, /saver: saveKeras/],
  [
    "ModelCheckpoint of weights with the path of a model",
    () => callbacks.ModelCheckpoint("a.keras", { saver: () => undefined, saveWeightsOnly: true }),
    A,
    /weights\.h5/,
  ],
  [
    "LearningRateScheduler()",
    () => loose(callbacks.LearningRateScheduler)(),
    A,
    /schedule is not a function/,
  ],
];

const wrong: readonly Refusal[] = [
  [
    "Dot of one tensor",
    () => call(layers.Dot(1), sequences()),
    A,
    /Dot .*: the input is not a list of 2 tensors/,
  ],
  [
    "Subtract of three",
    () => call(layers.Subtract(), [rows(), rows(), rows()]),
    A,
    /not a list of 2 tensors/,
  ],
  [
    "a list where one tensor is needed",
    () => call(layers.Dense(2), [rows(), rows()]),
    A,
    /Dense .*: the input is a list of 2/,
  ],
  [
    "a built merging layer on one tensor",
    () => {
      const add = layers.Add();
      call(add, [rows(), rows()]);
      return call(add, rows());
    },
    A,
    /not a list/,
  ],
  [
    "a stack of layers that are no cells",
    () => loose(layers.StackedRNNCells)([layers.Dense(3)]),
    A,
    /not a cell/,
  ],
  ["an RNN of layers that are no cells", () => loose(layers.RNN)([layers.Dense(3)]), A, /not a cell/],
  ["an RNN of no cells", () => loose(layers.RNN)([]), A, /no cells/],
  ["a Reshape by -2", () => layers.Reshape([-2]), A, /targetShape is \[-2\]/],
  ["a Reshape by a number", () => loose(layers.Reshape)(3), A, /targetShape is 3/],
  ["options that are a number", () => loose(layers.Dense)(3, 5), A, /Dense: the options are 5/],
  ["options that are null", () => loose(metrics.Mean)(null), A, /Mean: the options are null/],
  [
    "options of an optimizer that are a string",
    () => loose(optimizers.Adam)("fast"),
    A,
    /Adam: the options are "fast"/,
  ],
  ["addLoss of a number", () => loose(layers.Dense(2).addLoss.bind(layers.Dense(2)))(3), A, /addLoss: .*3/],
  [
    "a weight of a negative size",
    () => layers.Dense(2).addWeight({ shape: [-2], initializer: "ones" }),
    A,
    /addWeight: shape is \[-2\]/,
  ],
  ["zip of a number", () => loose(utils.zip)(3, [1]), A, /zip: 3 is not iterable/],
  [
    "a name with more digits than numbers have",
    () => callbacks.ModelCheckpoint("{loss:.200f}", { saver: () => undefined }),
    A,
    /filepath/,
  ],
];

const unknownOptions: readonly Refusal[] = (
  [
    ["Mean", () => loose(metrics.Mean)({ foo: 1 })],
    ["Sum", () => loose(metrics.Sum)({ foo: 1 })],
    ["MeanMetricWrapper", () => loose(metrics.MeanMetricWrapper)(metrics.accuracy, { foo: 1 })],
    ["Metric", () => Reflect.construct(metrics.Metric, [{ foo: 1 }])],
    ["Loss", () => Reflect.construct(losses.Loss, [{ foo: 1 }])],
    ["ProgbarLogger", () => loose(callbacks.ProgbarLogger)({ foo: 1 })],
    ["updateState of a mean", () => loose(metrics.Mean().updateState.bind(metrics.Mean()))([1], { foo: 1 })],
    [
      "updateState of accuracy",
      () => {
        const m = metrics.Accuracy();
        return loose(m.updateState.bind(m))([1], [1], { foo: 1 });
      },
    ],
    [
      "updateState of a root",
      () => {
        const m = metrics.RootMeanSquaredError();
        return loose(m.updateState.bind(m))([1], [1], { foo: 1 });
      },
    ],
  ] as const
).map(([name, run]): Refusal => [name, run, A, /unknown option "foo"/]);

const outOfRange: readonly Refusal[] = [
  ["F1Score average", () => loose(metrics.F1Score)({ average: "foo" }), A, /average is "foo"/],
  ["FBetaScore beta", () => metrics.FBetaScore({ beta: -1 }), A, /beta is -1/],
  ["FBetaScore threshold", () => metrics.FBetaScore({ threshold: 2 }), A, /threshold is 2/],
  ["AUC numThresholds", () => metrics.AUC({ numThresholds: 1 }), A, /numThresholds is 1/],
  ["AUC numLabels", () => metrics.AUC({ numLabels: 3 }), A, /numLabels/],
  ["Precision thresholds", () => metrics.Precision({ thresholds: 1.5 }), A, /thresholds is 1.5/],
  [
    "TruePositives thresholds",
    () => metrics.TruePositives({ thresholds: [0.5, 2] }),
    A,
    /thresholds is \[0.5,2\]/,
  ],
  [
    "Precision classId",
    () => metrics.Precision({ classId: 9 }).updateState(targets, predictions),
    A,
    /classId is 9.*3 classes/s,
  ],
  ["Attention dropout", () => layers.Attention({ dropout: 1.5 }), A, /Attention.*: dropout is 1.5/],
  ["MultiHeadAttention dropout", () => layers.MultiHeadAttention(2, 2, { dropout: -1 }), A, /dropout is -1/],
  ["SimpleRNN dropout", () => layers.SimpleRNN(4, { dropout: 2 }), A, /dropout is 2/],
  ["LSTM recurrentDropout", () => layers.LSTM(4, { recurrentDropout: -1 }), A, /recurrentDropout is -1/],
  ["GaussianNoise", () => layers.GaussianNoise(-1), A, /stddev is -1/],
  ["GaussianNoise above 1", () => layers.GaussianNoise(2), A, /stddev is 2/],
  ["Dropout", () => layers.Dropout(-0.1), A, /rate is -0.1/],
  ["a generalised loss", () => losses.CategoricalGeneralizedCrossEntropy({ q: 0 }), A, /q is 0/],
  [
    "a generalised loss as a function",
    () => losses.categoricalGeneralizedCrossEntropy([0], predictions, 1),
    A,
    /q is 1/,
  ],
  ["Input dtype", () => loose(keras.Input)([2], { dtype: "foo" }), D, /"foo"/],
  ["PReLU sharedAxes", () => call(layers.PReLU({ sharedAxes: [9] }), sequences()), A, /sharedAxes.*axis 9/],
  [
    "a mask of other steps",
    () => call(layers.SimpleRNN(4), sequences(), { mask: tf.cast(tf.ones([2, 5]), "bool") }),
    S,
    /mask/,
  ],
  ["ReLU maxValue", () => layers.ReLU(-1), A, /maxValue is -1/],
  ["LeakyReLU negativeSlope", () => layers.LeakyReLU(-1), A, /negativeSlope is -1/],
  ["ActivityRegularization", () => layers.ActivityRegularization({ l1: -1 }), A, /l1 is -1/],
  ["GroupNormalization groups", () => layers.GroupNormalization(0), A, /groups is 0/],
  ["MultiHeadAttention valueDim", () => layers.MultiHeadAttention(2, 3, { valueDim: 0 }), A, /valueDim is 0/],
  ["CategoryEncoding", () => layers.CategoryEncoding(0), A, /numTokens is 0/],
  ["Discretization", () => layers.Discretization(), A, /numBins/],
  ["Discretization of both", () => layers.Discretization([1], { numBins: 3 }), A, /numBins/],
  ["SGD momentum", () => optimizers.SGD({ momentum: 2 }), A, /momentum is 2/],
  ["Lion beta1", () => optimizers.Lion({ beta1: 0 }), A, /beta1 is 0/],
  ["Ftrl power", () => optimizers.Ftrl({ learningRatePower: 1 }), A, /learningRatePower is 1/],
  ["Ftrl l1", () => optimizers.Ftrl({ l1RegularizationStrength: -1 }), A, /l1RegularizationStrength is -1/],
  ["emaMomentum", () => optimizers.Adam({ useEma: true, emaMomentum: 2 }), A, /emaMomentum is 2/],
  [
    "gradientAccumulationSteps",
    () => optimizers.Adam({ gradientAccumulationSteps: 1 }),
    A,
    /gradientAccumulationSteps is 1/,
  ],
  ["a rate that is a string", () => loose(optimizers.Adam)({ learningRate: "a" }), A, /learningRate is "a"/],
];

const shapes: readonly Refusal[] = [
  ["Conv2D", () => call(layers.Conv2D(4, 3), images()), S, /kernel is larger than the padded input/],
  [
    "a symbolic Conv2D",
    () => call(layers.Conv2D(4, 3), keras.Input([2, 2, 3])),
    S,
    /kernel is larger than the padded input/,
  ],
  ["Conv1D", () => call(layers.Conv1D(4, 5), sequences()), S, /kernel is larger than the padded input/],
  [
    "Conv2D of nothing",
    () => call(layers.Conv2D(4, 3), tf.ones([1, 0, 4, 3])),
    S,
    /kernel is larger than the padded input/,
  ],
  [
    "DepthwiseConv2D",
    () => call(layers.DepthwiseConv2D(3), images()),
    S,
    /kernel is larger than the padded input/,
  ],
  [
    "SeparableConv2D",
    () => call(layers.SeparableConv2D(2, 3), images()),
    S,
    /kernel is larger than the padded input/,
  ],
  [
    "ConvLSTM2D",
    () => call(layers.ConvLSTM2D(3, 3), tf.ones([1, 2, 2, 2, 3])),
    S,
    /kernel is larger than the padded input/,
  ],
  [
    "ConvLSTM2D with strides and dilation",
    () => layers.ConvLSTM2D(3, 3, { strides: 2, dilationRate: 2 }),
    A,
    /both over 1/,
  ],
  ["BatchNormalization axis", () => call(layers.BatchNormalization({ axis: 5 }), sequences()), A, /axis 5/],
  [
    "GroupNormalization axis",
    () => call(layers.GroupNormalization(2, { axis: 5 }), sequences()),
    A,
    /axis 5/,
  ],
  ["LayerNormalization axis", () => call(layers.LayerNormalization({ axis: 5 }), sequences()), A, /axis 5/],
  ["CenterCrop of 5 axes", () => call(layers.CenterCrop(2, 2), tf.ones([1, 3, 3, 3, 3])), S, /has 5 axes/],
  ["CenterCrop of 2 axes", () => call(layers.CenterCrop(2, 2), tf.ones([3, 3])), S, /has 2 axes/],
  ["Resizing of 2 axes", () => call(layers.Resizing(2, 2), tf.ones([3, 3])), S, /has 2 axes/],
  ["Resizing of 5 axes", () => call(layers.Resizing(2, 2), tf.ones([1, 3, 3, 3, 3])), S, /has 5 axes/],
  ["TimeDistributed of 2 axes", () => call(layers.TimeDistributed(layers.Dense(2)), rows()), S, /has 2 axes/],
  ["Dropout of bools", () => call(layers.Dropout(0.5), tf.constant([true]), { training: true }), D, /bool/],
  [
    "Dropout of integers",
    () => call(layers.Dropout(0.5), tf.constant([1], { dtype: "int32" }), { training: true }),
    D,
    /int32/,
  ],
  ["toCategorical of nothing", () => utils.toCategorical([]), A, /toCategorical: there are no labels/],
  ["sparse classes of a scalar", () => losses.sparseCategoricalCrossentropy(1, 0.5), S, /no class axis/],
  [
    "sparse top k of scalars",
    () => metrics.sparseTopKCategoricalAccuracy(tf.constant(1), tf.constant(0.5)),
    S,
    /no class axis/,
  ],
  [
    "an unknown option of a loss call",
    () => call(losses.MeanSquaredError(), [1], [1], { foo: 1 }),
    A,
    /^MeanSquaredError: unknown option/,
  ],
];

function refused(entries: readonly Refusal[]): void {
  it.each(entries)("%s", (_name, run, Class, message) => {
    let error: unknown;
    try {
      scope(() => void run());
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(Class);
    const said = error as ArgumentError;
    expect(said.message).toMatch(message);
    expect(said.op, "the error names its place").toBeDefined();
    expect(said.hint, "the error says what to do").toBeDefined();
  });
}

describe("arguments that are missing", () => refused(missing));
describe("arguments of another kind", () => refused(wrong));
describe("options that are unknown", () => refused(unknownOptions));
describe("values out of range", () => refused(outOfRange));
describe("inputs that do not fit", () => refused(shapes));

describe("what Keras answers", () => {
  const values = (run: () => unknown) => scope(() => Array.from((run() as Tensor).dataSync(), Number));
  const answers: readonly (readonly [string, () => unknown, readonly number[]])[] = [
    ["a dropout of everything", () => call(layers.Dropout(1), [[1, 2]], { training: true }), [0, 0]],
    [
      "a metric of a function that gives a number",
      () =>
        call(
          loose(metrics.MeanMetricWrapper)(() => 3),
          [1],
          [2],
        ),
      [3],
    ],
    [
      "attention without weights",
      () =>
        call(layers.Attention({ dropout: 1 }), [tf.ones([1, 1, 1]), tf.ones([1, 1, 1])], { training: true }),
      [0],
    ],
    [
      "a mask with a last axis of 1",
      () =>
        call(
          layers.SimpleRNN(1, { kernelInitializer: "zeros", recurrentInitializer: "zeros" }),
          tf.ones([1, 2, 1]),
          { mask: tf.cast(tf.ones([1, 2, 1]), "bool") },
        ),
      [0],
    ],
    ["Reshape to nothing", () => call(layers.Reshape([]), [[5]]), [5]],
    ["Permute of nothing", () => call(layers.Permute([]), [5]), [5]],
    ["one-hot vectors of no labels", () => utils.toCategorical([], 3), []],
    ["PReLU shared over the last axis", () => call(layers.PReLU({ sharedAxes: [-1] }), [[[2]]]), [2]],
    ["the class before the last", () => call(metrics.Precision({ classId: -2 }), targets, predictions), [1]],
  ];
  it.each(answers)("%s", (_name, run, expected) => expect(values(run)).toEqual(expected));
});

describe("data without batches", () => {
  const none = () => [][Symbol.iterator]() as Iterable<unknown>;
  const empty = { [Symbol.iterator]: none };
  const model = () => {
    const m = keras.Sequential([keras.Input([2]), layers.Dense(1)]);
    m.compile({ optimizer: "sgd", loss: "mse" });
    return m;
  };
  it.each(["fit", "evaluate", "predict"] as const)("%s", async (task) => {
    const m = model();
    const run = async () => {
      await loose(m[task].bind(m))(empty, ...(task === "predict" ? [] : [null]), { verbose: 0 });
    };
    await expect(run()).rejects.toThrow(new RegExp(`${task}: the data gave no batches`));
  });
  it("Discretization learns nothing of no data", async () => {
    const layer = layers.Discretization({ numBins: 3 });
    await expect(layer.adapt([])).rejects.toBeInstanceOf(ArgumentError);
  });
});
