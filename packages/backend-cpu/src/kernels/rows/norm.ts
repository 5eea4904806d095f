// Normalisation of rows of adjacent float32: by mean and variance (layerNorm) or by mean square (rmsNorm).
import {
  f32,
  f32x4,
  f64,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import type { V } from "../../math/index.js";
import { mapRow, sumRow } from "./sweep.js";

const I = "i32";

/** Which statistics are taken out, and what the rows are multiplied by and shifted with, element by element. */
export interface RowNorm {
  readonly centred: boolean;
  readonly scale: boolean;
  readonly bias: boolean;
}

const splat = (value: Expr<"f64">): V => f32x4.splat(f32.demoteF64(value));

/** Sum of the squares of a row's elements less `centre`. */
export function squares(
  f: FunctionBuilder,
  row: Expr<"i32">,
  n: Expr<"i32">,
  centre: Local<"v128"> | null,
): Local<"f64"> {
  const p = f.let(row);
  const [sum] = sumRow(f, n, [p], 4, 1, (load) => {
    const x = f.let(centre ? f32x4.sub(load(p), centre) : load(p));
    return [f32x4.mul(x, x)];
  });
  return sum!;
}

/** Sum of a row. */
export function rowSum(f: FunctionBuilder, row: Expr<"i32">, n: Expr<"i32">): Local<"f64"> {
  const p = f.let(row);
  return sumRow(f, n, [p], 4, 1, (load) => [load(p)])[0]!;
}

/** Defines `run(rows, n, out, x, xRow, scale, bias, eps)`. */
export function defineRowNorm(m: ModuleBuilder, norm: RowNorm): void {
  m.exportFunc("run", [I, I, I, I, I, I, I, "f64"], null, (f, rows, n, out, x, xRow, scale, bias, eps) => {
    const count = f.let(f64.convertI32U(n));
    f.repeat(rows, () => {
      const mean = norm.centred ? f.let(splat(f64.div(rowSum(f, x, n), count))) : null;
      const variance = f64.div(squares(f, x, n, mean), count);
      const factor = f.let(splat(f64.div(1, f64.sqrt(f64.add(variance, eps)))));
      const [p, s, b] = [f.let(x), f.let(scale), f.let(bias)];
      const pointers = [p, out, ...(norm.scale ? [s] : []), ...(norm.bias ? [b] : [])];
      mapRow(f, n, pointers, out, 4, (load) => {
        let y = f32x4.mul(mean ? f32x4.sub(load(p), mean) : load(p), factor);
        if (norm.scale) y = f32x4.mul(y, load(s));
        return norm.bias ? f32x4.add(y, load(b)) : y;
      });
      f.inc(x, xRow);
    });
  });
}
