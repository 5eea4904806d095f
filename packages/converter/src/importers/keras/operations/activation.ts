// Activation functions of keras.ops.nn as operation nodes.
import { applyActivation, softmax } from "../activations.js";
import type { LayerImporter, LayerTable } from "../layer.js";
import { settingOf, tensorAt, wholeNumbers } from "./operands.js";

const named =
  (name: string): LayerImporter =>
  (c) => ({ ...applyActivation(c.site, c.site.float(tensorAt(c, 0, "x")), name, c.cfg), mask: null });

const soft =
  (log: boolean): LayerImporter =>
  (c) => {
    const axes = wholeNumbers(settingOf(c, "axis")) ?? [-1];
    return { ...softmax(c.site, tensorAt(c, 0, "x"), axes, log, true), mask: null };
  };

/** One number that an op takes as an attribute. */
function number(c: Parameters<LayerImporter>[0], key: string, fallback: number): number {
  const v = settingOf(c, key, 1);
  return typeof v === "number" ? v : fallback;
}

const gelu: LayerImporter = (c) => {
  const approximate = settingOf(c, "approximate", 1) === false ? "none" : "tanh";
  return { ...c.site.map(tensorAt(c, 0, "x"), (v) => c.site.op("Gelu", [v], { approximate })), mask: null };
};

/** Activations. The operations `Gelu` and `LeakyRelu` have other defaults than the functions. */
export const ACTIVATION_OPERATIONS: LayerTable = {
  Relu: named("relu"),
  Relu6: named("relu6"),
  Sigmoid: named("sigmoid"),
  Tanh: named("tanh"),
  Softplus: named("softplus"),
  Softsign: named("softsign"),
  Silu: named("silu"),
  Selu: named("selu"),
  Mish: named("mish"),
  LogSigmoid: named("log_sigmoid"),
  HardSigmoid: named("hard_sigmoid"),
  HardSilu: named("hard_silu"),
  HardTanh: named("hard_tanh"),
  TanhShrink: named("tanh_shrink"),
  SparsePlus: named("sparse_plus"),
  SparseSigmoid: named("sparse_sigmoid"),
  Sparsemax: named("sparsemax"),
  Squareplus: named("squareplus"),
  Glu: named("glu"),
  Gelu: gelu,
  Softmax: soft(false),
  LogSoftmax: soft(true),
  LeakyRelu: (c) => {
    const alpha = number(c, "negative_slope", 0.2);
    return { ...c.site.map(tensorAt(c, 0, "x"), (v) => c.site.op("LeakyRelu", [v], { alpha })), mask: null };
  },
  Elu: (c) => {
    const alpha = number(c, "alpha", 1);
    return { ...c.site.map(tensorAt(c, 0, "x"), (v) => c.site.op("Elu", [v], { alpha })), mask: null };
  },
  Celu: (c) => {
    const alpha = number(c, "alpha", 1);
    return { ...c.site.map(tensorAt(c, 0, "x"), (v) => c.site.op("Celu", [v], { alpha })), mask: null };
  },
  HardShrink: (c) => {
    const lambd = number(c, "threshold", 0.5);
    return {
      ...c.site.map(tensorAt(c, 0, "x"), (v) => c.site.op("Shrink", [v], { lambd, bias: 0 })),
      mask: null,
    };
  },
  SoftShrink: (c) => {
    const lambd = number(c, "threshold", 0.5);
    return {
      ...c.site.map(tensorAt(c, 0, "x"), (v) => c.site.op("Shrink", [v], { lambd, bias: lambd })),
      mask: null,
    };
  },
};
