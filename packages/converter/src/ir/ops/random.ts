// Random numbers. Attribute kinds and defaults follow the newest ONNX operator set.
export const RANDOM_OPS = {
  Bernoulli: { in: "input", out: "output", attrs: { dtype: ["dtype?"], seed: ["float?"] } },
  Multinomial: {
    in: "input",
    out: "output",
    attrs: { dtype: ["dtype", "int32"], sample_size: ["int", 1], seed: ["float?"] },
  },
  RandomNormal: {
    in: "",
    out: "output",
    attrs: {
      dtype: ["dtype", "float32"],
      mean: ["float", 0],
      scale: ["float", 1],
      seed: ["float?"],
      shape: ["ints"],
    },
  },
  RandomNormalLike: {
    in: "input",
    out: "output",
    attrs: { dtype: ["dtype?"], mean: ["float", 0], scale: ["float", 1], seed: ["float?"] },
  },
  RandomUniform: {
    in: "",
    out: "output",
    attrs: {
      dtype: ["dtype", "float32"],
      high: ["float", 1],
      low: ["float", 0],
      seed: ["float?"],
      shape: ["ints"],
    },
  },
  RandomUniformLike: {
    in: "input",
    out: "output",
    attrs: { dtype: ["dtype?"], high: ["float", 1], low: ["float", 0], seed: ["float?"] },
  },
} as const;
