// Normalisation. Attribute kinds and defaults follow the newest ONNX operator set.
export const NORM_OPS = {
  BatchNormalization: {
    in: "X scale B input_mean input_var",
    out: "Y running_mean? running_var?",
    attrs: { epsilon: ["float", 1e-5], momentum: ["float", 0.9], training_mode: ["int", 0] },
  },
  GroupNormalization: {
    in: "X scale bias",
    out: "Y",
    attrs: { epsilon: ["float", 1e-5], num_groups: ["int"], stash_type: ["dtype", "float32"] },
  },
  InstanceNormalization: { in: "input scale B", out: "output", attrs: { epsilon: ["float", 1e-5] } },
  LRN: {
    in: "X",
    out: "Y",
    attrs: { alpha: ["float", 0.0001], beta: ["float", 0.75], bias: ["float", 1], size: ["int"] },
  },
  LayerNormalization: {
    in: "X Scale B?",
    out: "Y Mean? InvStdDev?",
    attrs: { axis: ["int", -1], epsilon: ["float", 1e-5], stash_type: ["dtype", "float32"] },
  },
  LpNormalization: { in: "input", out: "output", attrs: { axis: ["int", -1], p: ["int", 2] } },
  MeanVarianceNormalization: { in: "X", out: "Y", attrs: { axes: ["ints", [0, 2, 3]] } },
  RMSNormalization: {
    in: "X scale",
    out: "Y",
    attrs: { axis: ["int", -1], epsilon: ["float", 1e-5], stash_type: ["dtype", "float32"] },
  },
} as const;
