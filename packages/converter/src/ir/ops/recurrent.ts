// Recurrent layers, weights as in ONNX: W [D, G*H, I], R [D, G*H, H], B [D, 2*G*H]. Attribute kinds and defaults follow the newest ONNX operator set.
export const RECURRENT_OPS = {
  GRU: {
    in: "X W R B? sequence_lens? initial_h?",
    out: "Y? Y_h?",
    attrs: {
      activation_alpha: ["floats?"],
      activation_beta: ["floats?"],
      activations: ["strings?"],
      clip: ["float?"],
      direction: ["string", "forward"],
      hidden_size: ["int?"],
      layout: ["int", 0],
      linear_before_reset: ["int", 0],
    },
  },
  LSTM: {
    in: "X W R B? sequence_lens? initial_h? initial_c? P?",
    out: "Y? Y_h? Y_c?",
    attrs: {
      activation_alpha: ["floats?"],
      activation_beta: ["floats?"],
      activations: ["strings?"],
      clip: ["float?"],
      direction: ["string", "forward"],
      hidden_size: ["int?"],
      input_forget: ["int", 0],
      layout: ["int", 0],
    },
  },
  RNN: {
    in: "X W R B? sequence_lens? initial_h?",
    out: "Y? Y_h?",
    attrs: {
      activation_alpha: ["floats?"],
      activation_beta: ["floats?"],
      activations: ["strings?"],
      clip: ["float?"],
      direction: ["string", "forward"],
      hidden_size: ["int?"],
      layout: ["int", 0],
    },
  },
} as const;
