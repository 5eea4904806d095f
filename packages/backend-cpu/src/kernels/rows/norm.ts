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

/** Sum of a row. */
function rowSum(f: FunctionBuilder, row: Expr<"i32">, n: Expr<"i32">): Local<"f64"> {
  const p = f.let(row);
  return sumRow(f, n, [p], 4, 1, (load) => [load(p)])[0]!;
}

/** Sums of the squares of a row's elements less `centre`, and of these differences. */
function moments(
  f: FunctionBuilder,
  row: Expr<"i32">,
  n: Expr<"i32">,
  centre: Local<"v128"> | null,
): readonly [squares: Local<"f64">, rest: Local<"f64"> | null] {
  const p = f.let(row);
  const [squares, rest] = sumRow(f, n, [p], 4, centre ? 2 : 1, (load) => {
    const x = f.let(centre ? f32x4.sub(load(p), centre) : load(p));
    const square = f32x4.mul(x, x);
    return centre ? [square, x] : [square];
  });
  return [squares!, rest ?? null];
}

/** Defines `run(rows, n, out, x, xRow, scale, bias, eps)`. */
export function defineRowNorm(m: ModuleBuilder, norm: RowNorm): void {
  m.exportFunc("run", [I, I, I, I, I, I, I, "f64"], null, (f, rows, n, out, x, xRow, scale, bias, eps) => {
    const count = f.let(f64.convertI32U(n));
    f.repeat(rows, () => {
      const mean = norm.centred ? f.let(splat(f64.div(rowSum(f, x, n), count))) : null;
      const [squares, sum] = moments(f, x, n, mean);
      // What the rounding of the mean to float32 left: without it a row of equal numbers would not become 0.
      const rest = sum ? f.let(f64.div(sum, count)) : null;
      const shift = rest ? f.let(splat(rest)) : null;
      const meanSquare = f64.div(squares, count);
      const variance = rest ? f64.max(0, f64.sub(meanSquare, f64.mul(rest, rest))) : meanSquare;
      const factor = f.let(splat(f64.div(1, f64.sqrt(f64.add(variance, eps)))));
      const [p, s, b] = [f.let(x), f.let(scale), f.let(bias)];
      const pointers = [p, out, ...(norm.scale ? [s] : []), ...(norm.bias ? [b] : [])];
      mapRow(f, n, pointers, out, 4, (load) => {
        let y = mean && shift ? f32x4.sub(f32x4.sub(load(p), mean), shift) : load(p);
        y = f32x4.mul(y, factor);
        if (norm.scale) y = f32x4.mul(y, load(s));
        return norm.bias ? f32x4.add(y, load(b)) : y;
      });
      f.inc(x, xRow);
    });
  });
}
