// Control flow over subgraphs. Attribute kinds and defaults follow the newest ONNX operator set.
export const CONTROL_OPS = {
  If: { in: "cond", out: "outputs*", attrs: { else_branch: ["graph"], then_branch: ["graph"] } },
  Loop: { in: "M? cond? v_initial*", out: "v_final_and_scan_outputs*", attrs: { body: ["graph"] } },
  Scan: {
    in: "initial_state_and_scan_inputs*",
    out: "final_state_and_scan_outputs*",
    attrs: {
      body: ["graph"],
      num_scan_inputs: ["int"],
      scan_input_axes: ["ints?"],
      scan_input_directions: ["ints?"],
      scan_output_axes: ["ints?"],
      scan_output_directions: ["ints?"],
    },
  },
  SequenceMap: { in: "input_sequence additional_inputs*", out: "out_sequence*", attrs: { body: ["graph"] } },
} as const;
