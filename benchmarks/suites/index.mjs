// What is measured: each suite is a list of cases. A case is data only (kind, attributes, inputs), so that every engine,
// also one in another process, can build it its own way.
import { input, labels, sizeOf, uniform } from "../lib/data.mjs";
import { modelCases } from "./models.mjs";

/** A case is made only where it runs: its inputs can be large. */
const lazy = (name, make) => ({ name, make });

const matmul = [256, 512, 1024].map((n) =>
  lazy(`${n}x${n}x${n}`, () => ({
    kind: "matmul",
    flops: 2 * n ** 3,
    outShape: [n, n],
    inputs: [input("a", [n, n], 1), input("b", [n, n], 2, { scale: 2 / Math.sqrt(n) })],
  })),
);

const CONVOLUTIONS = [
  { name: "3x3 64@56", channels: 64, size: 56, kernel: 3 },
  { name: "3x3 128@28", channels: 128, size: 28, kernel: 3 },
  { name: "3x3 256@14", channels: 256, size: 14, kernel: 3 },
  { name: "1x1 256@14", channels: 256, size: 14, kernel: 1 },
  { name: "depthwise 3x3 128@28", channels: 128, size: 28, kernel: 3, depthwise: true },
];
function convolution(c, batch) {
  const perGroup = c.depthwise ? 1 : c.channels;
  const xShape = [batch, c.channels, c.size, c.size];
  const fanIn = perGroup * c.kernel ** 2;
  const wShape = [c.channels, perGroup, c.kernel, c.kernel];
  return {
    kind: "conv",
    attrs: { groups: c.depthwise ? c.channels : 1, pad: (c.kernel - 1) / 2 },
    flops: 2 * sizeOf(xShape) * fanIn,
    outShape: xShape,
    inputs: [input("x", xShape, 3), input("w", wShape, 4, { scale: 2 / Math.sqrt(fanIn), constant: true })],
  };
}
const conv = CONVOLUTIONS.flatMap((c) =>
  [1, 8].map((batch) => lazy(`${c.name} batch ${batch}`, () => convolution(c, batch))),
);

const SIDE = 1024;
function kernel(kind) {
  const square = [SIDE, SIDE];
  const inputs = [input("x", square, 5, { scale: kind === "sum" ? 1 : 4 })];
  if (kind === "layernorm") {
    inputs.push(input("scale", [SIDE], 6, { constant: true }), input("bias", [SIDE], 7, { constant: true }));
  }
  const outShape = kind === "sum" ? [] : square;
  const bytes = 4 * (sizeOf(square) + sizeOf(outShape));
  // A sum cancels: its rounding is that of its terms.
  return { kind, attrs: {}, bytes, outShape, inputs, ...(kind === "sum" ? { scale: SIDE } : {}) };
}
const kernels = ["exp", "tanh", "gelu", "softmax", "layernorm", "sum", "transpose"].map((kind) =>
  lazy(`${kind} ${SIDE}x${SIDE}`, () => kernel(kind)),
);

const LEARNING_RATE = 1e-4;
/** Weights as PyTorch keeps them, uniform in ±1/√(fan in). */
function parameters(shapes) {
  return Object.entries(shapes).map(([name, { shape, fanIn }], i) => ({
    name,
    shape,
    data: uniform(sizeOf(shape), 100 + i, 1 / Math.sqrt(fanIn)),
  }));
}
const train = (model, attrs, xShape, classes, shapes, options = {}) => ({
  kind: "train",
  attrs: { model, learningRate: LEARNING_RATE, ...attrs },
  inputs: [
    input("x", xShape, 8),
    { name: "y", shape: [attrs.batch], data: labels(attrs.batch, classes, 9) },
    ...parameters(shapes),
  ],
  outShape: [3],
  tolerance: 1e-4,
  ...options,
});

function mlp(sizes, batch) {
  const shapes = {};
  for (let i = 0; i + 1 < sizes.length; i++) {
    shapes[`${2 * i}.weight`] = { shape: [sizes[i + 1], sizes[i]], fanIn: sizes[i] };
    shapes[`${2 * i}.bias`] = { shape: [sizes[i + 1]], fanIn: sizes[i] };
  }
  // Forward, gradient of the weights, gradient of the input, which the first layer does not need.
  const flops = batch * sizes.slice(1).reduce((n, s, i) => n + (i === 0 ? 4 : 6) * s * sizes[i], 0);
  return { flops, ...train("mlp", { sizes, batch }, [batch, sizes[0]], sizes.at(-1), shapes) };
}

function cnn() {
  const batch = 64;
  const shapes = {
    "0.weight": { shape: [32, 1, 3, 3], fanIn: 9 },
    "0.bias": { shape: [32], fanIn: 9 },
    "3.weight": { shape: [64, 32, 3, 3], fanIn: 288 },
    "3.bias": { shape: [64], fanIn: 288 },
    "7.weight": { shape: [10, 64 * 49], fanIn: 64 * 49 },
    "7.bias": { shape: [10], fanIn: 64 * 49 },
  };
  // The first convolution has no gradient of its input.
  const flops = batch * (4 * 32 * 9 * 784 + 6 * 64 * 288 * 196 + 6 * 10 * 64 * 49);
  return {
    flops,
    ...train("cnn", { batch }, [batch, 1, 28, 28], 10, shapes),
  };
}

function lstm() {
  const [steps, batch, features, units, classes] = [50, 32, 64, 128, 10];
  const shapes = {
    weight_ih_l0: { shape: [4 * units, features], fanIn: units },
    weight_hh_l0: { shape: [4 * units, units], fanIn: units },
    bias_ih_l0: { shape: [4 * units], fanIn: units },
    bias_hh_l0: { shape: [4 * units], fanIn: units },
    weight: { shape: [classes, units], fanIn: units },
    bias: { shape: [classes], fanIn: units },
  };
  return {
    flops: batch * steps * 4 * units * (4 * features + 6 * units),
    // Some engines have one bias, which Adam moves otherwise than two: only the first loss is the same.
    ...train("lstm", { batch, steps, features, units }, [steps, batch, features], classes, shapes, {
      outShape: [1],
    }),
  };
}

const REPEATS = 1000;
const adds = () => ({
  kind: "dispatch",
  attrs: { repeats: REPEATS },
  outShape: [16],
  inputs: [input("a", [16], 10), input("b", [16], 11)],
});

/** Suites by name: lists of cases, `{ name, make() }`. */
export const SUITES = {
  matmul,
  conv,
  kernels,
  "tiny-mlp": [lazy("20-32-3, batch 32, Adam", () => mlp([20, 32, 3], 32))],
  "mnist-mlp": [lazy("784-128-64-10, batch 64, Adam", () => mlp([784, 128, 64, 10], 64))],
  cnn: [lazy("conv32-pool-conv64-pool-dense, batch 64, Adam", cnn)],
  lstm: [lazy("LSTM(128)-dense, T=50, batch 32, 64 features, Adam", lstm)],
  models: modelCases,
  dispatch: [lazy("1,000 eager adds of 16 floats", adds)],
};
