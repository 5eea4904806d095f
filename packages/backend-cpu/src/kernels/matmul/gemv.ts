// Vector times matrix, for products with one row or one column, where packing would cost more than it saves.
import {
  f32,
  f32x4,
  i32,
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
          f.set(sums[i]!, f32x4.add(sums[i]!, f32x4.mul(v128.load(a, 16 * i), v128.load(b, 16 * i))));
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
    const strip = (vectors: number): void => {
      f.while(i32.geU(n, 4 * vectors), () => {
        const sums = Array.from({ length: vectors }, () => f.let(f32x4.const(0)));
        const a = f.let(x);
        const row = f.let(b);
        f.repeat(depth, () => {
          const factor = f.let(v128.load32Splat(a));
          sums.forEach((s, i) => f.set(s, f32x4.add(s, f32x4.mul(factor, v128.load(row, 16 * i)))));
          f.inc(a, xStep);
          f.inc(row, bRow);
        });
        sums.forEach((s, i) => v128.store(f, y, s, 16 * i));
        f.inc(b, 16 * vectors);
        f.inc(y, 16 * vectors);
        f.inc(n, -4 * vectors);
      });
    };
    strip(8);
    strip(1);
    f.repeat(n, () => {
      const sum = f.let(f32.const(0));
      const a = f.let(x);
      const row = f.let(b);
      f.repeat(depth, () => {
        f.set(sum, f32.add(sum, f32.mul(f32.load(a), f32.load(row))));
        f.inc(a, xStep);
        f.inc(row, bRow);
      });
      f32.store(f, y, sum);
      f.inc(b, 4);
      f.inc(y, 4);
    });
  });
}
