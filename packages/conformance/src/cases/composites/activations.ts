// Cases of the activations.
import {
  celu,
  elu,
  gelu,
  glu,
  hardShrink,
  hardSigmoid,
  hardSwish,
  hardTanh,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  mish,
  prelu,
  relu,
  relu6,
  reshape,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softShrink,
  softsign,
  sparsemax,
  tanhShrink,
  thresholdedRelu,
  type Tensor,
} from "@isoform/core";
import type { CompositeCase } from "../composite-case.js";
import { activations } from "./frozen/activations.gen.js";
import { casesFrom } from "./frozen/frozen.js";

const make = casesFrom(activations);
const NO_GRAD = { grad: [] };
const SECOND = { second: true };

type Unary = (x: Tensor) => Tensor;

/** Every elementwise activation: values at special arguments, slopes away from kinks. */
const ELEMENTWISE: readonly (readonly [op: string, variant: string, run: Unary])[] = [
  ["relu", "plain", relu],
  ["relu6", "plain", relu6],
  ["leakyRelu", "default", (x) => leakyRelu(x)],
  ["leakyRelu", "slope 0.3", (x) => leakyRelu(x, 0.3)],
  ["thresholdedRelu", "threshold 1", (x) => thresholdedRelu(x)],
  ["thresholdedRelu", "threshold -0.5, value 7", (x) => thresholdedRelu(x, -0.5, 7)],
  ["sigmoid", "plain", sigmoid],
  ["logSigmoid", "plain", logSigmoid],
  ["silu", "plain", silu],
  ["gelu", "exact", (x) => gelu(x)],
  ["gelu", "tanh", (x) => gelu(x, { approximate: "tanh" })],
  ["softplus", "default", (x) => softplus(x)],
  ["softplus", "beta 2, threshold 20", (x) => softplus(x, { beta: 2, threshold: 20 })],
  ["elu", "default", (x) => elu(x)],
  ["elu", "alpha 0.7", (x) => elu(x, 0.7)],
  ["selu", "plain", selu],
  ["celu", "alpha 1.3", (x) => celu(x, 1.3)],
  ["hardSigmoid", "default", (x) => hardSigmoid(x)],
  ["hardSigmoid", "alpha 0.2, beta 0.5", (x) => hardSigmoid(x, { alpha: 0.2, beta: 0.5 })],
  ["hardSwish", "plain", hardSwish],
  ["hardTanh", "default", (x) => hardTanh(x)],
  ["hardTanh", "-2 to 0.5", (x) => hardTanh(x, -2, 0.5)],
  ["mish", "plain", mish],
  ["softsign", "plain", softsign],
  ["tanhShrink", "plain", tanhShrink],
  ["softShrink", "default", (x) => softShrink(x)],
  ["softShrink", "lambda 1.5", (x) => softShrink(x, 1.5)],
  ["hardShrink", "default", (x) => hardShrink(x)],
  ["hardShrink", "lambda 1.5", (x) => hardShrink(x, 1.5)],
];

const ALONG: readonly (readonly [op: string, run: (x: Tensor, axis: number) => Tensor])[] = [
  ["softmax", softmax],
  ["logSoftmax", logSoftmax],
];

/** Cases of every activation. */
export const activationCases: readonly CompositeCase[] = [
  ...ELEMENTWISE.flatMap(([op, variant, run]) => [
    make(op, `${variant}, specials`, run, NO_GRAD),
    make(op, `${variant}, slopes`, run, SECOND),
  ]),
  make("relu", "integers", relu),
  make("sigmoid", "0-d", sigmoid, SECOND),
  make("sigmoid", "size 0", sigmoid),
  make("prelu", "one slope", prelu, SECOND),
  make("prelu", "per channel", (x, a) => prelu(x, reshape(a, [3, 1])), SECOND),
  make("prelu", "whole shape", prelu),
  make("glu", "last axis", (x) => glu(x), SECOND),
  make("glu", "axis 1 of 3", (x) => glu(x, 1)),
  ...ALONG.flatMap(([op, run]) => [
    make(op, "last axis", (x) => run(x, -1), SECOND),
    make(op, "first axis", (x) => run(x, 0)),
    make(op, "middle axis, negative", (x) => run(x, -3)),
    make(op, "large and infinite", (x) => run(x, 1), NO_GRAD),
    make(op, "size 0", (x) => run(x, 1)),
  ]),
  make("sparsemax", "last axis", (x) => sparsemax(x)),
  make("sparsemax", "first axis", (x) => sparsemax(x, 0)),
  make("sparsemax", "one wins", (x) => sparsemax(x, 0)),
];
