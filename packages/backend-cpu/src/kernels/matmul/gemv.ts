// Vector times matrix, for products with one row or one column, where packing would cost more than it saves.
import {
  f32,
  f32x4,
  i32,
  maddF32x4,
  memoryFill,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";

const I = "i32";

function dot(
  f: FunctionBuilder,
  x: Expr<"i32">,
  row: Expr<"i32">,
  depth: Expr<"i32">,
  xStep: Expr<"i32">,
): Local<"f32"> {
  const a = f.let(x);
  const b = f.let(row);
  const left = f.let(depth);
  const total = f.let(f32.const(0));
  f.if(i32.eq(xStep, 4), () => {
    const sums = [0, 1, 2, 3].map(() => f.let(f32x4.const(0)));
    const pass = (vectors: number): void => {
      f.while(i32.geU(left, 4 * vectors), () => {
        for (let i = 0; i < vectors; i++) {
          f.set(sums[i]!, maddF32x4(v128.load(a, 16 * i), v128.load(b, 16 * i), sums[i]!));
        }
        f.inc(a, 16 * vectors);
        f.inc(b, 16 * vectors);
        f.inc(left, -4 * vectors);
      });
    };
    pass(4);
    pass(1);
    const sum = f.let(f32x4.add(f32x4.add(sums[0]!, sums[1]!), f32x4.add(sums[2]!, sums[3]!)));
    const low = f32.add(f32x4.extract(sum, 0), f32x4.extract(sum, 1));
    f.set(total, f32.add(low, f32.add(f32x4.extract(sum, 2), f32x4.extract(sum, 3))));
  });
  f.while(i32.ne(left, 0), () => {
    f.set(total, f32.add(total, f32.mul(f32.load(a), f32.load(b))));
    f.inc(a, xStep);
    f.inc(b, 4);
    f.inc(left, -1);
  });
  return total;
}

/**
 * Defines `gemvRows(n, depth, x, xStep, b, bColumn, y, yStep)`: y[j] = Σ x[k] b[k, j] where a column of b (all k) is
 * adjacent, and `gemvColumns(n, depth, x, xStep, b, bRow, y)` where a row of b and y are. Steps in bytes.
 */
export function defineGemv(m: ModuleBuilder): void {
  m.exportFunc("gemvRows", [I, I, I, I, I, I, I, I], null, (f, n, depth, x, xStep, b, bColumn, y, yStep) => {
    f.repeat(n, () => {
      f32.store(f, y, dot(f, x, b, depth, xStep));
      f.inc(b, bColumn);
      f.inc(y, yStep);
    });
  });
  m.exportFunc("gemvColumns", [I, I, I, I, I, I, I], null, (f, n, depth, x, xStep, b, bRow, y) => {
    memoryFill(f, y, 0, i32.shl(n, 2));
    // Several rows are read side by side, each from end to end: the way that memory is fast.
    for (const rows of [8, 1]) {
      f.while(i32.geU(depth, rows), () => {
        const factors: Local<"v128">[] = [];
        const from = Array.from({ length: rows }, () => {
          const row = f.let(b);
          factors.push(f.let(v128.load32Splat(x)));
          f.inc(b, bRow);
          f.inc(x, xStep);
          return row;
        });
        const to = f.let(y);
        const left = f.let(n);
        for (const elements of [8, 4, 1]) {
          f.while(i32.geU(left, elements), () => {
            for (let at = 0; at < elements; at += 4) {
              const load = elements === 1 ? v128.load32Splat : v128.load;
              const sum = from.reduce<Expr<"v128">>(
                (total, row, i) => maddF32x4(factors[i]!, load(row, 4 * at), total),
                load(to, 4 * at),
              );
              if (elements === 1) f32.store(f, to, f32x4.extract(sum, 0));
              else v128.store(f, to, sum, 4 * at);
            }
            for (const p of [to, ...from]) f.inc(p, 4 * elements);
            f.inc(left, -elements);
          });
        }
        f.inc(depth, -rows);
      });
    }
  });
}
