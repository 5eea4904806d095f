// Relaxed SIMD: instructions whose last bits the machine chooses. Nothing may use them unless `hasRelaxedSimd()`.
import { leb } from "./bytes.js";
import { node, type Expr } from "./expr.js";
import { validate } from "./host.js";
import { ModuleBuilder } from "./module.js";
import { f32x4, v128 } from "./simd.js";

type V = Expr<"v128">;
type Ternary = (a: V, b: V, c: V) => V;
const ternary =
  (op: number): Ternary =>
  (a, b, c) =>
    node("v128", [0xfd, ...leb(op)], [a, b, c]);

/** Multiply-adds, rounded once (fused) or twice, as the machine likes. */
export interface RelaxedOps {
  /** `a * b + c` in float32 lanes. */
  readonly maddF32x4: Ternary;
  /** `-(a * b) + c` in float32 lanes. */
  readonly nmaddF32x4: Ternary;
  /** `a * b + c` in float64 lanes. */
  readonly maddF64x2: Ternary;
  /** `-(a * b) + c` in float64 lanes. */
  readonly nmaddF64x2: Ternary;
}

/** The relaxed instructions (WebAssembly relaxed SIMD, opcodes 0x105 to 0x108). */
export const relaxed: RelaxedOps = {
  maddF32x4: ternary(0x105),
  nmaddF32x4: ternary(0x106),
  maddF64x2: ternary(0x107),
  nmaddF64x2: ternary(0x108),
};

/** True when this JavaScript engine accepts relaxed SIMD: Node 22, Chrome 114 and later. */
export function hasRelaxedSimd(): boolean {
  const m = new ModuleBuilder();
  m.func([], null, (f) => {
    const one = f32x4.const(1);
    v128.store(f, 0, relaxed.maddF32x4(one, one, one));
  });
  return validate(m.build());
}
