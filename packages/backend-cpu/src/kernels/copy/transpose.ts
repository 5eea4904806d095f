// Transposes a matrix of 32-bit elements in 4x4 register blocks, walked in tiles so that cache lines are used whole.
import {
  i32,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import { transpose4 } from "../matmul/pack.js";

/**
 * Rows and columns of a tile: cache lines of the input are read while they are in the cache, and those of the output
 * are written whole, also where the rows of either lie a power of two apart and so compete for a few places in it.
 */
const TILE = 16;

/**
 * Defines `transpose(rows, columns, out, outRow, x, xColumn)`: out[i][j] = x[j][i]; strides in bytes, elements of an
 * output row and of an input column's row adjacent.
 */
export function defineTranspose(m: ModuleBuilder): void {
  const I = "i32";
  const cells = m.func([I, I, I, I, I, I], null, (f, rows, columns, out, outRow, x, xColumn) => {
    f.for(0, rows, 1, (i) => {
      const to = f.let(i32.add(out, i32.mul(i, outRow)));
      const from = f.let(i32.add(x, i32.shl(i, 2)));
      f.repeat(columns, () => {
        i32.store(f, to, i32.load(from));
        f.inc(to, 4);
        f.inc(from, xColumn);
      });
    });
  });
  m.exportFunc("transpose", [I, I, I, I, I, I], null, (f, rows, columns, out, outRow, x, xColumn) => {
    const wholeRows = f.let(i32.and(rows, -4));
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
    const rightOut = i32.add(out, i32.shl(wholeColumns, 2));
    const rightX = i32.add(x, i32.mul(wholeColumns, xColumn));
    f.call(cells, wholeRows, i32.sub(columns, wholeColumns), rightOut, outRow, rightX, xColumn);
    const lowOut = i32.add(out, i32.mul(wholeRows, outRow));
    f.call(
      cells,
      i32.sub(rows, wholeRows),
      columns,
      lowOut,
      outRow,
      i32.add(x, i32.shl(wholeRows, 2)),
      xColumn,
    );
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
