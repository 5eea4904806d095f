// Loops over register tiles of one block of C. A panel of B stays in L1 while the rows of A pass.
import { i32, select, v128, type Expr, type Func, type ModuleBuilder } from "../../wasm/index.js";
import { ARITHMETIC, defineTiles, TILE_M, TILE_N, type Factors, type TileKind } from "./tile.js";

const I = "i32";
type Params = readonly ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"];

/**
 * `(rows, columns, depth, a, aStep, b, bPanel, bStep, c, cRow, add, spare)`: a block of C from A, `aStep` as for tiles,
 * and panels of B, `bPanel` bytes apart; `spare` is `SPARE_BYTES` for tiles at the right edge.
 */
export type BlockFunc = Func<Params, null>;

/**
 * Defines the loops. A panel of B must be readable for its 8 columns, A only for its rows; `packed` is as for tiles, and
 * `columns` are whole panels unless B is packed.
 */
export function defineBlock(
  m: ModuleBuilder,
  kind: TileKind,
  packed: boolean,
  factors: Factors = "float32",
): BlockFunc {
  const arithmetic = ARITHMETIC[factors];
  const tiles = defineTiles(m, kind, packed, arithmetic);
  const storePart = packed && defineStorePart(m, arithmetic.add);
  return m.func(
    [I, I, I, I, I, I, I, I, I, I, I, I],
    null,
    (f, rows, columns, depth, a, aStep, b, bPanel, bStep, c, cRow, add, spare) => {
      const [whole, height] = [f.local("i32"), f.local("i32")];
      const most = tiles.length;
      f.while(i32.gtS(columns, 0), () => {
        const ap = f.let(a);
        const cp = f.let(c);
        const left = f.let(rows);
        f.set(whole, i32.geS(columns, TILE_N));
        f.while(left, () => {
          // Lower tiles wait for their sums, so what is left above a whole tile is cut in two of some height.
          const last = select(i32.gtS(left, most), i32.sub(left, TILE_M), left);
          f.set(height, select(i32.geS(left, most + TILE_M), i32.const(most), last));
          for (let n = most; n > 0; n--)
            f.if(i32.eq(height, n), () => {
              const multiply = tiles[n - 1]!;
              const direct = (): void => f.call(multiply, depth, ap, aStep, b, bStep, cp, cRow, add);
              if (!storePart) return direct();
              f.if(whole, direct, () => {
                f.call(multiply, depth, ap, aStep, b, bStep, spare, 4 * TILE_N, 0);
                f.call(storePart, spare, cp, n, columns, cRow, add);
              });
            });
          f.inc(ap, kind === "rows" ? i32.mul(aStep, height) : i32.shl(height, 2));
          f.inc(cp, i32.mul(cRow, height));
          f.set(left, i32.sub(left, height));
        });
        f.inc(b, bPanel);
        f.inc(c, 4 * TILE_N);
        f.inc(columns, -TILE_N);
      });
    },
  );
}

/** The smaller of an expression (evaluated twice) and a number. */
export function atMost(a: Expr<"i32">, b: Expr<"i32"> | number): Expr<"i32"> {
  const most = typeof b === "number" ? i32.const(b) : b;
  return select(i32.ltS(a, most), a, most);
}

/** Defines `(from, to, rows, columns, toRow, add)`: the first columns of a tile, stored or added. */
function defineStorePart(
  m: ModuleBuilder,
  plus: (a: Expr<"v128">, b: Expr<"v128">) => Expr<"v128">,
): Func<readonly ["i32", "i32", "i32", "i32", "i32", "i32"], null> {
  return m.func([I, I, I, I, I, I], null, (f, from, to, rows, columns, toRow, add) => {
    f.repeat(rows, () => {
      f.for(0, i32.shl(columns, 2), 4, (j) => {
        const at = i32.add(to, j);
        const value = f.let(v128.load32Splat(i32.add(from, j)));
        f.if(add, () => f.set(value, plus(value, v128.load32Splat(at))));
        v128.store32Lane(f, at, value, 0);
      });
      f.inc(from, 4 * TILE_N);
      f.inc(to, toRow);
    });
  });
}
