// Public surface of @isoform/converter.
export * from "./formats/index-a.js";
export * from "./formats/index-b.js";
export type { ProgressEvent } from "./progress.js";
export type { Dim, IrGraph, IrModel, IrNode, IrValue, IrWeight } from "./ir/types.js";
export { formatValue, printGraph } from "./ir/print.js";
export { walkNodes } from "./ir/walk.js";
export { inferShapes } from "./execute/shapes.js";
export { requireRunnable, Session, unsupportedNodes } from "./execute/session.js";
export type { RunInput, RunOptions, SessionOptions } from "./execute/session.js";
export { importOnnx, type OnnxImportOptions } from "./importers/onnx/index.js";
export { importKeras, type KerasImportOptions } from "./importers/keras/index.js";
export { exportKeras, type KerasExport, type KerasExportOptions } from "./exporters/keras/index.js";
export {
  exportOnnx,
  exportOnnxBytes,
  type OnnxExport,
  type OnnxExportOptions,
} from "./exporters/onnx/index.js";
export { exportTorch, type TorchExport } from "./exporters/torch/index.js";
export {
  checkpointFrom,
  loadCheckpoint,
  loadStateDict,
  saveStateDict,
  stateDictBytes,
  stateDictFrom,
  type StateDictFormat,
} from "./formats/torch/state-dict-file.js";
export { readProgram } from "./torch-program/read.js";
export { importTorchProgram } from "./importers/torch/index.js";
export { importTrace, type TraceImportOptions } from "./importers/torch/trace.js";
export {
  ConversionMismatchError,
  convertModel,
  TARGET_FORMATS,
  writeModel,
  type Conversion,
  type ConvertOptions,
  type WriteOptions,
  type WrittenModel,
} from "./convert.js";
export {
  countOps,
  transposesOf,
  type ConversionReport,
  type TargetFormat,
  type WeightMapping,
} from "./report.js";
export { difference, type Difference } from "./verify/difference.js";
export { acceptedInputs, type AcceptedInputOptions } from "./verify/accepted.js";
export { hasFreeSizes, inputShapes, type InputSizes } from "./verify/input-shapes.js";
export { randomInputs, type RandomInputOptions } from "./verify/inputs.js";
export {
  verifyModels,
  type DivergingLayer,
  type OutputComparison,
  type Verification,
  type VerifyOptions,
} from "./verify/verify.js";
export {
  detectFormat,
  readModel,
  type ReadModel,
  type ReadModelOptions,
  type SourceFormat,
} from "./read-model.js";
