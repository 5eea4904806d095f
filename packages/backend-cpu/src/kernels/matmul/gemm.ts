// GEMM of float32 or int32 in the blocked scheme of Goto and van de Geijn ("Anatomy of High-Performance Matrix
// Multiplication", 2008), with operands packed only where their strides or their reuse ask for it.
import {
  i32,
  type Expr,
  type Func,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import { defineTranspose, type TransposeFunc } from "../copy/transpose.js";
import { atMost, defineBlock, type BlockFunc } from "./block.js";
import { definePack } from "./pack.js";
import { definePackPatches } from "./patches.js";
import { TILE_N, type Factors, type TileKind } from "./tile.js";

/** Most rows of A in one block, whole tiles of 4 and of 6: with `BLOCK_K` 264 KiB, in L2. */
export const BLOCK_M = 132;
/** Most steps of k in one block: a 16 KiB panel of B and 8 KiB of A stay in L1. */
export const BLOCK_K = 512;
/** Most columns of B packed at once. */
export const BLOCK_N = 1024;

const I = "i32";

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
  readonly add: Expr<"i32">;
  /** How and where A's blocks are copied to rows, if they are. */
  readonly copyA: readonly [copy: TransposeFunc, to: Local<"i32">] | null;
  readonly spare: Local<"i32">;
  readonly blockK: Local<"i32">;
  readonly blockN: Local<"i32">;
}

/** How A is read: in place as tiles do, or copied to rows first. */
export type AKind = TileKind | "packed";

/** Where the panels of a block of B lie: address, and bytes from panel to panel and from step to step. */
type Panels = readonly [at: Expr<"i32">, panel: Expr<"i32">, step: Expr<"i32">];

/** Makes the `columns` x `depth` block of B that starts at column `j`, step `p`, and calls `use` with it. */
type BlockOfB = (
  j: Local<"i32">,
  p: Local<"i32">,
  columns: Local<"i32">,
  depth: Local<"i32">,
  use: (block: BlockFunc, columns: Expr<"i32">, first: Expr<"i32">, panels: Panels) => void,
) => void;

/** The loops over blocks: columns, then depth (B made once), then rows. */
function emitBlocks(f: FunctionBuilder, o: Blocked, kind: TileKind, blockOfB: BlockOfB): void {
  const nc = f.local("i32");
  const kc = f.local("i32");
  const mc = f.local("i32");
  const j = f.let(i32.const(0));
  f.while(i32.ltS(j, o.columns), () => {
    f.set(nc, atMost(i32.sub(o.columns, j), o.blockN));
    const p = f.let(i32.const(0));
    f.while(i32.ltS(p, o.depth), () => {
      f.set(kc, atMost(i32.sub(o.depth, p), o.blockK));
      blockOfB(j, p, nc, kc, (block, columns, first, [b, panel, step]) => {
        const i = f.let(i32.const(0));
        const aAt = f.let(i32.add(o.a, i32.mul(p, o.aCol)));
        const cAt = f.let(i32.add(o.c, i32.shl(i32.add(j, first), 2)));
        const add = f.let(i32.or(o.add, i32.gtS(p, 0)));
        f.while(i32.ltS(i, o.rows), () => {
          f.set(mc, atMost(i32.sub(o.rows, i), BLOCK_M));
          let [from, aStep] = [aAt, kind === "rows" ? o.aRow : o.aCol];
          if (o.copyA) {
            const [copy, to] = o.copyA;
            aStep = f.let(i32.shl(kc, 2));
            f.call(copy, mc, kc, to, aStep, aAt, o.aRow, o.aCol);
            from = to;
          }
          f.call(block, mc, columns, kc, from, aStep, b, panel, step, cAt, o.cRow, add, o.spare);
          f.inc(aAt, i32.mul(o.aRow, mc));
          f.inc(cAt, i32.mul(o.cRow, mc));
          f.inc(i, mc);
        });
      });
      f.inc(p, kc);
    });
    f.inc(j, nc);
  });
}

type GemmParams = readonly [
  "i32",
  "i32",
  "i32",
  "i32",
  "i32",
  "i32",
  "i32",
  "i32",
  "i32",
  "i32",
  "i32",
  "i32",
  "i32",
  "i32",
  "i32",
  "i32",
  "i32",
  "i32",
];
/** The GEMM: parameters as in `defineGemm`. */
export type GemmFunc = Func<GemmParams, null>;

/**
 * Defines products C[m, n] (+)= A[m, k] B[k, n], k >= 1, strides in bytes, C's columns adjacent, A read as `kind` says,
 * and exports
 * - `gemm(m, n, k, a, aRow, aCol, b, bRow, bCol, c, cRow, bInPlace, add, packedA, packedB, spare, blockK, blockN)`; with
 *   `bInPlace`, whole panels of B are read in place (bCol = 4), if the module has tiles that are `inPlace`;
 * - `gemmBatch(count, aNext, bNext, cNext, outer, aOuter, bOuter, cOuter, ...the same)`: products over two batch axes.
 *
 * `packedA` needs `BLOCK_M * blockK` floats where A is copied, `packedB` `blockK * blockN` (rounded up to tiles; with
 * `bInPlace` `blockK * 8`), `spare` `SPARE_BYTES`.
 */
export function defineGemm(
  m: ModuleBuilder,
  kind: AKind,
  inPlace: boolean,
  factors: Factors = "float32",
): GemmFunc {
  const packB = definePack(m);
  const tiles = kind === "packed" ? "rows" : kind;
  const copy = kind === "packed" && defineTranspose(m);
  const block = defineBlock(m, tiles, true, factors);
  const unpacked = inPlace && defineBlock(m, tiles, false, factors);
  const gemm = m.exportFunc(
    "gemm",
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    // oxfmt-ignore
    (f, rows, columns, depth, a, aRow, aCol, b, bRow, bCol, c, cRow, bInPlace, add, packedA, packedB, spare, blockK, blockN) => {
      const copyA = copy ? ([copy, packedA] as const) : null;
      const o = { rows, columns, depth, a, aRow, aCol, c, cRow, add, copyA, spare, blockK, blockN };
      emitBlocks(f, o, tiles, (j, p, nc, kc, use) => {
        const at = f.let(i32.add(b, i32.add(i32.mul(p, bRow), i32.mul(j, bCol))));
        const first = f.let(i32.const(0));
        if (unpacked)
          f.if(bInPlace, () => {
            f.set(first, i32.and(nc, -TILE_N));
            f.if(first, () => use(unpacked, first, i32.const(0), [at, i32.const(4 * TILE_N), bRow]));
          });
        const left = f.let(i32.sub(nc, first));
        f.if(left, () => {
          f.call(packB, packedB, i32.add(at, i32.mul(first, bCol)), left, kc, bCol, bRow);
          use(block, left, first, [packedB, i32.mul(kc, 4 * TILE_N), i32.const(4 * TILE_N)]);
        });
      });
    },
  );
  defineBatch(m, gemm);
  return gemm;
}

function defineBatch(m: ModuleBuilder, gemm: GemmFunc): void {
  m.exportFunc(
    "gemmBatch",
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    (f, count, aNext, bNext, cNext, outer, aOuter, bOuter, cOuter, rows, columns, depth, a, ...rest) => {
      const [aRow, aCol, b, bRow, bCol, c, ...more] = rest;
      f.repeat(outer, () => {
        const [ap, bp, cp] = [f.let(a), f.let(b), f.let(c)];
        f.repeat(count, () => {
          f.call(gemm, rows, columns, depth, ap, aRow, aCol, bp, bRow, bCol, cp, ...more);
          f.inc(ap, aNext);
          f.inc(bp, bNext);
          f.inc(cp, cNext);
        });
        f.inc(a, aOuter);
        f.inc(b, bOuter);
        f.inc(c, cOuter);
      });
    },
  );
}

/**
 * Exports `gemmPatches(count, xNext, cNext, m, n, k, a, aRow, x, taps, positions, c, cRow, packedB, spare, blockK,
 * blockN)`: products as `defineGemm`'s for `count` images, with A's unit stride along k and B[k, n] at x + taps[k] +
 * positions[n] (tables of byte offsets, filled up to tiles).
 */
export function definePatchGemm(m: ModuleBuilder, factors: Factors): void {
  const packPatches = definePackPatches(m);
  const block = defineBlock(m, "rows", true, factors);
  m.exportFunc(
    "gemmPatches",
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    // oxfmt-ignore
    (f, count, xNext, cNext, rows, columns, depth, a, aRow, x, taps, positions, c, cRow, packedB, spare, blockK, blockN) => {
      const aCol = f.let(i32.const(4));
      const add = i32.const(0);
      const o = { rows, columns, depth, a, aRow, aCol, c, cRow, add, copyA: null, spare, blockK, blockN };
      f.repeat(count, () => {
        emitBlocks(f, o, "rows", (j, p, nc, kc, use) => {
          const tapsAt = i32.add(taps, i32.shl(p, 2));
          f.call(packPatches, packedB, x, tapsAt, i32.add(positions, i32.shl(j, 2)), nc, kc);
          use(block, nc, i32.const(0), [packedB, i32.mul(kc, 4 * TILE_N), i32.const(4 * TILE_N)]);
        });
        f.inc(x, xNext);
        f.inc(c, cNext);
      });
    },
  );
}
