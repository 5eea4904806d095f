// A small WebAssembly assembler: typed expressions, functions with structured control flow, modules.
export { call, FunctionBuilder } from "./function.js";
export type { Func, Label, Types } from "./function.js";
export { ModuleBuilder } from "./module.js";
export type { MemoryLimits } from "./module.js";
export { select, toExpr } from "./expr.js";
export type { Arg, Binary, Emitter, Expr, Local, Unary, ValueType } from "./expr.js";
export { f32, f64, i32, i64, memoryCopy, memoryFill, memorySize } from "./scalar.js";
export { f32x4, f64x2, i16x8, i32x4, i64x2, i8x16, shuffle32, v128 } from "./simd.js";
export {
  enableRelaxedSimd,
  hasRelaxedSimd,
  maddF32x4,
  maddF64x2,
  nmaddF32x4,
  nmaddF64x2,
} from "./relaxed.js";
export { compileRefusal, hasWebAssembly, instantiate, newMemory, PAGE_BYTES, validate } from "./host.js";
export type { HostFunction, HostMemory } from "./host.js";
