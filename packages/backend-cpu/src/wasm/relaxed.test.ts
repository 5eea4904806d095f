// Relaxed SIMD: what the instructions compute, where the engine has them.
import { describe, expect, it } from "vitest";
import {
  f32x4,
  f64x2,
  hasRelaxedSimd,
  instantiate,
  ModuleBuilder,
  newMemory,
  maddF32x4,
  maddF64x2,
  nmaddF32x4,
  nmaddF64x2,
  v128,
} from "./index.js";

const there = hasRelaxedSimd();
if (!there) console.warn("no relaxed SIMD in this engine: its instructions are not tested");

describe("hasRelaxedSimd", () => {
  it("agrees with the engine's version", () => {
    const node = Number(process.versions.node.split(".")[0]);
    expect(there).toBe(node >= 22 || process.execArgv.includes("--experimental-wasm-relaxed-simd"));
  });
});

describe.each(there ? [false, true] : [false])("multiply-adds, relaxed: %s", (relaxed) => {
  const memory = newMemory(1, 1);

  it("multiplies and adds", () => {
    const m = new ModuleBuilder(undefined, relaxed);
    m.exportFunc("run", [], null, (f) => {
      const [a, b, c] = [f32x4.const(3), f32x4.const(5), f32x4.const(7)];
      v128.store(f, 0, maddF32x4(a, b, c));
      v128.store(f, 16, nmaddF32x4(a, b, c));
      const [x, y, z] = [f64x2.const(3), f64x2.const(5), f64x2.const(7)];
      v128.store(f, 32, maddF64x2(x, y, z));
      v128.store(f, 48, nmaddF64x2(x, y, z));
    });
    instantiate(m.build(), memory, {})["run"]!();
    expect([...new Float32Array(memory.buffer, 0, 8)]).toEqual([22, 22, 22, 22, -8, -8, -8, -8]);
    expect([...new Float64Array(memory.buffer, 32, 4)]).toEqual([22, 22, -8, -8]);
  });

  it("rounds once or twice, nothing else", () => {
    const m = new ModuleBuilder(undefined, relaxed);
    const near = 1 + 2 ** -12;
    m.exportFunc("run", [], null, (f) => {
      v128.store(f, 0, maddF32x4(f32x4.const(near), f32x4.const(near), f32x4.const(-1)));
    });
    instantiate(m.build(), memory, {})["run"]!();
    const fused = Math.fround(near * near - 1);
    const separate = Math.fround(Math.fround(near * near) - 1);
    expect(fused).not.toBe(separate);
    expect([fused, separate]).toContain(new Float32Array(memory.buffer, 0, 1)[0]);
  });
});
