// Reduction of adjacent float32 columns: strips of 32 columns, down the rows, blocks of rows into float64 totals.
import type { ReduceKind } from "@isoform/core";
import {
  f32x4,
  f64x2,
  i32,
  i32x4,
  memoryFill,
  select,
  shuffle32,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
} from "../../wasm/index.js";
import type { V } from "../../math/index.js";
import { neutralOf } from "./rows.js";

/** Rows summed in float32 before they go to the float64 totals. */
const BLOCK_ROWS = 64;

/** The two nested axes that are reduced: `n` steps of `stride` bytes each. */
export interface Reduced {
  readonly n1: Expr<"i32">;
  readonly s1: Expr<"i32">;
  readonly n2: Expr<"i32">;
  readonly s2: Expr<"i32">;
}

/** Reduces strips of `4 * vectors` columns while that many of the `left` are left, advancing `p` and `out`. */
export function reduceStrips(
  f: FunctionBuilder,
  kind: ReduceKind,
  vectors: number,
  p: Local<"i32">,
  out: Local<"i32">,
  left: Local<"i32">,
  axes: Reduced,
): void {
  f.while(i32.geU(left, 4 * vectors), () => {
    const results =
      kind === "sum" || kind === "prod"
        ? strip64(f, kind, vectors, p, axes)
        : strip32(f, kind, vectors, p, axes);
    results.forEach((v, i) => v128.store(f, out, v, 16 * i));
    f.inc(p, 16 * vectors);
    f.inc(out, 16 * vectors);
    f.inc(left, -4 * vectors);
  });
}

/**
 * `f32x4.max` costs several instructions for NaN's sake, so a strip is first done without, and again when a NaN
 * turned up.
 */
function strip32(
  f: FunctionBuilder,
  kind: "max" | "min",
  vectors: number,
  p: Local<"i32">,
  axes: Reduced,
): V[] {
  const best = Array.from({ length: vectors }, () => f.local("v128"));
  const nan = f.let(i32x4.const(0));
  const walk = (visit: (best: Local<"v128">, x: Local<"v128">) => void): void => {
    for (const b of best) f.set(b, f32x4.const(neutralOf(kind)));
    const outer = f.let(p);
    f.repeat(axes.n2, () => {
      const row = f.let(outer);
      f.repeat(axes.n1, () => {
        best.forEach((b, i) => visit(b, f.let(v128.load(row, 16 * i))));
        f.inc(row, axes.s1);
      });
      f.inc(outer, axes.s2);
    });
  };
  walk((b, x) => {
    f.set(b, kind === "max" ? f32x4.pmax(b, x) : f32x4.pmin(b, x));
    f.set(nan, v128.or(nan, f32x4.ne(x, x)));
  });
  f.if(v128.anyTrue(nan), () => walk((b, x) => f.set(b, f32x4[kind](b, x))));
  return best;
}

function strip64(
  f: FunctionBuilder,
  kind: "sum" | "prod",
  vectors: number,
  p: Local<"i32">,
  axes: Reduced,
): V[] {
  const neutral = neutralOf(kind);
  const combine32 = kind === "sum" ? f32x4.add : f32x4.mul;
  const combine64 = kind === "sum" ? f64x2.add : f64x2.mul;
  const rowsPerBlock = kind === "sum" ? BLOCK_ROWS : 1;
  const totals = Array.from({ length: 2 * vectors }, () => f.let(f64x2.const(neutral)));
  const sums = Array.from({ length: vectors }, () => f.local("v128"));
  const outer = f.let(p);
  f.repeat(axes.n2, () => {
    const row = f.let(outer);
    const rows = f.let(axes.n1);
    f.while(i32.ne(rows, 0), () => {
      const block = f.let(select(i32.ltU(rows, rowsPerBlock), rows, i32.const(rowsPerBlock)));
      f.inc(rows, i32.sub(0, block));
      for (const s of sums) f.set(s, f32x4.const(neutral));
      f.loop((again) => {
        sums.forEach((s, i) => f.set(s, combine32(s, v128.load(row, 16 * i))));
        f.inc(row, axes.s1);
        f.inc(block, -1);
        f.brIf(again, block);
      });
      sums.forEach((s, i) => {
        const low = totals[2 * i]!;
        const high = totals[2 * i + 1]!;
        f.set(low, combine64(low, f64x2.promoteLowF32x4(s)));
        f.set(high, combine64(high, f64x2.promoteLowF32x4(shuffle32(s, s, [2, 3, 2, 3]))));
      });
    });
    f.inc(outer, axes.s2);
  });
  return sums.map((_, i) =>
    shuffle32(f32x4.demoteF64x2Zero(totals[2 * i]!), f32x4.demoteF64x2Zero(totals[2 * i + 1]!), [0, 1, 4, 5]),
  );
}

/** Columns that `sumColumns` does at a time; its float32 and float64 sums stay in the first-level cache. */
const PANEL = 512;
/** Bytes of scratch memory that `sumColumns` needs. */
export const PANEL_BYTES: number = PANEL * 12;
/** Rows added to the sums in memory at once. */
const ROWS = 8;

/**
 * Sums of at least 16 adjacent columns, 16 at a time, as long as there are that many `left`: whole rows in the order of
 * memory, into sums that lie at `scratch`. Advances `p` and `out`.
 */
export function sumColumns(
  f: FunctionBuilder,
  p: Local<"i32">,
  out: Local<"i32">,
  left: Local<"i32">,
  axes: Reduced,
  scratch: Expr<"i32">,
): void {
  const wide = f.let(i32.add(scratch, PANEL * 4));
  f.while(i32.geU(left, 16), () => {
    const columns = f.let(select(i32.ltU(left, PANEL), i32.and(left, -16), i32.const(PANEL)));
    const bytes = f.let(i32.shl(columns, 2));
    memoryFill(f, wide, 0, i32.shl(columns, 3));
    const outer = f.let(p);
    f.repeat(axes.n2, () => {
      const row = f.let(outer);
      const rows = f.let(axes.n1);
      f.while(i32.ne(rows, 0), () => {
        const block = f.let(select(i32.ltU(rows, BLOCK_ROWS), rows, i32.const(BLOCK_ROWS)));
        f.inc(rows, i32.sub(0, block));
        memoryFill(f, scratch, 0, bytes);
        for (const together of [ROWS, 1]) addRows(f, together, row, axes.s1, block, scratch, bytes);
        widen(f, scratch, wide, columns);
      });
      f.inc(outer, axes.s2);
    });
    narrow(f, wide, out, columns);
    f.inc(p, bytes);
    f.inc(left, i32.sub(0, columns));
  });
}

/** Adds `together` rows at a time to the sums while that many of `rows` are left. */
function addRows(
  f: FunctionBuilder,
  together: number,
  row: Local<"i32">,
  step: Expr<"i32">,
  rows: Local<"i32">,
  sums: Expr<"i32">,
  bytes: Expr<"i32">,
): void {
  f.while(i32.geU(rows, together), () => {
    const pointers = [f.let(row)];
    for (let i = 1; i < together; i++) pointers.push(f.let(i32.add(pointers[i - 1]!, step)));
    const to = f.let(sums);
    const end = f.let(i32.add(to, bytes));
    f.loop((again) => {
      const results = [0, 16, 32, 48].map((offset) => {
        const terms = pointers.map((q): V => v128.load(q, offset));
        while (terms.length > 1) terms.push(f32x4.add(terms.shift()!, terms.shift()!));
        return f32x4.add(v128.load(to, offset), terms[0]!);
      });
      results.forEach((r, i) => v128.store(f, to, r, 16 * i));
      for (const q of [to, ...pointers]) f.inc(q, 64);
      f.brIf(again, i32.ltU(to, end));
    });
    f.inc(row, i32.mul(step, together));
    f.inc(rows, -together);
  });
}

function widen(f: FunctionBuilder, sums: Expr<"i32">, totals: Expr<"i32">, columns: Expr<"i32">): void {
  const [from, to] = [f.let(sums), f.let(totals)];
  f.repeat(i32.shrU(columns, 2), () => {
    const s = f.let(v128.load(from));
    const high = shuffle32(s, s, [2, 3, 2, 3]);
    v128.store(f, to, f64x2.add(v128.load(to), f64x2.promoteLowF32x4(s)));
    v128.store(f, to, f64x2.add(v128.load(to, 16), f64x2.promoteLowF32x4(high)), 16);
    f.inc(from, 16);
    f.inc(to, 32);
  });
}

function narrow(f: FunctionBuilder, totals: Expr<"i32">, out: Local<"i32">, columns: Expr<"i32">): void {
  const from = f.let(totals);
  f.repeat(i32.shrU(columns, 2), () => {
    const [low, high] = [v128.load(from), v128.load(from, 16)];
    v128.store(f, out, shuffle32(f32x4.demoteF64x2Zero(low), f32x4.demoteF64x2Zero(high), [0, 1, 4, 5]));
    f.inc(from, 32);
    f.inc(out, 16);
  });
}
