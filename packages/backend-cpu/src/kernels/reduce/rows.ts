// Reduction of float32 lines: sums and products end in float64, so the error does not grow with the length.
import type { ReduceKind } from "@isoform/core";
import {
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  i32x4,
  select,
  shuffle32,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
} from "../../wasm/index.js";
import type { V } from "../../math/index.js";

/** Accumulators of four lanes; each takes 32 vectors before it goes to a float64 total. */
const WIDTH = 8;

/** Value of an empty reduction. */
export function neutralOf(kind: ReduceKind): number {
  return { sum: 0, prod: 1, max: -Infinity, min: Infinity }[kind];
}

/** `acc` combined with one more value, in float64. */
export function combine64(kind: ReduceKind, acc: Expr<"f64">, x: Expr<"f64">): Expr<"f64"> {
  return { sum: f64.add, prod: f64.mul, max: f64.max, min: f64.min }[kind](acc, x);
}

/** Adds a line of `n` elements, `stride` bytes apart, to the float64 accumulator. */
export function reduceLine(
  f: FunctionBuilder,
  kind: ReduceKind,
  acc: Local<"f64">,
  start: Expr<"i32">,
  n: Expr<"i32">,
  stride: Expr<"i32">,
): void {
  const p = f.let(start);
  const left = f.let(n);
  f.if(i32.eq(stride, 4), () => {
    if (kind === "sum") sumVectors(f, acc, p, left);
    else if (kind === "prod") multiplyVectors(f, acc, p, left);
    else extremeOfVectors(f, kind, acc, p, left);
  });
  f.while(i32.ne(left, 0), () => {
    f.set(acc, combine64(kind, acc, f64.promoteF32(f32.load(p))));
    f.inc(p, stride);
    f.inc(left, -1);
  });
}

function promoteHigh(v: V): V {
  return f64x2.promoteLowF32x4(shuffle32(v, v, [2, 3, 2, 3]));
}

/** Float64 lanes holding the sum of lane pairs. */
export function widened(v: Local<"v128">): V {
  return f64x2.add(f64x2.promoteLowF32x4(v), promoteHigh(v));
}

function bothLanes(kind: "sum" | "prod", v: Local<"v128">): Expr<"f64"> {
  return combine64(kind, f64x2.extract(v, 0), f64x2.extract(v, 1));
}

function sumVectors(f: FunctionBuilder, acc: Local<"f64">, p: Local<"i32">, left: Local<"i32">): void {
  const [total] = sumLines(f, [p], left);
  f.set(acc, f64.add(acc, bothLanes("sum", total!)));
}

/**
 * Float64 pairs with the sums of 1, 2, 4 or 8 lines of `left` adjacent elements each, but for the last `left` modulo 4,
 * which remain. Several lines at once are fetched from memory at the same time.
 */
export function sumLines(
  f: FunctionBuilder,
  lines: readonly Local<"i32">[],
  left: Local<"i32">,
): Local<"v128">[] {
  const width = WIDTH / lines.length;
  const round = 4 * width;
  const totals = lines.map(() => f.let(f64x2.const(0)));
  const add = (line: number, v: Local<"v128">): void =>
    f.set(totals[line]!, f64x2.add(totals[line]!, widened(v)));
  f.while(i32.geU(left, round), () => {
    const block = f.let(select(i32.ltU(left, 32 * round), i32.and(left, -round), i32.const(32 * round)));
    f.inc(left, i32.sub(0, block));
    const sums = lines.map(() => Array.from({ length: width }, () => f.let(f32x4.const(0))));
    f.loop((again) => {
      lines.forEach((p, line) => {
        sums[line]!.forEach((s, i) => f.set(s, f32x4.add(s, v128.load(p, 16 * i))));
      });
      for (const p of lines) f.inc(p, 4 * round);
      f.inc(block, -round);
      f.brIf(again, block);
    });
    sums.forEach((group, line) => group.forEach((s) => add(line, s)));
  });
  f.while(i32.geU(left, 4), () => {
    lines.forEach((p, line) => {
      add(line, f.let(v128.load(p)));
      f.inc(p, 16);
    });
    f.inc(left, -4);
  });
  return totals;
}

/** Rows that `sumRows` adds up at once. */
export const ROWS_AT_ONCE = 4;

/** Sums of rows of `n1` adjacent elements, `step` bytes apart, four rows at once while there are four `left`. */
export function sumRows(
  f: FunctionBuilder,
  x: Local<"i32">,
  step: Expr<"i32">,
  n1: Expr<"i32">,
  out: Local<"i32">,
  left: Local<"i32">,
): void {
  f.while(i32.geU(left, ROWS_AT_ONCE), () => {
    const lines = [f.let(x)];
    while (lines.length < ROWS_AT_ONCE) lines.push(f.let(i32.add(lines.at(-1)!, step)));
    const rest = f.let(n1);
    const sums = sumLines(f, lines, rest).map((t) => f.let(bothLanes("sum", t)));
    f.while(i32.ne(rest, 0), () => {
      lines.forEach((p, i) => {
        f.set(sums[i]!, f64.add(sums[i]!, f64.promoteF32(f32.load(p))));
        f.inc(p, 4);
      });
      f.inc(rest, -1);
    });
    sums.forEach((s, i) => f32.store(f, out, f32.demoteF64(s), 4 * i));
    f.inc(out, 4 * ROWS_AT_ONCE);
    f.inc(x, i32.mul(step, ROWS_AT_ONCE));
    f.inc(left, -ROWS_AT_ONCE);
  });
}

/** Float64 sum of `n` adjacent elements, a multiple of 16, as four lines end to end. */
export function sumInFour(f: FunctionBuilder, p: Expr<"i32">, n: Expr<"i32">): Expr<"f64"> {
  const lines = [f.let(p)];
  while (lines.length < 4) lines.push(f.let(i32.add(lines.at(-1)!, n)));
  const [a, b, c, d] = sumLines(f, lines, f.let(i32.shrU(n, 2)));
  return bothLanes("sum", f.let(f64x2.add(f64x2.add(a!, b!), f64x2.add(c!, d!))));
}

function multiplyVectors(f: FunctionBuilder, acc: Local<"f64">, p: Local<"i32">, left: Local<"i32">): void {
  const low = f.let(f64x2.const(1));
  const high = f.let(f64x2.const(1));
  f.while(i32.geU(left, 4), () => {
    const v = f.let(v128.load(p));
    f.set(low, f64x2.mul(low, f64x2.promoteLowF32x4(v)));
    f.set(high, f64x2.mul(high, promoteHigh(v)));
    f.inc(p, 16);
    f.inc(left, -4);
  });
  f.set(low, f64x2.mul(low, high));
  f.set(acc, f64.mul(acc, bothLanes("prod", low)));
}

function extremeOfVectors(
  f: FunctionBuilder,
  kind: "max" | "min",
  acc: Local<"f64">,
  p: Local<"i32">,
  left: Local<"i32">,
): void {
  const pick = kind === "max" ? f32x4.pmax : f32x4.pmin;
  const best = [0, 1, 2, 3].map(() => f.let(f32x4.const(neutralOf(kind))));
  const nan = f.let(i32x4.const(0));
  f.while(i32.geU(left, 16), () => {
    best.forEach((b, i) => {
      const v = f.let(v128.load(p, 16 * i));
      f.set(b, pick(b, v));
      f.set(nan, v128.or(nan, f32x4.ne(v, v)));
    });
    f.inc(p, 64);
    f.inc(left, -16);
  });
  const one = f.let(pick(pick(best[0]!, best[1]!), pick(best[2]!, best[3]!)));
  for (let lane = 0; lane < 4; lane++) {
    f.set(acc, combine64(kind, acc, f64.promoteF32(f32x4.extract(one, lane))));
  }
  f.if(v128.anyTrue(nan), () => f.set(acc, f64.const(Number.NaN)));
}
