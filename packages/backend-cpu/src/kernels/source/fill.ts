// The fill kernel: one bit pattern into a strided view of elements of 1 to 8 bytes.
import { itemSize, numberToBfloat16, numberToFloat16, typedArrayView, type DType } from "@isoform/core";
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

/** Integer bounds of the dtypes up to 32 bits. */
function saturated(dtype: DType, value: number): number {
  if (Number.isNaN(value)) return 0;
  const bits = itemSize(dtype) * 8;
  const signed = dtype.startsWith("int");
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  return Math.min(high, Math.max(low, Math.trunc(value)));
}

function saturatedBig(dtype: DType, value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  const low = dtype === "int64" ? -(2n ** 63n) : 0n;
  const high = dtype === "int64" ? 2n ** 63n - 1n : 2n ** 64n - 1n;
  if (value <= Number(low)) return low;
  return value >= Number(high) ? high : BigInt(Math.trunc(value));
}

/** A value as the dtype stores it, converted like `cast` does. */
function stored(dtype: DType, value: number | bigint): number | bigint {
  switch (dtype) {
    case "int64":
    case "uint64":
      return typeof value === "bigint" ? value : saturatedBig(dtype, value);
    case "float16":
      return numberToFloat16(Number(value));
    case "bfloat16":
      return numberToBfloat16(Number(value));
    case "float32":
    case "float64":
      return Number(value);
    case "bool":
      return Number(value) === 0 ? 0 : 1;
    default:
      return typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : saturated(dtype, value);
  }
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
    const element = stored(out.dtype, value);
    if (pattern instanceof BigInt64Array || pattern instanceof BigUint64Array) pattern.fill(BigInt(element));
    else pattern.fill(Number(element));
    runStrided(this.engine, this.plan, kernel, [out], words[0]!, words[1]!);
  }
}
