// Convolutions and the ops that undo or feed them. Attribute kinds and defaults follow the newest ONNX operator set.
export const CONV_OPS = {
  Col2Im: {
    in: "input image_shape block_shape",
    out: "output",
    attrs: { dilations: ["ints?"], pads: ["ints?"], strides: ["ints?"] },
  },
  Conv: {
    in: "X W B?",
    out: "Y",
    attrs: {
      auto_pad: ["string", "NOTSET"],
      dilations: ["ints?"],
      group: ["int", 1],
      kernel_shape: ["ints?"],
      pads: ["ints?"],
      strides: ["ints?"],
    },
  },
  ConvTranspose: {
    in: "X W B?",
    out: "Y",
    attrs: {
      auto_pad: ["string", "NOTSET"],
      dilations: ["ints?"],
      group: ["int", 1],
      kernel_shape: ["ints?"],
      output_padding: ["ints?"],
      output_shape: ["ints?"],
      pads: ["ints?"],
      strides: ["ints?"],
    },
  },
  DeformConv: {
    in: "X W offset B? mask?",
    out: "Y",
    attrs: {
      dilations: ["ints?"],
      group: ["int", 1],
      kernel_shape: ["ints?"],
      offset_group: ["int", 1],
      pads: ["ints?"],
      strides: ["ints?"],
    },
  },
  CausalConvWithState: {
    in: "input weight bias? past_state?",
    out: "output present_state",
    attrs: { activation: ["string", "none"] },
  },
} as const;
