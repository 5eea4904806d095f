// Quantised arithmetic. Attribute kinds and defaults follow the newest ONNX operator set.
export const QUANTIZE_OPS = {
  ConvInteger: {
    in: "x w x_zero_point? w_zero_point?",
    out: "y",
    attrs: {
      auto_pad: ["string", "NOTSET"],
      dilations: ["ints?"],
      group: ["int", 1],
      kernel_shape: ["ints?"],
      pads: ["ints?"],
      strides: ["ints?"],
    },
  },
  DequantizeLinear: {
    in: "x x_scale x_zero_point?",
    out: "y",
    attrs: { axis: ["int", 1], block_size: ["int", 0], output_dtype: ["dtype?"] },
  },
  DynamicQuantizeLinear: { in: "x", out: "y y_scale y_zero_point", attrs: {} },
  MatMulInteger: { in: "A B a_zero_point? b_zero_point?", out: "Y", attrs: {} },
  QLinearConv: {
    in: "x x_scale x_zero_point w w_scale w_zero_point y_scale y_zero_point B?",
    out: "y",
    attrs: {
      auto_pad: ["string", "NOTSET"],
      dilations: ["ints?"],
      group: ["int", 1],
      kernel_shape: ["ints?"],
      pads: ["ints?"],
      strides: ["ints?"],
    },
  },
  QLinearMatMul: {
    in: "a a_scale a_zero_point b b_scale b_zero_point y_scale y_zero_point",
    out: "y",
    attrs: {},
  },
  QuantizeLinear: {
    in: "x y_scale y_zero_point?",
    out: "y",
    attrs: {
      axis: ["int", 1],
      block_size: ["int", 0],
      output_dtype: ["dtype?"],
      precision: ["int", 0],
      saturate: ["int", 1],
    },
  },
} as const;
