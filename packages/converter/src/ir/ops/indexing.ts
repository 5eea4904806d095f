// Gathering and scattering. Attribute kinds and defaults follow the newest ONNX operator set.
export const INDEXING_OPS = {
  Compress: { in: "input condition", out: "output", attrs: { axis: ["int?"] } },
  Gather: { in: "data indices", out: "output", attrs: { axis: ["int", 0] } },
  GatherElements: { in: "data indices", out: "output", attrs: { axis: ["int", 0] } },
  GatherND: { in: "data indices", out: "output", attrs: { batch_dims: ["int", 0] } },
  OneHot: { in: "indices depth values", out: "output", attrs: { axis: ["int", -1] } },
  ScatterElements: {
    in: "data indices updates",
    out: "output",
    attrs: { axis: ["int", 0], reduction: ["string", "none"] },
  },
  ScatterND: { in: "data indices updates", out: "output", attrs: { reduction: ["string", "none"] } },
  TensorScatter: {
    in: "past_cache update write_indices?",
    out: "present_cache",
    attrs: { axis: ["int", -2], mode: ["string", "linear"] },
  },
} as const;
