// Multiply-adds: one relaxed SIMD instruction in modules that may use those, whose last bits the machine chooses; a
// product and a sum in others.
import { leb } from "./bytes.js";
import { node, type Expr } from "./expr.js";
import { validate } from "./host.js";
import { ModuleBuilder } from "./module.js";
import { f32x4, f64x2, v128 } from "./simd.js";

declare const process:
  | { getBuiltinModule?(id: "node:v8"): { setFlagsFromString(flags: string): void } | undefined }
  | undefined;

type V = Expr<"v128">;
type Ternary = (a: V, b: V, c: V) => V;
/** WebAssembly relaxed SIMD, opcodes 0x105 to 0x108. */
const either =
  (op: number, strict: Ternary): Ternary =>
  (a, b, c) => ({ ...strict(a, b, c), relaxed: node("v128", [0xfd, ...leb(op)], [a, b, c]) });

/** `a * b + c` in float32 lanes. */
export const maddF32x4: Ternary = either(0x105, (a, b, c) => f32x4.add(c, f32x4.mul(a, b)));
/** `c - a * b` in float32 lanes. */
export const nmaddF32x4: Ternary = either(0x106, (a, b, c) => f32x4.sub(c, f32x4.mul(a, b)));
/** `a * b + c` in float64 lanes. */
export const maddF64x2: Ternary = either(0x107, (a, b, c) => f64x2.add(c, f64x2.mul(a, b)));
/** `c - a * b` in float64 lanes. */
export const nmaddF64x2: Ternary = either(0x108, (a, b, c) => f64x2.sub(c, f64x2.mul(a, b)));

/** True when this JavaScript engine accepts relaxed SIMD: Node 22, Chrome 114 and later. */
export function hasRelaxedSimd(): boolean {
  const m = new ModuleBuilder(undefined, true);
  m.func([], null, (f) => {
    const one = f32x4.const(1);
    v128.store(f, 0, maddF32x4(one, one, one));
  });
  return validate(m.build());
}

/** Turns relaxed SIMD on, for the whole process, where V8 has it behind a flag (Node 20); else does nothing. */
export function enableRelaxedSimd(): void {
  if (hasRelaxedSimd() || typeof process !== "object") return;
  process.getBuiltinModule?.("node:v8")?.setFlagsFromString("--experimental-wasm-relaxed-simd");
}
