// The iota kernel: the index along one axis, repeated over the others.
import type { DType } from "@isoform/core";
import { f32, f64, i64, type Expr, type ModuleBuilder } from "../../wasm/index.js";
import { SCALARS, type Scalar } from "../scalars.js";

function fromIndex(index: Expr<"i32">, scalar: Scalar): Expr {
  switch (scalar.type) {
    case "i32":
      return index;
    case "i64":
      return i64.extendI32S(index);
    case "f32":
      return f32.convertI32S(index);
    case "f64":
      return f64.convertI32S(index);
  }
}

/** Defines `iota(out, outer, n, inner)`. */
export function defineIota(m: ModuleBuilder, dtype: DType): void {
  const scalar = SCALARS[dtype]!;
  m.exportFunc("iota", ["i32", "i32", "i32", "i32"], null, (f, out, outer, n, inner) => {
    f.repeat(outer, () => {
      f.for(0, n, 1, (j) => {
        f.repeat(inner, () => {
          scalar.store(f, out, fromIndex(j, scalar));
          f.inc(out, scalar.bytes);
        });
      });
    });
  });
}
