// Image resampling and detection. Attribute kinds and defaults follow the newest ONNX operator set.
export const IMAGE_OPS = {
  AffineGrid: { in: "theta size", out: "grid", attrs: { align_corners: ["int", 0] } },
  GridSample: {
    in: "X grid",
    out: "Y",
    attrs: { align_corners: ["int", 0], mode: ["string", "linear"], padding_mode: ["string", "zeros"] },
  },
  ImageDecoder: { in: "encoded_stream", out: "image", attrs: { pixel_format: ["string", "RGB"] } },
  NonMaxSuppression: {
    in: "boxes scores max_output_boxes_per_class? iou_threshold? score_threshold?",
    out: "selected_indices",
    attrs: { center_point_box: ["int", 0] },
  },
  Resize: {
    in: "X roi? scales? sizes?",
    out: "Y",
    attrs: {
      antialias: ["int", 0],
      axes: ["ints?"],
      coordinate_transformation_mode: ["string", "half_pixel"],
      cubic_coeff_a: ["float", -0.75],
      exclude_outside: ["int", 0],
      extrapolation_value: ["float", 0],
      keep_aspect_ratio_policy: ["string", "stretch"],
      mode: ["string", "nearest"],
      nearest_mode: ["string", "round_prefer_floor"],
    },
  },
} as const;
