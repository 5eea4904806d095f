// Casts from or to 64-bit dtypes, one scalar at a time.
import type { DType } from "@isoform/core";
import { i32, type ModuleBuilder } from "../../wasm/index.js";
import { convertScalar, SCALARS } from "../scalars.js";
import { defineNd } from "../strided/loop.js";

/** True when a scalar cast between the dtypes exists (all but those with 16-bit floats). */
export function hasWideCast(from: DType, to: DType): boolean {
  return SCALARS[from] !== undefined && SCALARS[to] !== undefined;
}

/** Defines `run` and `nd` of a cast. */
export function defineWideCast(m: ModuleBuilder, from: DType, to: DType): void {
  const source = SCALARS[from]!;
  const target = SCALARS[to]!;
  const I = "i32";
  const run = m.exportFunc("run", [I, I, I, I, I], null, (f, n, out, outStride, x, xStride) => {
    f.while(i32.ne(n, 0), () => {
      target.store(f, out, convertScalar(source.load(x), source, target, to === "bool"));
      f.inc(out, outStride);
      f.inc(x, xStride);
      f.inc(n, -1);
    });
  });
  defineNd(m, 2, run);
}
