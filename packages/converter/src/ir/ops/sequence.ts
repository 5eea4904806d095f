// Sequences and optionals. Attribute kinds and defaults follow the newest ONNX operator set.
export const SEQUENCE_OPS = {
  ConcatFromSequence: {
    in: "input_sequence",
    out: "concat_result",
    attrs: { axis: ["int"], new_axis: ["int", 0] },
  },
  Optional: { in: "input?", out: "output", attrs: {} },
  OptionalGetElement: { in: "input", out: "output", attrs: {} },
  OptionalHasElement: { in: "input?", out: "output", attrs: {} },
  SequenceAt: { in: "input_sequence position", out: "tensor", attrs: {} },
  SequenceConstruct: { in: "inputs*", out: "output_sequence", attrs: {} },
  SequenceEmpty: { in: "", out: "output", attrs: { dtype: ["dtype?"] } },
  SequenceErase: { in: "input_sequence position?", out: "output_sequence", attrs: {} },
  SequenceInsert: { in: "input_sequence tensor position?", out: "output_sequence", attrs: {} },
  SequenceLength: { in: "input_sequence", out: "length", attrs: {} },
  SplitToSequence: {
    in: "input split?",
    out: "output_sequence",
    attrs: { axis: ["int", 0], keepdims: ["int", 1] },
  },
} as const;
