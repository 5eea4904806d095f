// ONNX files: the protobuf schema, its codec, and tensors. No meaning of operators here.
export * from "./schema/onnx.gen.js";
export { decodeMessage, decodeModel, type DecodeOptions } from "./decode.js";
export { create, encodeMessage, encodeModel, type Init } from "./encode.js";
export { ONNX_TO_RAW, onnxDTypeOf, rawDTypeOf } from "./dtypes.js";
export { externalRange, type ExternalFiles, type ExternalRange } from "./external.js";
export { externalizeInitializers, type ExternalizeOptions } from "./externalize.js";
export { int64sToNumbers, int64ToNumber, numbersToInt64s } from "./numbers.js";
export {
  isExternal,
  rawToTensor,
  readTensor,
  sparseToRaw,
  tensorToRaw,
  type TensorOptions,
} from "./tensor.js";
