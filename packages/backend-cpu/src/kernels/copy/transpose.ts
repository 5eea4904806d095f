// Transposes a matrix of 32-bit elements in 4x4 register blocks, walked in tiles so that cache lines are used whole.
import {
  i32,
  select,
  shuffle32,
  v128,
  type Expr,
  type Func,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";

/** Transposes the 4x4 block in `rows`. */
export function transpose4(f: FunctionBuilder, rows: readonly Expr<"v128">[]): Expr<"v128">[] {
  const [r0, r1, r2, r3] = rows as [Expr<"v128">, Expr<"v128">, Expr<"v128">, Expr<"v128">];
  const low01 = f.let(shuffle32(r0, r1, [0, 4, 1, 5]));
  const high01 = f.let(shuffle32(r0, r1, [2, 6, 3, 7]));
  const low23 = f.let(shuffle32(r2, r3, [0, 4, 1, 5]));
  const high23 = f.let(shuffle32(r2, r3, [2, 6, 3, 7]));
  return [
    shuffle32(low01, low23, [0, 1, 4, 5]),
    shuffle32(low01, low23, [2, 3, 6, 7]),
    shuffle32(high01, high23, [0, 1, 4, 5]),
    shuffle32(high01, high23, [2, 3, 6, 7]),
  ];
}

/**
 * Rows and columns of a tile: cache lines of the input are read while they are in the cache, and those of the output
 * are written whole, also where the rows of either lie a power of two apart and so compete for a few places in it.
 */
const TILE = 16;

/** Function `(rows, columns, out, outRow, x, xRow, xColumn)`; strides in bytes. */
export type TransposeFunc = Func<readonly ["i32", "i32", "i32", "i32", "i32", "i32", "i32"], null>;

/**
 * Defines and exports `transpose`: a matrix to rows of adjacent elements, `outRow` bytes apart. It is fast where the elements
 * of its columns are adjacent: xRow = 4.
 */
export function defineTranspose(m: ModuleBuilder): TransposeFunc {
  const I = "i32";
  const cells = m.func([I, I, I, I, I, I, I], null, (f, rows, columns, out, outRow, x, xRow, xColumn) => {
    f.repeat(rows, () => {
      const to = f.let(out);
      const from = f.let(x);
      f.repeat(columns, () => {
        i32.store(f, to, i32.load(from));
        f.inc(to, 4);
        f.inc(from, xColumn);
      });
      f.inc(out, outRow);
      f.inc(x, xRow);
    });
  });
  const params = [I, I, I, I, I, I, I] as const;
  return m.exportFunc("transpose", params, null, (f, rows, columns, out, outRow, x, xRow, xColumn) => {
    const wholeRows = f.let(select(i32.eq(xRow, 4), i32.and(rows, -4), i32.const(0)));
    const wholeColumns = f.let(i32.and(columns, -4));
    const fourRows = f.let(i32.shl(outRow, 2));
    f.for(0, wholeRows, TILE, (i0) => {
      const groups = f.let(i32.shrU(i32.sub(wholeRows, i0), 2));
      f.if(i32.gtS(groups, TILE / 4), () => f.set(groups, i32.const(TILE / 4)));
      const column = f.let(i32.add(x, i32.shl(i0, 2)));
      const to = f.let(i32.add(out, i32.mul(i0, outRow)));
      const left = f.let(wholeColumns);
      for (const width of [TILE, 4]) {
        f.while(i32.geU(left, width), () => {
          const source = f.let(column);
          const target = f.let(to);
          const from = f.local("i32");
          f.repeat(groups, () => {
            f.set(from, source);
            for (let block = 0; block < width / 4; block++)
              moveBlock(f, from, xColumn, target, outRow, block);
            f.inc(source, 16);
            f.inc(target, fourRows);
          });
          f.inc(column, i32.mul(xColumn, width));
          f.inc(to, 4 * width);
          f.inc(left, -width);
        });
      }
    });
    const right = [
      i32.add(out, i32.shl(wholeColumns, 2)),
      i32.add(x, i32.mul(wholeColumns, xColumn)),
    ] as const;
    f.call(cells, wholeRows, i32.sub(columns, wholeColumns), right[0], outRow, right[1], xRow, xColumn);
    const low = [i32.add(out, i32.mul(wholeRows, outRow)), i32.add(x, i32.mul(wholeRows, xRow))] as const;
    f.call(cells, i32.sub(rows, wholeRows), columns, low[0], outRow, low[1], xRow, xColumn);
  });
}

/** Moves four columns of four elements, from `from` on, to columns `4 * block` and on of four rows. */
function moveBlock(
  f: FunctionBuilder,
  from: Local<"i32">,
  xColumn: Expr<"i32">,
  target: Local<"i32">,
  outRow: Expr<"i32">,
  block: number,
): void {
  const columns: Local<"v128">[] = [];
  for (let k = 0; k < 4; k++) {
    columns.push(f.let(v128.load(from)));
    f.inc(from, xColumn);
  }
  const row = f.let(target);
  for (const v of transpose4(f, columns)) {
    v128.store(f, row, v, 16 * block);
    f.inc(row, outRow);
  }
}
