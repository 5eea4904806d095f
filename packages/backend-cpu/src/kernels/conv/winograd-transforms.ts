// The transforms of Winograd's minimal filtering F(2x2, 3x3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2015), on four 4x4 tiles or four channels at a time: 16 multiplications where the sums take 36.
import {
  f32x4,
  i32,
  shuffle32,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
} from "../../wasm/index.js";
import { transpose4 } from "../copy/transpose.js";

type V = Expr<"v128">;
type L = Local<"v128">;

const add = (a: V, b: V): V => f32x4.add(a, b);
const sub = (a: V, b: V): V => f32x4.sub(a, b);
const half = (a: V): V => f32x4.mul(a, f32x4.const(0.5));

/** One axis of a transform: from the vectors along it to the new ones. */
type Axis = (f: FunctionBuilder, v: readonly V[]) => V[];

/** Input tiles: 4 elements to 4. */
export const INPUT: Axis = (_, [a, b, c, d]) => [sub(a!, c!), add(b!, c!), sub(c!, b!), sub(b!, d!)];
/** Products to outputs: 4 to 2. */
export const OUTPUT: Axis = (_, [a, b, c, d]) => [add(add(a!, b!), c!), sub(sub(b!, c!), d!)];
/** Weights: 3 to 4. */
export const WEIGHTS: Axis = (f, [a, b, c]) => {
  const ends = f.let(half(add(a!, c!)));
  const middle = f.let(half(b!));
  return [a!, add(ends, middle), sub(ends, middle), c!];
};
/** Gradients of outputs: 2 to 4, the transpose of `OUTPUT`. */
export const OUTPUT_GRADIENT: Axis = (_, [a, b]) => [a!, add(a!, b!), sub(a!, b!), f32x4.neg(b!)];
/** Gradients of transformed weights: 4 to 3, the transpose of `WEIGHTS`. */
export const WEIGHTS_GRADIENT: Axis = (f, [a, b, c, d]) => {
  const sum = f.let(half(add(b!, c!)));
  return [add(a!, sum), half(sub(b!, c!)), add(sum, d!)];
};

/** Applies `axis` to rows and columns of `grid[row][column]`. */
export function transform(f: FunctionBuilder, axis: Axis, grid: readonly (readonly V[])[]): L[][] {
  const columns = grid[0]!.map((_, j) =>
    axis(
      f,
      grid.map((row) => row[j]!),
    ).map((v) => f.let(v)),
  );
  return columns[0]!.map((_, i) =>
    axis(
      f,
      columns.map((column) => column[i]!),
    ).map((v) => f.let(v)),
  );
}

/** Transposes one row of four tiles: from a vector per tile to a vector per column. */
export function acrossTiles(f: FunctionBuilder, tiles: readonly V[]): L[] {
  return transpose4(f, tiles).map((v) => f.let(v));
}

/** Two columns of four tiles as pairs: `[tiles 0 and 1, tiles 2 and 3]`. */
export function pairs(f: FunctionBuilder, left: V, right: V): [L, L] {
  return [f.let(shuffle32(left, right, [0, 4, 1, 5])), f.let(shuffle32(left, right, [2, 6, 3, 7]))];
}

/** Stores a 4x4 grid of vectors, `step` bytes apart. */
export function storeGrid(
  f: FunctionBuilder,
  to: Expr<"i32">,
  step: Expr<"i32">,
  grid: readonly (readonly L[])[],
  put: (at: Local<"i32">, v: L) => void = (at, v) => v128.store(f, at, v),
): void {
  const at = f.let(to);
  for (const row of grid) {
    for (const v of row) {
      put(at, v);
      f.inc(at, step);
    }
  }
}

/** Loads a 4x4 grid of vectors, `step` bytes apart. */
export function loadGrid(f: FunctionBuilder, from: Expr<"i32">, step: Expr<"i32">): L[][] {
  const at = f.let(from);
  return [0, 1, 2, 3].map(() =>
    [0, 1, 2, 3].map(() => {
      const v = f.let(v128.load(at));
      f.inc(at, step);
      return v;
    }),
  );
}

/** Smallest 0 <= v <= most. */
export function clamp(f: FunctionBuilder, value: Expr<"i32">, most: number): Local<"i32"> {
  const v = f.let(value);
  f.if(i32.ltS(v, 0), () => f.set(v, 0));
  f.if(i32.gtS(v, most), () => f.set(v, most));
  return v;
}
