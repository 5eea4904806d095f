// Losses. Attribute kinds and defaults follow the newest ONNX operator set.
export const LOSS_OPS = {
  NegativeLogLikelihoodLoss: {
    in: "input target weight?",
    out: "loss",
    attrs: { ignore_index: ["int?"], reduction: ["string", "mean"] },
  },
  SoftmaxCrossEntropyLoss: {
    in: "scores labels weights?",
    out: "output log_prob?",
    attrs: { ignore_index: ["int?"], reduction: ["string", "mean"] },
  },
} as const;
