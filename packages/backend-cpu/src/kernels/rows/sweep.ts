// Loops over a row of float32 in memory, for kernels that go over rows several times while they lie in the cache.
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
import { widened } from "../reduce/rows.js";

/** What a sweep does with the elements at an offset from its pointers. */
export interface Visit {
  /** `vectors` whole vectors; 1 or the sweep's width. */
  many(vectors: number): void;
  /** The element at the pointers alone. */
  one(): void;
}

/** Visits `count` elements; the pointers end behind them. `count` is not changed. */
export function sweep(
  f: FunctionBuilder,
  count: Expr<"i32">,
  pointers: readonly Local<"i32">[],
  width: number,
  visit: Visit,
): void {
  const left = f.let(count);
  const vectors = (group: number): void => {
    f.while(i32.geU(left, 4 * group), () => {
      visit.many(group);
      for (const p of pointers) f.inc(p, 16 * group);
      f.inc(left, -4 * group);
    });
  };
  vectors(width);
  vectors(1);
  f.while(i32.ne(left, 0), () => {
    visit.one();
    for (const p of pointers) f.inc(p, 4);
    f.inc(left, -1);
  });
}

/** Elementwise: `value` of the vector read through `load`, stored at `to`. */
export function mapRow(
  f: FunctionBuilder,
  count: Expr<"i32">,
  pointers: readonly Local<"i32">[],
  to: Local<"i32">,
  width: number,
  value: (load: (p: Local<"i32">) => V) => V,
): void {
  sweep(f, count, pointers, width, {
    many: (vectors) => {
      const results = Array.from({ length: vectors }, (_, k) => value((p) => v128.load(p, 16 * k)));
      results.forEach((r, k) => v128.store(f, to, r, 16 * k));
    },
    one: () =>
      v128.store32Lane(
        f,
        to,
        value((p) => v128.load32Splat(p)),
        0,
      ),
  });
}

/** Elements that are added up in float32 lanes before they go to a float64 total. */
const BLOCK = 1024;

/** Vectors that become one by an operation whose order does not matter. */
export interface Fold {
  readonly into: Local<"v128">;
  readonly op: (a: V, b: V) => V;
}

/**
 * Float64 sums over a row: `terms` gives a vector for each of `totals` and then for each of `folds`, of the vector read
 * through `load`, and may store by `put`. Each total starts at 0. What lies at `ahead`, as long as the row, is read and
 * forgotten: sums with much arithmetic then find the row that comes next in the cache.
 */
export function sumRow(
  f: FunctionBuilder,
  count: Expr<"i32">,
  pointers: readonly Local<"i32">[],
  width: number,
  totals: number,
  terms: (load: (p: Local<"i32">) => V, put: (p: Local<"i32">, value: V) => void) => readonly V[],
  ahead?: Local<"i32">,
  folds: readonly Fold[] = [],
): Local<"f64">[] {
  const sums = Array.from({ length: totals }, () => f.let(f64x2.const(0)));
  const lanes = sums.map(() => f.local("v128"));
  const all = [...lanes.map((into) => ({ into, op: f32x4.add })), ...folds];
  const left = f.let(count);
  f.while(i32.ne(left, 0), () => {
    const block = f.let(select(i32.ltU(left, BLOCK), left, i32.const(BLOCK)));
    f.inc(left, i32.sub(0, block));
    for (const s of lanes) f.set(s, f32x4.const(0));
    sweep(f, block, ahead ? [...pointers, ahead] : pointers, width, {
      many: (vectors) => {
        const stores: (() => void)[] = [];
        const results = Array.from({ length: vectors }, (_, k) => {
          if (ahead) f.drop(v128.load(ahead, 16 * k));
          return terms(
            (p) => v128.load(p, 16 * k),
            (p, value) => stores.push(() => v128.store(f, p, value, 16 * k)),
          );
        });
        for (const store of stores) store();
        all.forEach(({ into, op }, t) => {
          const terms = results.map((r) => r[t]!);
          f.set(into, op(into, pairwise(terms, op)));
        });
      },
      one: () => {
        const results = terms(
          (p) => v128.load32Splat(p),
          (p, value) => v128.store32Lane(f, p, value, 0),
        );
        all.forEach(({ into, op }, t) => {
          const next = op(into, results[t]!);
          f.set(into, t < totals ? f32x4.replace(into, 0, f32x4.extract(next, 0)) : next);
        });
      },
    });
    sums.forEach((sum, t) => f.set(sum, f64x2.add(sum, widened(lanes[t]!))));
  });
  return sums.map((s) => f.let(f64.add(f64x2.extract(s, 0), f64x2.extract(s, 1))));
}

/**
 * All of them as a tree. One result of all vectors, not one of each: V8 places instructions from such results backwards,
 * so this is what interleaves the vectors' chains of dependent instructions.
 */
export function pairwise(terms: V[], op: Fold["op"]): V {
  while (terms.length > 1) terms.push(op(terms.shift()!, terms.shift()!));
  return terms[0]!;
}
