// Public surface of @isoform/core.
export * from "./callable.js";
export * from "./errors.js";
export * from "./random/index.js";
export * from "./tensor/dtype.js";
export * from "./tensor/convert.js";
export { asPrimitive, showValues } from "./tensor/misuse.js";
export { adopt, detach, rebind } from "./tensor/alias.js";
export { toDevice } from "./tensor/transfer.js";
export * from "./tensor/scope.js";
export * from "./tensor/view.js";
export { Tensor, describe, requireSameDType, type TensorClass, type TensorInit } from "./tensor/tensor.js";
export * from "./runtime/backend.js";
export { Device, Storage, type MemoryInfo } from "./runtime/device.js";
export * from "./runtime/runtime.js";
export { withFallback, type PartialBackend } from "./runtime/fallback.js";
export {
  CORE_VERSION,
  TRACK_GRAD,
  TRACK_TAPE,
  ambient,
  enableGrad,
  noGrad,
  noGradGuard,
  updateMask,
  withName,
} from "./dispatch/ambient.js";
export { bind, bindAny } from "./dispatch/bind.js";
export { backward, withTape, type BackwardOptions } from "./dispatch/tape.js";
export * from "./dispatch/grad.js";
export { inferSpecs, trace, type TraceOptions } from "./dispatch/trace.js";
export * from "./dispatch/host.js";
export { compile, type CompiledFunction, type CompileInfo, type CompileOptions } from "./compile/compile.js";
export { fuse, type Fusable, type FusedUnit, type OpUnit, type Unit } from "./compile/fuse.js";
export { evaluateGraph } from "./ir/evaluate.js";
export * from "./ir/graph.js";
export * from "./ir/print.js";
export * from "./ir/verify.js";
export * from "./ops/table.js";
export * from "./ops/infer.js";
export * from "./ops/broadcast.js";
export * from "./ops/host-indices.js";
export {
  requireCount,
  requireNumber,
  requireOneOf,
  requireWhole,
} from "./ops/composites/common/arguments.js";
export * from "./ops/prims/index.js";
export * from "./ops/composites/index.js";
