// Loops over the elements of channels, float32: planes (a channel's elements adjacent within an image) and columns (the
// channels adjacent).
import {
  f32x4,
  f64,
  f64x2,
  i32,
  select,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
} from "../../wasm/index.js";
import type { V } from "../../math/index.js";
import { mapRow, sumRow } from "../rows/sweep.js";

type Pointer = Local<"i32">;

/** Where the elements of one channel lie: `images` planes of `size` elements, `step` bytes apart. */
export interface Planes {
  readonly images: Pointer;
  readonly step: Pointer;
  readonly size: Pointer;
}

function eachPlane(
  f: FunctionBuilder,
  { images, step }: Planes,
  pointers: readonly Pointer[],
  visit: (p: readonly Pointer[]) => void,
): void {
  const at = pointers.map((p) => f.let(p));
  f.repeat(images, () => {
    visit(at.map((p) => f.let(p)));
    for (const p of at) f.inc(p, step);
  });
}

/** `value` of a channel's elements, stored at `out`. */
export function mapPlanes(
  f: FunctionBuilder,
  planes: Planes,
  out: Pointer,
  inputs: readonly Pointer[],
  value: (x: readonly V[]) => V,
): void {
  eachPlane(f, planes, [out, ...inputs], ([to, ...from]) =>
    mapRow(f, planes.size, [to!, ...from], to!, 4, (load) => value(from.map(load))),
  );
}

/** Sums of `count` terms over a channel. */
export function sumPlanes(
  f: FunctionBuilder,
  planes: Planes,
  inputs: readonly Pointer[],
  count: number,
  terms: (x: readonly V[]) => readonly V[],
): Local<"f64">[] {
  const totals = Array.from({ length: count }, () => f.let(f64.const(0)));
  eachPlane(f, planes, inputs, (from) => {
    const sums = sumRow(f, planes.size, from, 4, count, (load) => terms(from.map(load)));
    sums.forEach((s, i) => f.set(totals[i]!, f64.add(totals[i]!, s)));
  });
  return totals;
}

/** `value` of rows of `n` elements, one per channel, and of the channels' `parameters`; stored at `out`. */
export function mapColumns(
  f: FunctionBuilder,
  rows: Pointer,
  n: Pointer,
  out: Pointer,
  inputs: readonly Pointer[],
  parameters: readonly Pointer[],
  value: (x: readonly V[]) => V,
): void {
  const each = parameters.map((p) => f.local(p.type));
  f.repeat(rows, () => {
    parameters.forEach((p, i) => f.set(each[i]!, p));
    const from = [...inputs, ...each];
    mapRow(f, n, [out, ...from], out, 4, (load) => value(from.map(load)));
  });
}

/** Rows that are summed in float32. */
export const BLOCK_ROWS = 64;

/** Some columns of a block of rows. */
export interface Strip {
  /** Rows of the block. */
  readonly rows: Pointer;
  /** Where the first results for the columns go; the second ones `second` bytes behind. */
  readonly to: Pointer;
  readonly second: Pointer;
  /** Sums down the rows of what `term` makes of the inputs' elements and the columns' parameters. */
  sum(term: (x: readonly V[], vector: number) => V): Local<"v128">[];
  /** Stores one vector per four columns. */
  store(sums: readonly V[], to: Pointer): void;
}

/**
 * Calls `visit` for 16 columns at a time, then 4, of every block of rows; `n`, the columns, is a multiple of 4. Two
 * results per column and block go to `to`, 2n a block. `parameters` are rows of n elements.
 */
export function eachStrip(
  f: FunctionBuilder,
  rows: Pointer,
  n: Pointer,
  inputs: readonly Pointer[],
  parameters: readonly Pointer[],
  to: Pointer,
  visit: (strip: Strip) => void,
): void {
  const step = f.let(i32.shl(n, 2));
  const block = f.local("i32");
  const [heads, into] = [[...inputs, ...parameters].map(() => f.local("i32")), f.local("i32")];
  f.while(i32.ne(rows, 0), () => {
    f.set(block, select(i32.ltU(rows, BLOCK_ROWS), rows, i32.const(BLOCK_ROWS)));
    const left = f.let(n);
    [...inputs, ...parameters].forEach((p, i) => f.set(heads[i]!, p));
    f.set(into, to);
    for (const vectors of [4, 1]) {
      const each = Array.from({ length: vectors }, (_, v) => v);
      f.while(i32.geU(left, 4 * vectors), () => {
        const given = each.map((v) => heads.slice(inputs.length).map((p) => f.let(v128.load(p, 16 * v))));
        visit({
          rows: block,
          to: into,
          second: step,
          sum: (term) => {
            const sums = each.map(() => f.let(f32x4.const(0)));
            const at = inputs.map((_, i) => f.let(heads[i]!));
            f.repeat(block, () => {
              sums.forEach((s, v) => {
                const x = [...at.map((p) => v128.load(p, 16 * v)), ...given[v]!];
                f.set(s, f32x4.add(s, term(x, v)));
              });
              for (const p of at) f.inc(p, step);
            });
            return sums;
          },
          store: (sums, p) => sums.forEach((s, v) => v128.store(f, p, s, 16 * v)),
        });
        for (const p of [...heads, into]) f.inc(p, 16 * vectors);
        f.inc(left, -4 * vectors);
      });
    }
    const bytes = f.let(i32.mul(step, block));
    for (const p of inputs) f.inc(p, bytes);
    f.inc(to, i32.shl(step, 1));
    f.inc(rows, i32.sub(0, block));
  });
}

const pair = (at: Expr<"i32">): V => f64x2.promoteLowF32x4(v128.load64Zero(at));

/** Two adjacent columns' results of every block of rows: `visit` gets the number of rows, and both results in float64. */
export function eachBlock(
  f: FunctionBuilder,
  rows: Pointer,
  n: Pointer,
  from: Pointer,
  visit: (rows: Expr<"f64">, first: V, second: V) => void,
): void {
  const [left, p] = [f.let(rows), f.let(from)];
  const step = i32.shl(n, 2);
  f.while(i32.ne(left, 0), () => {
    const block = f.let(select(i32.ltU(left, BLOCK_ROWS), left, i32.const(BLOCK_ROWS)));
    visit(f64.convertI32U(block), pair(p), pair(i32.add(p, step)));
    f.inc(p, i32.shl(step, 1));
    f.inc(left, i32.sub(0, block));
  });
}
