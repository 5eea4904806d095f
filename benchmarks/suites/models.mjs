// Model files of the test data beside the repository; each case is a file and reproducible inputs.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { input } from "../lib/data.mjs";

const folder = fileURLToPath(new URL("../../../shared/data/models/", import.meta.url));

const MODELS = [
  { name: "ResNet-20", file: "resnet-cifar10/resnet20.dynamo.onnx", inputs: () => [image([1, 3, 32, 32])] },
  {
    name: "UltraFace RFB-320",
    file: "ultraface/version-RFB-320.onnx",
    inputs: () => [image([1, 3, 240, 320])],
  },
  {
    name: "mini-XCEPTION",
    file: "mini-xception/fer2013_mini_XCEPTION.102-0.66.hdf5",
    inputs: () => [image([1, 64, 64, 1])],
  },
  {
    name: "silero VAD",
    file: "silero-vad/silero_vad.onnx",
    inputs: () => [
      { ...input("input", [1, 512], 21, { scale: 0.1 }) },
      { ...input("state", [2, 1, 128], 22, { scale: 0 }) },
      { name: "sr", shape: [], data: BigInt64Array.of(16000n) },
    ],
  },
  {
    name: "UltraFace slim-320",
    file: "ultraface/version-slim-320.onnx",
    inputs: () => [image([1, 3, 240, 320])],
  },
  { name: "CREPE tiny", file: "crepe-tiny/crepe-tiny.keras", inputs: () => [image([1, 1024])] },
  {
    name: "PP-OCR direction",
    file: "ppocr/ch_ppocr_mobile_v2.0_cls_infer.onnx",
    inputs: () => [image([1, 3, 48, 192])],
  },
];
/** The one input, under whatever name the model gives it. */
const image = (shape) => input(null, shape, 20);

/** The cases whose files are there: `{ name, make() }`. */
export const modelCases = MODELS.filter((m) => existsSync(folder + m.file)).map((m) => ({
  name: `${m.name}, batch 1`,
  make: () => ({
    kind: "model",
    attrs: { file: folder + m.file, format: m.file.endsWith(".onnx") ? "onnx" : "keras" },
    inputs: m.inputs(),
    outShape: null,
    tolerance: 1e-3,
  }),
}));
