// softmax, logSoftmax and their loss over rows of adjacent float32: maximum, sum of exponentials, results.
import type { DType } from "@isoform/core";
import {
  f32,
  f32x4,
  f64,
  i32,
  i64,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import { complete, DIFFERENCE_POWER, expOfDifference, importHostMath, log } from "../../math/index.js";
import type { HostMath, V } from "../../math/index.js";
import { loadIndex } from "../index/gather.js";
import { SCALARS } from "../scalars.js";
import { mapRow, sumRow, sweep } from "./sweep.js";

const I = "i32";

/** The largest element, in all lanes. NaN is left out: it comes back with the exponentials. */
function maximum(f: FunctionBuilder, row: Expr<"i32">, n: Expr<"i32">): Local<"v128"> {
  const p = f.let(row);
  const best = [0, 1, 2, 3].map(() => f.let(f32x4.const(Number.NEGATIVE_INFINITY)));
  const take = (k: number, x: V): void => f.set(best[k]!, f32x4.pmax(best[k]!, x));
  sweep(f, n, [p], 4, {
    many: (vectors) => {
      for (let k = 0; k < vectors; k++) take(k, v128.load(p, 16 * k));
    },
    one: () => take(0, v128.load32Splat(p)),
  });
  const top = f.let(f32x4.pmax(f32x4.pmax(best[0]!, best[1]!), f32x4.pmax(best[2]!, best[3]!)));
  const lanes = [0, 1, 2, 3].map((lane) => f32x4.extract(top, lane));
  return f.let(f32x4.splat(lanes.reduce((a, b) => f32.max(a, b))));
}

/** The sum of e^(x - max) of a row times 2^DIFFERENCE_POWER; with `to`, the terms are stored there. */
function total(
  f: FunctionBuilder,
  row: Expr<"i32">,
  n: Expr<"i32">,
  max: Local<"v128">,
  to: Local<"i32"> | null,
): Local<"f64"> {
  const x = f.let(row);
  const out = to && f.let(to);
  const [sum] = sumRow(f, n, out ? [x, out] : [x], 4, 1, (load, put) => {
    const e = f.let(expOfDifference(f, f32x4.sub(load(x), max)));
    if (out) put(out, e);
    return [e];
  });
  return sum!;
}

/** log of a sum of `total`, in all lanes. */
function logTotal(f: FunctionBuilder, sum: Local<"f64">, host: HostMath): Local<"v128"> {
  const plain = f64.mul(sum, 2 ** -DIFFERENCE_POWER);
  return complete(f, log, [f.let(f32x4.splat(f32.demoteF64(plain)))], host);
}

/** Defines `run(rows, n, out, x, xRow)`: rows of n elements, those of x `xRow` bytes apart. */
export function defineSoftmax(m: ModuleBuilder): void {
  m.exportFunc("run", [I, I, I, I, I], null, (f, rows, n, out, x, xRow) => {
    f.repeat(rows, () => {
      const sum = total(f, x, n, maximum(f, x, n), out);
      const factor = f.let(f32x4.splat(f32.demoteF64(f64.div(1, sum))));
      mapRow(f, n, [out], out, 4, (load) => f32x4.mul(load(out), factor));
      f.inc(x, xRow);
    });
  });
}

/** Defines `run(rows, n, out, x, xRow)` as for softmax. */
export function defineLogSoftmax(m: ModuleBuilder): void {
  const host = importHostMath(m);
  m.exportFunc("run", [I, I, I, I, I], null, (f, rows, n, out, x, xRow) => {
    f.repeat(rows, () => {
      const max = maximum(f, x, n);
      const shift = logTotal(f, total(f, x, n, max, null), host);
      const p = f.let(x);
      mapRow(f, n, [p, out], out, 4, (load) => f32x4.sub(f32x4.sub(load(p), max), shift));
      f.inc(x, xRow);
    });
  });
}

/**
 * Defines `run(rows, n, out, x, xRow, labels, labelStride)`: -log softmax(x)[label] of every row, 0 where there is no
 * such class.
 */
export function defineCrossEntropy(m: ModuleBuilder, labelType: DType): void {
  const host = importHostMath(m);
  m.exportFunc("run", [I, I, I, I, I, I, I], null, (f, rows, n, out, x, xRow, labels, labelStride) => {
    f.repeat(rows, () => {
      const label = f.let(loadIndex(labelType, labels));
      const loss = f.let(f32.const(0));
      f.if(i64.ltU(label, i64.extendI32U(n)), () => {
        const max = maximum(f, x, n);
        const sum = logTotal(f, total(f, x, n, max, null), host);
        const at = f32.load(i32.add(x, i32.shl(i32.wrapI64(label), 2)));
        f.set(loss, f32.sub(f32x4.extract(sum, 0), f32.sub(at, f32x4.extract(max, 0))));
      });
      f32.store(f, out, loss);
      f.inc(out, 4);
      f.inc(labels, labelStride);
      f.inc(x, xRow);
    });
  });
}

/** Whether labels of a dtype can be read. */
export function isLabelType(dtype: DType): boolean {
  const scalar = SCALARS[dtype];
  return scalar !== undefined && (scalar.type === "i32" || scalar.type === "i64");
}
