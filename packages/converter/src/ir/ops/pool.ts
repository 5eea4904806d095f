// Pooling over windows. Attribute kinds and defaults follow the newest ONNX operator set; the adaptive pools are
// Isoform's own: window i of an axis of n elements covers floor(i*n/m) ... ceil((i+1)*n/m), as in PyTorch.
export const POOL_OPS = {
  AveragePool: {
    in: "X",
    out: "Y",
    attrs: {
      auto_pad: ["string", "NOTSET"],
      ceil_mode: ["int", 0],
      count_include_pad: ["int", 0],
      dilations: ["ints?"],
      kernel_shape: ["ints"],
      pads: ["ints?"],
      strides: ["ints?"],
    },
  },
  GlobalAveragePool: { in: "X", out: "Y", attrs: {} },
  GlobalLpPool: { in: "X", out: "Y", attrs: { p: ["int", 2] } },
  GlobalMaxPool: { in: "X", out: "Y", attrs: {} },
  LpPool: {
    in: "X",
    out: "Y",
    attrs: {
      auto_pad: ["string", "NOTSET"],
      ceil_mode: ["int", 0],
      dilations: ["ints?"],
      kernel_shape: ["ints"],
      p: ["int", 2],
      pads: ["ints?"],
      strides: ["ints?"],
    },
  },
  MaxPool: {
    in: "X",
    out: "Y Indices?",
    attrs: {
      auto_pad: ["string", "NOTSET"],
      ceil_mode: ["int", 0],
      dilations: ["ints?"],
      kernel_shape: ["ints"],
      pads: ["ints?"],
      storage_order: ["int", 0],
      strides: ["ints?"],
    },
  },
  MaxRoiPool: { in: "X rois", out: "Y", attrs: { pooled_shape: ["ints"], spatial_scale: ["float", 1] } },
  MaxUnpool: {
    in: "X I output_shape?",
    out: "output",
    attrs: { kernel_shape: ["ints"], pads: ["ints?"], strides: ["ints?"] },
  },
  RoiAlign: {
    in: "X rois batch_indices",
    out: "Y",
    attrs: {
      coordinate_transformation_mode: ["string", "half_pixel"],
      mode: ["string", "avg"],
      output_height: ["int", 1],
      output_width: ["int", 1],
      sampling_ratio: ["int", 0],
      spatial_scale: ["float", 1],
    },
  },
  AdaptiveAveragePool: { in: "X", out: "Y", attrs: { output_size: ["ints"] } },
  AdaptiveMaxPool: { in: "X", out: "Y", attrs: { output_size: ["ints"] } },
} as const;
