// Transposes a matrix of 32-bit elements in 4x4 register blocks, walked in tiles so that cache lines are used whole.
import { i32, v128, type Local, type ModuleBuilder } from "../../wasm/index.js";
import { transpose4 } from "../matmul/pack.js";

/** Rows of the output done per sweep: one cache line of the input. */
const SWEEP = 16;

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
    f.for(0, wholeRows, SWEEP, (i0) => {
      const limit = f.let(i32.add(i0, SWEEP));
      f.if(i32.gtS(limit, wholeRows), () => f.set(limit, wholeRows));
      const column = f.let(i32.add(x, i32.shl(i0, 2)));
      f.for(0, wholeColumns, 4, (j) => {
        const c: Local<"i32">[] = [column];
        for (let k = 1; k < 4; k++) c.push(f.let(i32.add(c[k - 1]!, xColumn)));
        const to = f.let(i32.add(i32.add(out, i32.mul(i0, outRow)), i32.shl(j, 2)));
        f.for(i0, limit, 4, (i) => {
          const at = f.let(i32.shl(i32.sub(i, i0), 2));
          const block = transpose4(
            f,
            c.map((p) => f.let(v128.load(i32.add(p, at)))),
          );
          const row = f.let(to);
          for (const v of block) {
            v128.store(f, row, v);
            f.inc(row, outRow);
          }
          f.inc(to, fourRows);
        });
        f.inc(column, i32.shl(xColumn, 2));
      });
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
