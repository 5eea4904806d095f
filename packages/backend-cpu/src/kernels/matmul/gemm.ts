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
import { definePackPatches } from "./patches.js";

/** Rows of the register tile. */
export const TILE_M = 4;
/** Columns of the register tile. */
export const TILE_N = 8;
/** Most rows of A packed at once (a multiple of the tile): with `BLOCK_K` 256 KiB, in L2. */
export const BLOCK_M = 128;
/** Most steps of k packed at once: a 16 KiB panel of B and an 8 KiB panel of A stay in L1. */
export const BLOCK_K = 512;
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

/** Operands of the blocked loops; strides in bytes. */
interface Blocked {
  readonly rows: Local<"i32">;
  readonly columns: Local<"i32">;
  readonly depth: Local<"i32">;
  readonly a: Local<"i32">;
  readonly aRow: Local<"i32">;
  readonly aCol: Local<"i32">;
  readonly c: Local<"i32">;
  readonly cRow: Local<"i32">;
  readonly packedA: Local<"i32">;
  readonly packedB: Local<"i32">;
  readonly spare: Local<"i32">;
  readonly blockK: Local<"i32">;
  readonly blockN: Local<"i32">;
}

/** Packs the `columns` x `depth` block of B that starts at column `j`, step `p`. */
type PackBlock = (j: Local<"i32">, p: Local<"i32">, columns: Local<"i32">, depth: Local<"i32">) => void;

/** The loops over blocks: columns, then depth (B packed once), then rows (A packed, tiles computed). */
function emitBlocks(
  f: FunctionBuilder,
  o: Blocked,
  packA: PackFunc,
  block: BlockFunc,
  packB: PackBlock,
): void {
  const nc = f.local("i32");
  const kc = f.local("i32");
  const mc = f.local("i32");
  const atMost = (target: Local<"i32">, left: Expr<"i32">, most: Expr<"i32">): void => {
    f.set(target, left);
    f.if(i32.gtS(target, most), () => f.set(target, most));
  };
  const j = f.let(i32.const(0));
  f.while(i32.ltS(j, o.columns), () => {
    atMost(nc, i32.sub(o.columns, j), o.blockN);
    const p = f.let(i32.const(0));
    f.while(i32.ltS(p, o.depth), () => {
      atMost(kc, i32.sub(o.depth, p), o.blockK);
      packB(j, p, nc, kc);
      const i = f.let(i32.const(0));
      f.while(i32.ltS(i, o.rows), () => {
        atMost(mc, i32.sub(o.rows, i), i32.const(BLOCK_M));
        const aAt = i32.add(o.a, i32.add(i32.mul(i, o.aRow), i32.mul(p, o.aCol)));
        f.call(packA, o.packedA, aAt, mc, kc, o.aRow, o.aCol);
        const cAt = i32.add(o.c, i32.add(i32.mul(i, o.cRow), i32.shl(j, 2)));
        f.call(block, mc, nc, kc, o.packedA, o.packedB, cAt, o.cRow, i32.gtS(p, 0), o.spare);
        f.inc(i, BLOCK_M);
      });
      f.inc(p, kc);
    });
    f.inc(j, nc);
  });
}

/**
 * Defines and exports two products C[m, n] = A[m, k] B[k, n], k >= 1, strides in bytes, C's columns adjacent:
 * `gemm(m, n, k, a, aRow, aCol, b, bRow, bCol, c, cRow, packedA, packedB, spare, blockK, blockN)`, and
 * `gemmPatches(m, n, k, a, aRow, x, taps, positions, c, cRow, packedA, packedB, spare, blockK, blockN)` whose
 * B[k, n] is at x + taps[k] + positions[n] (tables of byte offsets, `positions` filled up to whole tiles).
 * `packedA` needs `BLOCK_M * blockK` floats, `packedB` `blockK * blockN` (rounded up to tiles), `spare` 128 bytes.
 */
export function defineGemm(m: ModuleBuilder): void {
  const packA: PackFunc = definePack(m, TILE_M);
  const packB: PackFunc = definePack(m, TILE_N);
  const packPatches = definePackPatches(m);
  const block = defineBlock(m, defineTile(m));
  const I = "i32";
  m.exportFunc(
    "gemm",
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    (
      f,
      rows,
      columns,
      depth,
      a,
      aRow,
      aCol,
      b,
      bRow,
      bCol,
      c,
      cRow,
      packedA,
      packedB,
      spare,
      blockK,
      blockN,
    ) => {
      const o = { rows, columns, depth, a, aRow, aCol, c, cRow, packedA, packedB, spare, blockK, blockN };
      emitBlocks(f, o, packA, block, (j, p, nc, kc) => {
        const at = i32.add(b, i32.add(i32.mul(p, bRow), i32.mul(j, bCol)));
        f.call(packB, packedB, at, nc, kc, bCol, bRow);
      });
    },
  );
  m.exportFunc(
    "gemmPatches",
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    (
      f,
      rows,
      columns,
      depth,
      a,
      aRow,
      x,
      taps,
      positions,
      c,
      cRow,
      packedA,
      packedB,
      spare,
      blockK,
      blockN,
    ) => {
      const aCol = f.let(i32.const(4));
      const o = { rows, columns, depth, a, aRow, aCol, c, cRow, packedA, packedB, spare, blockK, blockN };
      emitBlocks(f, o, packA, block, (j, p, nc, kc) => {
        const tapsAt = i32.add(taps, i32.shl(p, 2));
        f.call(packPatches, packedB, x, tapsAt, i32.add(positions, i32.shl(j, 2)), nc, kc);
      });
    },
  );
}
