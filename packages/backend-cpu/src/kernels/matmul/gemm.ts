// Single-precision GEMM in the blocked scheme of Goto and van de Geijn ("Anatomy of High-Performance Matrix
// Multiplication", 2008): packed panels, a 4x8 register tile, blocks sized for L1, L2 and L3.
// The k loop is not unrolled: V8 then hoists the loads and spills the accumulators.
import {
  f32,
  f32x4,
  i32,
  select,
  v128,
  type Expr,
  type Func,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import { definePack, type PackFunc } from "./pack.js";

/** Rows of the register tile. */
export const TILE_M = 4;
/** Columns of the register tile. */
export const TILE_N = 8;
/** Most rows of A packed at once (a multiple of the tile): with `BLOCK_K` 128 KiB, in L2. */
export const BLOCK_M = 128;
/** Most steps of k packed at once: an 8 KiB panel of B stays in L1. */
export const BLOCK_K = 256;
/** Most columns of B packed at once. */
export const BLOCK_N = 1024;

/** `(depth, a, b, c, rowStride, add)`: a 4x8 tile of C from packed panels, stored or added. */
export type TileFunc = Func<readonly ["i32", "i32", "i32", "i32", "i32", "i32"], null>;

/** Defines the 4x8 register tile. */
export function defineTile(m: ModuleBuilder): TileFunc {
  return m.func(["i32", "i32", "i32", "i32", "i32", "i32"], null, (f, depth, a, b, c, rowStride, add) => {
    const acc: Local<"v128">[][] = [];
    for (let i = 0; i < TILE_M; i++) acc.push([f.local("v128"), f.local("v128")]);
    const end = f.let(i32.add(a, i32.shl(depth, 4)));
    const b0 = f.local("v128");
    const b1 = f.local("v128");
    const ai = f.local("v128");
    f.loop((again) => {
      f.set(b0, v128.load(b));
      f.set(b1, v128.load(b, 16));
      acc.forEach((row, i) => {
        f.set(ai, v128.load32Splat(a, 4 * i));
        f.set(row[0]!, f32x4.add(row[0]!, f32x4.mul(ai, b0)));
        f.set(row[1]!, f32x4.add(row[1]!, f32x4.mul(ai, b1)));
      });
      f.inc(b, 4 * TILE_N);
      f.inc(a, 4 * TILE_M);
      f.brIf(again, i32.ne(a, end));
    });
    f.if(
      add,
      () => {
        const at = f.let(c);
        acc.forEach((row) => {
          row.forEach((v, j) => v128.store(f, at, f32x4.add(v128.load(at, 16 * j), v), 16 * j));
          f.inc(at, rowStride);
        });
      },
      () => {
        const at = f.let(c);
        acc.forEach((row) => {
          row.forEach((v, j) => v128.store(f, at, v, 16 * j));
          f.inc(at, rowStride);
        });
      },
    );
  });
}

/** `(rows, columns, depth, a, b, c, rowStride, add, spare)`: C from one packed block of A and one of B. */
export type BlockFunc = Func<readonly ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"], null>;

/** Defines the loops over tiles; a tile at the edge goes through the 128 bytes at `spare`. */
export function defineBlock(m: ModuleBuilder, tile: TileFunc): BlockFunc {
  return m.func(
    ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"],
    null,
    (f, rows, columns, depth, a, b, c, rowStride, add, spare) => {
      const aBytes = f.let(i32.mul(depth, 4 * TILE_M));
      const bBytes = f.let(i32.mul(depth, 4 * TILE_N));
      const tileRows = f.let(i32.mul(rowStride, TILE_M));
      f.for(0, columns, TILE_N, (j) => {
        const ap = f.let(a);
        const cp = f.let(i32.add(c, i32.shl(j, 2)));
        f.for(0, rows, TILE_M, (i) => {
          f.if(
            i32.and(i32.leS(i32.add(i, TILE_M), rows), i32.leS(i32.add(j, TILE_N), columns)),
            () => f.call(tile, depth, ap, b, cp, rowStride, add),
            () => {
              f.call(tile, depth, ap, b, spare, 4 * TILE_N, 0);
              storePart(
                f,
                spare,
                cp,
                min(i32.sub(rows, i), TILE_M),
                min(i32.sub(columns, j), TILE_N),
                rowStride,
                add,
              );
            },
          );
          f.inc(ap, aBytes);
          f.inc(cp, tileRows);
        });
        f.inc(b, bBytes);
      });
    },
  );
}

function min(a: Expr<"i32">, b: number): Expr<"i32"> {
  return select(i32.ltS(a, b), a, i32.const(b));
}

function storePart(
  f: FunctionBuilder,
  spare: Expr<"i32">,
  c: Expr<"i32">,
  rows: Expr<"i32">,
  columns: Expr<"i32">,
  rowStride: Expr<"i32">,
  add: Expr<"i32">,
): void {
  const from = f.let(spare);
  const to = f.let(c);
  const width = f.let(i32.shl(columns, 2));
  f.repeat(rows, () => {
    f.for(0, width, 4, (j) => {
      const at = i32.add(to, j);
      const value = f.let(f32.load(i32.add(from, j)));
      f.if(add, () => f.set(value, f32.add(value, f32.load(at))));
      f32.store(f, at, value);
    });
    f.inc(from, 4 * TILE_N);
    f.inc(to, rowStride);
  });
}

/**
 * Defines and exports `gemm`: C[m, n] = A[m, k] B[k, n], strides in bytes, C's columns adjacent, k >= 1.
 * `packA` needs `BLOCK_M * blockK` floats, `packB` `blockK * blockN` (rounded up to tiles), `spare` 128 bytes.
 */
export function defineGemm(m: ModuleBuilder): void {
  const packA: PackFunc = definePack(m, TILE_M);
  const packB: PackFunc = definePack(m, TILE_N);
  const block = defineBlock(m, defineTile(m));
  m.export("packA", packA);
  m.export("packB", packB);
  m.export("block", block);
  const I = "i32";
  m.exportFunc(
    "gemm",
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    (f, rows, columns, depth, a, aRow, aCol, b, bRow, bCol, c, cRow, pa, pb, spare, blockK, blockN) => {
      const nc = f.local("i32");
      const kc = f.local("i32");
      const mc = f.local("i32");
      const atMost = (target: Local<"i32">, left: Expr<"i32">, most: Expr<"i32">): void => {
        f.set(target, left);
        f.if(i32.gtS(target, most), () => f.set(target, most));
      };
      const j = f.local("i32");
      f.while(i32.ltS(j, columns), () => {
        atMost(nc, i32.sub(columns, j), blockN);
        const p = f.let(i32.const(0));
        f.while(i32.ltS(p, depth), () => {
          atMost(kc, i32.sub(depth, p), blockK);
          const bAt = i32.add(b, i32.add(i32.mul(p, bRow), i32.mul(j, bCol)));
          f.call(packB, pb, bAt, nc, kc, bCol, bRow);
          const i = f.let(i32.const(0));
          f.while(i32.ltS(i, rows), () => {
            atMost(mc, i32.sub(rows, i), i32.const(BLOCK_M));
            const aAt = i32.add(a, i32.add(i32.mul(i, aRow), i32.mul(p, aCol)));
            f.call(packA, pa, aAt, mc, kc, aRow, aCol);
            const cAt = i32.add(c, i32.add(i32.mul(i, cRow), i32.shl(j, 2)));
            f.call(block, mc, nc, kc, pa, pb, cAt, cRow, i32.gtS(p, 0), spare);
            f.inc(i, BLOCK_M);
          });
          f.inc(p, kc);
        });
        f.inc(j, nc);
      });
    },
  );
}
