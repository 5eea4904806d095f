// The fill kernel: one bit pattern into a strided view of elements of 1 to 8 bytes.
import { elementWriter, itemSize, storedValue, typedArrayView } from "@isoform/core";
import type { Engine, Exports } from "../../engine.js";
import {
  i32,
  i64,
  i64x2,
  v128,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import { defineNd } from "../strided/loop.js";
import { Plan } from "../strided/plan.js";
import { runStrided } from "../strided/runner.js";
import type { CpuView } from "../view.js";

function storeElement(f: FunctionBuilder, bytes: number, to: Local<"i32">, value: Local<"i64">): void {
  if (bytes === 1) i64.store8(f, to, value);
  else if (bytes === 2) i64.store16(f, to, value);
  else if (bytes === 4) i64.store32(f, to, value);
  else i64.store(f, to, value);
}

function defineFill(m: ModuleBuilder, bytes: number): void {
  const I = "i32";
  const run = m.exportFunc("run", [I, I, I, I, I], null, (f, n, out, stride, low, high) => {
    const value = f.let(i64.or(i64.shl(i64.extendI32U(high), 32n), i64.extendI32U(low)));
    f.if(i32.eq(stride, bytes), () => {
      const vector = f.let(i64x2.splat(value));
      const group = 16 / bytes;
      f.while(i32.geU(n, group), () => {
        v128.store(f, out, vector);
        f.inc(out, 16);
        f.inc(n, -group);
      });
    });
    f.while(i32.ne(n, 0), () => {
      storeElement(f, bytes, out, value);
      f.inc(out, stride);
      f.inc(n, -1);
    });
  });
  defineNd(m, 1, run);
}

/** Fills strided views. */
export class FillKernel {
  private readonly engine: Engine;
  private readonly plan = new Plan();
  private readonly byBytes: Exports[] = [];

  constructor(engine: Engine) {
    this.engine = engine;
  }

  run(out: CpuView, value: number | bigint): void {
    const bytes = itemSize(out.dtype);
    const kernel = (this.byBytes[bytes] ??= this.engine.module(`fill:${bytes}`, (m) => defineFill(m, bytes)));
    const words = new Int32Array(2);
    const pattern = typedArrayView(out.dtype, words.buffer, 0, 8 / bytes);
    const write = elementWriter(out.dtype);
    const element = storedValue(out.dtype, value);
    for (let i = 0; i < pattern.length; i++) write(pattern, i, element);
    runStrided(this.engine, this.plan, kernel, [out], words[0]!, words[1]!);
  }
}
