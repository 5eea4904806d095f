// Spectra and windows. Attribute kinds and defaults follow the newest ONNX operator set.
export const SIGNAL_OPS = {
  BlackmanWindow: {
    in: "size",
    out: "output",
    attrs: { output_datatype: ["dtype", "float32"], periodic: ["int", 1] },
  },
  DFT: { in: "input dft_length? axis?", out: "output", attrs: { inverse: ["int", 0], onesided: ["int", 0] } },
  HammingWindow: {
    in: "size",
    out: "output",
    attrs: { output_datatype: ["dtype", "float32"], periodic: ["int", 1] },
  },
  HannWindow: {
    in: "size",
    out: "output",
    attrs: { output_datatype: ["dtype", "float32"], periodic: ["int", 1] },
  },
  MelWeightMatrix: {
    in: "num_mel_bins dft_length sample_rate lower_edge_hertz upper_edge_hertz",
    out: "output",
    attrs: { output_datatype: ["dtype", "float32"] },
  },
  STFT: { in: "signal frame_step window? frame_length?", out: "output", attrs: { onesided: ["int", 1] } },
} as const;
