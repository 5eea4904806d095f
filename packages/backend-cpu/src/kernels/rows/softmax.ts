// softmax, logSoftmax and their loss over rows of adjacent float32: maximum, sum of exponentials, results.
import type { DType } from "@isoform/core";
import {
  call,
  f32,
  f32x4,
  f64,
  i32,
  i32x4,
  i64,
  memoryFill,
  select,
  shuffle32,
  v128,
  type Expr,
  type Func,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import {
  complete,
  DIFFERENCE_POWER,
  expOfDifference,
  expPlain,
  importHostMath,
  isPlain,
  log,
} from "../../math/index.js";
import type { HostMath, V } from "../../math/index.js";
import { loadIndex } from "../index/gather.js";
import { SCALARS } from "../scalars.js";
import { mapRow, pairwise, sumRow, sweep } from "./sweep.js";

const I = "i32";

// Each pass is a function of its own: in one function together, the engine's register allocator keeps the constants of
// the exponential in memory (measured in V8 11.3: 1.7 times as slow).

type Extremes = Func<readonly ["i32", "i32"], "v128">;
type Total = Func<readonly ["i32", "i32", "f32", "i32", "i32"], "f64">;

/**
 * Defines `(row, n)`: the largest element in lane 0 and, when `both`, the smallest in lane 1. NaN is left out: it comes back
 * with the exponentials.
 */
function defineExtremes(m: ModuleBuilder, both: boolean): Extremes {
  return m.func([I, I], "v128", (f, p, n) => {
    const ends = (both ? [f32x4.pmax, f32x4.pmin] : [f32x4.pmax]).map((op, i) => ({
      op,
      best: [0, 1, 2, 3].map(() => f.let(f32x4.const(i ? Infinity : -Infinity))),
    }));
    const take = (k: number, x: V): void => {
      const value = f.let(x);
      for (const { op, best } of ends) f.set(best[k]!, op(best[k]!, value));
    };
    sweep(f, n, [p], 4, {
      many: (vectors) => {
        for (let k = 0; k < vectors; k++) take(k, v128.load(p, 16 * k));
      },
      one: () => take(0, v128.load32Splat(p)),
    });
    const found = ends.map(({ op, best }) => {
      const half = f.let(pairwise(best, op));
      const quarter = f.let(op(half, shuffle32(half, half, [2, 3, 0, 1])));
      return f.let(op(quarter, shuffle32(quarter, quarter, [1, 0, 3, 2])));
    });
    return shuffle32(found[0]!, found.at(-1)!, [0, 4, 0, 4]);
  });
}

/**
 * Defines `(row, n, max, next, to)`: the sum of e^(x - max) times 2^DIFFERENCE_POWER, while the row at `next` comes into
 * the cache; when `stored`, the terms go to `to`.
 */
function defineTotal(m: ModuleBuilder, stored: boolean): Total {
  return m.func([I, I, "f32", I, I], "f64", (f, x, n, max, next, to) => {
    const top = f.let(f32x4.splat(max));
    const term = (load: (p: Local<"i32">) => V, put: (p: Local<"i32">, value: V) => void): V[] => {
      const e = f.let(expOfDifference(f, f32x4.sub(load(x), top)));
      if (stored) put(to, e);
      return [e];
    };
    const [sum] = sumRow(f, n, stored ? [x, to] : [x], 8, 1, term, next);
    return sum!;
  });
}

/**
 * Defines `(row, n, next, to)`: the sum of e^x times 2^DIFFERENCE_POWER, or NaN where an x is too large or too small for
 * that; the terms go to `to`. A pass and two steps less than by the largest element, and most rows hold small numbers.
 */
function definePlain(m: ModuleBuilder): Func<readonly ["i32", "i32", "i32", "i32"], "f64"> {
  return m.func([I, I, I, I], "f64", (f, x, n, next, to) => {
    const all = { into: f.let(i32x4.const(-1)), op: v128.and };
    const some = { into: f.let(i32x4.const(0)), op: v128.or };
    const terms = (load: (p: Local<"i32">) => V, put: (p: Local<"i32">, value: V) => void): V[] => {
      const { value, rounded } = expPlain(f, load(x));
      const e = f.let(value);
      put(to, e);
      return [e, rounded, rounded];
    };
    const sum = sumRow(f, n, [x, to], 4, 1, terms, next, [all, some])[0]!;
    f.if(i32.eqz(isPlain(all.into, some.into)), () => f.set(sum, Number.NaN));
    return sum;
  });
}

/** Runs `body` for every row at `x`, with the address of the row after it, or of the row itself when it is the last. */
function eachRow(
  f: FunctionBuilder,
  rows: Local<"i32">,
  x: Local<"i32">,
  xRow: Local<"i32">,
  body: (next: Expr<"i32">) => void,
): void {
  f.while(rows, () => {
    f.inc(rows, -1);
    const next = f.let(select(rows, i32.add(x, xRow), x));
    body(next);
    f.set(x, next);
  });
}

/** log of a sum of `total`, in all lanes. */
function logTotal(f: FunctionBuilder, sum: Local<"f64">, host: HostMath): Local<"v128"> {
  const plain = f64.mul(sum, 2 ** -DIFFERENCE_POWER);
  return complete(f, log, [f.let(f32x4.splat(f32.demoteF64(plain)))], host);
}

/**
 * Defines `(n, out, x, guarded, next, careful)`: the softmax of a row of n elements, in place where out is x, while the
 * row at `next` comes into the cache. A row of nothing but -Infinity is NaN, or 0 when `guarded`. Returns whether it was a
 * row of large or small numbers. When `careful`, that is looked up before: always in place, where the terms overwrite
 * them, and after such a row, as they come in numbers. The softmax is the same.
 */
export function defineSoftmaxRow(
  m: ModuleBuilder,
): Func<readonly ["i32", "i32", "i32", "i32", "i32", "i32"], "i32"> {
  const extremes = defineExtremes(m, true);
  const plain = definePlain(m);
  const total = defineTotal(m, true);
  const scale = m.func([I, I, "f32"], null, (f, row, n, factor) => {
    const each = f.let(f32x4.splat(factor));
    mapRow(f, n, [row], row, 8, (load) => f32x4.mul(load(row), each));
  });
  return m.func([I, I, I, I, I, I], I, (f, n, out, x, guarded, next, careful) => {
    const none = f.let(i32.const(0));
    const wide = f.let(i32.const(0));
    const sum = f.local("f64");
    const ends = f.local("v128");
    const look = (): void => f.set(ends, call(extremes, x, n));
    f.if(careful, () => {
      look();
      const { rounded } = expPlain(f, ends);
      f.set(wide, i32.eqz(isPlain(rounded, rounded)));
    });
    f.if(i32.eqz(wide), () => {
      f.set(sum, call(plain, x, n, next, out));
      f.set(wide, i32.and(i32.eqz(careful), f64.ne(sum, sum)));
      f.if(wide, look);
    });
    f.if(wide, () => {
      const max = f.let(f32x4.extract(ends, 0));
      f.set(none, i32.and(i32.ne(guarded, 0), f32.eq(max, Number.NEGATIVE_INFINITY)));
      f.if(none, () => f.set(max, 0));
      f.set(sum, call(total, x, n, max, next, out));
    });
    f.if(
      i32.and(none, f64.eq(sum, sum)),
      () => memoryFill(f, out, 0, i32.shl(n, 2)),
      () => f.call(scale, out, n, f32.demoteF64(f64.div(1, sum))),
    );
    return wide;
  });
}

/** Defines `run(rows, n, out, x, xRow)`: rows of n elements, those of x `xRow` bytes apart. */
export function defineSoftmax(m: ModuleBuilder): void {
  const row = defineSoftmaxRow(m);
  m.exportFunc("run", [I, I, I, I, I], null, (f, rows, n, out, x, xRow) => {
    const inPlace = f.let(i32.eq(out, x));
    const careful = f.let(inPlace);
    eachRow(f, rows, x, xRow, (next) => {
      f.set(careful, i32.or(inPlace, call(row, n, out, x, 0, next, careful)));
      f.inc(out, i32.shl(n, 2));
    });
  });
}

/** Defines `run(rows, n, out, x, xRow)` as for softmax. */
export function defineLogSoftmax(m: ModuleBuilder): void {
  const host = importHostMath(m);
  const maximum = defineExtremes(m, false);
  const total = defineTotal(m, false);
  const shift = m.func([I, I, "f32", I, "f64"], null, (f, row, n, max, out, sum) => {
    const top = f.let(f32x4.splat(max));
    const rest = logTotal(f, sum, host);
    mapRow(f, n, [row, out], out, 8, (load) => f32x4.sub(f32x4.sub(load(row), top), rest));
  });
  m.exportFunc("run", [I, I, I, I, I], null, (f, rows, n, out, x, xRow) => {
    eachRow(f, rows, x, xRow, (next) => {
      const max = f.let(f32x4.extract(call(maximum, x, n), 0));
      f.call(shift, x, n, max, out, call(total, x, n, max, next, 0));
      f.inc(out, i32.shl(n, 2));
    });
  });
}

/**
 * Defines `run(rows, n, out, x, xRow, labels, labelStride)`: -log softmax(x)[label] of every row, 0 where there is no
 * such class.
 */
export function defineCrossEntropy(m: ModuleBuilder, labelType: DType): void {
  const host = importHostMath(m);
  const maximum = defineExtremes(m, false);
  const total = defineTotal(m, false);
  m.exportFunc("run", [I, I, I, I, I, I, I], null, (f, rows, n, out, x, xRow, labels, labelStride) => {
    eachRow(f, rows, x, xRow, (next) => {
      const label = f.let(loadIndex(labelType, labels));
      const loss = f.let(f32.const(0));
      f.if(i64.ltU(label, i64.extendI32U(n)), () => {
        const max = f.let(f32x4.extract(call(maximum, x, n), 0));
        const sum = logTotal(f, f.let(call(total, x, n, max, next, 0)), host);
        const at = f32.load(i32.add(x, i32.shl(i32.wrapI64(label), 2)));
        f.set(loss, f32.sub(f32x4.extract(sum, 0), f32.sub(at, max)));
      });
      f32.store(f, out, loss);
      f.inc(out, 4);
      f.inc(labels, labelStride);
    });
  });
}

/** Whether labels of a dtype can be read. */
export function isLabelType(dtype: DType): boolean {
  const scalar = SCALARS[dtype];
  return scalar !== undefined && (scalar.type === "i32" || scalar.type === "i64");
}
