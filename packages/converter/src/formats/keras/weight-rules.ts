// Which weights each Keras layer has, in Keras' order, and under which attribute its inner layers are stored.
// Facts of Keras 3.15 (and of the CuDNN layers of Keras 2), as data; weight-slots.ts applies them.

/** When a weight exists, judged on the config of its layer. */
export type Condition =
  | { readonly flag: string; readonly default: boolean }
  | { readonly equals: string; readonly value: string }
  | { readonly present: string }
  | { readonly absent: string }
  | { readonly not: Condition }
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] };

/** A weight that a layer owns. Trainable ones come before the others, as Keras stores them. */
export interface OwnWeight {
  readonly name: string;
  readonly when?: Condition;
  readonly trainable?: false;
}

/** An inner layer. `attribute` is its group in a weight file; several are tried in turn (Keras renamed some). */
export type InnerLayer =
  /** Made by the layer itself, with the config of the layer. */
  | { readonly attribute: readonly string[]; readonly name: string; readonly rule: string }
  /**
   * Serialised in the config of the layer under `key`, its name starting with `prefix`. Where that key is missing, the
   * layer is a copy of the one under `copyOf`.
   */
  | {
      readonly attribute: readonly string[];
      readonly key: string;
      readonly prefix?: string;
      readonly copyOf?: { readonly key: string; readonly prefix: string };
    }
  /** A list of layers under `key`, numbered by class like the layers of a model. */
  | { readonly attribute: readonly string[]; readonly list: string };

/** The weights of one class. */
export interface WeightRule {
  readonly own: readonly OwnWeight[];
  readonly inner?: readonly InnerLayer[];
  /** The first own weight is the kernel of the inner layer, stored a second time. */
  readonly sharesInnerKernel?: true;
}

const flag = (name: string, fallback: boolean): Condition => ({ flag: name, default: fallback });
const BIAS: OwnWeight = { name: "bias", when: flag("use_bias", true) };
const GAMMA: OwnWeight = { name: "gamma", when: flag("scale", true) };
const BETA: OwnWeight = { name: "beta", when: flag("center", true) };
const RENORM = flag("renorm", false);

const KERNEL: WeightRule = { own: [{ name: "kernel" }, BIAS] };
const SEPARABLE: WeightRule = { own: [{ name: "depthwise_kernel" }, { name: "pointwise_kernel" }, BIAS] };
const CELL: WeightRule = { own: [{ name: "kernel" }, { name: "recurrent_kernel" }, BIAS] };

const recurrent = (cell: string, rule: string): WeightRule => ({
  own: [],
  inner: [{ attribute: ["cell"], name: cell, rule }],
});
/** Four projections; `attributes` gives the group names of one, the name in use today first. */
const attention = (attributes: (part: string) => readonly string[]): WeightRule => ({
  own: [],
  inner: [
    { attribute: attributes("query_dense"), name: "query", rule: "projection" },
    { attribute: attributes("key_dense"), name: "key", rule: "projection" },
    { attribute: attributes("value_dense"), name: "value", rule: "projection" },
    { attribute: attributes("output_dense"), name: "attention_output", rule: "projection" },
  ],
});
const WRAPPER: WeightRule = { own: [], inner: [{ attribute: ["layer"], key: "layer" }] };

/** The rules by class name. Classes without weights are not listed; `projection` is the inner layer of attention. */
export const WEIGHT_RULES: ReadonlyMap<string, WeightRule> = new Map<string, WeightRule>([
  ["Dense", KERNEL],
  ["EinsumDense", { own: [{ name: "kernel" }, { name: "bias", when: { present: "bias_axes" } }] }],
  ["projection", KERNEL],
  ["Embedding", { own: [{ name: "embeddings" }] }],
  [
    "ReversibleEmbedding",
    {
      own: [{ name: "embeddings" }, { name: "reverse_embeddings", when: { not: flag("tie_weights", true) } }],
    },
  ],
  ["Conv1D", KERNEL],
  ["Conv2D", KERNEL],
  ["Conv3D", KERNEL],
  ["Conv1DTranspose", KERNEL],
  ["Conv2DTranspose", KERNEL],
  ["Conv3DTranspose", KERNEL],
  ["DepthwiseConv1D", KERNEL],
  ["DepthwiseConv2D", KERNEL],
  ["SeparableConv1D", SEPARABLE],
  ["SeparableConv2D", SEPARABLE],
  [
    "BatchNormalization",
    {
      own: [
        GAMMA,
        BETA,
        { name: "moving_mean", trainable: false },
        { name: "moving_variance", trainable: false },
        { name: "moving_stddev", trainable: false, when: RENORM },
        { name: "renorm_mean", trainable: false, when: RENORM },
        { name: "renorm_stddev", trainable: false, when: RENORM },
      ],
    },
  ],
  [
    "LayerNormalization",
    {
      own: [
        { name: "gamma", when: { any: [flag("scale", true), flag("rms_scaling", false)] } },
        { name: "beta", when: { all: [flag("center", true), { not: flag("rms_scaling", false) }] } },
      ],
    },
  ],
  ["GroupNormalization", { own: [GAMMA, BETA] }],
  ["RMSNormalization", { own: [{ name: "scale" }] }],
  [
    "Normalization",
    {
      own: ["mean", "variance", "count"].map((name) => ({
        name,
        trainable: false,
        when: { absent: "mean" },
      })),
    },
  ],
  ["PReLU", { own: [{ name: "alpha" }] }],
  [
    "Attention",
    {
      own: [
        { name: "scale", when: flag("use_scale", false) },
        { name: "concat_score_weight", when: { equals: "score_mode", value: "concat" } },
      ],
    },
  ],
  ["AdditiveAttention", { own: [{ name: "scale", when: flag("use_scale", true) }] }],
  ["MultiHeadAttention", attention((part) => [part, `_${part}`])],
  ["GroupedQueryAttention", attention((part) => [`_${part}`, part])],
  ["LSTMCell", CELL],
  ["GRUCell", CELL],
  ["SimpleRNNCell", CELL],
  ["CuDNNLSTM", CELL],
  ["CuDNNGRU", CELL],
  ["LSTM", recurrent("lstm_cell", "LSTMCell")],
  ["GRU", recurrent("gru_cell", "GRUCell")],
  ["SimpleRNN", recurrent("simple_rnn_cell", "SimpleRNNCell")],
  ["ConvLSTM1D", recurrent("conv_lstm_cell", "LSTMCell")],
  ["ConvLSTM2D", recurrent("conv_lstm_cell", "LSTMCell")],
  ["ConvLSTM3D", recurrent("conv_lstm_cell", "LSTMCell")],
  ["RNN", { own: [], inner: [{ attribute: ["cell"], key: "cell" }] }],
  ["StackedRNNCells", { own: [], inner: [{ attribute: ["cells"], list: "cells" }] }],
  [
    "Bidirectional",
    {
      own: [],
      inner: [
        { attribute: ["forward_layer"], key: "layer", prefix: "forward_" },
        {
          attribute: ["backward_layer"],
          key: "backward_layer",
          copyOf: { key: "layer", prefix: "backward_" },
        },
      ],
    },
  ],
  ["TimeDistributed", WRAPPER],
  ["Wrapper", WRAPPER],
  [
    "SpectralNormalization",
    {
      own: [{ name: "kernel" }, { name: "vector_u", trainable: false }],
      inner: [{ attribute: ["layer"], key: "layer" }],
      sharesInnerKernel: true,
    },
  ],
]);
