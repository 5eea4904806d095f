// The register tiles of the GEMM: some rows by 8 columns of C, two vectors of B against splatted elements of A.
// V8 moves every multiplication to the end of its block, behind all loads, and has 15 registers: 8 accumulators, 2
// vectors of B, 4 splats and a product fit; 12 accumulators do where multiply-adds are one instruction and every row is a
// block of its own. An exit that uses the sums before it ends a block, even one that is never taken.
import {
  f32x4,
  i32,
  i32x4,
  maddF32x4,
  v128,
  type Expr,
  type Func,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";

/** Rows of the highest tile, and what rows are cut in. */
export const TILE_M = 4;
/** Rows of the highest tile where a multiply-add is one instruction. */
const FUSED_ROWS = 6;
/** Columns of the register tile. */
export const TILE_N = 8;
/** Bytes of the highest tile. */
export const SPARE_BYTES: number = FUSED_ROWS * TILE_N * 4;

/** Steps of k in a round of the highest tile, and of lower ones, which are for what is left of the rows. */
const ROUND = 8;
const LOW_ROUND = 2;

const I = "i32";
type Params = readonly ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"];

/** `(depth, a, aStep, b, bStep, c, cRow, add)`: a tile of C, stored or added; steps in bytes. */
export type TileFunc = Func<Params, null>;

/**
 * How a tile finds A: `steps` has the rows of a step side by side and `aStep` bytes from step to step (transposed
 * matrices), `rows` has the steps of a row side by side and `aStep` bytes from row to row.
 */
export type TileKind = "steps" | "rows";

/** What is multiplied: floats, or integers that wrap. */
export type Factors = "float32" | "int32";

type V = Expr<"v128">;
/** Sums of products in vectors. */
interface Arithmetic {
  /** a * b + c. */
  madd(a: V, b: V, c: V): V;
  add(a: V, b: V): V;
}
/** By what is multiplied. */
export const ARITHMETIC: Readonly<Record<Factors, Arithmetic>> = {
  float32: { madd: maddF32x4, add: f32x4.add },
  int32: { madd: (a, b, c) => i32x4.add(c, i32x4.mul(a, b)), add: i32x4.add },
};

/** Defines the tiles of 1, 2, ... rows; when B is `packed`, its steps follow each other and `bStep` is not looked at. */
export function defineTiles(
  m: ModuleBuilder,
  kind: TileKind,
  packed: boolean,
  arithmetic: Arithmetic,
): TileFunc[] {
  const most = m.relaxed && arithmetic.madd === maddF32x4 ? FUSED_ROWS : TILE_M;
  return Array.from({ length: most }, (_, i) =>
    defineTile(m, kind, packed, i + 1, i + 1 < most ? LOW_ROUND : ROUND, arithmetic),
  );
}

function defineTile(
  m: ModuleBuilder,
  kind: TileKind,
  packed: boolean,
  rows: number,
  round: number,
  { madd, add: plus }: Arithmetic,
): TileFunc {
  return m.func([I, I, I, I, I, I, I, I], null, (f, depth, a, aStep, b, bStep, c, cRow, add) => {
    const acc: Local<"v128">[][] = [];
    for (let i = 0; i < rows; i++) acc.push([f.local("v128"), f.local("v128")]);
    const pointers = [a];
    if (kind === "rows")
      while (pointers.length < rows) pointers.push(f.let(i32.add(pointers.at(-1)!, aStep)));
    const b0 = f.local("v128");
    const b1 = f.local("v128");
    const ai = f.local("v128");
    f.block((done) => {
      f.loop((again) => {
        for (let k = 0; k < round; k++) {
          if (k > 0) f.brIf(done, i32.eq(depth, k));
          f.set(b0, v128.load(b, packed ? 4 * TILE_N * k : 0));
          f.set(b1, v128.load(b, packed ? 4 * TILE_N * k + 16 : 16));
          acc.forEach((row, i) => {
            // Never taken; of two exits of one condition V8 drops the second.
            if (i > 0 && rows > TILE_M) f.brIf(done, i32.eq(depth, -(k * rows + i)));
            f.set(ai, kind === "rows" ? v128.load32Splat(pointers[i]!, 4 * k) : v128.load32Splat(a, 4 * i));
            f.set(row[0]!, madd(ai, b0, row[0]!));
            f.set(row[1]!, madd(ai, b1, row[1]!));
          });
          if (!packed) f.inc(b, bStep);
          if (kind === "steps") f.inc(a, aStep);
        }
        if (packed) f.inc(b, 4 * TILE_N * round);
        if (kind === "rows") for (const p of pointers) f.inc(p, 4 * round);
        f.inc(depth, -round);
        f.brIf(again, depth);
      });
    });
    const put = (value: (v: Local<"v128">, offset: number) => ReturnType<typeof v128.load>): void => {
      acc.forEach((row, i) => {
        row.forEach((v, j) => v128.store(f, c, value(v, 16 * j), 16 * j));
        if (i < rows - 1) f.inc(c, cRow);
      });
    };
    f.if(
      add,
      () => put((v, offset) => plus(v128.load(c, offset), v)),
      () => put((v) => v),
    );
  });
}
