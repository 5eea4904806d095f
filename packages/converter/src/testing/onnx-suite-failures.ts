// ONNX backend test cases that do not pass, each with its reason. The suite test fails on any other failure, and on a
// pass of one of these.
export const EXPECTED_FAILURES: ReadonlyMap<string, string> = new Map([
  ...[
    "test_adagrad",
    "test_adam_multiple",
    "test_momentum",
    "test_nesterov_momentum",
    "test_gradient_of_add_and_mul",
  ].map((name): [string, string] => [name, "the training domain (ai.onnx.preview.training) is not imported"]),
  ...[
    "test_ai_onnx_ml_array_feature_extractor",
    "test_ai_onnx_ml_binarizer",
    "test_ai_onnx_ml_label_encoder_string_int_no_default",
    "test_ai_onnx_ml_label_encoder_tensor_mapping",
    "test_ai_onnx_ml_label_encoder_tensor_value_only_mapping",
    "test_ai_onnx_ml_tree_ensemble_single_tree",
  ].map((name): [string, string] => [name, "classical machine learning (ai.onnx.ml) is not imported"]),
  ...[
    "test_bernoulli",
    "test_bernoulli_double",
    "test_bernoulli_double_expanded",
    "test_bernoulli_expanded",
    "test_training_dropout_default",
    "test_training_dropout_default_mask",
    "test_training_dropout_mask",
  ].map((name): [string, string] => [name, "random values have no definition in ONNX"]),
  ...[
    "bmp_rgb",
    "jpeg2k_rgb",
    "jpeg_bgr",
    "jpeg_grayscale",
    "png_rgb",
    "pnm_rgb",
    "tiff_rgb",
    "webp_rgb",
  ].map((name): [string, string] => [
    `test_image_decoder_decode_${name}`,
    "images are not decoded inside a model",
  ]),
  ["test_dft_inverse", "the expected values carry float32 noise of 1.9e-7, the tolerance near zero is 1e-7"],
  ["test_dft_inverse_opset19", "as test_dft_inverse"],
  ["test_regex_full_match_basic", "patterns from a model are not compiled"],
  ["test_regex_full_match_email_domain", "patterns from a model are not compiled"],
  ["test_scan_sum", "Scan of opset 8 is refused: it has other semantics than later ones"],
]);
