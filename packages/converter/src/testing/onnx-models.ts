// For tests: real ONNX files and the goldens that belong to them.

/** A file and one recorded call of it. */
export interface OnnxCase {
  readonly file: string;
  readonly golden: string;
}

const silero = [
  "silero_vad.onnx",
  "silero_vad_16k_op15.onnx",
  "silero_vad_half.onnx",
  "silero_vad_op18_ifless.onnx",
];

/** All recorded calls of ONNX files. */
export const ONNX_CASES: readonly OnnxCase[] = [
  { file: "resnet-cifar10/resnet20.dynamo.onnx", golden: "resnet-cifar10/resnet20" },
  { file: "resnet-cifar10/resnet20.torchscript_exporter.onnx", golden: "resnet-cifar10/resnet20" },
  { file: "ultraface/version-RFB-320.onnx", golden: "ultraface/version-RFB-320" },
  { file: "ultraface/version-RFB-320_simplified.onnx", golden: "ultraface/version-RFB-320" },
  { file: "ultraface/version-RFB-320_without_postprocessing.onnx", golden: "ultraface/version-RFB-320" },
  { file: "ultraface/version-slim-320.onnx", golden: "ultraface/version-slim-320" },
  ...silero.flatMap((f) => [
    { file: `silero-vad/${f}`, golden: `silero-vad/${f}` },
    { file: `silero-vad/${f}`, golden: `silero-vad/${f}.batch3` },
  ]),
  { file: "silero-vad/silero_vad.onnx", golden: "silero-vad/silero_vad.onnx.8k" },
  { file: "silero-vad/silero_vad_op18_ifless.onnx", golden: "silero-vad/silero_vad_op18_ifless.onnx.8k" },
  { file: "ppocr/ch_ppocr_mobile_v2.0_cls_infer.onnx", golden: "ppocr/ch_ppocr_mobile_v2.0_cls_infer.onnx" },
  {
    file: "ppocr/ch_ppocr_mobile_v2.0_cls_infer.onnx",
    golden: "ppocr/ch_ppocr_mobile_v2.0_cls_infer.onnx.other-shape",
  },
];
